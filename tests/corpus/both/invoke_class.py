# Invokes another service by its class.
# answer: {"total": 6}
from zato.server.service import Service


class Adds(Service):
    def handle(self):
        self.response.payload = {'total': sum(self.request.payload['numbers'])}


class Caller(Service):
    name = 'corpus.invoke_class'

    def handle(self):
        self.response.payload = self.invoke(Adds, {'numbers': [1, 2, 3]})
