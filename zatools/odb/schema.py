"""The tables of our own ODBs, in the layouts of Zato 3.2 and 4.1, and how to tell layouts apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.errors import OdbError, RefusedError
from zatools.kinds.rbac import ROOT, VERBS
from zatools.odb.catalog import Catalog
from zatools.odb.history import table
from zatools.odb.layouts import TABLES

TYPES: dict[str, Any] = {
    'int': sa.Integer(),
    'big': sa.BigInteger(),
    'small': sa.SmallInteger(),
    'bool': sa.Boolean(),
    'text': sa.Text(),
    'datetime': sa.DateTime(),
    'blob': sa.LargeBinary(),
}
#: Databases write flags differently.
FLAGS: dict[Any, Any] = {'true': sa.true(), 'false': sa.false()}


@cache
def metadata(layout: str) -> sa.MetaData:
    """Returns the tables of one layout, not to be changed."""
    found = sa.MetaData()
    mark = layout.replace('.', '')
    for title, text in TABLES.items():
        name, _, only = title.partition(' ')
        if only in ('', mark):
            sa.Table(name, found, *_parts(text, mark, found))
    return found


def _parts(text: str, mark: str, found: sa.MetaData) -> list[Any]:
    parts: list[Any] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split()
        only = next((word for word in words if word in ('32', '41')), '')
        if only in ('', mark):
            parts.append(_part(words, found))
    return parts


def _part(words: list[str], found: sa.MetaData) -> sa.schema.SchemaItem:
    if words[0] == 'unique':
        return sa.UniqueConstraint(*words[1].split(','))
    if words[0] in ('index', 'unique-index'):
        return sa.Index(words[1], *words[2].split(','), unique=words[0] == 'unique-index')
    return _column(words, found)


def _column(words: list[str], found: sa.MetaData) -> sa.Column[Any]:
    name, kind, *rest = words
    is_key = kind.startswith('pk')
    more: list[Any] = list(_references(rest))
    if is_key:
        sequence = kind.partition('=')[2]
        if sequence:
            more.append(sa.Sequence(sequence, metadata=found))
        return sa.Column(name, sa.Integer(), *more, primary_key=True, autoincrement=bool(sequence))
    default: Any = next((word.partition('=')[2] for word in rest if word.startswith('default=')), None)
    if kind == 'bool':
        default = FLAGS.get(default, default)
    return sa.Column(
        name,
        _type(kind),
        *more,
        nullable='!' not in rest,
        server_default=default,
        primary_key='PK' in rest,
        autoincrement=False,
    )


def _references(words: list[str]) -> Iterator[sa.ForeignKey]:
    for word in words:
        if word.startswith('=>'):
            yield sa.ForeignKey(word[2:])
        if word.startswith('->'):
            yield sa.ForeignKey(word[2:], ondelete='CASCADE')


def _type(word: str) -> Any:
    if word in TYPES:
        return TYPES[word]
    size = word[1:]
    if word[0] == 's':
        return sa.String(int(size))
    precision, _, scale = size.partition('.')
    return sa.Numeric(int(precision), int(scale))


#: Objects of the platform's own that others refer to.
FIRST_ROWS = {
    'rbac_role': [{'name': ROOT, 'opaque1': 'null', 'cluster_id': 1}],
    'rbac_perm': [{'name': name, 'opaque1': 'null', 'cluster_id': 1} for name in VERBS],
}


def create(connection: Connection, layout: str, shown: str, hint: str) -> None:
    """Makes the tables of a layout and the row of a cluster that says whose ODB it is; never where there is one.

    Raises RefusedError with the `hint` there.
    """
    tables = metadata(layout)
    cluster = tables.tables['cluster']
    # MariaDB makes tables for good at once: without a cluster, they are what an interrupted creation left.
    if sa.inspect(connection).has_table('cluster') and connection.execute(sa.select(cluster.c.id)).first():
        raise RefusedError(f'there is an ODB at {shown} already', hint)
    tables.create_all(connection)
    table().create(connection, checkfirst=True)
    row = {
        'id': 1,
        'name': 'zatools',
        'description': f'Made by zatools, {datetime.now(UTC):%Y-%m-%d}',
        'odb_type': connection.dialect.name,
        'broker_host': 'broker-host-unused',
        'broker_port': 998877,
        'lb_host': '127.0.0.1',
        'lb_port': 11223,
        'lb_agent_port': 20151,
        'opaque1': json.dumps(json.dumps({'made_by': 'zatools'})),
    }
    connection.execute(cluster.insert(), {name: value for name, value in row.items() if name in cluster.c})
    for name, rows in FIRST_ROWS.items():
        if name in tables.tables:
            connection.execute(tables.tables[name].insert(), rows)


#: What 3.2 and 4.1 have alone and can't be without: tables, and columns as table.column. Then what also tells 3.2.
MARKS = {'3.2': ('conn_def_amqp', 'out_amqp.def_id'), '4.1': ('out_amqp.address',)}
ALSO_32 = frozenset({'sec_jwt'})


def layout_of(catalog: Catalog, shown: str = 'the ODB') -> str:
    """Returns '3.2' or '4.1' by what only that generation has, '' where it is no ODB.

    Raises OdbError where it is one, but what its generation can't be without is missing, or the two are mixed.
    """
    if not {'cluster', 'sec_base', 'http_soap', 'out_amqp'} <= catalog.tables.keys():
        return ''
    if {'conn_def_amqp', *ALSO_32} <= catalog.tables.keys():
        return '3.2'
    found = {layout: [mark for mark in marks if catalog.has(mark)] for layout, marks in MARKS.items()}
    if found['3.2'] and found['4.1']:
        raise OdbError(f'{shown} is half of 3.2, with {_named(found["3.2"][0])}, and half of 4.1')
    layout = '4.1'
    if not found['4.1'] and (found['3.2'] or ALSO_32 & catalog.tables.keys()):
        layout = '3.2'
    missing = [mark for mark in MARKS[layout] if not catalog.has(mark)]
    if missing:
        raise OdbError(
            f'{shown} is an ODB of Zato {layout}, but {_named(missing[0])} is missing', 'was it restored in full?'
        )
    return layout


def _named(mark: str) -> str:
    table, _, column = mark.partition('.')
    if column:
        return f'column {column} of table {table}'
    return f'table {table}'
