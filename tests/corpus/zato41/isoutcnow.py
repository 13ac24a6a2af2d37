# The time with microseconds.
# answer: {"length": 26}
from zato.server.service import Service


class Now(Service):
    name = 'corpus.isoutcnow'

    def handle(self):
        self.response.payload = {'length': len(self.time.isoutcnow())}
