# Optional elements.
# send: {"a": "1"}
# answer: {"a": "1", "b": "", "c": 10}
from zato.server.service import Int, Service


class Optional(Service):
    name = 'corpus.input_optional'

    input = 'a', '-b', Int('-c', default=10)

    def handle(self):
        given = self.request.input
        self.response.payload = {'a': given.a, 'b': given.b, 'c': given.c}
