"""What our rows must hold so that Zato's own server can start with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calls import export, import_files
from tests.conftest import Console, Layout, copy_real
from zatools.errors import Exit, InvalidError
from zatools.odb.odb import opened
from zatools.odb.rows import read_opaque
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


@pytest.mark.parametrize(
    ('generation', 'own'), [('3.2', {'data_format': 'json', 'extra_fields': ''}), ('4.1', {'data_format': 'form'})]
)
def test_bearer_tokens_have_all_keys_that_servers_read(generation: str, own: dict[str, str], tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    put(layout, tmp_path, TOKEN)
    assert opaque(layout, 'security', 'token') == {
        'auth_server_url': 'https://auth.example.com/token',
        'client_id_field': 'client_id',
        'client_secret_field': 'client_secret',
        'grant_type': 'client_credentials',
        'scopes': 'one\ntwo',
        **own,
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
    layout = copy_real('4.1', tmp_path)
    with pytest.raises(InvalidError) as found:
        put(layout, tmp_path, AMQP.format(address='amqp://mq.example.com/v').replace('abc', 'x' * 80))
    assert [problem.text for problem in found.value.problems] == [
        "outgoing_amqp 'out': password has 214 characters when it is sealed, the ODB has room for 200"
    ]


def test_a_type_changes_beside_other_changes_of_its_new_type(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    old = """
security:
  - {name: z, type: basic_auth, username: b, password: p}
  - {name: a, type: apikey, header: X-A, password: p}
"""
    new = """
security:
  - {name: a, type: apikey, header: X-B, password: p}
  - {name: z, type: apikey, header: X-Z, password: p}
"""
    put(layout, tmp_path, old)
    put(layout, tmp_path, new)
    assert 'Nothing to do' in put(layout, tmp_path, new).text


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_full_export_of_a_bearer_token_imports_as_the_same(generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path)
    put(layout, tmp_path, TOKEN)
    console = Console(layout.environ)
    export(console.world, OdbChoice(path=layout.path), full=True)
    assert 'Nothing to do' in put(layout, tmp_path, console.out.getvalue()).text


def test_a_static_token_is_the_same_the_second_time_with_an_empty_prefix_too(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = STATIC + '    static_header: X-Token\n    static_prefix: ""\n'
    put(layout, tmp_path, text)
    assert opaque(layout, 'security', 'token')['static_prefix'] == ''
    assert 'Nothing to do' in put(layout, tmp_path, text).text


def test_amqp_connections_of_41_are_exported_for_32(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, AMQP.format(address='amqp://mq.example.com/v'))
    console = Console(layout.environ)
    export(console.world, OdbChoice(path=layout.path), generation='3.2')
    assert 'password: Zato_Enmasse_Env.DEF_AMQP_APP_MQ_EXAMPLE_COM_5672_V_PASSWORD' in console.out.getvalue()


def test_secrets_are_not_exported_without_their_key(tmp_path: Path) -> None:
    from zatools.errors import RefusedError

    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, KEY.format(header='X-A'))
    console = Console({})
    with pytest.raises(RefusedError):
        export(console.world, OdbChoice(odb=str(layout.database)), secrets=True)
    assert console.out.getvalue() == ''


def test_an_empty_secret_is_exported_as_one(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, KEY.format(header='X-A').replace('abc', "''"))
    console = Console(layout.environ)
    export(console.world, OdbChoice(path=layout.path))
    assert "password: ''" in console.out.getvalue()


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        (
            'security:\n  - {name: zato.x, type: basic_auth, username: u, password: p}\n',
            "basic_auth 'zato.x': names that begin with zato., /zato/, pub.zato. are the platform's own",
        ),
        (
            'security:\n  - {name: x, type: basic_auth, username: admin.invoke, password: p}\n',
            "basic_auth 'x': the platform's own definition 'admin.invoke' has this user name",
        ),
        (
            'channel_rest:\n  - {name: x, service: my.service, url_path: /zato/ping, data_format: json}\n',
            "channel_rest 'x': the platform's own channel 'zato.ping' has this URL path",
        ),
        (AMQP.format(address='amqp://mq.example.com:99999/v'), "outgoing_amqp 'out': address can't be read"),
    ],
)
def test_what_the_platform_keeps_to_itself_is_refused(text: str, wanted: str, tmp_path: Path) -> None:
    from zatools.errors import InvalidError

    layout = copy_real('4.1', tmp_path)
    with pytest.raises(InvalidError) as found:
        put(layout, tmp_path, text)
    assert [problem.text for problem in found.value.problems] == [wanted]


def test_a_member_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = KEY.format(header='X-A') + 'groups:\n  - name: g\n    members: [key, key]\n'
    put(layout, tmp_path, text)
    assert 'Nothing to do' in put(layout, tmp_path, text).text


def test_defaults_that_only_the_other_generation_has_say_nothing(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = CRM.replace('security: key', 'serialization_type: string\n    has_rbac: false')
    assert 'Created 1' in put(layout, tmp_path, text).text


def test_a_definition_that_is_no_jwt_any_more_has_no_key_that_signs_tokens(tmp_path: Path) -> None:
    text = 'security:\n  - {name: api, type: %s, username: api, password: abc}\n'
    real = copy_real('3.2', tmp_path)
    put(real, tmp_path, text % 'jwt')
    assert opaque(real, 'security', 'api')['secret']
    put(real, tmp_path, text % 'basic_auth')
    assert 'secret' not in opaque(real, 'security', 'api')


def test_what_an_update_does_not_change_stays_byte_for_byte(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = KEY.format(header='X-CRM') + CRM
    put(layout, tmp_path, text)
    ((stored,),) = layout.execute("select opaque1 from http_soap where name = 'CRM'")
    # The same, as another program writes it.
    other = json.dumps(dict(reversed(read_opaque(stored).items())), indent=1)
    layout.execute(f"update http_soap set opaque1 = '{other}' where name = 'CRM'")
    assert 'Changed 1' in put(layout, tmp_path, text.replace('/get-user', '/other')).text
    assert layout.execute("select opaque1 from http_soap where name = 'CRM'") == [(other,)]


def test_a_member_that_gets_another_type_is_named_as_one_of_that_type(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    text = 'security:\n  - {{name: a, type: {}, username: a, password: p}}\ngroups:\n  - {{name: g, members: [a]}}\n'
    for type_ in ('basic_auth', 'apikey'):
        put(layout, tmp_path, text.format(type_))
        names = [name for (name,) in layout.execute('select name from generic_object')]
        assert [name for name in names if name.startswith((f'{type_}-', f'{type_}/'))] != []


def test_a_definition_that_gets_another_type_keeps_its_sealed_secret_as_it_is(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    query = "select sec_type, password from sec_base where name = 'kept'"
    put(layout, tmp_path, 'security:\n  - {name: kept, type: basic_auth, username: a, password: hunter2}\n')
    ((_, sealed),) = layout.execute(query)
    put(layout, tmp_path, 'security:\n  - {name: kept, type: ntlm, username: a}\n')
    assert layout.execute(query) == [('ntlm', sealed)]


def test_a_channel_uses_a_cache_of_the_same_file(tmp_path: Path) -> None:
    layout = copy_real('3.2', tmp_path)
    channel = 'channel_rest:\n  - {name: c, service: my.service, url_path: /c, cache_name: mine}\n'
    text = f'zato_cache_builtin:\n  - {{name: mine}}\n{channel}'
    put(layout, tmp_path, text)
    query = "select c.name from http_soap h join cache c on c.id = h.cache_id where h.name = 'c'"
    assert layout.execute(query) == [('mine',)]
    assert 'Nothing to do' in put(layout, tmp_path, text).text
    with pytest.raises(InvalidError) as found:
        put(layout, tmp_path, channel.replace('mine', 'mime'))
    [problem] = found.value.problems
    assert (problem.text, problem.hint) == (
        "channel_rest 'c': no cache 'mime' in these files or the ODB",
        "did you mean 'mine'?",
    )
