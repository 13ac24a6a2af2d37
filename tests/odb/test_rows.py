"""What our rows must hold so that Zato's own server can start with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Console, Layout, copy_real
from zatools.commands.export import export
from zatools.commands.import_ import import_files
from zatools.errors import Exit
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice


def put(layout: Layout, folder: Path, text: str, **options: Any) -> Console:
    path = folder / 'wanted.yaml'
    path.write_text(text)
    console = Console(layout.environ)
    code = import_files(console.world, OdbChoice(path=layout.path), [str(path)], replace=True, **options)
    assert code is Exit.OK
    return console


def opaque(layout: Layout, section: str, name: str) -> dict[str, Any]:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        return odb.loaded.stored[section, name].opaque


KEY = """
security:
  - name: key
    type: apikey
    header: {header}
    password: abc
"""
CRM = """
outgoing_rest:
  - name: CRM
    host: https://crm.example.com
    url_path: /get-user
    security: key
"""


def test_in_32_a_key_and_its_outgoing_connections_name_the_header(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, tmp_path, KEY.format(header='X-CRM-Key') + CRM)
    assert opaque(layout, 'security', 'key') == {'header': 'X-CRM-Key', 'orig_username': 'X-CRM-Key'}
    assert opaque(layout, 'outgoing_rest', 'CRM')['orig_username'] == 'X-CRM-Key'


def test_in_32_a_changed_header_reaches_connections_that_no_file_names(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, tmp_path, KEY.format(header='X-CRM-Key') + CRM)
    put(layout, tmp_path, KEY.format(header='X-Other'))
    assert opaque(layout, 'security', 'key') == {'header': 'X-Other', 'orig_username': 'X-Other'}
    assert opaque(layout, 'outgoing_rest', 'CRM')['orig_username'] == 'X-Other'


def test_in_32_the_header_goes_with_the_key(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    put(layout, tmp_path, KEY.format(header='X-CRM-Key') + CRM)
    put(layout, tmp_path, CRM.replace('security: key', 'security: zato-no-security'))
    assert 'orig_username' not in opaque(layout, 'outgoing_rest', 'CRM')


@pytest.mark.parametrize(
    ('generation', 'key', 'value'), [('3.2', 'sec_tls_ca_cert_verify_strategy', True), ('4.1', 'validate_tls', True)]
)
def test_outgoing_rows_say_that_certificates_are_verified(
    generation: str, key: str, value: bool, tmp_path: Path
) -> None:
    layout = copy_real(generation, tmp_path)
    put(layout, tmp_path, CRM.replace('    security: key\n', ''))
    assert opaque(layout, 'outgoing_rest', 'CRM')[key] is value


TOKEN = """
security:
  - name: token
    type: bearer_token
    username: client
    password: abc
    auth_endpoint: https://auth.example.com/token
    scopes: [one, two]
"""


@pytest.mark.parametrize(('generation', 'data_format'), [('3.2', 'json'), ('4.1', 'form')])
def test_bearer_tokens_have_all_keys_that_servers_read(generation: str, data_format: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    put(layout, tmp_path, TOKEN)
    assert opaque(layout, 'security', 'token') == {
        'auth_server_url': 'https://auth.example.com/token',
        'client_id_field': 'client_id',
        'client_secret_field': 'client_secret',
        'grant_type': 'client_credentials',
        'scopes': 'one\ntwo',
        'extra_fields': '',
        'data_format': data_format,
    }


STATIC = """
security:
  - name: token
    type: bearer_token
    static_token: abc
"""


def test_in_41_a_static_token_has_its_header_and_prefix_and_comes_back_as_one(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, STATIC)
    found = opaque(layout, 'security', 'token')
    assert (found['is_static_token'], found['static_header'], found['static_prefix']) == (
        True,
        'Authorization',
        'bearer',
    )
    console = Console(layout.environ)
    export(console.world, OdbChoice(path=layout.path))
    assert 'static_token: ${SECURITY_TOKEN_PASSWORD}' in console.out.getvalue()
    assert 'Nothing to do' in put(layout, tmp_path, console.out.getvalue()).text


AMQP = """
outgoing_amqp:
  - name: out
    address: {address}
    username: app
    password: abc
"""


def test_two_spellings_of_one_broker_are_no_difference(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, AMQP.format(address='amqp://mq.example.com/v'))
    assert 'Nothing to do' in put(layout, tmp_path, AMQP.format(address='amqp://MQ.example.com:5672/v')).text


def test_a_value_that_is_too_long_is_found_before_writing(tmp_path: Path) -> None:
    from zatools.errors import InvalidError

    layout = copy_real('4.1', tmp_path)
    with pytest.raises(InvalidError) as found:
        put(layout, tmp_path, AMQP.format(address='amqp://mq.example.com/v').replace('abc', 'x' * 80))
    assert [problem.text for problem in found.value.problems] == [
        "outgoing_amqp 'out': password has 214 characters when it is sealed, the ODB has room for 200"
    ]
