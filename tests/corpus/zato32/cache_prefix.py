# Keys of a cache by their prefix.
# answer: {"found": {"p:a": 1, "p:b": 2}}
from zato.server.service import Service


class Caches(Service):
    name = 'corpus.cache_prefix'

    def handle(self):
        cache = self.cache.default
        cache.set('p:a', 1)
        cache.set('p:b', 2)
        self.response.payload = {'found': cache.get_by_prefix('p:')}
