"""`apitest contract`: calls that Schemathesis makes, against real servers that answer rightly and wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program
from tests.apitest.playing import feature, play, said, scenario
from tests.peers.sockets import listening
from tests.peers.web import Handler, address_of, http_server
from zatools.apitest import demo_api
from zatools.apitest.values import schema_formats

OPENAPI = """
openapi: 3.1.0
info: {title: A, version: "1"}
paths:
  /user/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses:
        "200":
          description: A user
          content: {application/json: {schema: {$ref: "parts.yaml#/User"}}}
        "400": {description: No id}
  /crash:
    get: {responses: {"200": {description: It went well}}}
  /fine:
    get:
      security: [{login: []}]
      parameters: [{name: X-Tenant, in: header, required: true, schema: {type: string, maxLength: 1}}]
      responses: {"200": {description: It went well}}
components: {securitySchemes: {login: {type: http, scheme: bearer}}}
"""
PARTS = 'User: {type: object, required: [name], properties: {name: {type: string}}}'


class Wrong(Handler):
    """An API with two mistakes; it checks what it gets."""

    def on_user(self, rest: str, body: bytes) -> None:
        if self.headers.get('Authorization') != 'Bearer hunter2-token' or not rest.strip('/').isdigit():
            self.reply(400, b'{}')
            return
        self.reply(200, json.dumps({'name': 7}).encode(), {'Content-Type': 'application/json'})

    def on_crash(self, rest: str, body: bytes) -> None:
        self.reply(500, b'oops')

    def on_fine(self, rest: str, body: bytes) -> None:
        self.reply(200, b'')


def run(folder: Path, words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    write_program(folder)
    (folder / 'openapi.yaml').write_text(OPENAPI)
    (folder / 'parts.yaml').write_text(PARTS)
    return shell(f'apitest contract {words}', folder, environment(folder, TOKEN='hunter2-token', **environ))


def test_wrong_answers_are_told_each_with_a_line_that_repeats_it(tmp_path: Path) -> None:
    with http_server(handler=Wrong) as server:
        url = f'http://{address_of(server)}'
        # What is given is in each call: no call is wrong for the lack of it.
        header = "--header 'Authorization: Bearer $TOKEN' --header 'x-tenant: a'"
        done = run(tmp_path, f'openapi.yaml --url {url} --seed 3 --calls 20 {header}')
        assert done.returncode == 1, done.stdout + done.stderr
        assert 'GET /user/{id}  response violates schema\n          7 is not of type "string"' in done.stdout
        assert 'GET /crash  undocumented status code' in done.stdout
        assert '  ok  GET /fine, ' in done.stdout
        assert '2 operations failed, 1 passed' in done.stdout
        assert done.stdout.count('7 is not of type') == 1
        assert 'hunter2' not in done.stdout + done.stderr
        lines = [line.strip() for line in done.stdout.splitlines()]
        repeat = [line.removeprefix('repeat    ') for line in lines if line.startswith('repeat')]
        curl = [line.removeprefix('as curl   ') for line in lines if line.startswith('as curl')]
        environ = environment(tmp_path, TOKEN='hunter2-token')
        again = shell(repeat[0], tmp_path, environ)
        assert (again.returncode, '1 operation failed, 0 passed' in again.stdout) == (1, True), again.stdout
        assert '7 is not of type "string"' in again.stdout
        assert shell(curl[0], tmp_path, environ).stdout == '{"name": 7}'


def test_an_api_that_is_right_passes(tmp_path: Path) -> None:
    api = demo_api.start()
    try:
        (tmp_path / 'demo.yaml').write_text(
            'openapi: 3.0.3\ninfo: {title: A, version: "1"}\npaths: {/account: {get: {responses: '
            '{"200": {description: A, content: {application/json: {schema: {type: object, required: [id]}}}}}}}}\n'
        )
        done = run(tmp_path, f'demo.yaml --url {api.address} --calls 5')
    finally:
        api.stop()
    assert (done.returncode, '0 operations failed, 1 passed' in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ('words', 'code', 'text'),
    [
        ('no.yaml --url http://127.0.0.1:9', 3, "no.yaml can't be read"),
        ('parts.yaml --url http://127.0.0.1:9', 3, 'parts.yaml is no OpenAPI 3.0 or 3.1'),
        ('openapi.yaml --url 127.0.0.1', 2, 'is no address'),
        ("openapi.yaml --url http://127.0.0.1:9 --operation 'GET /fin'", 2, "did you mean 'GET /fine'?"),
        ("openapi.yaml --url http://127.0.0.1:9 --header 'A: $NO_SUCH'", 2, 'no environment variable NO_SUCH'),
        ("openapi.yaml --url http://127.0.0.1:9 --header 'A'", 2, 'is no NAME: VALUE'),
        ('away.yaml --url http://127.0.0.1:9', 3, 'nothing is fetched'),
        ('openapi.yaml --url http://127.0.0.1:9', 1, 'Connection refused'),
    ],
)
def test_what_is_wrong_is_told(words: str, code: int, text: str, tmp_path: Path) -> None:
    (tmp_path / 'away.yaml').write_text('openapi: 3.1.0\npaths: {/a: {$ref: "http://127.0.0.1:9/x.yaml"}}\n')
    done = run(tmp_path, words)
    assert (done.returncode, text in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert 'Traceback' not in done.stderr


def test_a_server_that_never_answers_is_called_once(tmp_path: Path) -> None:
    with listening(lambda connection: time.sleep(15)) as address:
        start = time.monotonic()
        done = run(tmp_path, f'openapi.yaml --url http://{address} --operation "GET /fine"')
        assert time.monotonic() - start < 30
    assert 'No answer: the rest was not called.' in done.stdout
    assert '1 call' in done.stdout


def test_a_library_that_is_missing_is_told(tmp_path: Path) -> None:
    program = 'import sys; sys.modules["schemathesis"] = None; from zatools.cli.apitest import main; main()'
    command = [sys.executable, '-c', program, 'contract', 'a.yaml', '--url', 'http://127.0.0.1:9']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert 'hint: pip install schemathesis' in done.stderr


ENDLESS = '{"type": "object", "properties": {"name": {"pattern": "^(([a-z ])+.)+[A-Z]([a-z])+$"}}}'


def test_a_pattern_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_formats, 'SECONDS', 0.3)
    api = demo_api.start()
    try:
        steps = (
            f'address "{api.address}"',
            f'request is "{{"name": "{"a" * 200}"}}"',
            'When "POST /echo" is invoked',
            f'Then response matches JSON Schema "{{"properties": {{"json": {ENDLESS}}}}}"',
        )
        start = time.monotonic()
        (found,) = said(play(tmp_path, feature(scenario(*steps))))
        assert found.startswith('this: checking a value took more than')
        content = f'{{application/json: {{schema: {{properties: {{json: {ENDLESS}}}}}}}}}'
        paths = f'{{/echo: {{post: {{responses: {{"200": {{description: A, content: {content}}}}}}}}}}}'
        text = f'openapi: 3.1.0\ninfo: {{title: A, version: "1"}}\npaths: {paths}\n'
        (tmp_path / 'openapi.yaml').write_text(text)
        described = ('API is described by "openapi.yaml"', *steps[:3])
        (found,) = said(play(tmp_path, feature(scenario(*described))))
        assert 'checking a value took more than' in found
        assert time.monotonic() - start < 20
    finally:
        api.stop()
