# The time in a format of its own.
# answer: {"length": 10}
from zato.server.service import Service


class Day(Service):
    name = 'corpus.time_format'

    def handle(self):
        self.response.payload = {'length': len(self.time.now('YYYY-MM-DD'))}
