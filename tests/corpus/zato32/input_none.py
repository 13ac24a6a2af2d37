# Without a declaration there is no input.
# send: {"a": 1}
# answer: {"input": null}
from zato.server.service import Service


class Undeclared(Service):
    name = 'corpus.input_none'

    def handle(self):
        self.response.payload = {'input': self.request.input}
