# Publishes by the short form.
# answer: {"published": true}
from zato.server.service import Service


class Publishes(Service):
    name = 'corpus.publish'

    def handle(self):
        self.response.payload = {'published': bool(self.publish('orders', {'a': 1}))}
