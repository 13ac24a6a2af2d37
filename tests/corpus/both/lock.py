# Does one thing at a time.
# answer: {"locked": true}
from zato.server.service import Service


class Locked(Service):
    name = 'corpus.lock'

    def handle(self):
        with self.lock('orders'):
            self.response.payload = {'locked': True}
