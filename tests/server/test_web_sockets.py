"""3.2's WebSocket channels, with a real client: sessions, calls, and whoever sends what he shouldn't."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websocket import WebSocket, WebSocketBadStatusException, create_connection

from tests.ports import free_port
from tests.server.running import Local, server, until, write

SERVICES = """
import time
from datetime import date
from zato.common.exception import BadRequest
from zato.server.service import Service


class Show(Service):
    name = 'show'

    def handle(self):
        asked = self.request.payload
        if asked == 'fail':
            raise SystemExit('a secret reason')
        if asked == 'refuse':
            raise BadRequest(self.cid, 'No such order', needs_msg=True)
        if asked == 'nothing':
            return
        if asked == 'slow':
            self.logger.info('slow begins')
            time.sleep(1)
        environ = self.environ
        self.response.payload = {
            'payload': asked, 'type': self.channel.type, 'name': self.channel.name, 'day': date(2026, 1, 2),
            'user': self.channel.security.username, 'client': environ['ext_client_name'],
            'same': environ['web_socket'].ext_client_id == environ['ext_client_id'], 'host': environ['peer_host'],
        }
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw-of-ours}
  - {name: jwt, type: jwt, username: jwt, password: x}
web_socket:
  - {name: guarded, address: 'ws://0.0.0.0:%(port)d/orders', service: show, security: api, new_token_wait_time: 1}
  - {name: open, address: 'ws://0.0.0.0:%(port)d/open', service: show, token_ttl: 1, ping_interval: 1}
  - {name: lost, address: 'ws://0.0.0.0:%(port)d/lost', service: shwo}
  - {name: jwt, address: 'ws://0.0.0.0:%(port)d/jwt', service: show, security: jwt}
  - {name: asleep, address: 'ws://0.0.0.0:%(port)d/asleep', service: show, is_active: false}
  - {name: nowhere, address: 'ws://nowhere', service: show}
  - {name: taken, address: 'ws://127.0.0.1:%(taken)d/', service: show}
"""


def free() -> socket.socket:
    taken = socket.socket()
    taken.bind(('127.0.0.1', 0))
    taken.listen()
    return taken


def definitions() -> tuple[str, socket.socket]:
    taken = free()
    return DEFINITIONS % {'port': free_port(), 'taken': taken.getsockname()[1]}, taken


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    text, taken = definitions()
    folder = write(tmp_path_factory.mktemp('ws'), {'services/a.py': SERVICES, 'd.yaml': text})
    with taken, server(folder, '--file', 'd.yaml') as running:
        yield running


def address(local: Local, path: str = '/orders') -> str:
    found = re.search(r"WebSocket channel 'guarded' at ws://(127\.0\.0\.1:\d+)/orders", local.log)
    assert found, local.log
    return f'ws://{found[1]}{path}'


OPEN: list[WebSocket] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().shutdown()


def connected(local: Local, path: str = '/orders') -> WebSocket:
    OPEN.append(create_connection(address(local, path), timeout=10))
    return OPEN[-1]


def told(one: WebSocket, data: Any = None, **meta: Any) -> Any:
    message = {'meta': {'id': 'my.id', 'timestamp': '2026-01-01T00:00:00', 'client_id': 'c.1', **meta}}
    if data is not None:
        message['data'] = data
    one.send(json.dumps(message))
    return json.loads(one.recv())


def logged_in(one: WebSocket) -> str:
    login = {'username': 'api', 'secret': 'pw-of-ours', 'client_name': 'Shop'}
    found = told(one, action='create-session', **login)
    assert (found['meta']['msg_type'], found['meta']['status'], found['meta']['in_reply_to']) == (
        'zwsx.rspa',
        200,
        'my.id',
    )
    return str(found['data']['token'])


def call(one: WebSocket, token: str, data: Any, **more: Any) -> Any:
    return told(one, data, action='invoke-service', token=token, **more)


def is_cut(one: WebSocket) -> bool:
    # The frame that says why it is closed, then nothing.
    code, data = one.recv_data()
    assert (code, int.from_bytes(data[:2])) == (8, 1008)
    return True


def test_a_client_logs_in_and_invokes_the_service(local: Local) -> None:
    one = connected(local)
    token = logged_in(one)
    found = call(one, token, {'a': [1]}, id='call.1')
    assert (found['meta']['msg_type'], found['meta']['status']) == ('zwsx.rspok', 200)
    assert found['meta']['in_reply_to'] == 'call.1'
    assert found['data'] == {
        'payload': {'a': [1]}, 'type': 'web-socket', 'name': 'guarded', 'day': '2026-01-02', 'user': 'api',
        'client': 'Shop', 'same': True, 'host': '127.0.0.1',
    }  # fmt: skip
    assert 'data' not in call(one, token, 'nothing')
    again = logged_in(one)
    assert again != token
    assert call(one, again, 1)['data']['payload'] == 1
    one.ping('x')
    assert one.recv_data(control_frame=True) == (10, b'x')
    one.send(json.dumps({'meta': {'token': again, 'in_reply_to': 'zwsx.1'}}))
    assert call(one, again, 2)['data']['payload'] == 2


@pytest.mark.parametrize(
    ('asked', 'status', 'message'), [('refuse', 400, 'No such order'), ('fail', 500, 'Internal server error')]
)
def test_a_call_that_fails_has_a_status_and_the_next_one_works(
    local: Local, asked: str, status: int, message: str
) -> None:
    one = connected(local)
    token = logged_in(one)
    found = call(one, token, asked)
    assert (found['meta']['msg_type'], found['meta']['status']) == ('zwsx.rsperr', status)
    assert found['meta']['error_message'] == message
    assert list(found['data']) == ['cid']
    assert 'secret reason' not in json.dumps(found)
    assert call(one, token, 1)['data']['payload'] == 1


def test_a_wrong_secret_lets_nobody_in(local: Local) -> None:
    for login in ({'username': 'api', 'secret': 'wrong'}, {'username': 'api', 'secret': ''}, {}, {'username': []}):
        one = connected(local)
        found = told(one, action='create-session', **login)
        assert (found['meta']['msg_type'], found['meta']['status']) == ('zwsx.merr', 403)
        assert is_cut(one)
    one = connected(local, '/jwt')
    assert told(one, action='create-session', username='jwt', secret='x')['meta']['status'] == 403
    assert "WebSocket channel 'jwt': JWT" in local.log
    assert 'pw-of-ours' not in local.log


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('no json', 'a message is no JSON object with meta'),
        ('[' * 100_000, 'a message is no JSON object with meta'),
        ('{"meta": []}', 'a message is no JSON object with meta'),
        ('{"meta": {"action": "invoke-service", "token": "x"}}', 'invoke-service before create-session'),
        ('{"meta": {"action": "create-sesion"}}', 'create-sesion before create-session'),
    ],
)
def test_a_first_message_that_is_no_login_ends_the_connection(local: Local, text: str, why: str) -> None:
    one = connected(local)
    one.send(text)
    assert is_cut(one)
    local.wait_for(f"WebSocket channel 'guarded': a client is cut off, {why}")


def test_tokens_that_are_wrong_or_old_end_the_connection(local: Local) -> None:
    one = connected(local)
    token = logged_in(one)
    one.send(json.dumps({'meta': {'action': 'invoke-service', 'token': token[:-1]}}))
    assert is_cut(one)
    other = connected(local)
    token = logged_in(other)
    other.send(json.dumps({'meta': {'action': 'invoke', 'token': token}}))
    assert is_cut(other)
    local.wait_for("action is 'invoke'; did you mean 'invoke-service'?")
    third = connected(local, '/open')
    token = told(third, action='create-session')['data']['token']
    threading.Event().wait(1.1)
    third.send(json.dumps({'meta': {'action': 'invoke-service', 'token': token}}))
    code, _ = third.recv_data()
    assert code == 8
    local.wait_for('a token has expired')


def test_whoever_says_nothing_or_too_much_is_cut_off(local: Local) -> None:
    silent, loud, half = connected(local), connected(local), socket.create_connection(('127.0.0.1', port_of(local)))
    half.sendall(b'GET /orders HTTP/1.1\r\nHost: x\r\n')
    token = logged_in(loud)
    assert is_cut(silent)
    local.wait_for('no create-session in time')
    loud.send_binary(b'x' * (10 * 1024 * 1024 + 1))
    code, data = loud.recv_data()
    assert (code, int.from_bytes(data[:2])) == (8, 1009)
    loud.shutdown()
    local.wait_for("WebSocket channel 'guarded': closed with 1009")
    other = connected(local)
    assert logged_in(other) != token
    half.close()


def port_of(local: Local) -> int:
    return int(re.sub(r'.*:(\d+)/.*', r'\1', address(local)))


def test_paths_that_are_none_are_named(local: Local) -> None:
    for path in ('/order', '/asleep'):
        with pytest.raises(WebSocketBadStatusException, match='404'):
            connected(local, path)
    local.wait_for("WebSocket /order: 404, no channel has this path; did you mean '/orders'?")
    one = connected(local, '/lost/?a=b')
    found = call(one, told(one, action='create-session')['data']['token'], 1)
    assert (found['meta']['status'], found['meta']['error_message']) == (404, 'Not found')
    assert "web_socket 'lost': no service 'shwo'" in local.log
    assert "did you mean 'show'?" in local.log


def test_channels_that_can_not_be_opened_are_named(local: Local) -> None:
    assert "web_socket 'nowhere' is not open: its address 'ws://nowhere' is none such as" in local.log
    assert "web_socket 'taken' is not open: Address already in use" in local.log
    assert 'not served here' not in local.log
    assert ': 1 service, 6 channels' in local.log


def test_a_change_leaves_clients_of_other_ports_alone_and_a_stop_lets_calls_end(tmp_path: Path) -> None:
    text, taken = definitions()
    taken.close()
    port = int(re.findall(r'127.0.0.1:(\d+)', text)[0])
    folder = write(tmp_path, {'services/a.py': SERVICES, 'd.yaml': text})
    with server(folder, '--file', 'd.yaml') as local:
        one, other = connected(local), create_connection(f'ws://127.0.0.1:{port}/', timeout=10)
        OPEN.append(other)
        token, kept = logged_in(one), told(other, action='create-session')['data']['token']
        write(folder, {'d.yaml': text.replace('new_token_wait_time: 1', 'new_token_wait_time: 2')})
        code, data = one.recv_data()
        assert (code, int.from_bytes(data[:2])) == (8, 1001)
        assert token
        until(lambda: local.log.count("channel 'guarded' at ws://") == 2)
        assert call(other, kept, 1)['data']['payload'] == 1
        other.send(json.dumps({'meta': {'action': 'invoke-service', 'token': kept, 'id': 1}, 'data': 'slow'}))
        local.wait_for('slow begins')
        local.process.send_signal(signal.SIGTERM)
        assert json.loads(other.recv())['data']['payload'] == 'slow'
        other.shutdown()
        assert local.process.wait(20) == 0
