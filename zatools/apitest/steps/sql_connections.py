"""Steps of zato-apitest for databases: each names its connection, and rows come from CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.project import files
from zatools.apitest.state import named_files
from zatools.apitest.state.context import Context
from zatools.apitest.steps import sql
from zatools.apitest.steps.makers import store
from zatools.apitest.steps.phrase import GIVEN, THEN, Phrase, in_section
from zatools.apitest.systems.sql import Database
from zatools.apitest.values.readers import as_list, as_literal
from zatools.screens import quantity

SIGNS = {
    'equal to': '__eq__', 'not equal to': '__ne__', 'less than': '__lt__', 'greater than': '__gt__',
    'less or equal to': '__le__', 'greater or equal to': '__ge__',
}  # fmt: skip
SHOWN = {'__eq__': '=', '__ne__': '!=', '__lt__': '<', '__gt__': '>', '__le__': '<=', '__ge__': '>='}
HEADING = re.compile(r'\s*([^\s:/|-]+)\s*[:/|-]\s*(\w+)(?:[:/|-](\d+))?\s*')


class Filter(str):
    """A condition: the text that is shown, and the columns, signs and values that it is made of."""

    parts: tuple[tuple[str, str, str], ...]
    operator: str


def connect(context: Context, url: Any, name: Any) -> None:
    """Opens a database and stores it under a name; a file of SQLite is made where there is none."""
    sql.track_password(context, str(url))
    database = Database(str(url), is_made=True)
    context.opened.add(sql.KIND, str(name), database)
    store(context, name, database)


def disconnect(context: Context, connection: Any) -> None:
    """Closes a database."""
    _database(connection).close()


def _database(value: Any) -> Database:
    if isinstance(value, Database):
        return value
    hint = 'Given I connect to "sqlite://" as "db", then: using "#db"'
    raise StepBroken(f"'{value}' is no connection to a database", at='conn_name', hint=hint)


def store_query(context: Context, text: Any, name: Any, connection: Any) -> None:
    """Stores what a query gives: of one row its first column, else a list of rows."""
    found = sql.ask(context, _database(connection), text)
    if len(found.rows) == 1:
        store(context, name, found.rows[0][0])
    else:
        store(context, name, [list(row) for row in found.rows])


def store_filter(context: Context, columns: Any, signs: Any, values: Any, operator: Any, name: Any) -> None:
    """Stores a condition, for steps that change rows."""
    rows = list(zip(as_list(columns), as_list(signs), as_list(values), strict=False))
    if str(operator).lower() not in ('and', 'or', ''):
        raise StepBroken(f"'{operator}' joins no conditions", at='operator', hint='and, or')
    for _, sign, _ in rows:
        if sign not in SIGNS:
            raise StepBroken(f"there is no sign '{sign}'", at='sign', hint=f'there are: {", ".join(SIGNS)}')
    words = f' {operator} '.join(f"{column}{SHOWN[SIGNS[sign]]}'{value}'" for column, sign, value in rows)
    condition = Filter(f'WHERE {words}')
    condition.parts, condition.operator = tuple(rows), str(operator).lower()
    store(context, name, condition)


def query_is(context: Context, text: Any, value: Any, connection: Any) -> None:
    """Fails where the rows of a query are other ones."""
    found = sql.ask(context, _database(connection), text)
    actual, wanted = [tuple(row) for row in found.rows], as_literal(value)
    if actual != [tuple(row) if isinstance(row, (list, tuple)) else row for row in wanted]:
        raise StepFailed('', at='value', expected=wanted, actual=actual)


def insert(context: Context, values: Any, columns: Any, table: Any, connection: Any) -> None:
    """Inserts a row."""
    names, cells = as_list(columns), as_list(values)
    if len(names) != len(cells):
        raise StepBroken(f'{quantity(len(cells), "value")} for {quantity(len(names), "column")}', at='values')
    _database(connection).insert(str(table), names, [cells])


def update(context: Context, columns: Any, table: Any, values: Any, criterion: Any, connection: Any) -> None:
    """Sets columns of the rows that a condition chooses."""
    names, cells = as_list(columns), as_list(values)
    if len(names) != len(cells):
        raise StepBroken(f'{quantity(len(cells), "value")} for {quantity(len(names), "column")}', at='values')
    database = _database(connection)
    database.update(str(table), dict(zip(names, cells, strict=True)), _condition(context, criterion))


def delete(context: Context, table: Any, criterion: Any, connection: Any) -> None:
    """Deletes the rows that a condition chooses."""
    _database(connection).delete(str(table), _condition(context, criterion))


def _condition(context: Context, criterion: Any) -> Any:
    import sqlalchemy as sa

    if isinstance(criterion, Filter):
        parts = [getattr(sa.column(column), SIGNS[sign])(value) for column, sign, value in criterion.parts]
        if criterion.operator == 'or':
            return sa.or_(*parts)
        return sa.and_(*parts)
    text, values = sql.statement(context, re.sub(r'(?i)^\s*where\s+', '', str(criterion)))
    if not text.strip():
        raise StepBroken('the condition is empty, and would choose all rows', at='criterion')
    return sa.text(text).bindparams(**values)


def insert_csv(context: Context, name: Any, table: Any, connection: Any) -> None:
    """Inserts the rows of a CSV file, whose first line names the columns."""
    heading, *rows = _rows(context, name)
    names, _ = zip(*map(_typed, heading), strict=True)
    _insert(_database(connection), table, names, rows)


def create_from_csv(context: Context, table: Any, name: Any, connection: Any) -> None:
    """Makes a table of texts, with the columns col0, col1 and so on, and the rows of a CSV file."""
    rows = _rows(context, name)
    columns = [(f'col{number}', 'text') for number in range(len(rows[0]))]
    _create(_database(connection), table, columns, rows)


def create_with_types(context: Context, table: Any, name: Any, connection: Any) -> None:
    """Makes a table whose columns and types are in the first line of a CSV file, with its rows."""
    heading, *rows = _rows(context, name)
    _create(_database(connection), table, list(map(_typed, heading)), rows)


def create_with_types_below(context: Context, table: Any, name: Any, connection: Any) -> None:
    """Makes a table whose columns are in the first line of a CSV file, their types in the second, with its rows."""
    heading, types, *rows = _rows(context, name, least=2)
    columns = [(column.strip(), kind.strip()) for column, kind in zip(heading, types, strict=True)]
    _create(_database(connection), table, columns, rows)


def _rows(context: Context, name: Any, least: int = 1) -> list[list[str]]:
    path = named_files.find(context, str(name), 'request', ['CSV'], 'filename')
    text = files.read(path, 'filename')
    separator = max(',;\t', key=text.partition('\n')[0].count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True) if row]
    if len(rows) < least:
        raise StepBroken(f"'{files.shown(path)}' has no such lines", at='filename')
    width = len(rows[0])
    longer = next((number for number, row in enumerate(rows, 1) if len(row) > width), 0)
    if longer:
        text = f'{files.shown(path)}: row {longer} has more values than there are columns ({width})'
        raise StepBroken(text, at='filename')
    return [[*row, *[''] * (width - len(row))] for row in rows]


def _typed(heading: str) -> tuple[str, str]:
    # id:integer, name-varchar-30 or income/float/5; the name alone means text.
    if match := HEADING.fullmatch(heading):
        return match[1], ' '.join(filter(None, (match[2], match[3])))
    return heading.strip(), 'text'


def _create(database: Database, table: Any, columns: Sequence[tuple[str, str]], rows: list[list[str]]) -> None:
    kinds = [_kind(kind) for _, kind in columns]
    names = [name for name, _ in columns]
    database.create(str(table), list(zip(names, (kind for kind, _ in kinds), strict=True)))
    typed = [[_read(cell, read) for cell, (_, read) in zip(row, kinds, strict=True)] for row in rows]
    _insert(database, table, names, typed)


def _insert(database: Database, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        database.insert(str(table), names, [[None if cell == '' else cell for cell in row] for row in rows])


def _read(cell: str, read: Any) -> Any:
    if cell == '':
        return None
    try:
        return read(cell)
    except ValueError:
        raise StepBroken(f"'{cell}' does not fit the type of its column", at='filename') from None


def _kind(words: str) -> tuple[Any, Any]:
    import sqlalchemy as sa

    name, _, size = words.lower().partition(' ')
    length = int(size) if size.isdigit() else None
    kinds = {
        'integer': (sa.Integer(), int), 'int': (sa.Integer(), int), 'float': (sa.Float(length), float),
        'numeric': (sa.Numeric(length), float), 'decimal': (sa.Numeric(length), float), 'text': (sa.Text(), str),
        'char': (sa.CHAR(length or 1), str), 'varchar': (sa.String(length or 255), str),
        'date': (sa.Date(), date.fromisoformat), 'datetime': (sa.DateTime(), datetime.fromisoformat),
    }  # fmt: skip
    if name not in kinds:
        raise StepBroken(f"there is no type '{name}'", at='filename', hint=f'there are: {", ".join(kinds)}')
    return kinds[name]


FILES = {'filename': 'request'}
PHRASES = (
    *in_section(
        'Databases by connection',
        Phrase('I connect to "{url}" as "{conn_name}"', GIVEN, connect, 'AO',
               'opens a database and stores it under a name', ('sqlite://', 'db'), stores='conn_name'),
        Phrase('I store "{sql}" query result under "{name}", using "{conn_name}"', GIVEN, store_query, 'AO',
               'stores the first column of its one row, else its rows', ('select 1', 'one', '#db'), stores='name'),
        Phrase('I store filter "{colname}" is "{sign}" "{colvalue}" "{operator}" under "{name}"', GIVEN, store_filter,
               'AO', 'stores a condition', ('id, name', 'greater than, equal to', '1, Ada', 'and', 'where'),
               stores='name'),
    ),
    *in_section(
        'Databases by connection',
        Phrase('SQL "{sql}" is equal to "{value}", using "{conn_name}"', THEN, query_is, 'AO',
               'the rows of the query are these, written as Python writes them', ('select 1, 2', '[(1, 2)]', '#db'),
               response=False, reads={'value': as_literal}),
        Phrase('I insert "{values}" into "{columns}" of SQL table "{tablename}", using "{conn_name}"', THEN, insert,
               'AO', 'inserts a row', ('1, Ada', 'id, name', 'users', '#db'), acts=True, response=False),
        Phrase('I update "{columns}" of SQL table "{tablename}" set "{values}" filter by "{criterion}", using'
               ' "{conn_name}"', THEN, update, 'AO', 'sets columns of the rows that a condition chooses',
               ('name', 'users', 'Mary', '#where', '#db'), acts=True, response=False),
        Phrase('I delete from SQL table "{tablename}" where "{criterion}", using "{conn_name}"', THEN, delete, 'AO',
               'deletes the rows that a condition chooses', ('users', '#where', '#db'), acts=True, response=False),
        Phrase('I insert data from csv "{filename}" to SQL table "{tablename}", using "{conn_name}"', THEN, insert_csv,
               'AO', 'inserts the rows of a file, whose first line names the columns', ('users.csv', 'users', '#db'),
               acts=True, response=False, files=FILES),
        Phrase('I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}"', THEN,
               create_from_csv, 'AO', 'makes a table of texts (col0, col1, …) with the rows of a file',
               ('users', 'users.csv', '#db'), acts=True, response=False, files=FILES),
        Phrase('I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}" and names,'
               ' data types from the header', THEN, create_with_types, 'AO',
               'the same with the columns of its first line: id:integer, name-varchar-30',
               ('users', 'users.csv', '#db'), acts=True, response=False, files=FILES),
        Phrase('I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}", names'
               ' from the header and data types from the line below', THEN, create_with_types_below, 'AO',
               'the same with types in the second line', ('users', 'users.csv', '#db'), acts=True, response=False,
               files=FILES),
        Phrase('I disconnect from SQL "{conn_name}"', THEN, disconnect, 'AO', 'closes the database', ('#db',),
               acts=True, response=False),
    ),
)  # fmt: skip
