"""HTTP as clients speak it, and as nobody should: by sockets, and by curl."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import needs
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


@pytest.mark.parametrize(
    ('method', 'path', 'words'),
    [
        ('GET', '/api/tel', "no channel has this path; did you mean '/api/tell'?"),
        ('GET', '/api/tell/', "no channel has this path; did you mean '/api/tell'?"),
        ('GET', '/qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq', 'no channel has this path (CID'),
        ('PUT', '/api/tell', 'its channels take POST, GET, HEAD'),
        ('GET', '/api/wanted', 'its channels want Accept: text/csv'),
    ],
)
def test_a_path_without_a_channel_is_a_line_of_the_log_with_the_near_miss(
    local: Local, method: str, path: str, words: str
) -> None:
    found = local.call(path, method, user='', headers={'Accept': 'text/html'})
    assert found.status_code == 404
    local.wait_for(f'(CID {found.headers["X-Zato-CID"]})')
    line = next(line for line in local.lines if found.headers['X-Zato-CID'] in line)
    assert line.startswith(f'INFO - {method} {path}: 404, {words}')


def test_head_has_the_length_that_get_has_and_the_connection_stays(local: Local) -> None:
    get = local.call('/api/tell', 'GET', user='')
    head = local.call('/api/tell', 'HEAD', user='')
    assert head.headers['Content-Length'] == get.headers['Content-Length'] == str(len(get.content))
    assert head.content == b''
    request = b'HEAD /api/tell HTTP/1.1\r\nHost: x\r\n\r\n'
    assert sent(local, request + request + SMUGGLED).count(b'HTTP/1.1 200 OK\r\n') == 3


@pytest.mark.parametrize('encoding', ['gzip', 'deflate', 'x-gzip', 'GZip'])
def test_compressed_bodies_are_read(local: Local, encoding: str) -> None:
    text = b'a' * 100_000
    body = zlib.compress(text) if encoding == 'deflate' else gzip.compress(text[:10]) + gzip.compress(text[10:])
    found = local.call('/api/tell', user='', data=body, headers={'Content-Encoding': encoding}).json()
    assert found == {'got': 100_000, 'length': '100000', 'encoding': None, 'form': None}


def test_a_compressed_form_is_a_form(local: Local) -> None:
    headers = {'Content-Encoding': 'gzip', 'Content-Type': 'application/x-www-form-urlencoded'}
    found = local.call('/api/form', user='', data=gzip.compress(b'a=1&b=2'), headers=headers).json()
    assert found['form'] == {'a': '1', 'b': '2'}


@pytest.mark.parametrize(
    ('encoding', 'body', 'status', 'words'),
    [
        ('gzip', gzip.compress(b'0' * 200 * MEGABYTE), 413, 'Request body too large'),
        ('gzip', gzip.compress(b'0' * MEGABYTE) + gzip.compress(b'0'), 413, 'Request body too large'),
        ('gzip', b'this is none', 400, 'is not compressed as its Content-Encoding says'),
        ('gzip', gzip.compress(b'0' * 1000)[:-4], 400, 'has no end'),
        ('gzip', b'', 400, 'has no end'),
        ('gzip', gzip.compress(b'') * 2000, 400, 'has no end'),
        ('br', b'x', 415, 'Content-Encoding is one of: gzip'),
    ],
    ids=['large', 'large in two', 'none', 'cut', 'empty', 'many', 'unknown'],
)
def test_a_compressed_body_that_can_not_be_read_is_refused(
    local: Local, encoding: str, body: bytes, status: int, words: str
) -> None:
    found = local.call('/api/tell', user='', data=body, headers={'Content-Encoding': encoding})
    assert (found.status_code, words in found.text) == (status, True), found.text
    assert local.call('/api/tell', 'GET', user='').status_code == 200


@needs('curl')
def test_curl_sends_chunks_and_compressed_files_and_asks_by_head(local: Local, tmp_path: Path) -> None:
    curl = [str(shutil.which('curl')), '-sS', '--noproxy', '*', f'{local.url}/api/tell']
    (tmp_path / 'body.gz').write_bytes(gzip.compress(b'0' * 50_000))

    def got(*words: str) -> str:
        return subprocess.run([*curl, *words], capture_output=True, text=True, timeout=60, cwd=tmp_path).stdout

    chunked = got('-H', 'Transfer-Encoding: chunked', '-d', 'abc')
    assert json.loads(chunked)['got'] == 3
    assert json.loads(got('--data-binary', '@body.gz', '-H', 'Content-Encoding: gzip'))['got'] == 50_000
    assert '\ncontent-length: ' in got('-I').lower()


def test_a_preflight_reaches_the_channel_that_takes_it_without_a_login(local: Local) -> None:
    headers = {'Origin': 'http://127.0.0.1:3000', 'Access-Control-Request-Method': 'POST'}
    found = local.call('/api/closed', 'OPTIONS', user='', headers=headers)
    assert (found.status_code, found.headers['Access-Control-Allow-Origin']) == (204, 'http://127.0.0.1:3000')
    assert local.call('/api/closed', user='').status_code == 401
    assert local.call('/api/closed').status_code == 200
