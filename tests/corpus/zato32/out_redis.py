# Redis by the outgoing connections.
# answer: {"value": "7"}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.out_redis'

    def handle(self):
        self.out.redis.conn.setex('corpus:seven', 60, 7)
        self.response.payload = {'value': self.out.redis.conn.get('corpus:seven')}
