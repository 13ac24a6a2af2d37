# A text is read as JSON where an input is declared.
# answer: {"found": 5}
from zato.server.service import Int, Service


class Reads(Service):
    name = 'corpus.invoke_text.reads'

    input = Int('a')
    output = ('found',)

    def handle(self):
        self.response.payload.found = self.request.input.a


class Caller(Service):
    name = 'corpus.invoke_text'

    def handle(self):
        self.response.payload = self.invoke(Reads, '{"a": "5"}')
