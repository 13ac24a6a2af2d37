# Publishes to a topic.
# answer: {"published": true}
from zato.server.service import Service


class Publishes(Service):
    name = 'corpus.pubsub_publish'

    def handle(self):
        self.response.payload = {'published': bool(self.pubsub.publish('/orders', data='one'))}
