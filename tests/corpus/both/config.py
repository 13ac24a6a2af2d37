# User configuration.
# answer: {"limit": 250, "city": "Lyon"}
from zato.server.service import Service


class Limits(Service):
    name = 'corpus.config'

    def handle(self):
        config = self.server.user_config.corpus.limits
        self.response.payload = {'limit': config.daily, 'city': config.get('city')}
