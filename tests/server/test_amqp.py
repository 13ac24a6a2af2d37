"""AMQP at a real broker: channels are consumed, messages published, and both follow their definitions."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.peers.broker import need_broker, vhost
from tests.peers.sockets import listening, nobody
from tests.server.running import Local, server, start, until, write, zato
from zatools.connections.properties import read

SERVICES = """
import pathlib, sys, time
from zato.server.service import Service

SEEN = pathlib.Path(__file__).parent.parent / 'seen.txt'


class OnMessage(Service):
    name = 'on-message'

    def handle(self):
        payload = self.request.payload
        if payload.get('sleep'):
            time.sleep(payload['sleep'])
        with SEEN.open('a') as file:
            file.write('%s\\n' % payload['n'])
        if payload.get('fails'):
            raise ValueError('no')
        if payload.get('exits'):
            sys.exit('enough')


class Picky(OnMessage):
    name = 'picky'

    def accept(self):
        return self.request.payload['n'] > 0


class Send(Service):
    name = 'send'

    def handle(self):
        self.out.amqp.send('three two', 'out', 'tutorial', 'api', {'priority': 7}, {'kind': 'test'})
        self.out.amqp.publish('out', {'four': 1}, 'tutorial', 'api')


class Lose(Service):
    name = 'lose'

    def handle(self):
        self.out.amqp.send('lost', 'out', 'tutorial', 'nowhere')


class Given(Service):
    name = 'given'

    def handle(self):
        given = self.request.payload
        self.out.amqp.send('x', 'out', given.get('exchange', 'tutorial'), 'api', **given['with'])
"""
CHANNELS = """
channel_rest:
  - {{name: send, service: send, url_path: /send, data_format: json}}
  - {{name: lose, service: lose, url_path: /lose, data_format: json}}
  - {{name: given, service: given, url_path: /given, data_format: json}}
def_amqp:
  - {{name: mq, host: {host}, port: {port}, vhost: {vhost}, username: {user}, password: {password}}}
outconn_amqp:
  - {{name: out, def_name: mq}}
channel_amqp:
  - {{name: in, def_name: mq, queue: in, service: on-message, data_format: json, pool_size: 4, ack_mode: {ack}}}
"""


@pytest.fixture(scope='module')
def broker() -> Iterator[str]:
    with vhost() as found:
        yield found


@contextmanager
def channel_of(name: str) -> Iterator[Any]:
    need_broker()
    login = pika.PlainCredentials('guest', 'guest')
    connection = pika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', 5672, name, login))
    try:
        yield connection.channel()
    finally:
        connection.close()


def definitions(name: str, **values: Any) -> str:
    known = {'host': '127.0.0.1', 'port': 5672, 'vhost': name, 'user': 'guest', 'password': 'guest', 'ack': 'ack'}
    return CHANNELS.format(**{**known, **values})


@pytest.fixture
def queues(broker: str) -> Iterator[Any]:
    with channel_of(broker) as channel:
        for name in ('in', 'out'):
            channel.queue_declare(name)
            channel.queue_purge(name)
        channel.exchange_declare('tutorial')
        channel.queue_bind('out', 'tutorial', 'api')
        yield channel


def put(channel: Any, number: int, **more: Any) -> None:
    channel.basic_publish('', 'in', json.dumps({'n': number, **more}).encode())


def seen(local: Local) -> list[int]:
    path = local.folder / 'seen.txt'
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def left(channel: Any) -> int:
    return int(channel.queue_declare('in', passive=True).method.message_count)


def run(folder: Path, text: str) -> Any:
    return server(write(folder, {'services/mq.py': SERVICES, 'd.yaml': text}), '--file', 'd.yaml')


def test_messages_invoke_the_service_and_are_acknowledged(tmp_path: Path, broker: str, queues: Any) -> None:
    for number in range(50):
        put(queues, number)
    with run(tmp_path, definitions(broker)) as local:
        until(lambda: len(seen(local)) == 50, lambda: local.log)
        assert local.stop() == 0
    assert left(queues) == 0
    assert sorted(seen(local)) == list(range(50))


@pytest.mark.parametrize(('what', 'error'), [('fails', 'ValueError: no'), ('exits', 'SystemExit: enough')])
def test_a_message_whose_service_fails_is_tried_once_more(
    tmp_path: Path, broker: str, queues: Any, what: str, error: str
) -> None:
    put(queues, 1, **{what: True})
    put(queues, 2)
    with run(tmp_path, definitions(broker)) as local:
        until(lambda: sorted(seen(local)) == [1, 1, 2], lambda: local.log)
        local.wait_for(error)
        assert "AMQP channel 'in': service 'on-message' failed" in local.log
        assert local.stop() == 0
    assert left(queues) == 0


@pytest.mark.parametrize(
    ('text', 'place'), [('{"n": ', ' at 1:7'), ('[' * 100_000, ': it is nested too deeply'), (b'\xff', '')]
)
def test_a_message_that_is_no_json_is_rejected_in_one_line(
    tmp_path: Path, broker: str, queues: Any, text: Any, place: str
) -> None:
    queues.basic_publish('', 'in', text)
    put(queues, 2)
    with run(tmp_path, definitions(broker)) as local:
        until(lambda: seen(local) == [2], lambda: local.log)
        local.wait_for('the message is no valid JSON')
        assert local.stop() == 0
    rows = [line for line in local.lines if 'JSON' in line or 'Traceback' in line or 'failed' in line]
    start = f"ERROR - AMQP channel 'in': the message is no valid JSON{place}, it is rejected (CID "
    assert [row[: len(start)] for row in rows] == [start]
    assert left(queues) == 0


def test_a_message_that_its_service_does_not_accept_is_rejected(tmp_path: Path, broker: str, queues: Any) -> None:
    put(queues, 0)
    put(queues, 2)
    with run(tmp_path, definitions(broker).replace('on-message', 'picky')) as local:
        until(lambda: seen(local) == [2], lambda: local.log)
        local.wait_for("AMQP channel 'in': service 'picky' does not accept this call, the message is rejected (CID ")
        assert local.stop() == 0
    assert left(queues) == 0


def test_messages_wait_until_services_are_loaded(tmp_path: Path, broker: str, queues: Any) -> None:
    put(queues, 1)
    write(tmp_path, {'services/common.py': 'import time\ntime.sleep(2)\n'})
    with run(tmp_path, definitions(broker)) as local:
        until(lambda: seen(local) == [1], lambda: local.log)
        assert 'ERROR' not in local.log


def test_a_channel_takes_no_messages_while_its_service_is_not_there(tmp_path: Path, broker: str, queues: Any) -> None:
    missing = f"WARNING - d.yaml:11:50: channel_amqp 'in': no service 'on-message' in {tmp_path.name}/services; "
    missing += 'its messages stay in the queue until a file has it'
    path = tmp_path / 'services' / 'mq.py'
    for number in range(3):
        put(queues, number)
    files = {'services/mq.py': 'import\n' + SERVICES, 'services/other.py': '', 'd.yaml': definitions(broker)}
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        assert missing in local.log
        time.sleep(1)
        assert left(queues) == 3
        path.write_text(SERVICES)
        until(lambda: sorted(seen(local)) == [0, 1, 2], lambda: local.log)
        path.unlink()
        until(lambda: local.log.count(missing) == 2, lambda: local.log)
        for number in range(3, 6):
            put(queues, number)
        time.sleep(1)
        assert left(queues) == 3
        path.write_text(SERVICES)
        until(lambda: sorted(seen(local)) == list(range(6)), lambda: local.log)
        assert local.stop() == 0
    assert left(queues) == 0


def test_no_message_is_lost_while_a_service_comes_and_goes(tmp_path: Path, broker: str, queues: Any) -> None:
    with run(tmp_path, definitions(broker)) as local:
        path = tmp_path / 'services' / 'mq.py'
        for number in range(200):
            put(queues, number)
            if number % 40 == 19:
                path.unlink()
                local.wait_for('Services gone: ')
            elif number % 40 == 39:
                path.write_text(SERVICES)
                local.wait_for('Services loaded: ')
                local.lines.clear()
        until(lambda: set(seen(local)) == set(range(200)), lambda: f'{len(seen(local))}\n{local.log}')


def test_a_server_whose_port_is_taken_takes_no_message(tmp_path: Path, broker: str, queues: Any) -> None:
    put(queues, 1)
    files = {'services/mq.py': SERVICES, 'd.yaml': definitions(broker)}
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(write(tmp_path, files), '.', '--port', port, '--file', 'd.yaml')
        assert f'port {port} of 127.0.0.1 is taken' in process.communicate(timeout=60)[1]
    assert (process.returncode, left(queues)) == (2, 1)
    assert not (tmp_path / 'seen.txt').exists()


def test_messages_are_published_in_both_orders_of_arguments(tmp_path: Path, broker: str, queues: Any) -> None:
    with run(tmp_path, definitions(broker)) as local:
        assert local.call('/send', user='').status_code == 200, local.log
        _, properties, body = queues.basic_get('out', auto_ack=True)
        assert (body, properties.priority, properties.headers) == (b'three two', 7, {'kind': 'test'})
        _, properties, body = queues.basic_get('out', auto_ack=True)
        assert (body, properties.priority, properties.delivery_mode) == (b'{"four": 1}', 5, 2)


def test_what_no_queue_takes_is_told_to_the_log(tmp_path: Path, broker: str, queues: Any) -> None:
    with run(tmp_path, definitions(broker)) as local:
        assert local.call('/lose', user='').status_code == 200
        local.wait_for("WARNING - outgoing AMQP 'out': no queue takes it: exchange 'tutorial' routes 'nowhere' nowhere")


def test_properties_come_as_services_give_them(tmp_path: Path, broker: str, queues: Any) -> None:
    given = {'delivery_mode': 1, 'mandatory': True, 'priority': '9', 'correlation_id': 7, 'headers': {'a': [1, 'b']}}
    with run(tmp_path, definitions(broker)) as local:
        assert local.call('/given', user='', json={'with': given}).status_code == 200, local.log
        _, found, _ = queues.basic_get('out', auto_ack=True)
        assert (found.delivery_mode, found.priority, found.correlation_id) == (1, 9, '7')
        assert found.headers == {'a': [1, 'b']}


@pytest.mark.parametrize(
    ('given', 'sentence'),
    [
        ({'delivery_mode': 3}, "property 'delivery_mode' of a message takes 1 (non_persistent) or 2 (persistent)"),
        ({'delivery_mode': [1]}, "property 'delivery_mode' of a message takes 1 (non_persistent) or 2 (persistent)"),
        ({'priority': 'high'}, "property 'priority' of a message takes a number from 0 to 255"),
        ({'correlation_id': [7]}, "property 'correlation_id' of a message takes a text"),
        ({'headers': {'d': 1.5}}, "property 'headers' of a message takes a dict of texts, "),
        ({'headers': {'n': 2**70}}, "property 'headers' of a message takes a dict of texts, "),
        ({'headers': {'a' * 300: 'b'}}, "property 'headers' of a message takes a dict of texts, "),
        ({'timestamp': -1}, "property 'timestamp' of a message takes a number of seconds since 1970"),
        ({'type': '\ud800'}, "property 'type' of a message takes a text"),
        ({'headers': 'text'}, "property 'headers' of a message takes a dict of texts, "),
        ({'priorty': 7}, "messages have no property 'priorty'; did you mean 'priority'?"),
    ],
)
def test_a_wrong_property_is_named_and_the_connection_stays(given: Any, sentence: str, given_to: Local) -> None:
    before = given_to.log.count('consuming')
    found = given_to.call('/given', user='', json={'with': given})
    assert found.status_code == 500
    assert f"AmqpFailedError: 'out': {sentence}" in found.text
    assert given_to.call('/given', user='', json={'with': {}}).status_code == 200
    assert given_to.log.count('consuming') == before


@pytest.fixture(scope='module')
def given_to(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Iterator[Local]:
    with channel_of(broker) as channel:
        channel.exchange_declare('tutorial')
        for name in ('own', 'out'):
            channel.queue_declare(name)
        channel.queue_bind('out', 'tutorial', 'api')
    # Messages of the others' queue are not for this server.
    with run(tmp_path_factory.mktemp('given'), definitions(broker).replace('queue: in,', 'queue: own,')) as local:
        local.wait_for('consuming')
        yield local


def test_an_exchange_that_is_no_text_is_told(given_to: Local) -> None:
    found = given_to.call('/given', user='', json={'with': {}, 'exchange': '\ud800'})
    assert found.status_code == 500
    assert "AmqpFailedError: 'out': the exchange or the routing key is no text in UTF-8" in found.text


def test_bytes_are_texts_to_brokers() -> None:
    assert read({'correlation_id': b'abc', 'type': None}) == {'correlation_id': 'abc'}


def test_an_exchange_that_is_missing_is_named_without_options(given_to: Local) -> None:
    found = given_to.call('/given', user='', json={'with': {}, 'exchange': 'absent'})
    assert found.status_code == 500
    assert "no exchange 'absent' in virtual host" in found.text
    assert '; declare it"' in found.text


def test_a_queue_that_is_missing_is_named_with_its_place(tmp_path: Path, broker: str) -> None:
    text = definitions(broker).replace('queue: in,', 'queue: nosuch,')
    with run(tmp_path, text) as local:
        local.wait_for(f"AMQP channel 'in': 127.0.0.1:5672 has no queue 'nosuch' in virtual host '{broker}'; ")
        local.wait_for('declare it, or is queue (d.yaml:11) right?')


def test_a_broker_that_is_down_is_told_to_the_service_and_the_log(tmp_path: Path) -> None:
    with nobody() as address:
        host, _, port = address.partition(':')
    with run(tmp_path, definitions('x', host=host, port=port)) as local:
        found = local.call('/send', user='')
        assert found.status_code == 500
        assert "AmqpFailedError: 'out': refused in " in found.text
        local.wait_for(f'nothing listens on {address}')
        local.wait_for("WARNING - AMQP channel 'in': refused in ")


def test_a_changed_definition_reconnects_all_that_use_it_and_no_message_is_lost(
    tmp_path: Path, broker: str, queues: Any
) -> None:
    with run(tmp_path, definitions(broker)) as local:
        for number in range(20):
            put(queues, number, sleep=0.2)
        until(lambda: len(seen(local)) > 2, lambda: local.log)
        write(local.folder, {'d.yaml': definitions(broker, password='wrong')})
        local.wait_for("AMQP channel 'in': 127.0.0.1:5672 refused user '******'", 6)
        local.wait_for("outgoing AMQP 'out': 127.0.0.1:5672 refused user '******'", 6)
        assert local.call('/send', user='').status_code == 500
        for number in range(20, 25):
            put(queues, number)
        write(local.folder, {'d.yaml': definitions(broker)})
        until(lambda: set(seen(local)) == set(range(25)), lambda: local.log)
        assert local.call('/send', user='').status_code == 200, local.log
        assert local.stop() == 0
    assert left(queues) == 0


def imported(folder: Path, name: str, **values: Any) -> float:
    """Imports definitions into an ODB, and returns when that was done."""
    write(folder, {'d.yaml': definitions(name, **values)})
    assert zato(folder, 'enmasse', 'import', 'd.yaml', '--replace', '--odb', 'o.sqlite').returncode == 0
    return time.monotonic()


def within(changed_at: float) -> float:
    """Returns how much is left of what a change may take: three seconds, and more on a busy machine."""
    return changed_at + 20 - time.monotonic()


def test_a_message_that_is_being_worked_on_holds_up_no_change(tmp_path: Path, broker: str, queues: Any) -> None:
    write(tmp_path, {'services/s.py': SERVICES})
    imported(tmp_path, broker)
    with server(tmp_path, '--odb', 'o.sqlite') as local:
        local.wait_for("AMQP channel 'in': consuming from amqp://127.0.0.1")
        put(queues, 1, sleep=60)
        until(lambda: left(queues) == 0)
        changed_at = imported(tmp_path, broker, host='localhost')
        local.wait_for("AMQP channel 'in': consuming from amqp://localhost", within(changed_at))
        put(queues, 2)
        until(lambda: seen(local) == [2], lambda: local.log)


def test_a_message_and_a_request_that_take_long_do_not_keep_the_server(
    tmp_path: Path, broker: str, queues: Any
) -> None:
    text = definitions(broker).replace('url_path: /send', 'url_path: /sleep').replace('service: send', 'service: sleep')
    service = "\n\nclass Sleep(Service):\n    name = 'sleep'\n\n    def handle(self):\n        time.sleep(60)\n"
    files = {'services/s.py': SERVICES + service, 'd.yaml': text}
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        put(queues, 1, sleep=60)
        until(lambda: left(queues) == 0)
        thread = threading.Thread(target=lambda: suppressed(lambda: local.call('/sleep', user='')), daemon=True)
        thread.start()
        time.sleep(0.5)
        started = time.monotonic()
        assert local.stop() == 0
        assert time.monotonic() - started < 40
        local.wait_for('1 request not finished in time')
    until(lambda: left(queues) == 1)


def suppressed(call: Callable[[], Any]) -> None:
    with suppress(Exception):
        call()


@pytest.mark.parametrize(
    ('changed', 'refusal'),
    [
        ({'password': 'wrong'}, '127.0.0.1:5672 refused user'),
        ({'user': 'nobody'}, "127.0.0.1:5672 refused user 'nobody'"),
        ({'host': 'localhost', 'port': 9}, 'nothing listens on localhost:9'),
    ],
)
def test_what_changes_in_the_odb_is_connected_to(
    tmp_path: Path, broker: str, queues: Any, changed: dict[str, Any], refusal: str
) -> None:
    write(tmp_path, {'services/s.py': SERVICES})
    imported(tmp_path, broker)
    with server(tmp_path, '--odb', 'o.sqlite') as local:
        local.wait_for("AMQP channel 'in': consuming from")
        changed_at = imported(tmp_path, broker, **changed)
        local.wait_for(f"AMQP channel 'in': {refusal}" if 'port' not in changed else refusal, within(changed_at))
        local.wait_for("outgoing AMQP 'out': ", within(changed_at))
        assert local.call('/send', user='').status_code == 500
        put(queues, 1)
        changed_at = imported(tmp_path, broker)
        until(lambda: seen(local) == [1], lambda: local.log, within(changed_at))
        assert local.call('/send', user='').status_code == 200, local.log


def test_a_connection_that_breaks_is_opened_again(tmp_path: Path, broker: str, queues: Any) -> None:
    live: list[Any] = []

    def relay(client: Any) -> None:
        with socket.create_connection(('127.0.0.1', 5672)) as other:
            live.extend([client, other])
            threading.Thread(target=_pump, args=(other, client), daemon=True).start()
            _pump(client, other)

    with listening(relay) as address, run(tmp_path, definitions(broker, port=address.partition(':')[2])) as local:
        local.wait_for("AMQP channel 'in': consuming from")
        assert local.call('/send', user='').status_code == 200
        for one in live:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        put(queues, 7)
        until(lambda: seen(local) == [7], lambda: local.log)
        until(lambda: local.call('/send', user='').status_code == 200, lambda: local.log)


def _pump(one: Any, other: Any) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)


def test_rejecting_is_an_answer_too(tmp_path: Path, broker: str, queues: Any) -> None:
    put(queues, 1)
    with run(tmp_path, definitions(broker, ack='reject')) as local:
        until(lambda: seen(local) == [1], lambda: local.log)
        assert local.stop() == 0
    assert left(queues) == 0
