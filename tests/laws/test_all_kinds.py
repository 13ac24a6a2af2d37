"""A whole environment of Zato's own goes out to files and comes back: every object, every row, on an empty ODB."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import databases
from tests.calls import diff, export, import_files
from tests.conftest import Console, Layout
from tests.databases import copy_own, copy_real, deploy
from zatools.errors import Exit
from zatools.kinds.model import GENERATIONS, Kind
from zatools.odb.odb import Odb, opened
from zatools.odb.rows import Stored, read_opaque
from zatools.odb.target import OdbChoice
from zatools.odb.undeclared import PASSING
from zatools.state import Key, diff as compare

#: Columns that hold something else in a new row, and why that is no loss.
OTHERWISE: Mapping[tuple[str, str], str] = {
    ('generic_conn', 'is_channel'): 'read by no server; whoever calls its services says what it likes',
    ('generic_conn', 'is_outconn'): 'the same',
    ('generic_conn', 'pool_size'): 'none is 1, of types that only plugins know',
    ('http_soap', 'ping_method'): 'empty means HEAD',
    ('http_soap', 'pool_size'): 'of channels: read by nobody',
    ('job', 'extra'): 'of a schedule: it has the id of its connection',
    ('job', 'start_date'): 'in whole seconds',
    ('pubsub_sub', 'sub_pattern_matched'): 'a note of the server',
    ('sec_base', 'username'): 'of what nobody logs in with: made up',
}
#: Keys of `opaque1` that hold something else.
OPAQUE_OTHERWISE = frozenset(
    [
        # They have ids of their own.
        'scheduler_schedules',
        # A text or a list of the same lines.
        'scopes',
        # A number or a text of it.
        'max_msg_size',
        'broker_version',
    ]
)


def original(generation: str, folder: Path) -> Layout:
    """Copies the ODB with all kinds together with the directory of its server, which has its key."""
    source = databases.ODBS / f'all-kinds-{generation.replace(".", "")}'
    if not source.is_dir():
        pytest.skip(f'there is no {source} (ZATOOLS_TEST_ODBS)')
    folder.mkdir()
    shutil.copytree(source / 'server1', folder / 'server1', copy_function=shutil.copyfile)
    shutil.copyfile(source / 'sqlite.db', folder / 'sqlite.db')
    for path in folder.rglob('*'):
        path.chmod(0o755 if path.is_dir() else 0o644)
    config = folder / 'server1' / 'config' / 'repo' / 'server.conf'
    config.write_text(config.read_text().replace('@ODB@', str(folder / 'sqlite.db')))
    return Layout(f'zato{generation}', generation, str(folder / 'server1'), f'sqlite:///{folder}/sqlite.db')


def empty(whose: str, old: Layout, folder: Path) -> Layout:
    """Returns an ODB without an object that has the services of another, as if they were deployed there too."""
    folder.mkdir()
    new = copy_real(old.generation, folder) if whose == 'zato' else copy_own(old.generation, folder / 'a.sqlite')
    known = services(new)
    deploy(new, *(name for name in services(old) if name not in known))
    return new


def services(layout: Layout) -> list[str]:
    return [row[0] for row in layout.execute('select name from service')]


@contextmanager
def read(layout: Layout) -> Iterator[Odb]:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        yield odb


def put(layout: Layout, path: Path, **options: Any) -> str:
    console = Console(layout.environ)
    code = import_files(console.world, OdbChoice(path=layout.path), [str(path)], **options)
    assert code is Exit.OK, console.text
    return console.text


def compared(old: Layout, new: Layout) -> str:
    console = Console(new.environ)
    diff(console.world, OdbChoice(), source=old.path, target=new.path)
    return console.text


@pytest.mark.parametrize('whose', ['ours', 'zato'])
@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_whole_environment_goes_out_and_comes_back(generation: str, whose: str, tmp_path: Path) -> None:
    old = original(generation, tmp_path / 'old')
    new = empty(whose, old, tmp_path / 'new')
    path = tmp_path / 'all.yaml'
    console = Console({})
    assert export(console.world, OdbChoice(path=old.path), output=str(path), secrets=True) is Exit.OK
    assert 'no field has' not in console.text, console.text
    put(new, path)
    before = new.content()
    assert 'Nothing to do' in put(new, path)
    assert new.content() == before
    assert 'No differences' in compared(old, new)
    assert [*differing(old, new)] == []


@pytest.mark.parametrize('database', databases.SERVERS)
@pytest.mark.parametrize('generation', GENERATIONS)
def test_a_whole_environment_moves_to_another_database(
    generation: str, database: str, tmp_path: Path, worker_id: str
) -> None:
    old = original(generation, tmp_path / 'old')
    new = databases.provide(database, f'zato-{generation}', tmp_path, worker_id)
    known = services(new)
    deploy(new, *(name for name in services(old) if name not in known))
    path = tmp_path / 'all.yaml'
    assert export(Console({}).world, OdbChoice(path=old.path), output=str(path), secrets=True) is Exit.OK
    put(new, path)
    assert 'Nothing to do' in put(new, path)
    assert 'No differences' in compared(old, new)


def differing(old: Layout, new: Layout) -> Iterator[tuple[Key, str, Any, Any]]:
    """Yields what differs in the rows of objects, and of what these own."""
    with read(old) as one, read(new) as other:
        assert one.loaded.state.keys() == other.loaded.state.keys()
        for key, item in one.loaded.state.items():
            rows = one.loaded.stored[key], other.loaded.stored[key]
            yield from ((key, *found) for found in _rows(item.kind, rows, (one, other)))
        for key, item in one.loaded.hidden.items():
            if key in other.loaded.hidden and key not in one.loaded.state:
                rows = one.loaded.stored_hidden[key], other.loaded.stored_hidden[key]
                yield from ((key, *found) for found in _rows(item.kind, rows, (one, other)))


def _rows(kind: Kind, rows: tuple[Stored, Stored], odbs: tuple[Odb, Odb]) -> Iterator[tuple[str, Any, Any]]:
    table = odbs[0].mapped[kind].table
    whole = [_row(odb, table.name, 'id', stored.id) for odb, stored in zip(odbs, rows, strict=True)]
    references = {column for field, column in odbs[0].mapped[kind].columns if field.ref or field.secret}
    yield from _columns(table.name, whole[0], whole[1], references)
    yield from _opaque(kind, whole[0].get('opaque1'), whole[1].get('opaque1'), odbs)
    for part in odbs[0].mapped[kind].parts:
        both = [_row(odb, part.table.name, part.row.link, stored.id) for odb, stored in zip(odbs, rows, strict=True)]
        secrets = {column for field, column in part.columns if field.ref or field.secret}
        yield from _columns(part.table.name, both[0], both[1], {*secrets, part.row.link})


def _row(odb: Odb, table: str, column: str, id_: int) -> dict[str, Any]:
    query = sa.text(f'select * from {table} where {column} = :id')
    row = odb.connection.execute(query, {'id': id_}).mappings().first()
    return dict(row or {})


def _columns(table: str, old: Mapping[str, Any], new: Mapping[str, Any], skipped: set[str]) -> Iterator[Any]:
    # References and secrets were compared as values: by names, and opened.
    assert old.keys() == new.keys()
    for column in old.keys() - PASSING - skipped:
        if (table, column) not in OTHERWISE and _plain(old[column]) != _plain(new[column]):
            yield f'{table}.{column}', old[column], new[column]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        value = value.strip()
    return value or None


def _opaque(kind: Kind, old: str | None, new: str | None, odbs: tuple[Odb, Odb]) -> Iterator[tuple[str, Any, Any]]:
    mapped = odbs[0].mapped[kind]
    fields = {key: field for field, key in mapped.opaque}
    one, other = read_opaque(old), read_opaque(new)
    for key in (one.keys() | other.keys()) - OPAQUE_OTHERWISE:
        field = fields.get(key)
        if field is None:
            # What no field has, and loses nothing: `undeclared` says so.
            continue
        if field.ref or field.secret:
            continue
        default = field.default_of(odbs[0].generation)
        values = (_plain(one.get(key, default)), _plain(other.get(key, default)))
        if values[0] != values[1] and {*map(json.dumps, values)} != {'null', json.dumps(_plain(default))}:
            yield f'opaque1.{key}', one.get(key), other.get(key)


#: What the platform's own exports say of no use elsewhere, or not enough of: ids alone, names alone.
UNUSABLE: Mapping[str, frozenset[tuple[str, str]]] = {
    '3.2': frozenset(
        [
            ('security', 'iop.ca'),
            ('security', 'iop.tlschan'),
            ('security', 'iop.vault'),
            ('cloud_aws_s3', 'iop.s3'),
            ('json_rpc', 'iop.jsonrpc'),
            ('zato_generic_connection', 'iop.filetransfer.ftp'),
        ]
    ),
    '4.1': frozenset(),
}
EXPORTS = {'3.2': 'zato-own-export.yaml', '4.1': 'their-export-no-extra.yaml'}


def usable(generation: str, folder: Path) -> Path:
    """Returns a copy of the platform's own export, without what nobody can use elsewhere."""
    source = databases.ODBS / f'all-kinds-{generation.replace(".", "")}' / EXPORTS[generation]
    path, kept, section = folder / 'theirs.yaml', [], ''
    for piece in re.split(r'(?m)^(?=  - |\S)', source.read_text()):
        if not piece.startswith(' '):
            section = piece.partition(':')[0]
        found = re.search(r'(?m)^(?:  - |    )name: (.*)$', piece)
        if found is None or (section, found[1]) not in UNUSABLE[generation]:
            kept.append(piece)
    path.write_text(''.join(kept))
    return path


#: What is in none of the platform's own exports, or only by an id: objects by their sections.
NOT_EXPORTED: Mapping[str, Mapping[str, int]] = {
    '3.2': {
        'tls_ca_cert': 1,
        'security': 2,
        'json_rpc': 1,
        'cloud_aws_s3': 1,
        'outconn_sap': 1,
        'channel_file_transfer': 1,
        'rbac_role': 2,
        'rbac_permission': 1,
        'rbac_client_role': 1,
        'rbac_role_permission': 1,
    },
    '4.1': {},
}
#: Fields that the platform's own exports lose of some objects; secrets are in none.
LOSSES: Mapping[str, Mapping[str, str]] = {
    '3.2': {
        'basic_auth': 'is_active is_rate_limit_active rate_limit_type rate_limit_def',
        'apikey': 'header',
        'bearer_token': 'data_format',
        'channel_rest': 'data_format method match_slash http_accept content_encoding',
        'outgoing_rest': 'data_format content_type timeout ping_method pool_size tls_verify',
        'zato_generic_rest_wrapper': 'tls_verify',
        'web_socket': 'extra_properties',
        'ldap': 'is_active connect_timeout pool_ha_strategy',
        'microsoft_cloud': 'is_active pool_size',
        'outgoing_wsx': 'is_active',
        'scheduler': 'is_active',
        'pubsub_endpoint': 'ws_channel',
        'pubsub_subscription_32': 'delivery_max_retry',
    },
    '4.1': {
        'basic_auth': 'realm',
        'apikey': 'username header',
        'bearer_token': 'scopes',
        'channel_rest': 'is_active data_format url_params_pri params_pri',
        'channel_as4': 'is_audit_log_active',
        'outgoing_rest': 'is_active data_format method pool_size tls_verify',
        'outgoing_as4': 'is_audit_log_active',
        'email_imap': 'is_audit_log_active',
        'email_smtp': 'is_audit_log_active',
        # One character an item.
        'ldap': 'server_list',
        'channel_kafka': 'is_active ssl ssl_ca_file ssl_cert_file ssl_key_file',
        'outgoing_kafka': 'ssl ssl_ca_file',
        'outgoing_as2': 'is_audit_log_active',
        'scheduler': 'on_success_service on_error_service on_error_job extra repeats weeks',
        'pubsub_topic': 'is_audit_log_active',
        # Numbers become texts.
        'zato_generic_connection': 'list_of',
    },
}


@pytest.mark.parametrize('generation', GENERATIONS)
def test_the_platforms_own_export_is_imported_to_the_same_but_for_what_it_loses(
    generation: str, tmp_path: Path
) -> None:
    old = original(generation, tmp_path / 'old')
    new = empty('zato', old, tmp_path / 'new')
    path = usable(generation, tmp_path)
    put(new, path, skip_unknown=True)
    before = new.content()
    assert 'Nothing to do' in put(new, path, skip_unknown=True)
    assert new.content() == before
    with read(old) as one, read(new) as other:
        found = compare(other.loaded.state, one.loaded.state, generation, True)
    assert found.of('create') == []
    assert Counter(item.kind.section for item in found.only_stored) == NOT_EXPORTED[generation]
    lost: dict[str, set[str]] = {}
    for change in found.of('update'):
        names = {field.name for field in change.fields if not field.is_secret}
        if names:
            lost.setdefault(change.item.kind.label, set()).update(names)
    assert lost == {label: set(names.split()) for label, names in LOSSES[generation].items()}
