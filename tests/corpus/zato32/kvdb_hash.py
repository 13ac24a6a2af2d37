# Hashes and counters of Redis.
# answer: {"all": {"a": "1"}, "count": 1}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.kvdb_hash'

    def handle(self):
        conn = self.kvdb.conn
        conn.delete('corpus:hash', 'corpus:count')
        conn.hset('corpus:hash', 'a', 1)
        self.response.payload = {'all': conn.hgetall('corpus:hash'), 'count': conn.incr('corpus:count')}
