"""What refers to an object keeps it from being deleted, whatever table it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.calls import import_files
from tests.conftest import Console, Layout, copy_real
from tests.databases import LOOSE
from zatools.errors import Exit, InvalidError
from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.beside import LINKS, Link
from zatools.odb.catalog import ForeignKey, read_catalog, read_references
from zatools.odb.locks import Wait
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice
from zatools.state import Change, Item

OBJECTS = """
security:
  - {name: used, type: basic_auth, username: used, password: pw}
groups:
  - {name: used, members: []}
channel_rest:
  - {name: used, service: my.service, url_path: /used}
outgoing_rest:
  - {name: used, host: https://a.example.com, url_path: /}
outgoing_soap:
  - {name: used, host: https://a.example.com, url_path: /}
"""
EMPTY = 'security: []\ngroups: []\nchannel_rest: []\noutgoing_rest: []\noutgoing_soap: []\n'
#: Tables of rows that are a part of the object itself, or that another kind's own field refers from.
OWN = {'http_soap'}
OF_KINDS = {row.table for kind in KINDS for row in kind.rows}
#: How each form of reference is written: the id or the name of what is used.
WRITTEN = {
    'security_groups': lambda id_: [id_],
    'rest_channel_id_list': lambda id_: [id_],
    'security_def': lambda id_: f'basic_auth/{id_}',
    'client_def': lambda id_: 'sec_def:::basic_auth:::used',
}


def put(layout: Layout, folder: Path, text: str, **options: Any) -> Exit:
    path = folder / 'wanted.yaml'
    path.write_text(text)
    return import_files(Console(layout.environ).world, OdbChoice(path=layout.path), [str(path)], **options)


def ids(layout: Layout) -> dict[str, int]:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        return {section: stored.id for (section, _), stored in odb.loaded.stored.items()}


def sample(column: sa.Column[Any], number: int) -> Any:
    """Returns something that a column takes."""
    kind = column.type.python_type
    if isinstance(column.type, sa.Enum):
        return column.type.enums[0]
    return {bool: True, int: 1, datetime: datetime(2026, 1, 1), bytes: b'x', str: f'x{number}'}.get(kind, 1)


@contextmanager
def row(layout: Layout, name: str, number: int = 900_000, /, **values: Any) -> Iterator[int]:
    """Has a row in a table, with something in each of its columns that must have a value; returns its id."""
    with layout.connected() as connection:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
        if connection.dialect.name in LOOSE:
            connection.exec_driver_sql(LOOSE[connection.dialect.name])
        needed = [column for column in table.columns if not column.nullable]
        filled = {column.name: sample(column, number) for column in needed} | {'id': number} | values
        connection.execute(table.insert(), {key: value for key, value in filled.items() if key in table.c})
    try:
        yield number
    finally:
        layout.execute(f'delete from {name} where id = {number}')


def refused(layout: Layout, folder: Path) -> list[str]:
    with pytest.raises(InvalidError) as found:
        put(layout, folder, EMPTY, delete=True)
    return [problem.text for problem in found.value.problems if not problem.is_warning]


def keys(layout: Layout) -> list[ForeignKey]:
    with layout.connected() as connection:
        found = read_references(connection)
    tables = {'sec_base', 'generic_object', 'http_soap'}
    return [key for key in found if key.target in tables and key.column != 'id' and key.table not in OWN]


def test_a_row_of_any_table_that_refers_to_it_by_a_foreign_key(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, OBJECTS)
    of_table = {'sec_base': 'security', 'http_soap': 'outgoing_rest'}
    found = keys(layout)
    if layout.name.startswith('zato'):
        assert {key.table for key in found} >= (
            {'pubsub_endpoint', 'aws_s3'} if layout.generation == '3.2' else {'pubsub_permission'}
        )
    known = ids(layout)
    used = {table: known[section] for table, section in of_table.items()}
    # Rows of kinds are objects: checks name these, and each is tried by itself. All others are there at once.
    of_kinds = [[key] for key in found if key.table in OF_KINDS]
    for group in (*of_kinds, [key for key in found if key.table not in OF_KINDS]):
        with ExitStack() as rows:
            for number, key in enumerate(group, 900_000):
                rows.enter_context(row(layout, key.table, number, **{key.column: used[key.target]}))
            texts = refused(layout, tmp_path) if group else []
            for number, key in enumerate(group, 900_000):
                begin, end = f'table {key.table}, row {number}', f'({key.column})'
                named = [text for text in texts if begin in text and end in text]
                assert named or (key.table in OF_KINDS and any('uses it' in text for text in texts)), (key, texts)
                kept = layout.execute(f'select {key.column} from {key.table} where id = {number}')
                assert kept == [(used[key.target],)]
    assert put(layout, tmp_path, EMPTY, delete=True) is Exit.OK


def referring(link: Link, used: int) -> dict[str, Any]:
    """Returns the values of a row that holds the id or the name of what is used."""
    written = WRITTEN.get(link.column, lambda id_: id_)(used)
    values = {**link.match, 'name': 'a'}
    opaque: dict[str, Any] = {}
    if link.is_opaque:
        opaque[link.column] = ['used'] if link.is_named else written
    elif link.match:
        values['name'] = f'basic_auth-{used}-77'
    elif link.beside:
        opaque[link.beside] = used
        values |= {'name': 'health.used', 'job_type': 'interval_based'}
    else:
        values[link.column] = written
    if link.table == 'http_soap':
        values |= {'transport': 'as4', 'connection': 'channel', 'security_id': None}
    return {**values, 'opaque1': json.dumps(json.dumps(opaque)), 'cluster_id': 1}


def test_a_row_that_holds_its_id_without_a_foreign_key(layout: Layout, tmp_path: Path) -> None:
    with layout.connected() as connection:
        tables = read_catalog(connection).tables
    links = [link for link in LINKS if link.table in tables]
    assert links
    put(layout, tmp_path, OBJECTS)
    used = ids(layout)
    # Jobs of connections all have one name, and each is tried by itself.
    for group in ([link for link in links if not link.beside], *([link] for link in links if link.beside)):
        with ExitStack() as rows:
            begins = {}
            for number, link in enumerate(group, 900_000):
                values = referring(link, used[link.section])
                rows.enter_context(row(layout, link.table, number, **values))
                begins[link] = f"table {link.table}, row {number} '{values['name']}'"
            texts = refused(layout, tmp_path)
        for link, begin in begins.items():
            assert any(begin in text and link.column in text for text in texts), (link, texts)
    assert put(layout, tmp_path, EMPTY, delete=True) is Exit.OK


def test_names_and_ids_that_only_look_like_references_keep_nothing(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, OBJECTS)
    used = ids(layout)['security']
    with row(layout, 'generic_object', type_='zato-quota-tier', name=f'a-{used}-1', opaque1='null', cluster_id=1):
        assert put(layout, tmp_path, EMPTY, delete=True) is Exit.OK


def test_an_object_that_refers_to_nothing_is_not_written(tmp_path: Path) -> None:
    # The checks of files see to that before; who writes must not make a public channel of what passes them.
    layout = copy_real('3.2', tmp_path)
    channel = SPELLINGS['channel_rest'][0]
    values = {'name': 'a', 'service': 'my.service', 'url_path': '/a', 'security': 'nobody'}
    with opened(OdbChoice(path=layout.path), layout.environ, Wait()) as odb, pytest.raises(InvalidError) as refused:
        odb.apply([Change('create', Item(channel, values), None, ())])
    assert [problem.text for problem in refused.value.problems] == ["channel_rest 'a': no security 'nobody'"]
