"""Rows of tables as they were read: tuples, and where each column is in them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from zatools.odb.mapping import Database, Table

Cells = Sequence[Any]

#: Columns that are looked at whatever the kind.
BASIC = frozenset({'id', 'name', 'username', 'is_internal', 'parent_object_id', 'opaque1'})


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


class Stored(NamedTuple):
    """The rows of one object: its id, its row, its child row and its `opaque1`."""

    id: int
    rows: Rows
    cells: Cells
    child_rows: Rows
    child_cells: Cells
    opaque: Mapping[str, Any]

    @property
    def row(self) -> dict[str, Any]:
        """The row by its columns."""
        return self.rows.named(self.cells)

    @property
    def child(self) -> dict[str, Any]:
        """The child row by its columns; empty where there is none."""
        return self.child_rows.named(self.child_cells)


def select(database: Database, table: Table, match: Mapping[str, Sequence[str]]) -> Rows:
    """Reads a table: the rows of the cluster, whose columns hold one of the values of `match`."""
    columns = _columns(database, table)
    query = sa.select(*(table.clause.c[name] for name in columns))
    if 'cluster_id' in table.types:
        query = query.where(table.clause.c.cluster_id == database.cluster_id)
    elif database.is_shared and 'def_id' in table.types:
        definitions = database.tables['conn_def_amqp'].clause.c
        query = query.where(
            table.clause.c.def_id.in_(sa.select(definitions.id).where(definitions.cluster_id == database.cluster_id))
        )
    for name, values in match.items():
        query = query.where(table.clause.c[name].in_(values))
    if database.is_writing:
        # Where tables can't be locked, their rows are, and the gaps between them; SQLite and PostgreSQL need none.
        query = query.with_for_update() if database.connection.dialect.name == 'mysql' else query
    return Rows(columns, database.connection.execute(query).fetchall())


def _columns(database: Database, table: Table) -> list[str]:
    # Of the three dozen columns that a table may have, few belong to a generation's kinds.
    wanted = set(BASIC)
    for mapped in database.mapped.values():
        wanted.update(column for _, column in (*mapped.columns, *mapped.child_columns))
        wanted.update(column for row in mapped.kind.rows for column in row.match)
    return [name for name in table.types if name in wanted]


@lru_cache(4096)
def read_opaque(text: str | None) -> Mapping[str, Any]:
    """Returns what `opaque1` holds, not to be changed; Zato encodes it twice, older rows once.

    Rows of one sort mostly hold the same text.
    """
    value: Any = text
    while isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def write_opaque(values: Mapping[str, Any], is_group: bool = False) -> str:
    """Returns the text for `opaque1`: encoded twice, or as Zato writes nothing."""
    if values:
        return json.dumps(json.dumps(values))
    return '""' if is_group else 'null'
