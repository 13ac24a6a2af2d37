# Looks at the body as it came.
# send: {"a": 1}
# answer: {"size": 8}
from zato.server.service import Service


class Size(Service):
    name = 'corpus.raw_request'

    def handle(self):
        self.response.payload = {'size': len(self.request.raw_request)}
