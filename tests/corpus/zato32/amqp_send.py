# Sends a message to a queue.
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.amqp_send'

    def handle(self):
        self.out.amqp.send({'a': 1}, 'Queue', '', 'orders')
        self.response.payload = {'sent': True}
