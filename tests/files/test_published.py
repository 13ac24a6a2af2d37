"""Definition files as Zato writes them and as people publish them are read: nothing in them stops an import."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.databases import ODBS
from zatools.files.reader import How, read
from zatools.files.scope import EVERYTHING, Scope, with_referred
from zatools.kinds import SPELLINGS
from zatools.kinds.beside import ELSEWHERE

CHANNEL = {'name': 'a', 'service': 's', 'url_path': '/a'}
OUTGOING = {'name': 'a', 'host': 'https://a.example.com', 'url_path': '/a'}
DEFINITION = {'name': 'a', 'username': 'u'}


def found(content: Any, scope: Scope = EVERYTHING) -> tuple[dict[str, Any], list[str]]:
    """Returns the values of the first object, and all problems."""
    data = io.BytesIO(json.dumps(content).encode())
    result = read(['-'], data, {}, How(scope=scope))
    values = next((dict(item.values) for item in result.state.values()), {})
    return values, [f'{"warning: " if problem.is_warning else ""}{problem.text}' for problem in result.problems]


@pytest.mark.parametrize('section', ['channel_rest', 'channel_plain_http', 'channel_soap'])
@pytest.mark.parametrize(
    'noise',
    [
        {'sec_tls_ca_cert_id': None},
        {'sec_tls_ca_cert_id': ''},
        {'sec_tls_ca_cert_id': 'ZATO_NONE'},
        {'sec_tls_ca_cert_id': 'ZATO_DEFAULT'},
        {'service_whitelist': ['']},
        {'service_whitelist': []},
        {'soap_action': '', 'soap_version': None},
        {'soap_action': None, 'soap_version': ''},
        {'security_groups': []},
        {'host': None, 'pool_size': 20, 'ping_method': ''},
        {'tls_verify': None, 'sec_tls_ca_cert': None},
    ],
)
def test_what_exports_give_to_every_channel_is_read(section: str, noise: dict[str, Any]) -> None:
    values, problems = found({section: [{**CHANNEL, **noise}]})
    assert problems == []
    assert values.keys() - {'groups', 'soap_action', 'soap_version'} == CHANNEL.keys()


@pytest.mark.parametrize('section', ['outgoing_rest', 'outconn_plain_http', 'outgoing_soap', 'outconn_soap'])
@pytest.mark.parametrize(
    'noise',
    [
        {'security_groups': []},
        {'sec_tls_ca_cert_id': None},
        {'sec_tls_ca_cert_id': 'ZATO_DEFAULT'},
        {'service_whitelist': ['']},
        {'soap_action': '', 'soap_version': None},
        {'service': None, 'service_name': None, 'service_id': None},
        {'should_include_in_openapi': None},
    ],
)
def test_what_exports_give_to_every_outgoing_connection_is_read(section: str, noise: dict[str, Any]) -> None:
    values, problems = found({section: [{**OUTGOING, **noise}]})
    assert problems == []
    assert values.keys() - {'soap_action', 'soap_version'} == OUTGOING.keys()


@pytest.mark.parametrize('type_', ['basic_auth', 'apikey', 'ntlm', 'jwt'])
@pytest.mark.parametrize(
    'key', ['header', 'ttl', 'realm', 'scopes', 'password_expr', 'reject_expiry_limit', 'auth_data']
)
def test_empty_keys_of_other_types_are_read(type_: str, key: str) -> None:
    assert found({'def_sec': [{**DEFINITION, 'type': type_, key: None}]})[1] == []


def test_a_misspelt_key_is_a_problem_when_it_is_empty_too() -> None:
    assert found({'channel_rest': [{**CHANNEL, 'securty': None}]})[1] == ["channel_rest 'a': unknown key 'securty'"]


@pytest.mark.parametrize(
    ('section', 'item', 'key'),
    [
        ('security', {**DEFINITION, 'type': 'ntlm', 'realm': 'My Company'}, 'realm'),
        ('ntlm', {**DEFINITION, 'realm': 'My Company'}, 'realm'),
        ('channel_rest', {**CHANNEL, 'soap_action': 'urn:x'}, 'soap_action'),
        ('outgoing_rest', {**OUTGOING, 'soap_version': '3'}, 'soap_version'),
    ],
)
def test_a_key_without_a_use_is_read_and_told(section: str, item: dict[str, Any], key: str) -> None:
    values, problems = found({section: [item]})
    assert key not in values
    assert len(problems) == 1
    assert problems[0].startswith('warning: ')
    assert f"'{key}' means nothing to any server here" in problems[0]


def test_verification_that_was_turned_off_in_an_old_way_is_told() -> None:
    text = "'sec_tls_ca_cert_id: ZATO_NONE' turned verification off in early 3.2, and is not read"
    assert found({'outgoing_rest': [{**OUTGOING, 'sec_tls_ca_cert_id': 'ZATO_NONE'}]})[1] == [
        f"warning: outgoing_rest 'a': {text}"
    ]


@pytest.mark.parametrize('empty', [None, [], {}, ''])
@pytest.mark.parametrize('section', sorted({*ELSEWHERE, *SPELLINGS, 'custom_crm'}))
def test_an_empty_section_is_no_error(section: str, empty: Any) -> None:
    assert found({section: empty})[1] == []


@pytest.mark.parametrize('name', ['all-kinds-32/zato-own-export.yaml', 'all-kinds-41/their-export-no-extra.yaml'])
def test_what_zato_itself_exports_is_read(name: str) -> None:
    if not (ODBS / name).exists():
        pytest.skip(f'there is no {name}')
    result = read([str(ODBS / name)], io.BytesIO(), {}, How(skip_unknown=True))
    # 3.2 loses all but the names of some.
    lost = (
        "tls_ca_cert 'iop.ca': 'value' is missing",
        "tls_channel_sec 'iop.tlschan': 'value' is missing",
        "vault_connection 'iop.vault': 'url' is missing",
    )
    assert [str(problem) for problem in result.errors if problem.text not in lost] == []


BROKEN: dict[str, Any] = {
    'security': [
        {'name': 'x', 'type': 'nonsense'},
        {'name': 'z', 'type': 'wss'},
        {'name': 'y', 'type': 'jwt', 'ttl': 'long'},
        {'type': 'ntlm'},
    ],
    'outgoing_rest': [{**OUTGOING, 'timeout': 'soon'}, {'name': 'b'}, None, 'missing.yaml', OUTGOING, OUTGOING],
    'http_soap': [{**OUTGOING, 'connection': 'outgoing', 'transport': 'soap', 'timeout': 'soon'}],
    'sql': [{'name': 'x'}],
    'def_amqp': {'name': 'x'},
    'channel_rest': [CHANNEL],
}


def test_only_the_sections_of_a_type_count() -> None:
    assert len(found(BROKEN)[1]) > 8
    assert found(BROKEN, Scope(frozenset({('channel_rest', '')})))[1] == []
    # What channels refer to: the definitions.
    assert len(found(BROKEN, Scope(with_referred({('channel_rest', '')})))[1]) == 5


@pytest.mark.parametrize(('type_', 'problems'), [('basic_auth', 1), ('jwt', 2), ('ntlm', 3), ('', 5)])
def test_only_the_definitions_of_a_type_count(type_: str, problems: int) -> None:
    assert len(found({'security': BROKEN['security']}, Scope(frozenset({('security', type_)})))[1]) == problems
