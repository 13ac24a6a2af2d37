# An empty payload gives way to keywords, environ among them.
# answer: [{"a": 1}, {"environ": {"b": 2}}, {"environ": {}}]
from zato.server.service import Service


class Echo(Service):
    name = 'corpus.invoke_empty.echo'

    def handle(self):
        self.response.payload = self.request.payload or {'environ': self.environ}


class Caller(Service):
    name = 'corpus.invoke_empty'

    def handle(self):
        found = [self.invoke(Echo, {}, a=1), self.invoke(Echo, environ={'b': 2}), self.invoke(Echo)]
        self.response.payload = found
