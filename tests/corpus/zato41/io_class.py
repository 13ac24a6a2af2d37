# The inner class IO; its response is not wrapped.
# send: {"a": "1"}
# answer: {"b": "1"}
from zato.server.service import Service


class Inner(Service):
    name = 'corpus.io_class'

    class IO:
        input = ('a',)
        output = ('b',)

    def handle(self):
        self.response.payload.b = self.request.input.a
