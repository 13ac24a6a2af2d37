"""The curl line of a call: it runs in a shell as it is printed, holds no secret, and sends the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest

from tests.apitest.recorder import Got, Recorder
from tests.conftest import needs
from zatools.apitest import demo_api
from zatools.apitest.http.curl import as_curl
from zatools.apitest.http.exchange import Exchange
from zatools.apitest.http.transport import Transport
from zatools.apitest.project.config import Project
from zatools.apitest.secrets import Secrets
from zatools.apitest.state import calling
from zatools.apitest.state.context import Context, fill
from zatools.apitest.values.bunch import Bunch

SECRETS = ['plain-secret', 'pa ss/w+rd', 'quo"te\\back', "it's $HOME `x`", 'ünïcode', 'two\nlines\tand tab', '%41&b=c']


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


@needs('curl')
@pytest.mark.parametrize('value', SECRETS)
def test_the_line_sends_the_same_and_shows_no_secret(value: str, api: demo_api.Api) -> None:
    secrets = Secrets()
    secrets.track(value, '$SECRET')
    exchange = Exchange('POST', f'{api.address}/echo?a={quote(value, safe="")}&b={quote_plus(value)}', {}, '')
    header = value if value.isprintable() and value.isascii() else 'none'
    exchange.sent_headers = {'Content-Type': 'application/json', 'X-Key': f'key {header}'}
    exchange.sent = json.dumps({'password': value, 'text': f'<{value}> costs $5'}, indent=2)
    line = as_curl(exchange, secrets)
    assert secrets.mask(line) == line
    environ = {'PATH': os.environ['PATH'], 'SECRET': value}
    done = subprocess.run(['sh', '-c', f'{line} -s'], env=environ, capture_output=True, timeout=20, check=True)
    answer = json.loads(done.stdout)
    assert answer['json'] == {'password': value, 'text': f'<{value}> costs $5'}
    assert answer['query'] == {'a': value, 'b': value}
    assert answer['headers']['x-key'] == f'key {header}'


@needs('curl')
@pytest.mark.parametrize('value', ['a<b>&c-d', "it's &amp; <![CDATA[x]]>"])
def test_a_secret_in_xml_is_written_as_xml_has_it(value: str, api: demo_api.Api) -> None:
    secrets = Secrets()
    secrets.track(value, '$SECRET')
    body = f'<r><p>{escape(value)}</p></r>'
    line = as_curl(Exchange('POST', f'{api.address}/echo', {'Content-Type': 'application/xml'}, body), secrets)
    assert secrets.mask(line) == line
    environ = {'PATH': os.environ['PATH'], 'SECRET': value}
    done = subprocess.run(['sh', '-c', f'{line} -s'], env=environ, capture_output=True, timeout=20, check=True)
    assert json.loads(done.stdout)['body'] == body


def test_a_secret_without_a_variable_is_masked() -> None:
    secrets = Secrets()
    secrets.track('tok-3n1gm4')
    line = as_curl(Exchange('GET', 'http://a.test/', {'Authorization': 'Bearer tok-3n1gm4'}, ''), secrets)
    assert line == "curl -X GET http://a.test/ -H 'Authorization: Bearer ******'"


def test_a_short_secret_is_a_variable_only_where_it_is_a_whole_value() -> None:
    secrets = Secrets()
    secrets.track('1', '$N')
    exchange = Exchange('GET', 'http://127.0.0.1/', {'Content-Type': 'a/b'}, '{"n": "1", "m": 1000}')
    assert as_curl(exchange, secrets) == (
        r'''curl -X GET http://127.0.0.1/ -H 'Content-Type: a/b' --data-raw "{\"n\": \"${N}\", \"m\": 1000}"'''
    )


def test_a_variable_stands_where_a_file_is_named() -> None:
    secrets = Secrets()
    secrets.track('/etc/ca.pem', '$CA')
    exchange = Exchange('GET', 'https://a.test/', {}, '', options=('--cacert', '/etc/ca.pem', '-n'), has_netrc=True)
    assert as_curl(exchange, secrets) == 'curl --cacert "${CA}" -n -X GET https://a.test/'


@pytest.fixture
def servers() -> Iterator[tuple[Recorder, Recorder]]:
    one, other = Recorder(), Recorder()
    yield one, other
    one.stop()
    other.stop()


def called(server: Recorder, path: str, **parts: Any) -> tuple[str, Secrets]:
    """Makes a call as steps do; returns its curl line."""
    secrets = Secrets()
    context = Context(Bunch(), Project(Path()), {}, secrets, Transport({}, secrets, 10**7), lambda *_: None, {})
    fill(context.zato, '', Bunch())
    login = parts.pop('login', None)
    if login:
        context.zato.auth = {'type': 'basic-auth', 'username': login[0], 'password': login[1]}
    headers = parts.pop('headers', {})
    context.zato.http.keeps_cookies = True
    context.zato.request.update(address=f'http://127.0.0.1:{server.server_port}', url_path=path, **parts)
    context.zato.request.headers |= headers
    for name, value in headers.items():
        if name != 'X-Odd':
            secrets.track(value.removeprefix('Bearer '), '$KEY')
    line = as_curl(calling.call(context), secrets)
    context.transport.close()
    return line, secrets


#: Headers that differ between programs, or that curl keeps where requests drops them with the body.
APART = {'user-agent', 'accept', 'accept-encoding', 'connection', 'host', 'content-length'}


def flat(body: bytes) -> bytes:
    # JSON that we write goes on one line.
    try:
        return json.dumps(json.loads(body)).encode()
    except ValueError:
        return body


def told(got: Got, is_redirected: bool) -> tuple[Any, ...]:
    body = flat(got.body)
    if (kind := got.headers.get('content-type', '')).startswith('multipart/'):
        body = re.sub(rb'\r\nContent-Type: [^\r\n]*', b'', body.replace(kind.partition('boundary=')[2].encode(), b'-'))
        body = body.strip(b'-\r\n')
    left = APART | ({'content-type'} if is_redirected or kind.startswith('multipart/') else set())
    return got.method, got.path, {name: text for name, text in got.headers.items() if name not in left}, body


def run_pasted(line: str, folder: Path, **environ: str) -> None:
    for shell in filter(None, map(shutil.which, ('sh', 'bash'))):
        subprocess.run(
            [shell, '-c', line],
            cwd=folder,
            env={'PATH': os.environ['PATH'], 'HOME': str(folder), **environ},
            capture_output=True,
            timeout=20,
            check=True,
        )


ODD = 'a!b $(touch pwned) `touch pwned` \'q\' "d" \\ !! #x ;&|'
CALLS: dict[str, dict[str, Any]] = {
    'a GET': {},
    'a GET with a body': {'data_impl': {'a': ODD}, 'data': 'x'},
    'a POST': {'method': 'POST', 'data_impl': {'a': 1, 'b': [ODD]}, 'data': 'x'},
    'a POST without a body': {'method': 'POST'},
    'a PUT': {'method': 'PUT', 'data_impl': {'a': 1}, 'data': 'x'},
    'a DELETE': {'method': 'DELETE'},
    'a HEAD': {'method': 'HEAD'},
    'raw text': {
        'method': 'POST',
        'format': 'RAW',
        'data_impl': f'{{"a":   1}}\n{ODD}\ttab\r\nend\x1b[31m',
        'data': 'x',
    },
    'a bearer token': {'headers': {'Authorization': 'Bearer tok-3n1gm4'}},
    'a key': {'headers': {'X-API-Key': 'tok-3n1gm4'}},
    'odd headers': {'headers': {'X-Odd': ODD, 'Accept': 'a/b', 'X-Empty': ''}},
    'Basic Auth': {'login': ('api', "it's !a`b$c")},
    'an odd method': {'method': '`TOUCH`'},
    'a form': {'method': 'POST', 'format': 'FORM', 'form': {'a': [ODD, 'two'], 'b': '@x'}, 'data_impl': None},
}
TARGETS = ['/200', '/302?/200/b', '/301?/200/b', '/303?/200/b', '/307?/200/b', '/308?/200/b']
TARGETS += ['/302?{other}/200/b', '/307?{other}/200/b']


@needs('curl')
@pytest.mark.parametrize('target', TARGETS)
@pytest.mark.parametrize('name', CALLS)
def test_the_line_sends_what_the_call_sent(
    name: str, target: str, servers: tuple[Recorder, Recorder], tmp_path: Path
) -> None:
    one, other = servers
    path, sign, query = target.replace('{other}', f'http://localhost:{other.server_port}').partition('?')
    line, _ = called(one, path, query_string=sign + query, **CALLS[name])
    assert 'tok-3n1gm4' not in line
    wanted = [[told(got, bool(sign)) for got in server.got] for server in servers]
    one.got.clear()
    other.got.clear()
    run_pasted(line, tmp_path, KEY='tok-3n1gm4', PASSWORD="it's !a`b$c", STEP='abcdef')
    found = [[told(got, bool(sign)) for got in server.got] for server in servers]
    # Two shells ran it.
    assert found == [rows * 2 for rows in wanted], line
    assert not (tmp_path / 'pwned').exists()


@needs('curl')
@pytest.mark.parametrize('target', ['/200', '/307?/200/b', '/302?/200/b'])
def test_the_line_sends_a_form_with_files(target: str, servers: tuple[Recorder, Recorder], tmp_path: Path) -> None:
    one, _ = servers
    (tmp_path / 'a;b "c".dat').write_bytes(b'\0\xff\xfe')
    files = {'doc': ('a;b "c".dat', b'\0\xff\xfe'), 'other': ('up.txt', b'hello')}
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / 'up.txt').write_text('hello')
    path, sign, query = target.partition('?')
    parts = {'method': 'POST', 'form': {'a': ['<x', '@y;type=z'], 'b': ODD}, 'files': files, 'data_impl': None,
             'upload_paths': {'doc': 'a;b "c".dat', 'other': 'sub/up.txt'}}  # fmt: skip
    line, _ = called(one, path, query_string=sign + query, **parts)
    wanted = [told(got, bool(sign)) for got in one.got]
    one.got.clear()
    run_pasted(line, tmp_path, STEP='abcdef')
    assert [told(got, bool(sign)) for got in one.got] == wanted * 2, line


@needs('bash')
def test_no_line_recalls_an_earlier_command(api: demo_api.Api) -> None:
    secrets = Secrets()
    secrets.track('s3cret-pw', '$SECRET')
    exchange = Exchange('POST', f'{api.address}/echo', {'Content-Type': 'a/b'}, 'line1!x !! "!" s3cret-pw!')
    script = f'set -H; echo pwned\n{as_curl(exchange, secrets)} -s\n'
    done = subprocess.run(['bash', '--norc', '-i'], input=script, capture_output=True, text=True, timeout=20,
                          env={'PATH': os.environ['PATH'], 'SECRET': 's3cret-pw', 'PS1': ''})  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1])['body'] == 'line1!x !! "!" s3cret-pw!'
