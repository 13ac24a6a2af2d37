"""Pings and publishes against a real RabbitMQ, in a virtual host of the test's own."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.connections.conftest import UNKNOWN, interrupted_publish
from tests.peers.broker import frozen, gone, manage, need_management, relayed, secured, vhost
from tests.peers.sockets import listening
from tests.peers.web import authority, secure
from zatools.connections.amqp import AmqpConnection, Message
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong, Verdict
from zatools.kinds import SPELLINGS
from zatools.secret import Secret
from zatools.state import Item


def has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(('::1', 0), family=socket.AF_INET6):
        return True
    return False


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


@pytest.mark.skipif(not has_ipv6(), reason='this machine has no IPv6')
@pytest.mark.parametrize('brackets', [str, lambda host: host.strip('[]')], ids=['brackets', 'bare'])
def test_a_broker_may_have_an_address_of_ipv6(place: str, brackets: Callable[[str], str]) -> None:
    with listening(relayed(), family=socket.AF_INET6) as where:
        assert connection_of(item(place, where)).ping(Attempt(5)).verdict is Verdict.OK
        host, _, port = where.rpartition(':')
        values = {'name': 'Broker', 'host': brackets(host), 'port': int(port), 'vhost': place}
        definition = Item(SPELLINGS['def_amqp'][0], {**values, 'password': Secret('guest')})
        one = Item(SPELLINGS['outconn_amqp'][0], {'name': 'Orders', 'def_name': 'Broker'})
        found = connect(one, {definition.key: definition})
        assert found.target == f'amqp://{where}/{place}'
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


def test_tls_is_shown(place: str, trusted: None) -> None:
    until = datetime.now(UTC) + timedelta(days=30.5)
    with listening(secured(secure(authority().issue_cert('127.0.0.1', not_after=until)))) as address:
        one = item(place)
        one.values['address'] = f'amqps://{address}/{place}'
        pong = connection_of(one).ping(Attempt(5))
    assert re.fullmatch(r'RabbitMQ [\d.]+, [\d.]+ m?s, TLSv1\.[23], certificate 30 days', pong.text)
    assert (pong.facts['is_verified'], pong.facts['certificate_days']) == (True, 30)


def test_a_heartbeat_that_amqp_has_no_room_for_is_no_failure(place: str) -> None:
    assert connection_of(item(place, heartbeat=100_000)).ping(Attempt(5)).verdict is Verdict.OK


def test_a_name_that_is_too_long_is_named() -> None:
    pong = connection_of(item('v' * 256)).ping(Attempt(5))
    assert pong.sentence == ('the virtual host is longer than the 255 bytes that AMQP has for it; shorten it: address')
    pong = send(item('/', app_id='a' * 256), '/tutorial', 'api')
    assert pong.sentence == 'the app id is longer than the 255 bytes that AMQP has for it; shorten it: app_id'
    pong = send(item('/'), 'x' * 256, 'api')
    assert pong.sentence == 'the exchange is longer than the 255 bytes that AMQP has for it; shorten it: --exchange'


def test_an_expiration_that_is_too_long_is_told(place: str, channel: Any) -> None:
    pong = send(item(place, expiration=1_000_000_000), '/tutorial', 'api')
    assert pong.failure == 'message'
    assert pong.hint == 'expiration is in seconds: is it as long as that?'


def test_a_limit_of_connections_is_no_matter_of_permissions() -> None:
    with own_vhost() as name:
        manage('PUT', f'/vhost-limits/{name}/max-connections', {'value': 0})
        pong = connection_of(item(name)).ping(Attempt(5))
    assert pong.failure == 'amqp-closed'
    assert pong.sentence == (
        f"127.0.0.1:5672 closed the connection: NOT_ALLOWED - access to vhost '{name}' refused for user 'guest': "
        'connection limit (0) is reached; what does the log of the broker say?'
    )


def test_a_broker_that_closes_the_connection_says_why() -> None:
    with own_vhost() as name, listening(gone(name)) as address:
        pong = send(item(name, address), 'amq.direct', 'api')
    assert pong.failure == 'amqp-closed'
    # Deleted, or down: what it says first is a matter of chance.
    assert pong.text.startswith(f"{address} closed the connection: CONNECTION_FORCED - vhost '{name}' is ")


@contextmanager
def own_vhost() -> Iterator[str]:
    """A virtual host that a test may spoil or delete, through the management API."""
    need_management()
    with vhost('-own') as name:
        yield name


def test_an_interrupted_publish_does_not_say_that_nothing_happened(place: str, tmp_path: Path) -> None:
    is_sent = threading.Event()
    with listening(frozen(is_sent)) as address:
        path = tmp_path / 'a.yaml'
        path.write_text(
            f'outgoing_amqp:\n  - name: Orders\n    address: amqp://{address}/{place}\n'
            '    username: guest\n    password: guest\n'
        )
        found = interrupted_publish(is_sent, '--exchange', 'amq.direct', '--file', str(path))
    assert found == UNKNOWN


def test_a_user_without_rights_is_told_from_one_without_a_password(place: str) -> None:
    need_management()
    name = f'{place}-stranger'
    manage('PUT', f'/users/{name}', {'password': 's3cret', 'tags': ''})
    try:
        pong = connection_of(item(place, username=name, password=Secret('s3cret'))).ping(Attempt(5))
    finally:
        manage('DELETE', f'/users/{name}')
    assert pong.sentence == (
        f"127.0.0.1:5672 does not let user '{name}' into virtual host '{place}'; "
        'rabbitmqctl set_permissions, or address?'
    )
