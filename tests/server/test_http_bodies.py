"""HTTP as clients speak it: lengths, compressed bodies, paths that are nearly right; by sockets, requests and curl."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.server.running import Local, server, write
from tests.server.spoken import FILES, MEGABYTE, sent


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = write(tmp_path_factory.mktemp('http'), FILES)
    with server(folder, '--file', 'd.yaml', '--max-body', '1') as found:
        yield found


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
    assert (
        sent(local, request + request + b'GET /api/tell HTTP/1.1\r\nHost: x\r\n\r\n').count(b'HTTP/1.1 200 OK\r\n') == 3
    )


@pytest.mark.parametrize('path', ['/api/form', '/api/fields'])
def test_a_form_of_too_many_parts_is_refused_and_a_large_one_read(local: Local, path: str) -> None:
    many = local.call(path, user='', files=[('a', (None, 'x'))] * 2000)
    assert many.status_code == 413
    assert 'The form has too many parts' in many.text
    assert 'Traceback' not in local.log
    large = local.call(path, user='', files=[('a', (None, 'x' * 900_000))])
    assert large.status_code == 200
    if path == '/api/fields':
        assert large.json() == {'a': 900_000}


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
