"""Keys of `opaque1` that servers can't do without: new rows have them, rows that lack them are mended and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.calls import diff, export, import_files
from tests.conftest import ODBS, Console, Layout, copy_real, deploy
from tests.odb.test_rows import opaque, put
from zatools.commands.odb import info
from zatools.errors import Exit
from zatools.odb.odb import opened
from zatools.odb.rows import read_opaque, write_opaque
from zatools.odb.target import OdbChoice

OBJECTS = """
security:
  - {name: key, type: apikey, password: abc, header: X-CRM}
  - {name: token, type: bearer_token, username: me, password: abc, auth_endpoint: https://login.example.com/token}
channel_rest:
  - {name: orders, service: my.service, url_path: /orders, security: key, data_format: json}
channel_soap:
  - {name: invoices, service: my.service, url_path: /invoices}
outgoing_rest:
  - {name: CRM, host: https://crm.example.com, url_path: /, security: token, data_format: json}
outgoing_soap:
  - {name: Bank, host: https://bank.example.com, url_path: /}
"""
STATIC = """
  - {name: fixed, type: bearer_token, static_token: abc}
outgoing_rest:
  - {name: Fixed, host: https://crm.example.com, url_path: /fixed, security: fixed, data_format: json}
"""
FETCHED = ('auth_server_url', 'client_id_field', 'client_secret_field', 'grant_type', 'data_format')
OPENAPI = ('should_include_in_openapi', 'is_deprecated', 'deprecation_sunset', 'deprecation_successor')
#: What the platform's own importer or services always write, by object: servers do without those of `USUAL` alone.
VITAL: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {
    '3.2': {('security', 'key'): ('header',), ('security', 'token'): (*FETCHED, 'scopes', 'extra_fields')},
    '4.1': {
        ('security', 'key'): ('header',),
        ('security', 'token'): FETCHED,
        ('channel_rest', 'orders'): ('is_audit_log_active',),
        ('channel_soap', 'invoices'): ('is_audit_log_active',),
        ('outgoing_rest', 'CRM'): ('validate_tls',),
        ('outgoing_soap', 'Bank'): ('validate_tls',),
        ('security', 'fixed'): ('static_header', 'static_prefix'),
    },
}
USUAL: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {
    '3.2': {
        ('outgoing_rest', 'CRM'): ('sec_tls_ca_cert_verify_strategy',),
        ('outgoing_soap', 'Bank'): ('sec_tls_ca_cert_verify_strategy',),
    },
    '4.1': {
        ('channel_rest', 'orders'): (*OPENAPI, 'deprecation_since'),
        ('outgoing_rest', 'CRM'): ('is_audit_log_active',),
        ('outgoing_soap', 'Bank'): ('is_audit_log_active',),
    },
}
CASES = [(generation, key, name) for generation, rows in VITAL.items() for key, names in rows.items() for name in names]
#: Keys whose values are not the defaults, so that a row without them is another object: changed with --replace.
CHANGED = {'header', 'auth_server_url'}
TABLES = {'security': 'sec_base'}


@pytest.fixture(params=['3.2', '4.1'])
def layout(request: pytest.FixtureRequest, whose: str, tmp_path: Path) -> Layout:
    return made(request.param, tmp_path, whose)


@pytest.fixture(params=["a server's", 'ours'])
def whose(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(generation: str, folder: Path, whose: str) -> Layout:
    if whose == 'ours':
        layout = databases.copy_own(generation, folder / 'own.sqlite')
    else:
        layout = copy_real(generation, folder)
    put(layout, folder, OBJECTS)
    if generation == '4.1':
        put(layout, folder, 'security:' + STATIC)
    return layout


def change(layout: Layout, key: tuple[str, str], **changes: Any) -> None:
    """Puts keys into an object's `opaque1`, or takes away those that are None."""
    old = opaque(layout, *key)
    new = {name: value for name, value in {**old, **changes}.items() if value is not None}
    table = TABLES.get(key[0], 'http_soap')
    layout.execute(f"update {table} set opaque1 = '{write_opaque(new)}' where name = '{key[1]}'")


def source(key: tuple[str, str]) -> str:
    return 'security:' + STATIC if key[1] == 'fixed' else OBJECTS


def told(layout: Layout) -> str:
    console = Console(layout.environ)
    info(console.world, OdbChoice(path=layout.path))
    return console.err.getvalue()


def test_new_rows_have_all_keys_that_the_platform_itself_writes(layout: Layout) -> None:
    for rows in (VITAL[layout.generation], USUAL[layout.generation]):
        for key, names in rows.items():
            assert (key, set(names) - opaque(layout, *key).keys()) == (key, set())
    assert 'opaque1' not in told(layout)


@pytest.mark.parametrize(('generation', 'key', 'name'), CASES)
def test_a_row_that_lacks_one_is_named_and_mended_by_the_next_import(
    generation: str, key: tuple[str, str], name: str, whose: str, tmp_path: Path
) -> None:
    layout = made(generation, tmp_path, whose)
    whole = opaque(layout, *key)
    change(layout, key, **{name: None})
    assert f"'{key[1]}' has no {name} in its opaque1" in told(layout)
    (tmp_path / 'again.yaml').write_text(source(key))
    files = [str(tmp_path / 'again.yaml')]
    console = Console(layout.environ)
    assert diff(console.world, OdbChoice(path=layout.path), files) is Exit.NO
    console = Console(layout.environ)
    is_changed = name in CHANGED
    assert import_files(console.world, OdbChoice(path=layout.path), files, replace=is_changed) is Exit.OK
    assert ('its row had none' in console.text) is not is_changed
    assert 'Changed 1' in console.text
    assert opaque(layout, *key) == whole
    assert f'no {name}' not in told(layout)
    assert 'Nothing to do' in put(layout, tmp_path, source(key)).text


def test_what_becomes_of_a_server_is_said_as_it_is(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    change(layout, ('channel_rest', 'orders'), is_audit_log_active=None)
    change(layout, ('outgoing_rest', 'CRM'), validate_tls=None)
    assert [line for line in told(layout).splitlines() if 'warning' in line] == [
        "warning: channel_rest 'orders' has no is_audit_log_active in its opaque1: every call of it is answered 500",
        "warning: outgoing_rest 'CRM' has no validate_tls in its opaque1: a server does not start with it",
    ]
    mended = {'ours': 'lacks', "a server's": 'lacks, as does saving it in the Dashboard'}
    assert f'hint: an import of such an object writes what its row {mended[whose]}\n' in told(layout)


def test_programs_are_told_of_such_rows_too(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    change(layout, ('channel_rest', 'orders'), is_audit_log_active=None)
    console = Console(layout.environ)
    info(console.world, OdbChoice(path=layout.path), as_json=True)
    expected = ["channel_rest 'orders' has no is_audit_log_active in its opaque1"]
    assert json.loads(console.out.getvalue())['unreadable'] == expected


def test_rows_of_objects_that_no_file_has_stay_as_they_are(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    change(layout, ('channel_rest', 'orders'), is_audit_log_active=None)
    before = opaque(layout, 'channel_rest', 'orders')
    assert 'Nothing to do' in put(layout, tmp_path, 'security:' + STATIC).text
    assert opaque(layout, 'channel_rest', 'orders') == before


def test_a_key_that_servers_do_without_is_no_difference(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    change(layout, ('channel_rest', 'orders'), **dict.fromkeys(OPENAPI))
    assert 'Nothing to do' in put(layout, tmp_path, OBJECTS).text


def test_in_32_an_update_does_not_turn_verification_on_or_off_by_itself(whose: str, tmp_path: Path) -> None:
    layout = made('3.2', tmp_path, whose)
    change(layout, ('outgoing_rest', 'CRM'), sec_tls_ca_cert_verify_strategy=None)
    put(layout, tmp_path, OBJECTS.replace('data_format: json}\noutgoing_soap', 'data_format: xml}\noutgoing_soap'))
    assert 'sec_tls_ca_cert_verify_strategy' not in opaque(layout, 'outgoing_rest', 'CRM')


def test_a_deprecated_channel_says_since_when(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    text = OBJECTS.replace('url_path: /orders,', 'url_path: /orders, is_deprecated: true,')
    put(layout, tmp_path, text)
    since = opaque(layout, 'channel_rest', 'orders')['deprecation_since']
    assert since.startswith('20')
    put(layout, tmp_path, text.replace('data_format: json', 'data_format: xml'))
    assert opaque(layout, 'channel_rest', 'orders')['deprecation_since'] == since


# Rows that the platform made, and ours of the same objects

#: What 3.2's services write besides, all of it at the defaults that a server takes where the key is absent.
NOISE = (
    'data_encoding',
    'hl7_version',
    'is_audit_log_received_active',
    'is_audit_log_sent_active',
    'is_rate_limit_active',
    'is_wrapper',
    'json_path',
    'max_bytes_per_message_received',
    'max_bytes_per_message_sent',
    'max_len_messages_received',
    'max_len_messages_sent',
    'rate_limit_check_parent_def',
    'rate_limit_def',
    'rate_limit_type',
    'service',
    'service_whitelist',
    'should_parse_on_input',
    'should_return_errors',
    'should_validate',
    'wrapper_type',
    'http_accept',
    'match_slash',
    'security_groups',
)
#: Keys of the platform's rows that ours need not have.
ABSENT = {
    '3.2': {'channel': {*NOISE, 'sec_tls_ca_cert_verify_strategy'}, 'outgoing': {*NOISE}, 'security': {*NOISE}},
    '4.1': {'channel': set(), 'outgoing': {'security'}, 'security': {'type', 'use_digest'}},
}
#: Keys of ours that the platform's rows don't have, and what for.
MORE = {'3.2': {'orig_username'}, '4.1': set[str]()}
#: Keys whose values are made up or of the moment, or are ids of the one database or the other; and the scopes, which
#: 4.1's importer stores as a list, at which its server fails.
OWN = {'secret', 'security_groups', 'deprecation_since', 'scopes'}


def of_platform(generation: str, folder: Path) -> Layout:
    source = ODBS / f'all-kinds-{generation.replace(".", "")}'
    if not source.is_dir():
        pytest.skip(f'there is no {source}')
    folder.mkdir()
    shutil.copytree(source / 'server1', folder / 'server1', copy_function=shutil.copyfile)
    for path in [folder / 'server1', *(folder / 'server1').rglob('*')]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.copyfile(source / 'sqlite.db', folder / 'sqlite.db')
    config = folder / 'server1' / 'config' / 'repo' / 'server.conf'
    config.write_text(config.read_text().replace('@ODB@', str(folder / 'sqlite.db')))
    return Layout(f'platform{generation}', generation, str(folder / 'server1'), f'sqlite:///{folder}/sqlite.db')


def stored(layout: Layout) -> dict[tuple[str, str], dict[str, Any]]:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        return {key: dict(one.opaque) for key, one in odb.loaded.stored.items()}


def differences(
    theirs: dict[str, Any], ours: dict[str, Any], generation: str, section: str
) -> Iterator[tuple[str, Any, Any]]:
    absent = ABSENT[generation][section.partition('_')[0]]
    for name in sorted(theirs.keys() | ours.keys()):
        if name in OWN:
            continue
        if name not in ours and name in absent:
            assert name in ('service', 'type', 'security', 'service_whitelist') or theirs[name] in (
                *('', False, None, 'utf-8', 'hl7-v2', [], 'APPROXIMATE', '*=100/m', True),
            )
            continue
        if name not in theirs and name in MORE[generation]:
            continue
        if ours.get(name) != theirs.get(name) or (name in ours) != (name in theirs):
            yield name, theirs.get(name, '(absent)'), ours.get(name, '(absent)')


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_our_rows_are_those_that_the_platform_made_of_the_same_objects(generation: str, tmp_path: Path) -> None:
    platform = of_platform(generation, tmp_path / 'platform')
    console = Console(platform.environ)
    export(console.world, OdbChoice(path=platform.path), secrets=True)
    (tmp_path / 'own').mkdir()
    ours = copy_real(generation, tmp_path / 'own')
    deploy(ours, *{name for (name,) in platform.execute('select name from service')} - set(services(ours)))
    put(ours, tmp_path, console.out.getvalue())
    made = stored(ours)
    found = {
        key: rows
        for key, theirs in stored(platform).items()
        if key[0].startswith(('channel_rest', 'channel_soap', 'outgoing_rest', 'outgoing_soap', 'security'))
        and (rows := list(differences(theirs, made[key], generation, key[0])))
    }
    assert found == {}


def services(layout: Layout) -> list[str]:
    return [name for (name,) in layout.execute('select name from service')]


def test_opaque_keys_are_written_as_the_platform_encodes_them(whose: str, tmp_path: Path) -> None:
    layout = made('4.1', tmp_path, whose)
    ((text,),) = layout.execute("select opaque1 from http_soap where name = 'orders'")
    assert json.loads(json.loads(text)) == read_opaque(text)
