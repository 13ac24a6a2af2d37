# Kafka.
# answer: {"sent": null}
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.kafka'

    def handle(self):
        self.response.payload = {'sent': self.out.kafka['Orders'].send({'order_id': 1})}
