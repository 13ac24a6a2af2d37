"""Topics of Kafka in features, by a cluster in another process: what comes is found, nothing is left behind."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from features.systems.kafka import KafkaCluster
from tests.apitest.playing import feature, play, said, scenario
from tests.peers.sockets import deaf, listening
from tests.peers.web import authority
from zatools.apitest.failures import StepBroken
from zatools.apitest.systems import kafka
from zatools.apitest.systems.kafka_address import read

START = 'from zatools.cli.apitest import main; main()'


@pytest.fixture(scope='module')
def cluster() -> Iterator[KafkaCluster]:
    """Two brokers, and the topic `orders` with one message."""
    found = KafkaCluster()
    yield found
    found.stop()


def test_messages_are_published_and_found(cluster: KafkaCluster, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    text = scenario(
        f'topic "orders" of "{cluster.address}"',
        'Then topic "orders" has no message for "0.1s"',
        'When message "{"user": "my.user", "n": 2}" is published to topic "orders" with key "7"',
        'When message "hello" is published to topic "orders" with\n      | key | 8 |\n      | header kind | new |',
        'Then topic "orders" has "2" messages',
        'When message "no key" is published to topic "orders"',
        'Then topic "orders" has "3" messages',
        'Then topic "orders" has a message with path "/user" is "my.user"',
        'Then topic "orders" has a message with text "ell"',
        'Then topic "orders" has a message with\n      | /n | 2 |\n      | key | 7 |',
        'Then topic "orders" has a message with\n      | text | hello |\n      | header kind | new |',
        'Then I store message of topic "orders" under "last"',
        'Then variable "#last" is a string "no key"',
    )
    again = scenario('Then topic "orders" has "3" messages', f'topic "orders" of "{cluster.address}"',
                     'Then topic "orders" has "0" messages', name='Again')  # fmt: skip
    assert said(play(tmp_path, feature(text, again))) == []
    consumer = Consumer({'bootstrap.servers': cluster.servers, 'group.id': 'apitest', 'log_level': 0})
    committed = consumer.committed([TopicPartition('orders', number) for number in range(4)], timeout=30)
    consumer.close()
    assert {one.offset for one in committed} == {-1001}, 'nothing is committed'
    assert capfd.readouterr() == ('', ''), 'librdkafka would log there'


def test_what_other_clients_publish_is_found(cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kafka.Topic(kafka.Kafka(cluster.address), 'orders')
    found.open()
    try:
        cluster.publish('orders', b'caf\xc3\xa9', 'k', [('kind', b'old'), ('kind', b'new'), ('none', None)])
        cluster.publish('orders', b'\xff')
        cluster.publish('orders', None, '')
        first, second, third = found.messages()
        assert (first.text, first.key, dict(first.headers)) == ('café', 'k', {'kind': 'new', 'none': ''})
        assert (second.text, 'key' in second.properties) == ('\ufffd', False)
        assert (third.text, third.properties['key']) == ('', '')
        monkeypatch.setattr(kafka, 'KEPT', 3)
        cluster.publish('orders', b'one too many')
        with pytest.raises(StepBroken, match='too many messages came: 3 of a topic are kept, and 64 MB'):
            found.messages()
    finally:
        found.close()


def test_what_is_wrong_is_told(cluster: KafkaCluster, tmp_path: Path) -> None:
    text = scenario(
        f'topic "orders" of "{cluster.address}"',
        'When message "no json" is published to topic "orders" with key "7"',
        'Then topic "orders" has a message with path "/user" is "my.user"',
        'Then topic "orders" has a message with\n      | key | 8 |',
        'Then within "0.1s" topic "orders" has "2" messages',
        'Then topic "orders" has no message for "0.1s"',
        'Then topic "ordres" has a message',
        'Then topic "orders" has a message with',
    )
    more = scenario('When message "a" is published to topic "orders" with\n      | color | red |', name='Rows')
    bare = scenario('When message "a" is published to topic "orders" with', name='No rows')
    none = scenario(f'topic "ordres" of "{cluster.address}"', name='No topic')
    large = scenario(f'When message "{"x" * 1_100_000}" is published to topic "orders"', name='Too large')
    assert said(play(tmp_path, feature(text, more, bare, none, large))) == [
        'expected a message with /user "my.user", got 1 message, and none of them is it'
        ' | 1  7: no json |    it is no JSON',
        'expected a message with key "8", got 1 message, and none of them is it'
        ' | 1  7: no json |    it has another key',
        'not within 0.1 s. | expected 2 messages, got 1 message | 1  7: no json',
        'expected no message, got 1 message | 1  7: no json',
        "no step looks into a topic 'ordres' | did you mean 'orders'?",
        'a table of two columns belongs below this step: a path, "key", "header …", "text" or a property'
        ' |     | /user       | my.user | |     | key         | api     |',
        '\'color\' is nothing that a message has | it has "key" and "header …"',
        'a table of two columns belongs below this step: "key" or "header …", and the value'
        ' |     | key         | 7   | |     | header kind | new |',
        f"{cluster.address} has no topic 'ordres' | did you mean 'orders'?",
        'Kafka says: Unable to produce message: Broker: Message size too large',
    ]


def test_brokers_that_refuse_or_never_answer_are_told(
    cluster: KafkaCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(kafka, 'GRACE', 0.2)
    monkeypatch.setattr(kafka, 'WAIT', 0.4)
    hint = ' | is it up, and are login and TLS (kafkas://) right?'
    login = 'bob:hunter2-pw@'
    with listening(deaf) as silent:
        rows = [
            scenario(f'topic "a" of "kafka://{login}127.0.0.1:9,127.0.0.1:10"', name='Refused'),
            scenario(f'topic "a" of "{cluster.address.replace("//", f"//{login}")}"', name='Login'),
            scenario(f'topic "a" of "kafka://{silent}"', name='Silent'),
            scenario('Kafka is "kafka://127.0.0.1:9"', 'When message "a" is published to topic "a"', name='Publish'),
            scenario('When message "a" is published to topic "b"', name='No Kafka'),
        ]
        result = play(tmp_path, feature(*rows[:4])), play(tmp_path, feature(rows[4]))
    refused, denied, nothing, unsent, nowhere = [*said(result[0]), *said(result[1])]
    assert refused.startswith('kafka://127.0.0.1:9,127.0.0.1:10 does not answer: Connect to ipv4#127.0.0.1:')
    assert refused.endswith(f'failed: Connection refused{hint}')
    assert denied.startswith(f'{cluster.address} does not let us in: ')
    assert nothing == f'kafka://{silent} does not answer: nothing came in 0.4 s{hint}'
    assert unsent.startswith('kafka://127.0.0.1:9 does not answer: Connect to ipv4#127.0.0.1:9 failed: ')
    assert nowhere == 'no step has named a Kafka | Given Kafka is "$KAFKA"'
    assert 'hunter2-pw' not in repr(result)
    assert capfd.readouterr() == ('', '')


def test_certificates_are_checked_by_the_authority_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, 'GRACE', 0.3)
    monkeypatch.setattr(kafka, 'WAIT', 0.6)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert('127.0.0.1').configure_cert(context)
    authority().cert_pem.write_to_path(str(tmp_path / 'ca.pem'))

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            deaf(secured)

    with listening(serve) as address:
        unknown = scenario(f'topic "a" of "kafkas://{address}"', name='Unknown')
        known = scenario(f'topic "a" of "kafkas://{address}?ca={tmp_path}/ca.pem"', name='Known')
        first, second = said(play(tmp_path, feature(unknown, known)))
    assert 'certificate verify failed' in first
    assert 'nothing came in 0.6 s' in second


@pytest.mark.parametrize(
    ('address', 'text'),
    [
        ('localhost:9092', 'this is no address of Kafka'),
        ('kafka://', 'this is no address of Kafka'),
        ('kafka://a:9092,', 'this is no address of Kafka'),
        ('kafka://a:99999', 'this is no address of Kafka'),
        ('kafka://a/topic', 'this is no address of Kafka'),
        ('kafka://[::1', 'this is no address of Kafka'),
        ('kafka://a?color=red', "'color' is nothing that an address of Kafka has"),
        ('kafka://a?mechanism=MAGIC', "'MAGIC' is no mechanism that apitest can log in by"),
        ('kafkas://a?ca=nowhere.pem', "'ca' of the address names no file"),
    ],
)
def test_an_address_that_is_none_is_told(address: str, text: str) -> None:
    with pytest.raises(StepBroken) as caught:
        read(address)
    assert (caught.value.text, caught.value.at) == (text, 'address')


def test_an_address_says_how_to_connect() -> None:
    assert read('kafka://a,[::1]:9093') == (
        'kafka://a:9092,[::1]:9093',
        {'bootstrap.servers': 'a:9092,[::1]:9093', 'security.protocol': 'plaintext'},
    )
    assert read('kafkas://me:p%40w@a?mechanism=SCRAM-SHA-512') == (
        'kafkas://a:9092',
        {
            'bootstrap.servers': 'a:9092', 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'SCRAM-SHA-512',
            'sasl.username': 'me', 'sasl.password': 'p@w',
        },
    )  # fmt: skip


def test_a_library_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'confluent_kafka', None)
    (found,) = said(play(tmp_path, feature(scenario('topic "a" of "kafka://127.0.0.1:9"'))))
    assert found == 'the library confluent-kafka is not installed | pip install confluent-kafka'


def test_ctrl_c_ends_it_at_once(cluster: KafkaCluster, tmp_path: Path) -> None:
    steps = (
        f'topic "orders" of "{cluster.address}"',
        f'Kafka is "{cluster.address}"',
        'When message "here" is published to topic "began"',
        'Then within "2m" topic "orders" has a message',
    )
    path = tmp_path / 'a.feature'
    path.write_text(feature(scenario(*steps)))
    began = kafka.Kafka(cluster.address)
    consumer = began.client('Consumer', kafka.CONSUMER)
    command = [sys.executable, '-c', START, 'run', str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while 'began' not in consumer.list_topics(timeout=10).topics:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    consumer.close()
    assert process.returncode == 130
    assert 'rdkafka' not in out + err
