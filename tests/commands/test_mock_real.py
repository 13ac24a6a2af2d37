"""`zato mock --record` and `--watch`, and answers by OpenAPI documents, against servers that really answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest
import requests

from tests.peers.web import Handler, address_of, http_server
from tests.server.running import environment, zato
from tests.warmed import Process

TOKEN, PASSWORD = 'hunter2-token', 'hunter3-password'
OPENAPI = """
openapi: 3.1.0
info: {title: CRM, version: "1"}
servers: [{url: "https://crm.example.com/api/v2"}]
paths:
  /users/{id}:
    get:
      responses:
        "200":
          description: A user
          content:
            application/json:
              schema: {$ref: "#/components/schemas/User"}
  /users/me:
    get:
      responses:
        "200":
          description: Me
          content: {application/json: {example: {name: Ada}}}
    delete: {responses: {"204": {description: Gone}}}
  /text:
    get: {responses: {2XX: {description: Text, content: {text/plain: {example: hello}}}}}
components:
  schemas:
    User:
      type: object
      properties:
        id: {type: integer, readOnly: true}
        password: {type: string, writeOnly: true}
        name: {type: string, example: Charles}
"""


class Real(Handler):
    """A real system; it says what it got."""

    def on_users(self, rest: str, body: bytes) -> None:
        found = {'name': 'Ada', 'token': TOKEN, 'price': '${PRICE}', 'auth': self.headers.get('Authorization')}
        self.reply(200, json.dumps(found).encode(), {'Content-Type': 'application/json', 'X-Kind': 'real'})

    def on_text(self, rest: str, body: bytes) -> None:
        self.reply(404, b'nothing here\n\n  but this', {'Content-Type': 'text/plain'})

    def on_bytes(self, rest: str, body: bytes) -> None:
        self.reply(200, b'\xff\x00', {'Content-Type': 'image/png'})

    def on_away(self, rest: str, body: bytes) -> None:
        self.reply(302, b'', {'Location': '/elsewhere'})


def definitions(host: str) -> str:
    return f'outgoing_rest:\n\n  - name: CRM\n    host: {host}\n    url_path: /users\n'


@contextmanager
def mock(folder: Path, host: str, *options: str) -> Iterator[str]:
    """Runs `zato mock`; gives the address of CRM, its talk is in a file."""
    (folder / 'definitions.yaml').write_text(definitions(host))
    command = ['zato', 'mock', 'definitions.yaml', *options]
    with (folder / 'talk').open('w') as talk:
        process = Process(command, folder, environment(), (DEVNULL, PIPE, talk.fileno()))
    try:
        assert process.stdout
        address = ''
        for line in process.stdout:
            if line.startswith('CRM '):
                address = line.split()[-1]
            if 'ZATO_MOCK=' in line:
                break
        assert address, (folder / 'talk').read_text()
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def get(address: str, **options: object) -> requests.Response:
    return requests.get(address, timeout=20, allow_redirects=False, **options)  # type: ignore[arg-type]


def asked(address: str) -> list[tuple[int, str]]:
    """Returns what some calls are answered."""
    login = {'headers': {'Authorization': f'Bearer {PASSWORD}'}}
    found = [
        get(f'{address}/users?UserName=my.user&api_key={TOKEN}&other={TOKEN}', **login),
        requests.post(f'{address}/users', json={'user': 'ada', 'password': PASSWORD}, timeout=20),
        get(f'{address}/text'),
        get(f'{address}/away'),
    ]
    return [(one.status_code, one.text) for one in found]


def test_what_is_recorded_is_answered_without_the_real_system_and_has_no_secret(tmp_path: Path) -> None:
    with (
        http_server(handler=Real) as server,
        mock(tmp_path, f'http://{address_of(server)}', '--record', 'recorded.feature') as address,
    ):
        real = asked(address)
        assert get(f'{address}/users', headers={'X': 'a'}).headers['X-Kind'] == 'real'
        assert get(f'{address}/bytes').content == b'\xff\x00'
    assert real[0][0] == 200
    assert TOKEN in real[0][1]
    assert PASSWORD in real[0][1]
    text = (tmp_path / 'recorded.feature').read_text()
    talk = (tmp_path / 'talk').read_text()
    assert 'CRM  GET /users  200  recorded' in talk
    assert 'CRM  GET /bytes  200  not recorded: its body is no text that a feature can have' in talk
    for secret in (TOKEN, PASSWORD):
        assert secret not in text + talk
    assert 'answers GET "/users" when query "UserName" is "my.user" with status "200" and JSON' in text
    with mock(tmp_path, 'http://127.0.0.1:9', 'recorded.feature') as address:
        played = asked(address)
        assert get(f'{address}/bytes').status_code == 501
    assert [status for status, _ in played] == [200, 200, 404, 302]
    found = json.loads(played[0][1])
    assert found == {'name': 'Ada', 'token': '******', 'price': '${PRICE}', 'auth': 'Bearer ******'}
    assert played[2][1] == real[2][1]
    assert 'with status "302" and header "Location" "/elsewhere"' in text


def test_a_real_system_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with mock(tmp_path, 'http://127.0.0.1:9', '--record', 'recorded.feature') as address:
        answer = get(f'{address}/users')
        assert (answer.status_code, answer.json()['error']) == (502, 'CRM does not answer: Connection refused')
    assert not (tmp_path / 'recorded.feature').exists()


def refusal(folder: Path, *options: str) -> str:
    (folder / 'definitions.yaml').write_text(definitions('http://127.0.0.1:9'))
    done = zato(folder, 'mock', 'definitions.yaml', *options)
    assert done.returncode in (2, 3, 4), done.stderr
    return ' '.join(done.stderr.split())


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        (('--record', 'there.feature'), 'there is such a file'),
        (('--record', 'a.yaml'), 'rules are in files that end in .feature'),
        (('--record', 'a.feature', '--watch'), 'what is recorded would be answered at once'),
        (('--record', 'no/such/a.feature'), 'no/such'),
    ],
)
def test_what_can_not_be_recorded_is_refused(options: tuple[str, ...], text: str, tmp_path: Path) -> None:
    (tmp_path / 'there.feature').write_text('Feature: Mine\n')
    assert text in refusal(tmp_path, *options)
    assert (tmp_path / 'there.feature').read_text() == 'Feature: Mine\n'


def rules(folder: Path, *steps: str) -> None:
    (folder / 'mocks').mkdir(exist_ok=True)
    text = 'Feature: A\n\n  Scenario: A\n' + ''.join(f'    Given {step}\n' for step in steps)
    (folder / 'mocks' / 'a.feature').write_text(text)


def test_saved_files_are_read_anew(tmp_path: Path) -> None:
    rules(tmp_path, 'CRM answers GET "/users" with text "one"')

    def becomes(text: str) -> bool:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if get(f'{address}/users').text == text:
                return True
            time.sleep(0.1)
        return False

    def is_said(text: str) -> bool:
        end = time.monotonic() + 20
        while text not in (tmp_path / 'talk').read_text() and time.monotonic() < end:
            time.sleep(0.1)
        return text in (tmp_path / 'talk').read_text()

    with mock(tmp_path, 'http://127.0.0.1:9', 'mocks', '--watch') as address:
        assert becomes('one')
        rules(tmp_path, 'CRM answers GET "/users" with text "two, and more"')
        assert becomes('two, and more')
        rules(tmp_path, 'CRM answers GET "users" with text "three"')
        assert is_said('The rules from before still hold.')
        assert becomes('two, and more')
        (tmp_path / 'mocks' / 'b.txt').write_text('four')
        rules(tmp_path, 'CRM answers GET "/users" with file "b.txt"')
        assert becomes('four')
    talk = (tmp_path / 'talk').read_text()
    assert "mocks/a.feature:4:28: 'users' is no path of a URL" in talk
    assert 'Files have changed: 1 rule now.' in talk


def test_a_document_answers_by_its_examples_and_rules_go_over_it(tmp_path: Path) -> None:
    rules(tmp_path, 'CRM answers as "../crm.yaml" describes', 'CRM answers GET "/text" with status "503"')
    (tmp_path / 'crm.yaml').write_text(OPENAPI)
    with mock(tmp_path, 'http://127.0.0.1:9', 'mocks') as address:
        assert get(f'{address}/users/7').json() == {'id': 1, 'name': 'Charles'}
        assert get(f'{address}/api/v2/users/7').json() == {'id': 1, 'name': 'Charles'}
        assert get(f'{address}/users/me').json() == {'name': 'Ada'}
        answer = get(f'{address}/api/v2/text')
        assert (answer.text, answer.headers['Content-Type']) == ('hello', 'text/plain')
        assert get(f'{address}/text').status_code == 503
        assert requests.delete(f'{address}/users/me', timeout=20).status_code == 204
        assert get(f'{address}/nothing').status_code == 501


@pytest.mark.parametrize(
    ('step', 'text'),
    [
        ('CRM answers as "no.yaml" describes', "can't be read"),
        ('CRM answers as "bad.yaml" describes', "the reference '#/no' leads nowhere"),
        ('CRM answers as "bad.yaml" describes after "1s"', 'what a document describes stands alone'),
    ],
)
def test_a_document_that_is_wrong_is_told_with_its_place(step: str, text: str, tmp_path: Path) -> None:
    rules(tmp_path, step)
    (tmp_path / 'mocks' / 'bad.yaml').write_text('openapi: 3.0.0\npaths: {/a: {$ref: "#/no"}}\n')
    found = refusal(tmp_path, 'mocks')
    assert text in found
    assert 'mocks/a.feature:4:23:' in found
