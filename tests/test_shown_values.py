"""What a value has of a credential is masked wherever values are shown: plans, objects, JSON, ids, the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calls import diff, import_files, log, show, why
from tests.conftest import Console
from tests.laws import samples
from zatools.errors import Exit
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.kinds.traits import ENDPOINT
from zatools.odb.target import OdbChoice
from zatools.reports import objects, plan
from zatools.secret import MASK, masked, without_password
from zatools.state import diff as compare, show as shown

CANARY = 'canary-6b1f'
ENDPOINTS = [(kind, name) for kind in KINDS for name in kind.meaning(ENDPOINT) if not kind.by_name[name].choices]

FILE = """outgoing_rest:
  - name: CRM
    host: https://u:canary@6b1f@crm.example.com
    url_path: /a?api_key=canary-6b1f&page=7
    data_format: json
    request_headers:
      - {key: Authorization, value: Bearer canary-6b1f}
      - {key: Accept-Language, value: de}
elastic_search:
  - name: CRM
    address_list: ['https://elastic:canary-6b1f@es.example.com:9200', 'https://es2.example.com']
zato_generic_connection:
  - name: CRM
    type_: outconn-crm
    options: {password: canary-6b1f, url: 'redis://u:canary-6b1f@cache', pages: 7}
"""
VARIABLES = """security:
  - name: CRM
    type: bearer_token
    username: crm
    password: ${CRM_PASSWORD}
    auth_endpoint: https://login.example.com
    scopes: [read, '${CRM_SCOPE}']
    extra_fields: ['a=${CRM_EXTRA}']
"""


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('https://u:secret@h/x', 'https://u:******@h/x'),
        ('https://:secret@h', 'https://:******@h'),
        # An unquoted @ or slash is in passwords that people type.
        ('https://u:sec@ret@h/x', 'https://u:******@h/x'),
        ('https://u:sec/ret@h/x', 'https://u:******@h/x'),
        ('https://me@firm:secret@h', 'https://me@firm:******@h'),
        ('redis://:se/cr==@h:6379/0', 'redis://:******@h:6379/0'),
        ('kafka://u:one@h1,u:two@h2', 'kafka://u:******@h2'),
        ('amqp://u:one@h1, amqp://u:two@h2', 'amqp://u:******@h1, amqp://u:******@h2'),
        # A port is none.
        ('http://h:8080/x@y', 'http://h:8080/x@y'),
        ('http://h:8080?mail=x@y', 'http://h:8080?mail=x@y'),
        ('http://[::1]:8080/x@y', 'http://[::1]:8080/x@y'),
        ('https://u:secret@h/@scope/package', 'https://u:******@h/@scope/package'),
    ],
)
def test_the_password_of_a_url_is_masked_as_a_whole(text: str, expected: str) -> None:
    assert without_password(text) == expected


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('/a?api_key=abc&page=1', '/a?api_key=******&page=1'),
        ('/a?token={token}&key=${KEY}', '/a?token={token}&key=${KEY}'),
        ({'password': 'abc', 'key': 'abc', 'pages': 1}, {'password': MASK, 'key': MASK, 'pages': 1}),
        ([{'key': 'X-Token', 'value': 'abc'}], [{'key': 'X-Token', 'value': MASK}]),
        ([{'key': 'X-Lang', 'value': 'abc'}], [{'key': 'X-Lang', 'value': 'abc'}]),
        ({'one': [{'secret': 'abc'}]}, {'one': [{'secret': MASK}]}),
        ({'include_body_in_key': False}, {'include_body_in_key': False}),
    ],
)
def test_what_looks_like_a_credential_is_masked_however_deep(value: Any, expected: Any) -> None:
    assert masked(value) == expected


@pytest.mark.parametrize(('kind', 'name'), ENDPOINTS, ids=lambda one: one if isinstance(one, str) else one.label)
def test_no_report_shows_the_password_in_a_url_of_an_endpoint(kind: Kind, name: str) -> None:
    generation = next(one for one in kind.generations if one in kind.by_name[name].generations)
    item = samples.item(kind, 1, generation)
    url = f'https://somebody:{CANARY}@example.com'
    item.values[name] = ['https://one.example.com', url] if isinstance(item.values[name], list) else url
    state = {item.key: item}
    difference = compare(state, {}, generation)
    told = [
        plan.render(difference, generation),
        plan.as_json(difference, 'a', 'b'),
        plan.as_markdown(difference, 'a', 'b'),
        objects.render(item, state, generation, is_full=True),
        json.dumps(objects.as_json(item, state, generation, is_full=True)),
    ]
    assert [text for text in told if CANARY in text or f'somebody:{MASK}' not in text] == []


def test_lists_are_one_line_and_steer_no_terminal() -> None:
    assert shown(['a\nb', '\x1b[8mc']) == r'a\nb, \x1b[8mc'


def test_commands_that_show_values_mask_what_looks_like_a_credential(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(FILE)
    (tmp_path / 'b.yaml').write_text('outgoing_rest: []\n')
    files = [str(tmp_path / 'a.yaml')]
    odb = OdbChoice(odb=f'sqlite:///{tmp_path}/a.sqlite')
    console = Console({})
    import_files(console.world, odb, files)
    import_files(console.world, odb, files, as_json=True)
    for options in ({}, {'as_json': True}):
        for section in ('outgoing_rest', 'elastic_search', 'zato_generic_connection'):
            show(console.world, odb, name='CRM', types=[section], **options)
            why(console.world, odb, files, name='CRM', types=[section], **options)
        diff(console.world, OdbChoice(), source=str(tmp_path / 'b.yaml'), target=files[0], **options)
        log(console.world, odb, run=1, **options)
    assert MASK in console.text
    assert '6b1f' not in console.text
    assert 'A bug' not in console.text


@pytest.mark.parametrize('form', ['as_json', 'as_markdown'])
def test_a_plan_has_lists_whose_variables_are_not_set(form: str, tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text('security: []\n')
    (tmp_path / 'b.yaml').write_text(VARIABLES)
    console = Console({})
    code = diff(
        console.world, OdbChoice(), source=str(tmp_path / 'a.yaml'), target=str(tmp_path / 'b.yaml'), **{form: True}
    )
    assert code is Exit.NO
    assert '${CRM_SCOPE}' in console.text
    assert 'Template' not in console.text
