# The time as a text.
# answer: {"length": 19}
from zato.server.service import Service


class Now(Service):
    name = 'corpus.time_now'

    def handle(self):
        self.response.payload = {'length': len(self.time.utcnow())}
