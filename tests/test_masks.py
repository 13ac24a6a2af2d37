"""A variable that is a secret somewhere is masked wherever else its value stands, by every command that prints."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests import warmed
from tests.conftest import KEY, ROOT
from zatools.connections.pong import printable
from zatools.masks import Masks, says_secret
from zatools.state import show

FILE = """security:
  - {name: 'of ${TOKEN}', type: basic_auth, username: '${TOKEN}', realm: '${ZATO_SECRET_KEY}', password: '${LOGIN}'}
  - {name: b, type: bearer_token, username: '${LOGIN}', password: p, scopes: ['${TOKEN}'], auth_endpoint: 'http://x/?a=${TOKEN}',
     extra_fields: ['a=${TOKEN}']}
outgoing_rest:
  - {name: CRM, host: 'http://127.0.0.1:1', url_path: '/x/${TOKEN}?q=${A_KEY}', data_format: json,
     security: 'of ${TOKEN}', request_headers: [{key: X-Api-Key, value: '${A_KEY}'}, {key: Seen, value: '${A_KEY}'}]}
"""
ENV = 'TOKEN=tok-"5 6/7-&é\nLOGIN=pa55-word\nA_KEY=hea-der-8\n'
SECRETS = ('tok-', '5 6/7', '5%206', 'pa55', 'hea-der', KEY)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command line with the variables in its environment."""
    given = dict(line.split('=', 1) for line in ENV.splitlines())
    environ = {**os.environ, **given, 'PYTHONPATH': str(ROOT), 'ZATO_SECRET_KEY': KEY, 'NO_COLOR': '1'}
    environ.pop('CI', None)
    return warmed.run(['zato', *arguments], folder, environ)


def zato(folder: Path, *arguments: str) -> str:
    """Runs a command line; returns all that it printed."""
    done = run(folder, *arguments)
    return done.stdout + done.stderr


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('masks')
    (path / 'a.yaml').write_text(FILE.replace('\n     ', ' '))
    (path / 'b.yaml').write_text((path / 'a.yaml').read_text().replace('/x/', '/y/').replace("realm: '", "realm: 'r"))
    (path / 'env').write_text(ENV)
    zato(path, 'enmasse', 'import', 'a.yaml')
    return path


LINES: Sequence[Sequence[str]] = [
    ('enmasse', 'import', 'a.yaml', '--dry-run', '--odb', 'other.sqlite'),
    ('enmasse', 'import', 'b.yaml', '--dry-run', '--json', '--replace'),
    ('enmasse', 'diff', 'b.yaml'),
    ('enmasse', 'diff', 'b.yaml', '--json'),
    ('enmasse', 'diff', 'b.yaml', '--markdown'),
    ('enmasse', 'diff', '--from', 'a.yaml', '--to', 'b.yaml', '--markdown'),
    ('enmasse', 'list'),
    ('enmasse', 'list', '--json'),
    ('enmasse', 'show', 'CRM', '--type', 'outgoing_rest'),
    ('enmasse', 'show', 'CRM', '--json'),
    ('enmasse', 'variables', 'a.yaml', '--env-file', 'env'),
    ('enmasse', 'diff', 'b.yaml', '--env-file', 'env'),
    ('ping', 'outconn', '--all', '--file', 'a.yaml'),
    ('ping', 'outconn', '--all', '--file', 'a.yaml', '--json'),
    ('ping', 'outconn', '--all', '--file', 'a.yaml', '--junit', '-'),
    ('ping', 'outconn', '--all', '--file', 'a.yaml', '--format', 'github'),
    ('ping', 'outconn', '--all', '--file', 'a.yaml', '--format', 'zato'),
]


def test_no_command_shows_the_value_of_a_secret_variable(folder: Path) -> None:
    for line in LINES:
        told = zato(folder, *line)
        assert [secret for secret in SECRETS if secret in told] == [], (line, told)
        # These show names alone: of variables, of connections. The next test has secrets in names.
        assert '******' in told or {'variables', 'github', 'zato'} & {*line}, (line, told)


@pytest.mark.parametrize('form', ['text', 'zato', 'github', 'json'])
def test_a_secret_in_a_name_is_masked_in_each_form(form: str, folder: Path) -> None:
    (folder / 'named.yaml').write_text(
        "outgoing_rest: [{name: 'CRM ${TOKEN}', host: 'http://127.0.0.1:1', url_path: /}]\n"
    )
    told = zato(folder, 'ping', 'outconn', '--all', '--file', 'named.yaml', '--format', form)
    assert [secret for secret in SECRETS if secret in told] == [], told
    assert 'CRM ******' in told


@pytest.mark.parametrize('line', [line for line in LINES if '--json' in line], ids=lambda line: line[1])
def test_json_is_json_with_masks_in_it(folder: Path, line: Sequence[str]) -> None:
    done = run(folder, *line)
    assert json.loads(done.stdout)


def test_errors_do_not_show_it_either(folder: Path) -> None:
    (folder / 'c.yaml').write_text(FILE.replace('\n     ', ' ').replace("security: 'of", "security: 'ob"))
    for line in (['validate', 'c.yaml'], ['validate', 'c.yaml', '--format', 'github'], ['import', 'c.yaml']):
        told = zato(folder, 'enmasse', *line, '--env-file', 'env')
        assert [secret for secret in SECRETS if secret in told] == [], told
        assert '******' in told


def test_what_is_written_as_a_file_is_not_masked(folder: Path) -> None:
    told = zato(folder, 'enmasse', 'export', '--type', 'outgoing_rest')
    assert '/x/tok-' in told


SECRET = 'TOKEN CRM_PASSWORD CRM_PASSWORD_2 ZATO_SECRET_KEY apiKey API_KEY APIKEY secret.crm DB_PASS MQ_AUTH'
PUBLIC = 'HOST OAUTH KEYBOARD AUTHOR MONKEY PASSENGERS ZATO_ODB TOKENIZER'


@pytest.mark.parametrize(
    ('name', 'is_secret'), [(name, True) for name in SECRET.split()] + [(name, False) for name in PUBLIC.split()]
)
def test_names_say_what_is_secret(name: str, is_secret: bool) -> None:
    assert says_secret(name) is is_secret


def test_the_password_of_an_odb_is_masked_wherever_it_stands() -> None:
    masks = Masks()
    given = {'ZATO_ODB': 'mysql://zato:pa55-word@host/zato', 'ZATO_SERVER_PASSWORD': 'se7en-up', 'A_TOKEN': 'host'}
    masks.hide_surroundings(given)
    assert masks.mask('pa55-word, zato, se7en-up, host') == '******, zato, ******, host'


@given(
    secret=st.text(min_size=8, max_size=20), before=st.text('ab é-/', max_size=5), after=st.text('ab é-/', max_size=5)
)
def test_a_long_secret_is_in_no_text_and_no_json(secret: str, before: str, after: str) -> None:
    masks = Masks()
    masks.hide([secret])
    if secret.isascii() and secret.isalpha():
        return
    assert secret not in masks.mask(f'{before}{secret}{after}') or secret in MASKED
    shown = masks.mask(json.dumps({'name': f'{before}{secret}{after}'}, ensure_ascii=False))
    assert secret not in str(json.loads(shown))


MASKED = '******'


def test_a_word_or_a_short_secret_takes_no_other_text_with_it() -> None:
    masks = Masks()
    masks.hide(['a', '', 'api', 'zato', '12'])
    assert masks.mask('"name": "api", "zato": 12, apis and a 1234, zato enmasse') == (
        '"name": "******", "zato": 12, apis and a 1234, zato enmasse'
    )


@pytest.mark.parametrize('cut', [show, printable])
@pytest.mark.parametrize('kept', range(5, 40))
def test_what_is_left_of_a_secret_where_a_value_was_cut_is_masked(cut: Callable[[str], str], kept: int) -> None:
    secret = 'correct-horse-battery-staple-of-a-secret-token'
    width = len(cut('x' * 1000))
    masks = Masks()
    masks.hide([secret])
    shown = masks.mask(cut('x' * (width - 1 - kept) + ' ' + secret + 'y' * 300))
    assert 'corr' not in shown, shown


def test_the_working_folder_is_no_password() -> None:
    masks = Masks()
    masks.hide_surroundings({'PWD': '/home/me/project', 'OLDPWD': '/home/me/other', 'DB_PWD': 'hunter2-hunter2'})
    assert masks.mask('in /home/me/project with hunter2-hunter2') == 'in /home/me/project with ******'
