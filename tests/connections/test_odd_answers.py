"""Pings of what answers in other ways than HTTP/1.1 has it, or is reached through what is no proxy."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.connections.test_rest import item, ping
from tests.peers.sockets import listening
from tests.peers.web import authority
from tests.ports import free_port
from zatools.connections import http
from zatools.connections.pong import Pong

OK = b'HTTP/1.1 204 No Content\r\nX-Own: 1\r\n\r\n'
CONTINUE, HINTS = b'HTTP/1.1 100 Continue\r\n\r\n', b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
SWITCHING = b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'
NGHTTPD = '/usr/sbin/nghttpd'
#: What an HTTP/2 server says first: SETTINGS, and GOAWAY to one that speaks something else.
SETTINGS = b'\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64'
GOAWAY = b'\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\1'


def saying(*parts: bytes, stays: bool = False) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        if stays:
            connection.recv(65536)

    return serve


def pinged(serve: Callable[[socket.socket], None], timeout: float = 5.0, **values: str) -> Pong:
    with listening(serve) as where:
        return ping(item('outgoing_rest', host=f'http://{where}', url_path='/x', **values), timeout=timeout)


@pytest.mark.parametrize('before', [(HINTS,), (CONTINUE,), (CONTINUE, HINTS, b'HTTP/1.1 102 Processing\r\n\r\n')])
def test_what_comes_before_the_answer_is_no_answer(before: tuple[bytes, ...]) -> None:
    pong = pinged(saying(*before, OK))
    assert (pong.verdict, pong.facts['status']) == ('ok', 204)


@pytest.mark.parametrize('answers', [(SWITCHING,), (HINTS,) * 25, (CONTINUE,) * 1000])
def test_interim_answers_alone_are_a_failure(answers: tuple[bytes, ...]) -> None:
    pong = pinged(saying(*answers, stays=True))
    assert pong.failure == 'interim'
    assert 'sends 1xx alone, which is no answer' in pong.sentence


def test_an_interim_answer_and_then_nothing_is_no_answer_in_time() -> None:
    assert pinged(saying(HINTS, stays=True), timeout=0.5).failure == 'read-timeout'
    assert pinged(saying(HINTS)).failure == 'reset'


@pytest.mark.parametrize('frames', [SETTINGS, SETTINGS + GOAWAY, GOAWAY])
def test_a_server_that_speaks_http_2_only_is_recognised(frames: bytes) -> None:
    started = time.monotonic()
    pong = pinged(saying(frames, stays=True))
    assert pong.failure == 'http2'
    assert 'speaks HTTP/2 only, and Zato calls by HTTP/1.1; have HTTP/1.1 switched on there' in pong.sentence
    # It keeps the connection open: nothing is waited for.
    assert time.monotonic() - started < 3


@contextmanager
def nghttpd(folder: Path, *options: str) -> Iterator[str]:
    """Runs an HTTP/2 server, which knows nothing else."""
    port = free_port()
    command = [NGHTTPD, '--address=127.0.0.1', *options, str(port)]
    cert = authority().issue_cert('127.0.0.1')
    cert.private_key_pem.write_to_path(str(folder / 'key'))
    cert.cert_chain_pems[0].write_to_path(str(folder / 'cert'))
    if not options:
        command += [str(folder / 'key'), str(folder / 'cert')]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(('127.0.0.1', port)).close()
                    break
                except OSError:
                    assert time.monotonic() < end
                    time.sleep(0.05)
            yield f'127.0.0.1:{port}'
        finally:
            process.kill()


@needs(NGHTTPD)
@pytest.mark.filterwarnings('ignore::urllib3.exceptions.InsecureRequestWarning')
@pytest.mark.parametrize(('scheme', 'options'), [('http', ['--no-tls']), ('https', [])])
def test_nghttpd_is_recognised(tmp_path: Path, scheme: str, options: list[str]) -> None:
    with nghttpd(tmp_path, *options) as where:
        pong = ping(item('outgoing_rest', host=f'{scheme}://{where}', url_path='/', tls_verify=False))
    assert pong.failure == 'http2', pong.sentence


@pytest.mark.parametrize(
    ('proxy', 'why'),
    [
        ('socks5://127.0.0.1:1', "the proxy socks5://127.0.0.1:1 can't be used: SOCKS proxies are not supported"),
        ('socks5h://user:hidden@127.0.0.1:1', 'SOCKS proxies are not supported'),
        ('ftp://127.0.0.1:1', 'its scheme is unknown, http:// is'),
        ('http://:1', 'it has no host, or a port that is none'),
        ('http://127.0.0.1:99999', 'it has no host, or a port that is none'),
        ('127.0.0.1:http', 'it has no host, or a port that is none'),
    ],
)
@pytest.mark.parametrize('name', ['http_proxy', 'ALL_PROXY'])
def test_a_proxy_that_is_none_is_blamed_itself(
    monkeypatch: pytest.MonkeyPatch, proxy: str, why: str, name: str
) -> None:
    monkeypatch.setenv(name, proxy)
    monkeypatch.setenv('no_proxy', '')
    pong = ping(item('outgoing_rest', host='http://127.0.0.1:1', url_path='/x'))
    assert pong.failure == 'proxy-kind'
    assert why in pong.sentence
    assert 'is HTTP_PROXY / HTTPS_PROXY / ALL_PROXY right?' in pong.sentence
    assert 'hidden' not in pong.sentence


def test_a_proxy_for_others_is_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('http_proxy', 'socks5://127.0.0.1:1')
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    assert pinged(saying(OK)).verdict == 'ok'
    monkeypatch.setenv('no_proxy', '')
    monkeypatch.delenv('http_proxy')
    monkeypatch.setenv('https_proxy', 'socks5://127.0.0.1:1')
    assert pinged(saying(OK)).verdict == 'ok'


@pytest.mark.parametrize('method', ['GTE', 'GET /other HTTP/1.1\r\nX: ', 'ZÜRICH', 'GET HEAD'])
def test_a_method_of_pings_that_is_none_is_told_and_not_sent(method: str) -> None:
    asked: list[bytes] = []
    pong = pinged(lambda connection: asked.append(connection.recv(65536)), ping_method=method)
    assert pong.failure == 'method'
    assert asked == []
    assert 'is no method of HTTP; ping_method' in pong.sentence
    assert '\n' not in pong.sentence


@pytest.mark.parametrize('method', ['get', 'OPTIONS', ''])
def test_methods_of_pings_that_are_known_are_sent(method: str) -> None:
    assert pinged(saying(OK), ping_method=method).verdict == 'ok'


@pytest.mark.parametrize('port', ['0', '65536', '99999', 'http', '-1', '8_0'])
@pytest.mark.parametrize('host', ['127.0.0.1', '[::1]', 'user:pw@crm.example.com'])
def test_a_port_that_is_none_is_told(port: str, host: str) -> None:
    pong = ping(item('outgoing_rest', host=f'http://{host}:{port}', url_path='/x'))
    assert pong.failure == 'port', pong.sentence
    assert f'has the port {port}: ports are numbers from 1 to 65535; is host' in pong.sentence


@pytest.mark.parametrize('url', ['http://x:80/a:b', 'http://x/a:99999', 'http://[::1]/', 'x:99999', 'http://:99999'])
def test_other_addresses_have_no_bad_port(url: str) -> None:
    assert http.bad_port(url) == ''
