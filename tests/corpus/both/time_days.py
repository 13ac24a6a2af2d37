# Tomorrow comes after yesterday.
# answer: {"later": true}
from zato.server.service import Service


class Days(Service):
    name = 'corpus.time_days'

    def handle(self):
        self.response.payload = {'later': self.time.tomorrow() > self.time.yesterday()}
