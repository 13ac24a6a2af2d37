# Invokes another service by its name.
# answer: {"doubled": 42}
from zato.server.service import Service


class Doubles(Service):
    name = 'corpus.invoke-name.doubles'

    def handle(self):
        self.response.payload = {'doubled': self.request.payload['n'] * 2}


class Caller(Service):
    name = 'corpus.invoke_name'

    def handle(self):
        self.response.payload = self.invoke('corpus.invoke-name.doubles', {'n': 21})
