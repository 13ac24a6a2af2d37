# A status of its own.
# status: 202
# answer: {"accepted": true}
from zato.server.service import Service


class Later(Service):
    name = 'corpus.status_code'

    def handle(self):
        self.response.status_code = 202
        self.response.payload = {'accepted': True}
