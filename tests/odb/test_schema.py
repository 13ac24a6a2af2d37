"""The tables of our own ODBs, compared with those that Zato itself made."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.conftest import ODBS
from zatools.errors import OdbError, RefusedError
from zatools.kinds import KINDS
from zatools.odb import ddl
from zatools.odb.layouts import SEQUENCES
from zatools.odb.mapping import catalog_of
from zatools.odb.schema import create, layout_of

LAYOUTS = ['3.2', '4.1']
FAMILIES = {'VARCHAR': 'text', 'TEXT': 'text', 'INTEGER': 'number', 'SMALLINT': 'number'}


def real(layout: str) -> Path:
    """Returns the path of Zato's own database, or skips the test."""
    path = ODBS / f'zato{layout.replace(".", "")}' / 'sqlite.db'
    if not path.is_file():
        pytest.skip(f'no database of Zato {layout} at {path} (ZATOOLS_TEST_ODBS)')
    return path


def made(folder: Path, layout: str) -> Path:
    """Makes an ODB of ours; returns its path."""
    engine = sa.create_engine(f'sqlite:///{folder / "ours.db"}')
    try:
        with engine.begin() as connection:
            create(connection, layout, 'here', 'hint')
    finally:
        engine.dispose()
    return folder / 'ours.db'


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    """Returns the rows of a statement."""
    with closing(sqlite3.connect(f'file:{path}?mode=ro', uri=True)) as connection:
        return connection.execute(statement).fetchall()


def columns(path: Path, table: str) -> dict[str, tuple[object, ...]]:
    """Returns family, is NOT NULL, default and is primary key by column."""
    found: dict[str, tuple[object, ...]] = {}
    for _, name, type_, is_required, default, is_key in rows(path, f'pragma table_info({table})'):
        kind = str(type_).partition('(')[0]
        found[str(name)] = (FAMILIES.get(kind, kind), is_required, default, is_key)
    return found


def lengths(path: Path, table: str) -> dict[str, str]:
    """Returns the lengths of VARCHAR columns."""
    found = rows(path, f'pragma table_info({table})')
    return {str(row[1]): str(row[2]) for row in found if str(row[2]).startswith('VARCHAR')}


def keys(path: Path, table: str) -> set[tuple[str, tuple[object, ...], object]]:
    """Returns name, columns and is unique of indexes; uniques that have no name go without."""
    found = set()
    for _, name, is_unique, *_ in rows(path, f'pragma index_list({table})'):
        names = tuple(row[2] for row in rows(path, f'pragma index_info({name})'))
        found.add(('' if str(name).startswith('sqlite_') else str(name), names, is_unique))
    return found


def references(path: Path, table: str) -> set[tuple[object, ...]]:
    """Returns column, table, column there and ON DELETE of foreign keys."""
    return {(row[3], row[2], row[4], row[6]) for row in rows(path, f'pragma foreign_key_list({table})')}


TABLES = [(layout, table) for layout in LAYOUTS for table in ddl.tables(layout)]


@pytest.fixture(scope='module')
def ours_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An ODB of each layout, only to be read."""
    return {layout: made(tmp_path_factory.mktemp('ours'), layout) for layout in LAYOUTS}


@pytest.mark.parametrize(('layout', 'table'), TABLES)
def test_a_table_is_as_zato_makes_it(ours_of: dict[str, Path], layout: str, table: str) -> None:
    theirs, ours = real(layout), ours_of[layout]
    assert columns(ours, table) == columns(theirs, table)
    assert lengths(ours, table).items() >= lengths(theirs, table).items()
    assert keys(ours, table) == keys(theirs, table)
    has = set(ddl.tables(layout))
    assert references(ours, table) == {row for row in references(theirs, table) if row[1] in has}


@pytest.mark.parametrize('layout', LAYOUTS)
def test_a_layout_has_the_tables_of_all_kinds_of_its_generation(layout: str) -> None:
    kinds = [kind for kind in KINDS if layout in kind.generations]
    wanted = {row.table for kind in kinds for row in kind.rows_of(layout)} | {'cluster', 'server', 'service'}
    has = {row[0] for row in rows(real(layout), "select name from sqlite_master where type = 'table'")}
    assert set(ddl.tables(layout)) == wanted & has


@pytest.mark.parametrize('layout', LAYOUTS)
def test_the_sequences_are_those_of_zato(layout: str) -> None:
    dump = (real(layout).parent / 'postgresql.sql').read_text()
    for name, lines in ddl.tables(layout).items():
        sequence = ddl.sequence_of(lines)
        is_owned = not any(word.startswith(('=>', '->')) for word in lines[0])
        assert bool(sequence) == is_owned, name
        if sequence:
            assert f'CREATE SEQUENCE public.{sequence}' in dump
            assert sequence in SEQUENCES[name]


@pytest.mark.parametrize('layout', LAYOUTS)
def test_the_cluster_row_says_whose_odb_it_is(tmp_path: Path, layout: str) -> None:
    path = made(tmp_path, layout)
    statement = 'select id, name, odb_type, broker_host, broker_port, opaque1 from cluster'
    [(id_, name, odb_type, host, port, opaque)] = rows(path, statement)
    assert (id_, name, odb_type, host, port) == (1, 'zatools', 'sqlite', 'broker-host-unused', 998877)
    assert opaque == r'"{\"made_by\": \"zatools\"}"'
    assert json.loads(json.loads(str(opaque))) == {'made_by': 'zatools'}
    if layout == '3.2':
        assert rows(path, 'select lb_host, lb_port, lb_agent_port from cluster') == [('127.0.0.1', 11223, 20151)]
    assert rows(path, 'select count(*) from server') == [(0,)]


def test_an_odb_is_never_made_twice(tmp_path: Path) -> None:
    path = made(tmp_path, '3.2')
    with pytest.raises(RefusedError, match='there is an ODB at here already'):
        made(tmp_path, '4.1')
    assert rows(path, 'select count(*) from cluster') == [(1,)]


# Telling layouts apart


def layout_at(engine: Engine) -> str:
    """Returns the layout of an engine's database."""
    try:
        with engine.connect() as connection:
            return layout_of(catalog_of(connection))
    finally:
        engine.dispose()


@pytest.mark.parametrize('layout', LAYOUTS)
def test_our_layouts_are_told_apart(tmp_path: Path, layout: str) -> None:
    assert layout_at(sa.create_engine(f'sqlite:///{made(tmp_path, layout)}')) == layout


@pytest.mark.parametrize('layout', LAYOUTS)
def test_zatos_layouts_are_told_apart(layout: str) -> None:
    assert layout_at(sa.create_engine(f'sqlite:///file:{real(layout)}?mode=ro&uri=true')) == layout


@pytest.mark.parametrize(
    ('layout', 'statements', 'text'),
    [
        ('3.2', ['drop table conn_def_amqp'], 'an ODB of Zato 3.2, but table conn_def_amqp is missing'),
        (
            '3.2',
            ['drop table conn_def_amqp', 'drop table sec_jwt'],
            'an ODB of Zato 3.2, but table conn_def_amqp is missing',
        ),
        (
            '4.1',
            ['alter table out_amqp drop address'],
            'an ODB of Zato 4.1, but column address of table out_amqp is missing',
        ),
        ('4.1', ['create table conn_def_amqp (id integer)'], 'half of 3.2, with table conn_def_amqp, and half of 4.1'),
    ],
)
def test_what_a_layout_can_not_be_without_is_named(
    tmp_path: Path, layout: str, statements: list[str], text: str
) -> None:
    engine = sa.create_engine(f'sqlite:///{made(tmp_path, layout)}')
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    with pytest.raises(OdbError) as found:
        layout_at(engine)
    assert found.value.text == f'the ODB is {text}'


def test_a_table_of_a_single_kind_may_be_missing(tmp_path: Path) -> None:
    engine = sa.create_engine(f'sqlite:///{made(tmp_path, "3.2")}')
    with engine.begin() as connection:
        connection.execute(sa.text('drop table sec_jwt'))
    assert layout_at(engine) == '3.2'


def test_another_database_has_no_layout() -> None:
    engine = sa.create_engine('sqlite://')
    with engine.begin() as connection:
        connection.execute(sa.text('create table cluster (id integer)'))
    assert layout_at(engine) == ''
