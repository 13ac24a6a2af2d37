# Catches what another service raises.
# answer: {"caught": "no stock"}
from zato.server.service import Service


class Fails(Service):
    name = 'corpus.invoke-error.fails'

    def handle(self):
        raise ValueError('no stock')


class Caller(Service):
    name = 'corpus.invoke_error'

    def handle(self):
        try:
            self.invoke('corpus.invoke-error.fails')
        except ValueError as error:
            self.response.payload = {'caught': str(error)}
