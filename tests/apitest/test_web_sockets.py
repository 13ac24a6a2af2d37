"""WebSockets in features, against a real server: messages, closing, TLS, logins, what is refused, what never ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.systems.talking import WebSocketServer
from tests.apitest.harness import environment, write_program
from tests.apitest.playing import feature, play, said, scenario
from tests.peers.sockets import listening
from tests.peers.web import authority, secure, stranger
from zatools.apitest.systems import web_socket


@pytest.fixture
def server() -> Iterator[WebSocketServer]:
    running = WebSocketServer()
    yield running
    running.stop()


def opened(address: str, *steps: str) -> str:
    return feature(scenario(f'WebSocket "a" is connected to "{address}"', *steps))


def test_messages_go_and_come_in_their_order(server: WebSocketServer, tmp_path: Path) -> None:
    steps = [
        'When message "many" is sent to WebSocket "a"',
        'Then within "20s" WebSocket "a" has "4" messages',
        'Then WebSocket "a" has a message with\n      | /n | 2 |',
        'Then I store message of WebSocket "a" under "last"',
        'Then variable "#last" is JSON "{"n": 2}"',
        'When message "bytes" is sent to WebSocket "a"',
        'Then within "20s" WebSocket "a" has a message with\n      | type | binary |',
    ]
    assert said(play(tmp_path, opened(server.address, *steps))) == []


def test_headers_cookies_and_login_of_steps_are_sent(server: WebSocketServer, tmp_path: Path) -> None:
    steps = (
        f'address "{server.address.replace("ws", "http")}"',
        'header "X-Key" "ü-1"',
        'cookie "theme" is "dark"',
        'Basic Auth "api" "hunter2-pw"',
        'WebSocket "a" is connected to "/prices?day=1"',
        'When message "x" is sent to WebSocket "b"',
    )
    result = play(tmp_path, feature(scenario(*steps)))
    (request,) = server.got
    assert request.path == '/prices?day=1'
    assert request.headers['Cookie'] == 'theme=dark'
    assert request.headers['Authorization'] == 'Basic YXBpOmh1bnRlcjItcHc='
    assert request.headers['X-Key'].encode('latin-1').decode() == 'ü-1'
    assert 'Origin' not in request.headers
    assert said(result) == [
        'no step has opened a WebSocket \'b\' | before it: Given WebSocket "b" is connected to "$ADDRESS"'
    ]
    assert 'hunter2-pw' not in repr(result)


def test_the_login_of_an_address_is_sent_and_never_shown(server: WebSocketServer, tmp_path: Path) -> None:
    address = server.address.replace('ws://', 'ws://api:hunter2-pw@')
    result = play(tmp_path, opened(f'{address}/closed?token=hunter3-token', 'When WebSocket "a" is closed'))
    (found,) = said(result)
    assert found.startswith(f'{server.address}/closed answers 401 Unauthorized, and is no WebSocket | who are you?')
    assert server.got[0].headers['Authorization'] == 'Basic YXBpOmh1bnRlcjItcHc='
    assert 'hunter' not in repr(result)


def test_what_is_wrong_is_told(server: WebSocketServer, tmp_path: Path) -> None:
    steps = [
        'Then within "20s" WebSocket "a" has "1" messages',
        'Then WebSocket "a" was closed',
        'Then WebSocket "a" has a message with path "/hello" is "/b"',
        'When message "bye" is sent to WebSocket "a"',
        'Then within "20s" WebSocket "a" was closed with code "4001"',
    ]
    found = said(play(tmp_path / '1', opened(f'{server.address}/a', *steps)))
    assert found == [
        'expected closed, got open',
        'expected a message with /hello "/b", got 1 message, and none of them is it'
        ' | 1  {"hello": "/a", "protocol": null} |    /hello is "/a"',
    ]
    steps = [
        'When message "bye" is sent to WebSocket "a"',
        'Then within "20s" WebSocket "a" was closed',
        'Then WebSocket "a" was closed with code "1000"',
        'Then WebSocket "a" is open',
        'Then within "0.1s" WebSocket "a" has a message with text "x"',
        'When message "more" is sent to WebSocket "a"',
    ]
    found = said(play(tmp_path / '2', opened(f'{server.address}/quiet', *steps)))
    assert found == [
        'expected code 1000, got code 4001 as you wish',
        'expected open, got closed: code 4001 as you wish',
        'not within 0.1 s. | expected a message with the text "x", got no message'
        ' | it was closed: code 4001 as you wish',
    ]


def test_a_closed_one_takes_no_more(server: WebSocketServer, tmp_path: Path) -> None:
    steps = ['When WebSocket "a" is closed', 'When message "more" is sent to WebSocket "a"']
    assert said(play(tmp_path, opened(server.address, *steps))) == ['the WebSocket is closed: code 1000']


@pytest.mark.parametrize(
    ('address', 'text'),
    [
        ('ws://127.0.0.1:9/a', 'ws://127.0.0.1:9/a does not answer: Connection refused | is it up'),
        ('http://127.0.0.1/a', 'this is no address of a WebSocket'),
        ('ws://127.0.0.1:x/a', 'this is no address of a WebSocket'),
        ('ws://127.0.0.1/a b', 'this is no address of a WebSocket'),
        ('/a', 'there is no address that this path is below'),
        ('ws://no-such-host.invalid/', 'ws://no-such-host.invalid:80/ does not answer'),
    ],
)
def test_an_address_that_is_none_is_told(address: str, text: str, tmp_path: Path) -> None:
    assert said(play(tmp_path, opened(address)))[0].startswith(text)


def test_a_redirect_is_not_followed(server: WebSocketServer, tmp_path: Path) -> None:
    (found,) = said(play(tmp_path, opened(f'{server.address}/moved')))
    assert found == f'{server.address}/moved redirects elsewhere, and a WebSocket is not followed'


def serving(answer: bytes, ends: bool = True) -> object:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(answer)
        if not ends:
            time.sleep(30)
        connection.close()

    return serve


@pytest.mark.parametrize(
    'answer',
    [
        b'',
        b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
        b'SSH-2.0-OpenSSH\r\n',
        b'HTTP/1.1 101 Switching Protocols\r\n\r\n',
        b'HTTP/1.1 abc\r\n\r\n',
        b'HTTP/1.1 403 No\r\nContent-Length: x\r\n\r\n',
    ],
)
def test_what_speaks_no_websocket_is_told(answer: bytes, tmp_path: Path) -> None:
    with listening(serving(answer)) as address:  # type: ignore[arg-type]
        (found,) = said(play(tmp_path, opened(f'ws://{address}/')))
    assert 'is no WebSocket' in found
    assert 'Traceback' not in found


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, 'WAIT', 0.3)
    with listening(serving(b'HTTP/1.1 101 ', ends=False)) as address:  # type: ignore[arg-type]
        (found,) = said(play(tmp_path, opened(f'ws://{address}/')))
    assert found.startswith(f'ws://{address}/ is no WebSocket: ')


def test_a_message_that_is_too_large_is_told(server: WebSocketServer, tmp_path: Path) -> None:
    steps = ['When message "big" is sent to WebSocket "a"', 'Then within "60s" WebSocket "a" has "2" messages']
    (found,) = said(play(tmp_path, opened(server.address, *steps)))
    assert found == 'a message of the WebSocket is larger than 16,000,000 bytes'


def test_only_the_last_messages_are_kept(
    server: WebSocketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_socket, 'KEPT', 2)
    steps = [
        'When message "many" is sent to WebSocket "a"',
        'Then within "20s" WebSocket "a" has a message with\n      | /n | 2 |',
        'Then WebSocket "a" has "2" messages',
    ]
    assert said(play(tmp_path, opened(server.address, *steps))) == []


def test_certificates_are_verified_unless_steps_say_otherwise(tmp_path: Path) -> None:
    trusted, unknown = authority(), stranger()
    trusted.cert_pem.write_to_path(str(tmp_path / 'ca.pem'))
    running = WebSocketServer(ssl=secure(trusted.issue_cert('localhost')))
    other = WebSocketServer(ssl=secure(unknown.issue_cert('localhost')))
    try:
        good, bad = (one.address.replace('127.0.0.1', 'localhost') for one in (running, other))
        connect = 'WebSocket "a" is connected to "{}"'
        assert said(play(tmp_path, feature(scenario('CA bundle "ca.pem"', connect.format(good))))) == []
        steps = ('TLS certificates are not verified', connect.format(bad))
        assert said(play(tmp_path, feature(scenario(*steps)))) == []
        (found,) = said(play(tmp_path, feature(scenario(connect.format(bad)))))
        assert 'TLS fails: [SSL: CERTIFICATE_VERIFY_FAILED]' in found
        assert 'CA bundle' in found
    finally:
        running.stop()
        other.stop()


def test_a_library_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'websocket', None)
    (found,) = said(play(tmp_path, opened('ws://127.0.0.1:9/')))
    assert found == 'the library websocket-client is not installed | pip install websocket-client'


def test_ctrl_c_while_it_waits_leaves_nothing_open(server: WebSocketServer, tmp_path: Path) -> None:
    write_program(tmp_path, is_warm=False)
    text = opened(f'{server.address}/quiet', 'Then within "60s" WebSocket "a" has a message')
    (tmp_path / 'a.feature').write_text(text)
    command = [str(tmp_path / 'apitest'), 'run', 'a.feature']
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        end = time.monotonic() + 40
        while not server.got and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 130, out
    assert 'Traceback' not in out
