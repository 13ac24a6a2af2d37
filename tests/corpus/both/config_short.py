# User configuration by the short name.
# answer: {"limit": 250}
from zato.server.service import Service


class Limits(Service):
    name = 'corpus.config_short'

    def handle(self):
        self.response.payload = {'limit': self.config.corpus.limits.daily}
