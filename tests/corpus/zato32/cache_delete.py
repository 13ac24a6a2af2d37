# What was deleted is gone.
# answer: {"old": 1, "now": null, "in": false}
from zato.server.service import Service


class Caches(Service):
    name = 'corpus.cache_delete'

    def handle(self):
        cache = self.cache.default
        cache['gone'] = 1
        self.response.payload = {'old': cache.delete('gone'), 'now': cache.get('gone'), 'in': 'gone' in cache}
