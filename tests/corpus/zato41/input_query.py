# Parameters beside the body.
# send: {"a": 1}
# path: ?b=2
# answer: {"a": 1, "b": "2"}
from zato.server.service import Service


class Both(Service):
    name = 'corpus.input_query'

    def handle(self):
        self.response.payload = {'a': self.request.input.a, 'b': self.request.input.b}
