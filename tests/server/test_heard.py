"""Outgoing WebSocket connections that services hear: kept open, opened again, changed, closed."""

from __future__ import annotations

import json
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.ports import free_port
from tests.server.running import Local, server, write

SERVICES = """
import json
from zato.server.service import Service


class Heard(Service):
    name = 'heard'

    def handle(self):
        told = self.request.payload
        if told == 'fail':
            raise SystemExit('a secret reason')
        with self.out.wsx.get('Prices').conn.client() as client:
            client.send(json.dumps({'heard': told, 'type': self.channel.type, 'name': self.channel.name}))


class Connected(Service):
    name = 'connected'

    def handle(self):
        with self.out.wsx['Prices'].conn.client() as client:
            client.send('subscribe ' + self.request.payload['name'])


class Closed(Service):
    name = 'closed'

    def handle(self):
        self.logger.info('closed with %s %s', self.request.payload['code'], self.request.payload['reason'])


class Gateway(Service):
    name = 'gateway'

    def handle(self):
        self.response.payload = {'gateway': self.request.payload}


class Zato(Service):
    name = 'zato'

    def handle(self):
        with self.out.wsx['Other'].conn.client() as client:
            back = client.invoke({'service': 'x', 'request': self.request.payload})
        self.response.payload = {'back': back}


class Ask(Service):
    name = 'ask'

    def handle(self):
        self.response.payload = self.wsx.channel['gateway'].invoke(self.request.payload, client_id='zatools')
"""
DEFINITIONS = """
security:
  - {{name: api, type: basic_auth, username: api, password: pw-of-ours}}
channel_rest:
  - {{name: ask, service: ask, url_path: /ask, data_format: json}}
web_socket:
  - {{name: gateway, address: 'ws://127.0.0.1:{own}/gateway', service: gateway, security: api}}
outgoing_wsx:
  - name: Prices
    address: {url}/prices
    on_connect_service_name: connected
    on_message_service_name: heard
    on_close_service_name: closed
  - name: Other
    address: ws://127.0.0.1:{own}/gateway
    is_zato: true
    security: api
    on_message_service_name: zato
  - {{name: Nobody, address: 'ws://127.0.0.1:{nobody}', on_message_service_name: heart}}
  - {{name: Once, address: '{url}/once', has_auto_reconnect: false, on_message_service_name: heard}}
  - {{name: Wrong, address: 'http://127.0.0.1:{nobody}', on_message_service_name: heard}}
  - {{name: Unheard, address: '{url}/unheard'}}
"""


class Feed:
    """The other side: who is connected now, by path, and what it gets."""

    def __init__(self) -> None:
        self.open: queue.Queue[ServerConnection] = queue.Queue()
        self.got: queue.Queue[Any] = queue.Queue()
        self.paths: list[str] = []
        self.ends: queue.Queue[int] = queue.Queue()

    def handle(self, client: ServerConnection) -> None:
        assert client.request
        self.paths.append(client.request.path)
        if client.request.path == '/once':
            return
        self.open.put(client)
        try:
            while True:
                self.got.put(client.recv())
        except ConnectionClosed as error:
            self.ends.put(error.rcvd.code if error.rcvd else 0)

    def heard(self) -> Any:
        text = self.got.get(timeout=20)
        return json.loads(text) if text.startswith('{') else text


@pytest.fixture(scope='module')
def feed() -> Iterator[tuple[Feed, str]]:
    found = Feed()
    with serve(found.handle, '127.0.0.1', 0, close_timeout=1) as peer:
        thread = threading.Thread(target=peer.serve_forever, daemon=True)
        thread.start()
        yield found, f'ws://127.0.0.1:{peer.socket.getsockname()[1]}'
        peer.shutdown()
        thread.join(5)


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory, feed: tuple[Feed, str]) -> Iterator[Local]:
    text = DEFINITIONS.format(url=feed[1], own=free_port(), nobody=free_port())
    folder = write(tmp_path_factory.mktemp('heard'), {'services/a.py': SERVICES, 'd.yaml': text})
    with server(folder, '--file', 'd.yaml') as running:
        yield running


@pytest.fixture(scope='module')
def client(local: Local, feed: tuple[Feed, str]) -> ServerConnection:
    found = feed[0].open.get(timeout=20)
    assert feed[0].heard() == 'subscribe Prices'
    return found


def test_messages_reach_the_service_and_what_it_sends_goes_by_the_same_connection(
    feed: tuple[Feed, str], client: ServerConnection
) -> None:
    about = {'type': 'web-socket', 'name': 'Prices'}
    client.send('{"price": 7}')
    assert feed[0].heard() == {'heard': {'price': 7}, **about}
    client.send('no {json')
    assert feed[0].heard() == {'heard': 'no {json', **about}
    client.send(['in ', 'three ', 'parts'])
    assert feed[0].heard() == {'heard': 'in three parts', **about}
    assert client.ping('x').wait(10)
    client.send('fail')
    client.send('after')
    assert feed[0].heard() == {'heard': 'after', **about}
    assert feed[0].open.empty()
    assert '/unheard' not in feed[0].paths


def test_another_zato_is_answered_with_what_the_service_returns(local: Local) -> None:
    local.wait_for("outgoing WebSocket 'Other': connected")
    found = local.call('/ask', json={'a': 1})
    assert found.json() == {'back': {'gateway': {'service': 'x', 'request': {'a': 1}}}}, found.text


def test_what_is_wrong_is_told_and_tried_again_after_growing_waits(local: Local, feed: tuple[Feed, str]) -> None:
    assert "outgoing_wsx 'Nobody': on_message_service_name: no service 'heart'; did you mean 'heard'?" in local.log
    for seconds in ('0.5', '1', '2'):
        local.wait_for(f'next try in {seconds} s')
    assert 'nothing listens on 127.0.0.1' in local.log
    local.wait_for("outgoing WebSocket 'Once': the other side closed it (1000); it is not connected again")
    assert feed[0].paths.count('/once') == 1
    assert "outgoing WebSocket 'Wrong': " in local.log
    assert 'pw-of-ours' not in local.log


def test_a_connection_that_ends_is_told_to_its_service_and_opened_again(
    local: Local, feed: tuple[Feed, str], client: ServerConnection
) -> None:
    client.close(1012, 'restart')
    local.wait_for('closed with 1012 restart')
    again = feed[0].open.get(timeout=20)
    assert feed[0].heard() == 'subscribe Prices'
    with suppress(ConnectionClosed):
        again.send('x' * (10 * 1024 * 1024 + 1))
    local.wait_for('closed with 1009 a message is too big')
    third = feed[0].open.get(timeout=20)
    assert feed[0].heard() == 'subscribe Prices'
    third.send('1')
    assert feed[0].heard()['heard'] == 1
    # A change of the definition: the old connection says goodbye, the new one is opened.
    while not feed[0].ends.empty():
        feed[0].ends.get()
    path: Path = local.folder / 'd.yaml'
    path.write_text(path.read_text().replace('/prices', '/more'))
    assert feed[0].ends.get(timeout=20) == 1000
    fourth = feed[0].open.get(timeout=20)
    assert fourth.request is not None and fourth.request.path == '/more'
    assert feed[0].heard() == 'subscribe Prices'
    assert local.log.count('closed it (1000); next try') == 0
    local.process.send_signal(signal.SIGTERM)
    assert feed[0].ends.get(timeout=20) == 1000
    assert local.process.wait(20) == 0
