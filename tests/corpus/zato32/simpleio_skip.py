# Empty keys are left out.
# answer: {"response": {"a": "1"}}
from zato.server.service import Service


class Skips(Service):
    name = 'corpus.simpleio_skip'

    class SimpleIO:
        output_optional = ('a', 'b')
        skip_empty_keys = True

    def handle(self):
        self.response.payload.a = '1'
        self.response.payload.b = ''
