# A response that is filled by dots.
# answer: {"a": {"b": 1}}
from zato.server.service import Service


class Dots(Service):
    name = 'corpus.free_payload'

    def handle(self):
        self.response.payload.a.b = 1
