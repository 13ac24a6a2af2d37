# A cache in Memcached.
# answer: {"before": null, "after": {"price": 7}, "deleted": true}
from zato.server.service import Service


class Shared(Service):
    name = 'corpus.cache_memcached'

    def handle(self):
        cache = self.cache.get_cache('memcached', 'Shared')
        before = cache.get('corpus.price')
        cache.set('corpus.price', {'price': 7}, expiry=60)
        after = cache.get('corpus.price')
        self.response.payload = {'before': before, 'after': after, 'deleted': cache.delete('corpus.price')}
