"""Requests that nobody should send, by sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.server.running import Local, server, write

SERVICES = """
from zato.server.service import Service


class Tell(Service):
    name = 'tell'

    def handle(self):
        headers = self.request.http.headers
        self.response.payload = {
            'got': len(self.request.raw),
            'length': headers.get('content-length'),
            'encoding': headers.get('content-encoding'),
            'form': self.request.payload if isinstance(self.request.payload, dict) else None,
        }


class Allow(Service):
    name = 'allow'

    def handle(self):
        self.response.headers['Access-Control-Allow-Origin'] = self.request.http.headers['origin']
        self.response.headers['Access-Control-Allow-Headers'] = 'Authorization'
        self.response.status_code = 204
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: tell, service: tell, url_path: /api/tell, method: POST|GET|HEAD}
  - {name: form, service: tell, url_path: /api/form, data_format: form}
  - {name: wanted, service: tell, url_path: /api/wanted, http_accept: text/csv}
  - {name: closed, service: tell, url_path: /api/closed, method: POST, security: api}
  - {name: closed.preflight, service: allow, url_path: /api/closed, method: OPTIONS}
"""
HOST = b'Host: x\r\n'
POST = b'POST /api/tell HTTP/1.1\r\n' + HOST
CHUNKED = POST + b'Transfer-Encoding: chunked\r\n\r\n'
MEGABYTE = 1024 * 1024


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('http'), {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS})
    with server(folder, '--file', 'd.yaml', '--max-body', '1') as found:
        yield found


def connected(local: Local) -> socket.socket:
    return socket.create_connection(('127.0.0.1', int(local.url.rpartition(':')[2])), 20)


def sent(local: Local, *parts: bytes) -> bytes:
    """Sends bytes, and returns all that comes back until the connection is closed, or has been silent for a second."""
    with connected(local) as one:
        for part in parts:
            try:
                one.sendall(part)
            except OSError:
                break
        one.settimeout(1)
        found = b''
        try:
            while data := one.recv(65536):
                found += data
        except (TimeoutError, ConnectionResetError):
            pass
        return found


SMUGGLED = b'GET /api/tell HTTP/1.1\r\nHost: x\r\n\r\n'
REFUSED = {
    'both lengths': (
        POST + b'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + SMUGGLED,
        'Content-Length beside Transfer-Encoding',
    ),
    'both lengths, the other way': (
        POST + b'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n' + SMUGGLED,
        'Content-Length beside Transfer-Encoding',
    ),
    'a space before the colon': (POST + b'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n', 'Invalid header'),
    'chunks of HTTP/1.0': (
        b'POST /api/tell HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + SMUGGLED,
        'a Transfer-Encoding that can be read in two ways',
    ),
    'two encodings': (
        POST + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'a Transfer-Encoding that can be read in two ways',
    ),
    'two hosts': (POST + b'Host: y\r\nContent-Length: 0\r\n\r\n', 'two Host headers'),
    'two lengths': (POST + b'Content-Length: 0\r\nContent-Length: 5\r\n\r\n' + SMUGGLED, 'Content-Length is invalid'),
    'a folded header': (POST + b'X-Own: a\r\n b\r\nContent-Length: 0\r\n\r\n', 'a header is folded over several lines'),
    'a folded header with a tab': (POST + b'X-Own: a\r\n\tb\r\n\r\n', 'a header is folded over several lines'),
    'a chunk whose line has no end': (CHUNKED + b'1' * 2000, 'a line of the chunked body has no end'),
    'trailers without end': (CHUNKED + b'0\r\nX: ' + b'y' * 20_000, 'a line of the chunked body has no end'),
    'no chunk': (CHUNKED + b'xyz\r\n', 'Invalid chunk size'),
}


@pytest.mark.parametrize('name', REFUSED)
def test_what_two_programs_could_read_differently_is_refused_and_the_connection_closed(local: Local, name: str) -> None:
    request, why = REFUSED[name]
    before = len(local.lines)
    answer = sent(local, request)
    assert answer.startswith(b'HTTP/1.1 400 Bad Request\r\n') or answer.startswith(b'HTTP/1.0 400 Bad Request\r\n')
    # Nothing after it was taken for a request.
    assert answer.count(b'HTTP/1.') == 1
    cid = json.loads(answer.rpartition(b'\r\n')[2])['cid']
    local.wait_for(f'(CID {cid})')
    line = next(line for line in local.lines[before:] if cid in line)
    assert f'refused with 400: {why}' in line


TOO_LARGE = [CHUNKED + b'7FFFFFFFFFFFFFFF\r\nxx', CHUNKED + b'100000\r\nxx', POST + b'Content-Length: 1048576\r\n\r\n']


@pytest.mark.parametrize('request_', TOO_LARGE)
def test_a_body_that_is_too_large_is_refused_before_it_is_there(local: Local, request_: bytes) -> None:
    answer = sent(local, request_)
    assert answer.startswith(b'HTTP/1.1 413 ')
    cid = json.loads(answer.rpartition(b'\r\n')[2])['cid']
    local.wait_for(f'(CID {cid})')
    line = next(line for line in local.lines if cid in line)
    assert line.startswith('WARNING - POST /api/tell: refused with 413: its body has ')
    assert '1,048,576 are too many; --max-body allows more' in line


def test_chunks_without_end_take_no_time(local: Local) -> None:
    started = time.monotonic()
    answer = sent(local, CHUNKED, *(b'1\r\nx\r\n' for _ in range(1000)), *(b'1' for _ in range(2000)))
    assert answer.startswith(b'HTTP/1.1 400 ')
    assert time.monotonic() - started < 10


def test_a_chunked_body_with_trailers_is_read(local: Local) -> None:
    answer = sent(local, CHUNKED + b'3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Own: 1\r\n\r\n')
    assert json.loads(answer.rpartition(b'\r\n')[2])['got'] == 5
