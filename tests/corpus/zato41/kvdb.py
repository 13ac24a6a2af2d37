# Redis by its older name.
# answer: {"is": true}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.kvdb'

    def handle(self):
        self.kvdb.set('corpus:here', 1)
        self.response.payload = {'is': bool(self.kvdb.exists('corpus:here'))}
