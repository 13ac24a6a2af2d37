"""What a service answers, whatever it does: what it raises, what it sets, and what can't be sent."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.web import address_of, http_server
from tests.server.running import Local, server, write

SERVICES = """
import sys
from zato.server.service import Service


class Set(Service):
    name = 'set'

    def handle(self):
        self.response.payload = 'text'
        exec(self.request.payload)


class Ping(Service):
    name = 'mutual.ping'

    def handle(self):
        self.invoke('mutual.pong')


class Pong(Service):
    name = 'mutual.pong'

    def handle(self):
        self.invoke('mutual.ping')


class Again(Service):
    name = 'again'

    def handle(self):
        self.deeper(5000)

    def deeper(self, number):
        return number and self.deeper(number - 1)


class Chain(Service):
    name = 'chain'

    def handle(self):
        try:
            {}['inner']
        except KeyError as error:
            raise ValueError('outer') from error


class Bad(ValueError):
    def __str__(self):
        raise RuntimeError('no text')


class Asynchronous(Service):
    name = 'asynchronous'

    async def handle(self):
        self.response.payload = 'never'


class Yields(Service):
    name = 'yields'

    def handle(self):
        yield 'never'


class Form(Service):
    name = 'form'

    def handle(self):
        http = self.request.http
        self.response.payload = {'payload': self.request.payload, 'form': http.get_form_data(), 'post': http.POST}
"""
DEFINITIONS = """
channel_rest:
  - {{name: set, service: set, url_path: /set}}
  - {{name: json, service: set, url_path: /json, data_format: json}}
  - {{name: form, service: form, url_path: /form, data_format: form}}
  - {{name: mutual, service: mutual.ping, url_path: /mutual.ping}}
  - {{name: again, service: again, url_path: /again}}
  - {{name: chain, service: chain, url_path: /chain}}
  - {{name: asynchronous, service: asynchronous, url_path: /asynchronous}}
  - {{name: yields, service: yields, url_path: /yields}}
outgoing_rest:
  - {{name: Peer, host: 'http://{0}', url_path: /ok}}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with http_server() as peer:
        files = {'services/s.py': SERVICES, 'd.yaml': DEFINITIONS.format(address_of(peer))}
        with server(write(tmp_path_factory.mktemp('project'), files), '--file', 'd.yaml') as found:
            yield found
            # What waitress says of what it had to catch.
            assert 'Exception ' not in found.log


def sent(local: Local, code: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Returns what comes over the wire, where a header may be there twice."""
    connection = http.client.HTTPConnection(*local.url.removeprefix('http://').split(':'), timeout=20)  # type: ignore[arg-type]
    connection.request('POST', '/set', code.encode())
    response = connection.getresponse()
    try:
        return response, response.read()
    finally:
        connection.close()


def failure(local: Local, found: Any) -> str:
    """Returns what a 500 says, whose CID must be in the log."""
    assert found.status_code == 500, found.text
    local.wait_for(f'(CID {found.headers["X-Zato-CID"]})')
    text = found.json()
    return str(text['details'][0] if isinstance(text, dict) else text[0])


@pytest.mark.parametrize(
    ('code', 'expected'),
    [
        ('sys.exit(3)', 'SystemExit: 3'),
        ('raise KeyboardInterrupt', 'KeyboardInterrupt:'),
        ('raise GeneratorExit("x")', 'GeneratorExit: x'),
        ('raise Bad', 'Bad: its text fails with RuntimeError'),
        ('raise Bad from Bad()', 'Bad: its text fails with RuntimeError'),
    ],
)
def test_whatever_a_service_raises_is_500_and_in_the_log(local: Local, code: str, expected: str) -> None:
    for path, data in (('/set', code), ('/json', json.dumps(code))):
        found = local.call(path, user='', data=data)
        assert failure(local, found) == expected
        local.wait_for(f"service 'set' failed (CID {found.headers['X-Zato-CID']})\nTraceback (most recent call")


SENTENCES = [
    ('response.status_code = 9999', 'response.status_code is 9999; it is a whole number from 200 to 599'),
    ('response.status_code = 100', 'response.status_code is 100; it is a whole number from 200 to 599'),
    ("response.status_code = 'x'", "response.status_code is 'x'; it is a whole number from 200 to 599"),
    ('response.headers = None', 'response.headers is of type NoneType; it is a dict'),
    ("response.headers = [('a', 'b')]", 'response.headers is of type list; it is a dict'),
    ("response.headers[7] = 'a'", 'response.headers: 7 is no name of a header'),
    ("response.headers['a:b'] = 'a'", "response.headers: 'a:b' is no name of a header"),
    ("response.headers['X-Ж'] = 'a'", "response.headers: 'X-Ж' is no name of a header"),
    ("response.headers['X-A'] = None", "response.headers['X-A'] is of type NoneType; it is a text"),
    ("response.headers['X-A'] = b'a'", "response.headers['X-A'] is of type bytes; it is a text"),
    ("response.headers['X-A'] = 's3cret\\nb'", "response.headers['X-A'] has a line break in it"),
    ("response.headers['X-A'] = 'Ж'", "response.headers['X-A'] has a character in it that headers can not have"),
    ("response.payload = {'a': [1j]}", 'response.payload: a complex can not be written as JSON'),
    ('response.payload = 1j', 'response.payload is a complex, which has no to_dict'),
    ("response.payload = 'a\\ud800'", "response.payload has half a character at 1: '\\ud800'"),
    ('response.content_type = 7', 'response.content_type is of type int; it is a text'),
    ("response.content_type = 'a\\r\\nb'", 'response.content_type has a line break in it'),
    ("response.content_type = 'Ж'", 'response.content_type has a character in it that headers can not have'),
]


@pytest.mark.parametrize(('code', 'sentence'), SENTENCES)
def test_what_can_not_be_sent_is_a_500_and_one_line_in_the_log(local: Local, code: str, sentence: str) -> None:
    found = local.call('/set', user='', data=f'self.{code}'.encode())
    assert failure(local, found) == f'UnsendableError: {sentence}'
    local.wait_for(f"ERROR - service 'set': {sentence} (CID {found.headers['X-Zato-CID']})")
    assert 's3cret' not in local.log


@pytest.mark.parametrize(
    ('code', 'body'),
    [
        ("{'a': chr(0xd800)}", '{"a": "\\ud800"}'),
        ("type('Own', (), {'to_json': lambda self: '[1]'})()", '[1]'),
        ("type('Own', (), {'to_dict': lambda self: {'a': 1}})()", '{"a": 1}'),
    ],
)
def test_odd_payloads_are_sent_as_json(local: Local, code: str, body: str) -> None:
    found = local.call('/set', user='', data=f'self.response.payload = {code}')
    assert (found.text, found.headers['Content-Type']) == (body, 'application/json')


@pytest.mark.parametrize(
    ('code', 'name', 'values'),
    [
        ("headers['content-type'] = 'text/x'", 'Content-Type', ['text/x']),
        ("headers['Content-Type'] = 'text/x'; self.response.content_type = 'text/y'", 'Content-Type', ['text/y']),
        ("headers['content-length'] = 2", 'Content-Length', ['4']),
        ("headers['X-A'] = 7", 'X-A', ['7']),
        ("headers['X-A'] = 'ä'", 'X-A', ['ä']),
        ("headers['Connection'] = 'close'", 'Transfer-Encoding', []),
        ("headers['Transfer-Encoding'] = 'chunked'", 'Content-Length', ['4']),
    ],
)
def test_a_header_is_sent_once(local: Local, code: str, name: str, values: list[str]) -> None:
    response, body = sent(local, f'self.response.{code}')
    assert (response.status, body) == (200, b'text')
    assert (response.headers.get_all(name) or []) == values


def test_headers_of_a_backend_can_be_passed_on(local: Local) -> None:
    response, body = sent(local, "self.response.headers = self.out.rest['Peer'].conn.get(self.cid).headers")
    assert (response.status, body) == (200, b'text')
    for name in ('Content-Length', 'Content-Type', 'X-Zato-CID'):
        assert len(response.headers.get_all(name) or []) == 1, name


def test_headers_are_sent_also_when_a_service_fails(local: Local) -> None:
    found = local.call('/set', user='', data="self.response.headers['X-A'] = 'b'\nraise ValueError('x')")
    assert failure(local, found) == 'ValueError: x'
    assert found.headers['X-A'] == 'b'


def test_an_error_with_a_status_that_is_none(local: Local) -> None:
    code = "from zato.common.exception import HTTPException\nraise HTTPException(self.cid, 'x', 9999)"
    found = failure(local, local.call('/set', user='', data=code))
    assert found == 'UnsendableError: HTTPException.status is 9999; it is a whole number from 200 to 599'


@pytest.mark.parametrize('text', ['[' * 100_000, '{"a":' * 100_000])
def test_json_that_is_nested_too_deeply_is_400(local: Local, text: str) -> None:
    found = local.call('/json', user='', data=text)
    assert found.status_code == 400
    assert found.json()['details'] == 'The request is no valid JSON: it is nested too deeply'


def traceback_of(local: Local, path: str) -> list[str]:
    found = local.call(path, user='')
    failure(local, found)
    # What another call logs comes after it.
    cid = local.call('/chain', user='').headers['X-Zato-CID']
    local.wait_for(cid)
    start = next(n for n, line in enumerate(local.lines) if found.headers['X-Zato-CID'] in line)
    end = next(n for n, line in enumerate(local.lines) if cid in line)
    return local.lines[start + 1 : end]


@pytest.mark.parametrize('path', ['/mutual.ping', '/again'])
def test_the_log_of_a_recursion_is_short_and_of_users_files(local: Local, path: str) -> None:
    lines = traceback_of(local, path)
    files = [line for line in lines if line.startswith('  File ')]
    assert len(files) == 20
    assert len(lines) < 70
    assert any(line.startswith('  ... ') and line.endswith(' more ...') for line in lines)
    assert all('services/s.py' in line for line in files[:10])
    assert 'zatools/server' not in '\n'.join(files)
    assert lines[-1].startswith('RecursionError: ')


def test_what_led_to_an_error_is_in_the_log_too(local: Local) -> None:
    lines = traceback_of(local, '/chain')
    assert lines.index("KeyError: 'inner'") < lines.index('ValueError: outer')
    assert 'The above exception was the direct cause of the following exception:' in lines


@pytest.mark.parametrize(('name', 'what'), [('asynchronous', 'async def'), ('yields', 'yield in')])
def test_a_handle_that_would_not_run_is_named(local: Local, name: str, what: str) -> None:
    assert failure(local, local.call(f'/{name}', user='')) == (
        f"UnsupportedError: {what} handle of service '{name}' is not supported by the local server; "
        'what is: docs/compatibility.md'
    )
    assert 'was never awaited' not in local.log


def test_a_form_may_have_several_parts(local: Local) -> None:
    found = local.call('/form', user='', files={'a': (None, '1'), 'b': (None, 'ä')}).json()
    assert found == {name: {'a': '1', 'b': 'ä'} for name in ('payload', 'form', 'post')}
