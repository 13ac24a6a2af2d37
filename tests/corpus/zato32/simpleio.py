# The inner class, and the response in its element.
# send: {"a": "1"}
# answer: {"response": {"b": "1"}}
from zato.server.service import Service


class Inner(Service):
    name = 'corpus.simpleio'

    class SimpleIO:
        input_required = ('a',)
        output_required = ('b',)

    def handle(self):
        self.response.payload.b = self.request.input.a
