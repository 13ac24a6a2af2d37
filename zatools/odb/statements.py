"""Many rows by one statement: text of our own, carried out by the driver's own executemany, or by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.errors import OdbError
from zatools.odb.mapping import Table

Row = dict[str, Any]
INSERT, VALUES = 'INSERT INTO ', ' VALUES '


def insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Inserts rows that all have the same columns."""
    if not rows:
        return
    _check_required(table, rows[0])
    quote = connection.dialect.identifier_preparer.quote
    columns = list(rows[0])
    names = ', '.join(map(quote, columns))
    marks = ', '.join([_mark(connection)] * len(columns))
    _execute(connection, f'{INSERT}{quote(table.name)} ({names}){VALUES}({marks})', columns, table, rows)


def copy(cursor: Any, statement: str, rows: Sequence[Any], context: Any) -> bool:
    """Carries out an INSERT of many rows by PostgreSQL's COPY, in half the time; tells whether it did."""
    # SQLAlchemy's own statements have rows by name.
    if not statement.startswith(INSERT) or not isinstance(rows[0], tuple):
        return False
    into = statement.removeprefix(INSERT).partition(VALUES)[0]
    with cursor.copy(f'COPY {into} FROM STDIN') as lines:
        for row in rows:
            lines.write_row(row)
    return True


def update(connection: Connection, table: Table, rows: list[Row]) -> int:
    """Updates rows by their `_id`, all with the same columns; returns how many there were."""
    if not rows:
        return 0
    quote, mark = connection.dialect.identifier_preparer.quote, _mark(connection)
    columns = [name for name in rows[0] if name != '_id']
    values = ', '.join(f'{quote(name)} = {mark}' for name in columns)
    text = f'UPDATE {quote(table.name)} SET {values} WHERE {quote(table.key)} = {mark}'
    return _execute(connection, text, [*columns, '_id'], table, rows)


def delete(connection: Connection, table: Table, ids: Iterable[int]) -> int:
    """Deletes rows by their ids; returns how many there were."""
    rows = [{'_id': id_} for id_ in ids]
    if not rows:
        return 0
    quote = connection.dialect.identifier_preparer.quote
    text = f'DELETE FROM {quote(table.name)} WHERE {quote(table.key)} = {_mark(connection)}'
    return _execute(connection, text, ['_id'], table, rows)


def _mark(connection: Connection) -> str:
    if connection.dialect.paramstyle == 'qmark':
        return '?'
    return '%s'


class Ids:
    """Gives out ids for new rows; one life per transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.next: dict[str, int] = {}

    def take(self, table: Table, count: int) -> Sequence[int]:
        """Returns that many new ids of a table, by one statement at most."""
        if not count:
            return ()
        if table.sequence:
            return self._of_sequence(table.sequence, count)
        # The write lock is held, so the ids stay free until the commit.
        if table.name not in self.next:
            top = self.connection.execute(sa.select(sa.func.max(table.clause.c.id))).scalar()
            self.next[table.name] = (top or 0) + 1
        first = self.next[table.name]
        self.next[table.name] += count
        return range(first, first + count)

    def _of_sequence(self, sequence: str, count: int) -> list[int]:
        name = self.connection.dialect.identifier_preparer.quote(sequence)
        if self.connection.dialect.name == 'postgresql':
            text = f"SELECT nextval('{name}') FROM generate_series(1, {count})"
        else:
            text = f'SELECT NEXTVAL({name}) FROM seq_1_to_{count}'
        return [row[0] for row in self.connection.execute(sa.text(text))]


def _check_required(table: Table, row: Mapping[str, Any]) -> None:
    missing = [
        name for name in table.types if name not in row and name not in table.nullable and name not in table.defaulted
    ]
    if missing:
        raise OdbError(f'table {table.name} has a required column that is not known: {", ".join(missing)}')


def _execute(connection: Connection, text: str, columns: Sequence[str], table: Table, rows: list[Row]) -> int:
    # SQLAlchemy would go through every bound value of every row: half of an import's time in the database.
    dialect = connection.dialect
    for name in table.types.keys() & columns:
        process = table.types[name].dialect_impl(dialect).bind_processor(dialect)
        if process:
            for row in rows:
                row[name] = process(row[name])
    parameters = [tuple([row[name] for name in columns]) for row in rows]
    return int(connection.exec_driver_sql(text, parameters).rowcount)
