"""Kafka: channels that commit what their service has done, and messages that services send; pings."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from features.systems.kafka import KafkaCluster
from tests.connections.clients import PASSWORD, pinged
from tests.peers.sockets import babbling, deaf, listening, resetting
from tests.ports import free_port
from tests.server.running import Local, server, until, write

SERVICES = """
from zato.server.service import Service


class Taken(Service):
    name = 'taken'
    fails = 1

    def handle(self):
        text, about = self.request.payload, self.environ['kafka']
        if text == 'fails once' and Taken.fails:
            Taken.fails -= 1
            raise SystemExit('not yet')
        self.out.kafka['Done'].send({'took': text, 'key': about['key'], 'headers': about['headers'],
            'type': self.channel.type}, key='k', headers={'by': 'us'})


class Strict(Service):
    name = 'strict'
    input = 'id'

    def handle(self):
        self.kafka['Done'].send(f'strict {self.request.input.id}')


class Send(Service):
    name = 'send'

    def handle(self):
        self.out.kafka[self.request.payload['to']].send('x')
        self.response.payload = {'said': self.out.kafka[self.request.payload['to']].ping()}
"""


@pytest.fixture(scope='module')
def cluster() -> Iterator[KafkaCluster]:
    found = KafkaCluster()
    for topic in ('done', 'strict'):
        found.publish(topic, b'before')
    yield found
    found.stop()


@pytest.fixture(scope='module')
def local(cluster: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    brokers, nobody = cluster.servers, free_port()
    definitions = f"""
channel_kafka:
  - {{name: orders, address: '{brokers}', topic: orders, group_id: shop, service: taken}}
  - {{name: strict, address: '{brokers}', topic: strict, service: strict}}
  - {{name: lost, address: '127.0.0.1:{nobody}', topic: orders, service: taken}}
  - {{name: wrong, address: kafka, topic: orders, service: taken}}
outgoing_kafka:
  - {{name: Done, address: '{brokers}', topic: done}}
  - {{name: Nobody, address: '127.0.0.1:{nobody}', topic: done}}
channel_rest:
  - {{name: send, service: send, url_path: /send, data_format: json}}
"""
    folder = write(tmp_path_factory.mktemp('kafka'), {'services/a.py': SERVICES, 'd.yaml': definitions})
    with server(folder, '--file', 'd.yaml') as running:
        yield running


class Reader:
    """Another client, which reads what services send."""

    def __init__(self, servers: str) -> None:
        self._consumer = Consumer({'bootstrap.servers': servers, 'group.id': 'test', 'log_level': 0})
        self._consumer.assign([TopicPartition('done', number, 0) for number in range(4)])
        self.seen: list[tuple[str, bytes | None, list[tuple[str, bytes]]]] = []

    def has(self, text: str) -> bool:
        while message := self._consumer.poll(0.2):
            if not message.error():
                self.seen.append((message.value().decode(), message.key(), message.headers() or []))
        return any(text in one[0] for one in self.seen)

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def reader(cluster: KafkaCluster) -> Iterator[Reader]:
    found = Reader(cluster.servers)
    yield found
    found.close()


def committed(cluster: KafkaCluster, topic: str, group: str) -> int:
    consumer = Consumer({'bootstrap.servers': cluster.servers, 'group.id': group, 'log_level': 0})
    found = consumer.committed([TopicPartition(topic, number) for number in range(4)], timeout=30)
    consumer.close()
    return sum(max(one.offset, 0) for one in found)


def test_messages_are_taken_in_order_and_committed_once_the_service_is_done(
    local: Local, cluster: KafkaCluster, reader: Reader
) -> None:
    cluster.publish('orders', b'fails once', 'a', [('kind', b'new')])
    cluster.publish('orders', b'after', 'a')
    until(lambda: reader.has('"after"'), lambda: local.log)
    found = [json.loads(text) for text, _, _ in reader.seen if text.startswith('{')]
    mine = [one for one in found if one['key'] == 'a']
    assert mine == [
        {'took': 'fails once', 'key': 'a', 'headers': {'kind': 'new'}, 'type': 'kafka'},
        {'took': 'after', 'key': 'a', 'headers': {}, 'type': 'kafka'},
    ]
    assert ('k', [('by', b'us')]) in [((key or b'').decode(), headers) for _, key, headers in reader.seen]
    assert 'it is tried again in 1 s' in local.log
    until(lambda: committed(cluster, 'orders', 'shop') == 3)


def test_what_can_never_be_used_is_passed_over(local: Local, cluster: KafkaCluster, reader: Reader) -> None:
    cluster.publish('strict', b'no {json', 'a')
    cluster.publish('strict', b'\xff', 'a')
    cluster.publish('strict', b'{"id": 7}', 'a')
    until(lambda: reader.has('strict 7'), lambda: local.log)
    assert "Kafka channel 'strict': message" in local.log
    assert 'can not be used, it is passed over' in local.log


def test_brokers_that_are_down_and_addresses_that_are_none_are_told(local: Local) -> None:
    assert "channel_kafka 'wrong' is not open: kafka://kafka, as in kafka.example.com:9092" in local.log
    local.wait_for("Kafka channel 'lost': ")
    assert local.log.count("Kafka channel 'lost': ") <= 2
    found = local.call('/send', json={'to': 'Nobody'})
    assert found.status_code == 500
    assert 'nothing listens on 127.0.0.1' in found.text
    found = local.call('/send', json={'to': 'Done'})
    assert 'Kafka, 2 brokers' in found.json()['said'], found.text


def test_a_ping_says_what_the_brokers_say(cluster: KafkaCluster) -> None:
    good = pinged('outgoing_kafka', '4.1', address=cluster.servers, topic='done')
    assert good.failure == ''
    assert good.sentence.startswith('Kafka, 2 brokers,')
    other = pinged('outgoing_kafka', '4.1', address=cluster.servers, topic='odners')
    assert "no topic 'odners' yet" in other.sentence
    refused = pinged('outgoing_kafka', '4.1', address=f'127.0.0.1:{free_port()}', topic='done')
    assert 'nothing listens on 127.0.0.1' in refused.sentence
    for address in ('kafka', 'kafka:0', 'kafka:99999', 'http://kafka:9092', 'a:1,,b:2', 'a b:1'):
        assert 'as in kafka.example.com:9092' in pinged('outgoing_kafka', '4.1', address=address, topic='t').sentence
    login = {'username': 'shop', 'secret': PASSWORD}
    pong = pinged('outgoing_kafka', '4.1', 3, address=cluster.servers, topic='done', **login)
    assert "refused user 'shop'" in pong.sentence
    pong = pinged('outgoing_kafka', '4.1', 3, address=cluster.servers, topic='done', ssl=True)
    # By whether the broker's reset or the library's own doubt comes first.
    assert 'connecting to a PLAINTEXT broker listener?' in pong.sentence or 'connection reset' in pong.sentence
    for field in ('ssl_ca_file', 'ssl_cert_file'):
        pong = pinged('outgoing_kafka', '4.1', 3, address=cluster.servers, topic='done', ssl=True, **{field: __file__})
        assert field in pong.sentence


def test_a_ping_of_what_is_no_kafka_ends_in_time() -> None:
    for serve, text in ((deaf, 'but no answer in 1.5 s'), (babbling, 'is it Kafka'), (resetting, 'is it Kafka')):
        with listening(serve) as address:
            pong = pinged('outgoing_kafka', '4.1', 1.5, address=address)
        assert text in pong.sentence
