"""New ODBs of our own, in the layouts of Zato 3.2 and 4.1, and how to tell layouts apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.errors import OdbError, RefusedError
from zatools.kinds.rbac import ROOT, VERBS
from zatools.odb import ddl, statements
from zatools.odb.catalog import Catalog, read_catalog
from zatools.odb.history import table
from zatools.odb.mapping import tables_of

#: Objects of the platform's own that others refer to.
FIRST_ROWS = {
    'rbac_role': [{'name': ROOT, 'opaque1': 'null', 'cluster_id': 1}],
    'rbac_perm': [{'name': name, 'opaque1': 'null', 'cluster_id': 1} for name in VERBS],
}


def create(connection: Connection, layout: str, shown: str, hint: str) -> None:
    """Makes the tables of a layout and the row of a cluster that says whose ODB it is; never where there is one.

    Raises RefusedError with the `hint` there.
    """
    there = set(sa.inspect(connection).get_table_names())
    # MariaDB makes tables for good at once: without a cluster, they are what an interrupted creation left.
    if 'cluster' in there and connection.exec_driver_sql('SELECT id FROM cluster').first():
        raise RefusedError(f'there is an ODB at {shown} already', hint)
    tables = ddl.tables(layout)
    for name, lines in tables.items():
        for statement in ddl.making(name, lines, connection.dialect) if name not in there else ():
            connection.exec_driver_sql(statement)
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
    columns = {words[0] for words in tables['cluster']}
    given = {name: value for name, value in row.items() if name in columns}
    connection.execute(sa.insert(sa.table('cluster', *map(sa.column, given))), given)
    _fill(connection, {name: lines for name, lines in tables.items() if name in FIRST_ROWS})


def _fill(connection: Connection, tables: Mapping[str, Sequence[ddl.Line]]) -> None:
    if not tables:
        return
    catalog = read_catalog(connection, [*tables, *map(ddl.sequence_of, tables.values())])
    ids = statements.Ids(connection)
    for name, made in tables_of(catalog).items():
        numbers = ids.take(made, len(FIRST_ROWS[name]))
        rows = [{'id': id_, **row} for id_, row in zip(numbers, FIRST_ROWS[name], strict=True)]
        statements.insert(connection, made, rows)


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
