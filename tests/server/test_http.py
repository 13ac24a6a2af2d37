"""Requests that nobody should send, by sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.server.running import Local, server, write
from tests.server.spoken import CHUNKED, FILES, POST, sent


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('http'), FILES)
    with server(folder, '--file', 'd.yaml', '--max-body', '1') as found:
        yield found


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
    'TLS': (
        b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'x' * 100,
        'its client wants TLS (https), and this is http',
    ),
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
