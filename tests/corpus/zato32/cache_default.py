# The built-in cache.
# answer: {"value": {"a": 1}}
from zato.server.service import Service


class Caches(Service):
    name = 'corpus.cache_default'

    def handle(self):
        self.cache.default.set('corpus.key', {'a': 1}, expiry=60)
        self.response.payload = {'value': self.cache.default.get('corpus.key')}
