# The body, by its newer name.
# send: [1]
# answer: {"n": 3}
from zato.server.service import Service


class Raw(Service):
    name = 'corpus.request_raw'

    def handle(self):
        self.response.payload = {'n': len(self.request.raw)}
