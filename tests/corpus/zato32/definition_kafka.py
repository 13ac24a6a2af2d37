# Kafka.
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.definition_kafka'

    def handle(self):
        self.definition.kafka['Bus'].conn.send('x')
