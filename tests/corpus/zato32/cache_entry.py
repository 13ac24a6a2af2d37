# What a cache knows of one key.
# answer: {"key": "k", "value": 1, "hits": 1, "moment": true, "same": true, "lacked": "self.cache.default.get().hash"}
from zato.server.service import Service


class Entries(Service):
    name = 'corpus.cache_entry'

    def handle(self):
        self.cache.default.set('k', 1, expiry=60)
        entry = self.cache.default.get('k', details=True)
        try:
            entry.hash
        except Exception as error:
            lacked = str(error).partition(' ')[0]
        self.response.payload = {
            'key': entry.key,
            'value': entry.value,
            'hits': entry.hits,
            'moment': 'T' in entry.last_read_iso,
            'same': entry.expires_at > entry.last_write,
            'lacked': lacked,
        }
