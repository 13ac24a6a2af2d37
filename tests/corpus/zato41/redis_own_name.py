# Redis by its own name.
# answer: {"n": 1, "list": ["a", "b"]}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.redis_own_name'

    def handle(self):
        self.redis.delete('corpus:n', 'corpus:list')
        self.redis.rpush('corpus:list', 'a', 'b')
        self.response.payload = {'n': self.redis.incr('corpus:n'), 'list': self.redis.lrange('corpus:list', 0, -1)}
