# Publishes to a queue.
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.amqp_publish'

    def handle(self):
        self.out.amqp.publish('Queue', {'a': 1}, '', 'orders')
