"""A cluster that speaks Kafka's protocol by TCP: librdkafka's own mock of one, in a process of its own."""

import subprocess
import sys

#: Two brokers. Topics are made by the first message, each of four partitions.
PROGRAM = """
import sys
from confluent_kafka import Producer
cluster = Producer({'bootstrap.servers': '127.0.0.1:9', 'test.mock.num.brokers': 2, 'log_level': 0})
found = cluster.list_topics(timeout=30).brokers.values()
print(','.join(f'{one.host}:{one.port}' for one in found), flush=True)
sys.stdin.read()
"""


class KafkaCluster:
    """A cluster; it ends with the process that started it. `servers` are host:port each, by commas."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.servers = self._process.stdout.readline().strip()
        self.address = f'kafka://{self.servers}'
        self.publish('orders', b'before')

    def publish(self, topic, text, key=None, headers=()):
        """Publishes a message as another client does."""
        from confluent_kafka import Producer

        told = []
        producer = Producer({'bootstrap.servers': self.servers, 'log_level': 0})
        producer.produce(topic, text, key, headers=list(headers), on_delivery=lambda error, sent: told.append(error))
        producer.flush(30)
        assert told == [None]

    def stop(self):
        """Ends it."""
        self._process.kill()
        self._process.communicate()
