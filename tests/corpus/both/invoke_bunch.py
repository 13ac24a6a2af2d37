# What another service answers, with dots.
# answer: {"id": 7}
from zato.server.service import Service


class Order(Service):
    name = 'corpus.invoke-bunch.order'

    def handle(self):
        self.response.payload = {'id': 7}


class Caller(Service):
    name = 'corpus.invoke_bunch'

    def handle(self):
        self.response.payload = {'id': self.invoke('corpus.invoke-bunch.order', {'a': 1}, as_bunch=True).id}
