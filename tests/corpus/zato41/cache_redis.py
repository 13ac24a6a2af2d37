# The cache is Redis.
# answer: {"value": "blue"}
from zato.server.service import Service


class Caches(Service):
    name = 'corpus.cache_redis'

    def handle(self):
        self.cache.set('corpus:colour', 'blue', ex=60)
        self.response.payload = {'value': self.cache.get('corpus:colour')}
