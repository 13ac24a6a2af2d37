"""Excerpts show a line as it is, but for what may be secret in it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.place import Place
from zatools.reports.excerpts import Excerpts
from zatools.reports.keys import is_secret

VALUE = 'hunter2.example'
SPELLINGS = {
    'plain': VALUE,
    'quoted': f'"{VALUE}"',
    'in single quotes': f"'{VALUE}'",
    'a list': f'[{VALUE}, b]',
    'a mapping': f'{{name: {VALUE}}}',
    'with an anchor': f'&shared {VALUE}',
    'with a comment': f'{VALUE} # as {VALUE} was before',
    'a number': '7234567',
    'a flow over lines': f'[{VALUE},',
    'an address': f'https://{VALUE}/path?page=1',
}
SECRETS = sorted({name for kind in KINDS for name, field in kind.lookup.items() if field.secret})


def shown(text: str, line: int, column: int = 1) -> tuple[str, int]:
    """Returns a line of a file as an excerpt shows it, and where the caret is."""
    return Excerpts(lambda path: text.split('\n')).at(Place('a.yaml', line, column))


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.label)
@pytest.mark.parametrize('spelling', SPELLINGS)
def test_a_value_is_shown_just_if_its_field_is_no_secret(kind: Kind, spelling: str) -> None:
    value = SPELLINGS[spelling]
    end = '\n      b]' if spelling == 'a flow over lines' else ''
    for name, field in kind.lookup.items():
        text = f'{kind.section}:\n  - name: a\n    {name}: {value}{end}\n    is_active: true\n'
        line, _ = shown(text, 3)
        if field.secret:
            assert line == f'    {name}: ******'
        else:
            assert line == f'    {name}: {value}'
        assert shown(text, 4 + bool(end)) == ('    is_active: true', 0)


@pytest.mark.parametrize(
    'value',
    [
        '${NAME}',
        "'${NAME}'",
        'Zato_Enmasse_Env.NAME',
        '"ZatoEnmasseEnv.NAME"',
        '${file:/run/secrets/crm}',
        '${vault:kv/data/crm#password}',
        '${keyring:crm/zato}',
    ],
)
def test_what_a_variable_or_a_store_is_asked_for_is_no_secret(value: str) -> None:
    assert shown(f'security:\n  - name: a\n    password: {value}\n', 3)[0] == f'    password: {value}'


@pytest.mark.parametrize(
    'value', ['${NAME}x', 'Zato_Enmasse_Env', 'Zato_Enmasse_Env.NAME x', '${foo:canary}', '$${NAME}']
)
def test_what_only_looks_like_one_is_masked(value: str) -> None:
    assert shown(f'security:\n  - name: a\n    password: {value}\n', 3)[0] == '    password: ******'


@pytest.mark.parametrize('name', SECRETS)
@given(data=st.data())
def test_a_secret_misspelt_by_a_letter_is_masked(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 1))
    letter = data.draw(st.sampled_from(['', name[at] * 2, 'x']))
    text = f'security:\n  - name: a\n    {name[:at]}{letter}{name[at + 1 :]}: {VALUE}\n'
    assert VALUE not in shown(text, 3)[0]


@pytest.mark.parametrize(
    'key', ['paswd', 'pasword', 'passwd', 'pwd', 'pass', 'api_key', 'secrett', 'Token', 'client_secret', 'apikey']
)
def test_a_key_that_looks_like_a_credential_hides_its_value(key: str) -> None:
    assert shown(f'security:\n  - name: a\n    {key}: {VALUE}\n', 3)[0] == f'    {key}: ******'


@pytest.mark.parametrize(
    'key', ['hots', 'url_pth', 'usernam', 'realms', 'auth_endpont', 'client_secret_fieldd', 'nope']
)
def test_an_unknown_key_that_does_not_shows_it(key: str) -> None:
    assert shown(f'security:\n  - name: a\n    {key}: {VALUE}\n', 3)[0] == f'    {key}: {VALUE}'
    assert not is_secret(key)


@pytest.mark.parametrize(
    ('text', 'line', 'expected'),
    [
        ('host: https://u:hunter2@example.com', 1, 'host: https://u:******@example.com'),
        ('url_path: /x?token=hunter2&page=1', 1, 'url_path: /x?token=******&page=1'),
        ('realm: x # password: hunter2', 1, 'realm: x # password: ******'),
        ('password: "hunter1" # before: hunter2', 1, 'password: ******'),
        ('password: ${WEB_PASSWORD}', 1, 'password: ${WEB_PASSWORD}'),
        ('password: "${WEB_PASSWORD}" # of the vault', 1, 'password: "${WEB_PASSWORD}" # of the vault'),
        ('password: |\n  hunter2\n  host: hunter2\nrealm: x', 3, '  ******'),
        ('password: |\n  hunter2\n  host: hunter2\nrealm: x', 4, 'realm: x'),
        ('password: "a\nhost: hunter2"\nrealm: x', 2, '******'),
        ('password:\n  host: hunter2', 2, '  ******'),
        ('password:\n  - host\n  - hunter2\nrealm: x', 3, '  ******'),
        ('password: &hunter2', 1, 'password: ******'),
        ('password: *hunter2', 1, 'password: ******'),
        ('password: !hunter2 a', 1, 'password: ******'),
        ('realm: &p hunter2\npassword: *p', 1, 'realm: ******'),
        ('base: &p {realm: hunter2}\npassword: *p', 1, 'base: &p {******: ******}'),
        ('realm: *hunter2', 1, 'realm: ******'),
        ('host: &host a\nrealm: *host', 2, 'realm: *host'),
        ('host: &host a\nrealm: *hots', 2, 'realm: *hots'),
        ('? [a]\n: hunter2', 2, ': ******'),
        ('request_data: \'{"password": "hunter2"}\'', 1, 'request_data: \'{"password": "******"}\''),
        # What YAML can't read.
        ('host: "https://a', 1, 'host: "https://a'),
        ('password: "hunter2', 1, 'password: ******'),
        ('password: "hunter2" x', 1, 'password: ******'),
        ('password: "a\n  hunter: hunter2', 2, '  hunter: ******'),
        ('- {name: a, password: hunter2', 1, '- {name: a, password: ******'),
        ('- {name: a, pasword: hunter2', 1, '- {name: a, pasword: ******'),
        ('password: "a\n  hunter2', 2, ''),
    ],
)
def test_what_is_secret_in_a_line_is_masked_and_nothing_else(text: str, line: int, expected: str) -> None:
    assert shown(text, line)[0] == expected


def test_rows_show_their_names_and_hide_credentials() -> None:
    head = 'outgoing_rest:\n  - name: a\n    request_headers:\n      - '
    assert shown(head + '{key: X-Page, value: abc}', 4)[0] == '      - {key: X-Page, value: abc}'
    assert shown(head + '{key: Authorization, value: abc}', 4)[0] == '      - {key: Authorization, value: ******}'
    assert shown(head + '{value: abc, key: Authorization}', 4)[0] == '      - {value: ******, key: Authorization}'
    assert shown('security:\n  - {name: a, key: hunter2}', 2)[0] == '  - {name: a, key: ******}'


def test_the_caret_stays_below_what_it_marks() -> None:
    line = '  - {name: a, password: hunter2, realms: b}'
    text, caret = shown(f'security:\n{line}', 2, line.index('realms') + 1)
    assert text == '  - {name: a, password: ******, realms: b}'
    assert text[caret:] == 'realms: b}'
    text, caret = shown(f'security:\n{line}', 2, line.index('hunter2') + 4)
    assert text[caret:].startswith('******')


@given(st.text(alphabet='ab:"\'[]{}&*!|>-#\n ,', max_size=40))
def test_no_text_before_a_secret_line_uncovers_it(before: str) -> None:
    text = f'{before}\npassword: hunter2\n'
    number = text[: text.index('password')].count('\n') + 1
    assert 'hunter2' not in shown(text, number)[0]
