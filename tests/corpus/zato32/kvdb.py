# Redis by the key/value database.
# answer: {"value": "blue"}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.kvdb'

    def handle(self):
        self.kvdb.conn.set('corpus:colour', 'blue')
        self.response.payload = {'value': self.kvdb.conn.get('corpus:colour')}
