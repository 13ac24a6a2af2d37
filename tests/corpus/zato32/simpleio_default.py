# A default for what is absent.
# send: {"a": "1"}
# answer: {"response": {"b": "none"}}
from zato.server.service import Service


class Inner(Service):
    name = 'corpus.simpleio_default'

    class SimpleIO:
        input_required = ('a',)
        input_optional = ('b',)
        output_optional = ('b',)
        default_value = 'none'

    def handle(self):
        self.response.payload.b = self.request.input.b
