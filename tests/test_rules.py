"""Rules that definition files are held to: each finds what it is against and nothing else, and a comment allows it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.calls import validate
from tests.conftest import ROOT
from zatools.errors import Exit
from zatools.rules import IDS, RULES
from zatools.world import World

CHANNEL = '  - {name: c, service: s, url_path: /c, data_format: json, security: api%s}\n'
API = '  - {name: api, type: basic_auth, username: api, password: "${P}"%s}\n'
GOOD = f'security:\n{API % ""}channel_rest:\n{CHANNEL % ""}'
OUTGOING = 'outgoing_rest:\n  - {name: o, url_path: /o, %s}\n'
BEARER = '  - {name: t, type: bearer_token, username: t, password: "${T}", auth_endpoint: "%s"}\n'


def check(text: str, **options: object) -> tuple[int, str, list[dict[str, object]]]:
    """Validates a file; returns the exit code, the talk, and the problems of --format json."""
    environ = {'P': 'one', 'T': 'two', 'EMPTY': ''}
    talk, data, rows = io.StringIO(), io.StringIO(), io.StringIO()
    code = validate(World(environ, io.BytesIO(text.encode()), data, talk), ['-'], **options)  # type: ignore[arg-type]
    validate(World(environ, io.BytesIO(text.encode()), rows, io.StringIO()), ['-'], format='json')
    return code, talk.getvalue() + data.getvalue(), json.loads(rows.getvalue())


def rules_of(text: str) -> list[tuple[object, object]]:
    return [(row['rule'], row['line']) for row in check(text)[2] if row['rule']]


@pytest.mark.parametrize(
    ('rule', 'line', 'text'),
    [
        ('no-security', 2, 'channel_rest:\n  - {name: c, service: s, url_path: /c}\n'),
        (
            'no-security',
            3,
            'channel_rest:\n  - name: c\n    security: zato-no-security\n    service: s\n    url_path: /c\n',
        ),
        ('no-security', 2, 'channel_soap:\n  - {name: c, service: s, url_path: /c, groups: []}\n'),
        ('clear-secret', 2, GOOD.replace('${P}', 'hunter2')),
        ('clear-secret', 2, GOOD.replace('${P}', 'hun$ter2')),
        ('clear-secret', 2, 'def_amqp:\n  - {name: d, host: mq, password: hunter2}\n'),
        ('clear-secret', 2, 'security:\n  - {name: t, type: bearer_token, static_token: hunter2}\n'),
        ('http-credentials', 4, f'security:\n{API % ""}' + OUTGOING % 'host: "http://a.example.com", security: api'),
        ('http-credentials', 4, f'security:\n{API % ""}' + OUTGOING % 'host: "HTTP://${P}", security: api'),
        ('http-credentials', 2, 'security:\n' + BEARER % 'http://login.example.com/token'),
        ('tls-off', 2, OUTGOING % 'host: "https://a.example.com", tls_verify: false'),
        ('tls-off', 2, OUTGOING % 'host: "https://a.example.com", validate_tls: no'),
        ('empty-secret', 2, GOOD.replace('${P}', '')),
        ('empty-secret', 2, GOOD.replace('${P}', '${EMPTY}')),
        ('empty-secret', 2, 'security:\n  - {name: k, type: apikey, password: ""}\n'),
        (
            'shared-secret',
            3,
            f'security:\n{API % ""}  - {{name: b, type: basic_auth, username: b, password: "${{P}}"}}\n',
        ),
        (
            'shared-secret',
            3,
            'security:\n' + ''.join(f'  - {{name: {n}, type: apikey, password: "${{UNSET}}"}}\n' for n in 'ab'),
        ),
        ('unused-definition', 3, GOOD.replace('channel_rest', '  - {name: z, type: apikey}\nchannel_rest')),
        ('unused-definition', 6, GOOD + 'groups:\n  - {name: g, members: [api]}\n'),
        ('path-slash', 4, GOOD.replace('url_path: /c', 'url_path: c')),
        ('path-slash', 2, OUTGOING.replace('/o', 'o') % 'host: "https://a.example.com"'),
    ],
)
def test_a_rule_finds_what_it_is_against(rule: str, line: int, text: str) -> None:
    assert rules_of(text) == [(rule, line)]


@pytest.mark.parametrize(
    'text',
    [
        GOOD,
        GOOD.replace('security: api}', 'groups: [g]}') + 'groups:\n  - {name: g, members: [api]}\n',
        f'security:\n{API % ""}  - {{name: z, type: apikey}}\n',
        f'security:\n{API % ""}' + OUTGOING % 'host: "https://a.example.com", security: api',
        OUTGOING % 'host: "http://a.example.com"',
        GOOD.replace('/c,', '"${UNSET}/c",'),
        'def_amqp:\n' + ''.join(f'  - {{name: {n}, host: mq, vhost: {n}, password: "${{P}}"}}\n' for n in 'ab'),
        GOOD.replace('channel_rest', '  - {name: z, type: apikey}\nchannel_rest')
        + 'sql:\n  - {name: x, security: z}\n',
    ],
)
def test_what_is_right_is_not_found(text: str) -> None:
    assert rules_of(text) == []


def test_every_rule_is_tried_above() -> None:
    tried = {case[0] for case in test_a_rule_finds_what_it_is_against.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert tried == IDS


BLOCK = """channel_rest:
  {above}
  - name: c   {beside}
    service: s
    url_path: /c
    # not this one
    {inside}
  - name: d
    service: s
    url_path: /d
"""
COMMENT = '# zatools: allow no-security because everybody may'


@pytest.mark.parametrize('where', ['above', 'beside', 'inside'])
def test_a_comment_on_the_object_allows_and_is_counted(where: str) -> None:
    text = BLOCK.format(**{'above': '', 'beside': '', 'inside': '', where: COMMENT})
    assert rules_of(text) == [('no-security', 8)]
    assert 'no problems, 3 warnings, 1 allowed by comments' in check(text)[1]


@pytest.mark.parametrize(
    'comment',
    [
        '# zatools: allow tls-off because of that',
        'zatools: allow no-security because it is no comment',
        '# zatools allow no-security because of a colon',
        '# zatools: allow no-security-at-all because of that',
    ],
)
def test_other_words_allow_nothing(comment: str) -> None:
    text = BLOCK.format(above='', beside='', inside='').replace('# not this one', f'content_type: "x {comment}"')
    assert [row[0] for row in rules_of(text)] == ['no-security', 'no-security']
    if comment.startswith('#'):
        assert len(rules_of(BLOCK.format(above='', beside='', inside=comment))) == 2


def test_what_a_broken_file_may_well_have_is_not_missed() -> None:
    text = 'channel_rest:\n  - {name: c, service: s, url_path: c, groups: g}\n'
    assert rules_of(text) == [('path-slash', 2)]


def test_a_comment_needs_a_reason() -> None:
    text = BLOCK.format(above='# zatools: allow no-security', beside='', inside='')
    assert len(rules_of(text)) == 2
    assert 'the comment needs its reason: allow no-security because …' in check(text)[1]


def test_a_comment_that_names_no_rule_is_told() -> None:
    text = BLOCK.format(above='# zatools: allow no-secruity because of that', beside='', inside='')
    told = check(text)[1]
    assert "<stdin>:2:5: warning: the comment allows 'no-secruity', which is no rule" in told
    assert "did you mean 'no-security'?" in told


def test_several_rules_of_one_comment() -> None:
    comment = '# zatools: allow no-security, path-slash because of the demo'
    text = f'channel_rest:\n  {comment}\n  - {{name: c, service: s, url_path: c}}\n'
    assert rules_of(text) == []


def test_strict_makes_errors_of_what_is_not_allowed() -> None:
    text = 'channel_rest:\n  - {name: c, service: s, url_path: /c, data_format: json}\n'
    assert check(text)[0] == Exit.OK
    assert check(text, strict=True)[0] == Exit.INVALID
    assert check(text.replace('json}', f'json}} {COMMENT}'), strict=True)[0] == Exit.OK


@pytest.mark.parametrize('form', ['text', 'json', 'github'])
def test_secrets_are_shown_in_no_format_but_rules_in_each(form: str) -> None:
    text = GOOD.replace('${P}', 'hunter2') + OUTGOING % 'host: "http://a.example.com", security: api'
    told = check(text, format=form)[1]
    assert 'hunter2' not in told
    assert 'clear-secret' in told
    assert 'http-credentials' in told


def test_every_rule_has_its_entry_in_the_docs() -> None:
    page = (ROOT / 'docs' / 'rules.md').read_text()
    for rule in RULES:
        assert f'\n## {rule.id}\n\n{rule.what}\n\nWhat to do: {rule.hint}.' in page
    assert page.count('\n## ') == len(RULES)


@pytest.mark.parametrize('path', sorted((ROOT / 'samples').rglob('*.yaml')), ids=str)
def test_samples_are_found_against_by_no_rule(path: Path) -> None:
    if 'service: ' in path.read_text():
        assert rules_of(path.read_text()) == []
