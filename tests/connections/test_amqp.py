"""Pings and publishes against a real RabbitMQ, in a virtual host of the test's own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pika
import pytest

from tests.conftest import Console
from tests.peers.broker import frozen, manage, vhost
from tests.peers.sockets import listening
from zatools.commands.outgoing import Source
from zatools.commands.publish import Post, publish
from zatools.connections.amqp import AmqpConnection, Message
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong, Verdict
from zatools.errors import Exit, FailedError
from zatools.kinds import SPELLINGS
from zatools.secret import Secret
from zatools.state import Item


@pytest.fixture(scope='module')
def place() -> Iterator[str]:
    with vhost() as name:
        yield name


@pytest.fixture(scope='module')
def channel(place: str) -> Iterator[Any]:
    """A channel to the broker with exchange /tutorial, whose key `api` leads to a queue, and `full` to a full one."""
    parameters = pika.ConnectionParameters('127.0.0.1', virtual_host=place)
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.exchange_declare('/tutorial', 'topic')
        channel.queue_declare('api')
        channel.queue_bind('api', '/tutorial', 'api')
        channel.queue_declare('full', arguments={'x-max-length': 0, 'x-overflow': 'reject-publish'})
        channel.queue_bind('full', '/tutorial', 'full')
        yield channel


def item(place: str, address: str = '127.0.0.1', **values: Any) -> Item:
    given = {'name': 'Orders', 'address': f'amqp://{address}/{place}', 'username': 'guest', 'password': Secret('guest')}
    return Item(SPELLINGS['outgoing_amqp'][0], {**given, **values})


def connection_of(one: Item) -> AmqpConnection:
    found = connect(one, {})
    assert isinstance(found, AmqpConnection)
    return found


def send(one: Item, exchange: str, key: str, body: bytes = b'Hello', **properties: Any) -> Pong:
    return connection_of(one).publish(Attempt(5), Message(body, exchange, key, properties))


def test_a_ping_opens_a_connection_and_shows_the_broker(place: str) -> None:
    pong = connection_of(item(place)).ping(Attempt(5))
    assert pong.verdict is Verdict.OK
    assert pong.text.startswith('RabbitMQ ')
    assert (pong.facts['product'], pong.facts['vhost']) == ('RabbitMQ', place)


def test_a_definition_of_32_is_the_same_connection(place: str) -> None:
    definition = Item(SPELLINGS['def_amqp'][0], {'name': 'Broker', 'host': '127.0.0.1', 'vhost': place})
    definition.values['password'] = Secret('guest')
    one = Item(SPELLINGS['outconn_amqp'][0], {'name': 'Orders', 'def_name': 'Broker'})
    found = connect(one, {definition.key: definition})
    assert found.target == f'amqp://127.0.0.1:5672/{place}'
    assert found.ping(Attempt(5)).verdict is Verdict.OK


def test_a_message_arrives_with_the_properties_of_the_connection(place: str, channel: Any) -> None:
    one = item(place, content_type='application/json', app_id='zato', expiration=5, priority=7, user_id='guest')
    pong = send(one, '/tutorial', 'api', b'{"id": 1}')
    assert pong.verdict is Verdict.OK
    assert pong.text.startswith("Published to exchange '/tutorial', routing key 'api', confirmed by the broker in ")
    _, found, body = channel.basic_get('api', auto_ack=True)
    assert body == b'{"id": 1}'
    shown = (found.content_type, found.app_id, found.expiration, found.priority, found.user_id, found.delivery_mode)
    assert shown == ('application/json', 'zato', '5000', 7, 'guest', 2)


def test_what_is_given_goes_over_the_connection(place: str, channel: Any) -> None:
    one = item(place, content_type='application/json', delivery_mode='persistent', priority=7)
    send(one, '/tutorial', 'api', content_type='text/plain', delivery_mode='non_persistent', priority=0, expiration=0.5)
    _, found, _ = channel.basic_get('api', auto_ack=True)
    assert (found.content_type, found.delivery_mode, found.priority, found.expiration) == ('text/plain', 1, 0, '500')


def test_a_full_queue_is_a_nack(place: str, channel: Any) -> None:
    pong = send(item(place), '/tutorial', 'full')
    assert pong.sentence == 'the broker did not take the message (nack); is the queue full, or out of disk?'


def test_an_unknown_exchange_is_named(place: str, channel: Any) -> None:
    pong = send(item(place), '/tutorail', 'api')
    assert pong.text == f"127.0.0.1:5672 has no exchange '/tutorail' in virtual host '{place}'"


def test_an_unroutable_message_is_told(place: str, channel: Any) -> None:
    pong = send(item(place), '/tutorial', 'nowhere')
    assert pong.text == "no queue takes it: exchange '/tutorial' routes 'nowhere' nowhere"


def test_a_password_is_in_no_pong_and_no_log(place: str, capfd: pytest.CaptureFixture[str]) -> None:
    pong = connection_of(item(place, password=Secret('s3cret', '${MQ_PASSWORD}'))).ping(Attempt(5))
    assert pong.sentence == "127.0.0.1:5672 refused user 'guest'; is the password of 'Orders' (${MQ_PASSWORD}) right?"
    assert 's3cret' not in repr(pong) + ''.join(capfd.readouterr())


def test_a_frame_size_that_pika_does_not_take_is_no_failure(place: str) -> None:
    assert connection_of(item(place, frame_max=1_000_000)).ping(Attempt(5)).verdict is Verdict.OK


def test_an_interrupted_publish_does_not_say_that_nothing_happened(
    place: str, channel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(connections: Any, jobs: int, timeout: float, on_pong: Any, do: Any) -> list[Pong]:
        attempt = Attempt()
        with contextlib.suppress(Exception):
            do(connections[0], attempt)
        raise KeyboardInterrupt

    with listening(frozen()) as address:
        path = tmp_path / 'a.yaml'
        path.write_text(
            'outgoing_amqp:\n  - name: Orders\n'
            f'    address: amqp://{address}/{place}\n    username: guest\n    password: guest\n    heartbeat: 1\n'
        )
        monkeypatch.setattr('zatools.commands.publish.ping_all', interrupted)
        with pytest.raises(FailedError, match='whether the broker has the message is not known') as found:
            publish(Console({}).world, Source(files=(str(path),)), 'Orders', Post('/tutorial', 'api'))
    assert found.value.code == Exit.INTERRUPTED


def test_a_user_without_rights_is_told_from_one_without_a_password(place: str) -> None:
    name = f'{place}-stranger'
    try:
        manage('PUT', f'/users/{name}', {'password': 's3cret', 'tags': ''})
    except URLError:
        pytest.skip('the management API of RabbitMQ is not on')
    try:
        pong = connection_of(item(place, username=name, password=Secret('s3cret'))).ping(Attempt(5))
    finally:
        manage('DELETE', f'/users/{name}')
    assert pong.sentence == (
        f"127.0.0.1:5672 does not let user '{name}' into virtual host '{place}'; "
        'rabbitmqctl set_permissions, or address?'
    )
