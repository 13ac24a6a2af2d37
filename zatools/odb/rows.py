"""Rows of tables as they were read: tuples, and where each column is in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from zatools.kinds.model import Row
from zatools.kinds.types import from_json
from zatools.odb.mapping import SELECTED, Database, Table

Cells = Sequence[Any]


class Rows:
    """The rows of one table; `index` is where each column is in them."""

    __slots__ = ('_groups', 'cells', 'index')

    def __init__(self, columns: Iterable[str], cells: Sequence[Cells]) -> None:
        self.index = {column: number for number, column in enumerate(columns)}
        self.cells = cells
        self._groups: dict[tuple[str, ...], dict[Any, list[Cells]]] = {}

    def columns(self, *names: str) -> Iterator[Any]:
        """Yields the values of some columns, row by row: alone, or as tuples of several."""
        return map(itemgetter(*(self.index[name] for name in names)), self.cells)

    def where(self, match: Mapping[str, Any]) -> Sequence[Cells]:
        """Returns the rows that hold these values; a table that several kinds share is gone through once."""
        if not match:
            return self.cells
        names = tuple(match)
        if names not in self._groups:
            groups = self._groups[names] = defaultdict(list)
            for key, cells in zip(self.columns(*names), self.cells, strict=True):
                groups[key].append(cells)
        values = tuple(match.values())
        return self._groups[names].get(values if len(values) > 1 else values[0], [])

    def named(self, cells: Cells) -> dict[str, Any]:
        """Returns a row by its columns; nothing for no row."""
        return dict(zip(self.index, cells, strict=True)) if cells else {}


def matching(rows: Rows, row: Row) -> Sequence[Cells]:
    """Returns the rows that hold what a kind says of them: columns, the beginning of the name, keys of `opaque1`."""
    found = rows.where(row.match)
    if row.prefix:
        name = rows.index['name']
        found = [cells for cells in found if str(cells[name]).startswith(row.prefix)]
    if row.opaque:
        opaque, wanted = rows.index.get('opaque1'), row.opaque.items()
        found = [cells for cells in found if opaque is not None and wanted <= read_opaque(cells[opaque]).items()]
    return found


class Stored(NamedTuple):
    """The rows of one object: its id, its first row, its further rows, of which some may be missing, its `opaque1`."""

    id: int
    rows: Rows
    cells: Cells
    part_rows: Sequence[Rows]
    part_cells: Sequence[Cells]
    opaque: Mapping[str, Any]

    @property
    def row(self) -> dict[str, Any]:
        """The first row by its columns."""
        return self.rows.named(self.cells)

    def part(self, number: int) -> dict[str, Any]:
        """Returns a further row by its columns; nothing where there is none."""
        return self.part_rows[number].named(self.part_cells[number])

    def part_id(self, number: int) -> int | None:
        """Returns the id of a further row, its first column if it has no id; None where there is no such row."""
        cells = self.part_cells[number]
        if not cells:
            return None
        id_: int = cells[self.part_rows[number].index.get('id', 0)]
        return id_

    @property
    def part_ids(self) -> Iterator[tuple[int, int]]:
        """The numbers and ids of the further rows that are there."""
        for number in range(len(self.part_cells)):
            id_ = self.part_id(number)
            if id_ is not None:
                yield number, id_


def filled(database: Database, names: Iterable[str]) -> frozenset[str]:
    """Returns which of some tables have rows at all, by one statement: most kinds of an ODB have none."""
    quote = database.connection.dialect.identifier_preparer.quote
    parts = (f"SELECT '{name}', EXISTS (SELECT 1 FROM {quote(name)})" for name in names)
    found = database.connection.exec_driver_sql(' UNION ALL '.join(parts))
    return frozenset(str(name) for name, has_rows in found if has_rows)


def count(database: Database, names: Sequence[str]) -> dict[str, int]:
    """Returns how many rows some tables have, those of other clusters included, by one statement."""
    quote = database.connection.dialect.identifier_preparer.quote
    parts = (f'SELECT {number}, (SELECT count(*) FROM {quote(name)})' for number, name in enumerate(names))
    found = database.connection.exec_driver_sql(' UNION ALL '.join(parts))
    return {names[number]: rows for number, rows in found}


def empty(database: Database, name: str) -> Rows:
    """Returns the rows of a table that has none."""
    return Rows(_columns(database, database.tables[name]), ())


def select(database: Database, name: str) -> Rows:
    """Reads the rows of a table that belong to the cluster and that kinds or references may mean.

    The statement is text of our own: SQLAlchemy takes longer to make one of its expressions than databases to answer.
    """
    table = database.tables[name]
    columns = _columns(database, table)
    dialect = database.connection.dialect
    quote = dialect.identifier_preparer.quote
    text = f'SELECT {", ".join(map(quote, columns))} FROM {quote(name)}'
    conditions = [*_of_cluster(database, table), *_of_kinds(table, dialect)]
    if conditions:
        text += f' WHERE {" AND ".join(conditions)}'
    if database.is_writing and dialect.name == 'mysql':
        # Where tables can't be locked, their rows are, and the gaps between them; SQLite and PostgreSQL need none.
        text += ' FOR UPDATE'
    cells = database.connection.exec_driver_sql(text).fetchall()
    return Rows(columns, _converted(cells, [table.types[column] for column in columns], dialect))


def _of_cluster(database: Database, table: Table) -> Iterator[str]:
    quote = database.connection.dialect.identifier_preparer.quote
    its_own = f'cluster_id = {int(database.cluster_id)}'
    if 'cluster_id' in table.types:
        yield its_own
    elif database.is_shared and table.name in database.via:
        column, owner = database.via[table.name]
        if column in table.types:
            yield f'{quote(column)} IN (SELECT id FROM {quote(owner)} WHERE {its_own})'


def _of_kinds(table: Table, dialect: sa.Dialect) -> Iterator[str]:
    # Columns and values are those that kinds declare.
    for column, values in SELECTED.get(table.name, {}).items():
        listed = ', '.join(f"'{value}'" for value in values)
        yield f'{dialect.identifier_preparer.quote(column)} IN ({listed})'


def _converted(cells: Sequence[Cells], types: Iterable[TypeEngine[Any]], dialect: sa.Dialect) -> Sequence[Cells]:
    # What drivers give -> flags and times, column by column.
    makers = [type_.dialect_impl(dialect).result_processor(dialect, None) for type_ in types]
    if not cells or not any(makers):
        return cells
    columns: list[Iterable[Any]] = list(zip(*cells, strict=True))
    for number, make in enumerate(makers):
        if make:
            columns[number] = map(make, columns[number])
    return list(zip(*columns, strict=True))


def _columns(database: Database, table: Table) -> list[str]:
    return [name for name in table.types if name in database.wanted]


@lru_cache(4096)
def read_opaque(text: str | None) -> Mapping[str, Any]:
    """Returns what `opaque1` holds, not to be changed; Zato encodes it twice, older rows once.

    Rows of one sort mostly hold the same text.
    """
    value: Any = text
    while isinstance(value, str) and value:
        try:
            value = from_json(value)
        except ValueError:
            return {}
    if isinstance(value, dict):
        return value
    return {}


def write_opaque(values: Mapping[str, Any], nothing: str = 'null') -> str:
    """Returns the text for `opaque1`: encoded twice, or as Zato writes nothing."""
    if not values:
        return nothing
    return json.dumps(json.dumps(values))
