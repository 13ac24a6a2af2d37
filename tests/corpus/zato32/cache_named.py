# A cache by its name.
# answer: {"value": "x"}
from zato.server.service import Service


class Caches(Service):
    name = 'corpus.cache_named'

    def handle(self):
        cache = self.cache.get_builtin_cache('default')
        cache.set('corpus.named', 'x')
        self.response.payload = {'value': cache.get('corpus.named')}
