# An optional element that is absent is None.
# send: {"a": "x"}
# answer: {"b": null}
from zato.server.service import Service


class Absent(Service):
    name = 'corpus.input_absent'

    input = 'a', '-b'

    def handle(self):
        self.response.payload = {'b': self.request.input.b}
