# One of several elements.
# send: {"a": "1"}
# answer: {"a": "1"}
from zato.server.service import Service


class Any(Service):
    name = 'corpus.require_any'

    input = '-a', '-b'

    def handle(self):
        self.request.input.require_any('a', 'b')
        self.response.payload = {'a': self.request.input.a}
