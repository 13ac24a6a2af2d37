"""Kinds narrowed to the tables and columns that one database has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from zatools.errors import RefusedError
from zatools.kinds import KINDS, REFERENCES
from zatools.kinds.model import Field, Kind, Row
from zatools.odb.catalog import Catalog, Column, read_catalog
from zatools.odb.layouts import SEQUENCES
from zatools.secret import Secret


def _selected() -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    # A table in which every kind and reference tells its rows by the same column may hold much else.
    matches = defaultdict(list)
    for row in (row for kind in KINDS for row in kind.rows):
        matches[row.table].append(row.match)
    for table, match in REFERENCES.values():
        matches[table].append(match)
    for table, known in matches.items():
        columns = set(known[0]).intersection(*known)
        yield table, {column: sorted({match[column] for match in known}) for column in sorted(columns)}


#: What the columns of rows that we read hold, by table.
SELECTED = dict(_selected())
#: The table in which we keep what imports did, where it was asked for.
HISTORY = 'zatools_history'
#: Columns that are looked at whatever the kind.
BASIC = frozenset({'id', 'name', 'username', 'is_internal', 'opaque1'})
#: The column that tells the types of a section of several kinds.
TYPED = {kind.section: next(iter(kind.rows[0].match)) for kind in KINDS if kind.type}


@dataclass(frozen=True, eq=False)
class Table:
    """A table as this database has it; `sequence` gives out its ids, where there is one.

    `forms` make the value that a column takes of ours, where the column's type is none of texts, numbers and flags.
    """

    name: str
    types: Mapping[str, TypeEngine[Any]]
    nullable: frozenset[str]
    defaulted: frozenset[str]
    sequence: str = ''
    forms: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    @cached_property
    def clause(self) -> sa.TableClause:
        """What SQLAlchemy makes statements of; most tables of a run need none."""
        return sa.table(self.name, *(sa.column(column, type_) for column, type_ in self.types.items()))

    @property
    def key(self) -> str:
        """The column that tells its rows apart: in a table without ids the first one, which names the owner."""
        return next(iter({'id'} & self.types.keys() or self.types))


@dataclass(frozen=True, eq=False)
class Part:
    """A further row of an object, as this database has it; `items` is the field that has one for each of its items."""

    row: Row
    table: Table
    columns: tuple[tuple[Field, str], ...]
    items: Field | None = None

    def is_of(self, values: Mapping[str, Any]) -> bool:
        """Tells whether an object with these values has such a row."""
        return all(values.get(name) == value for name, value in self.row.when.items())


@dataclass(frozen=True, eq=False)
class Mapped:
    """Where this database keeps a kind's fields: columns of its first row, further rows, keys of `opaque1`.

    An object has at most one row of each of `parts`, and any number of each of `lists`.
    """

    kind: Kind
    table: Table
    columns: tuple[tuple[Field, str], ...]
    parts: tuple[Part, ...]
    lists: tuple[Part, ...]
    opaque: tuple[tuple[Field, str], ...]

    @property
    def row(self) -> Row:
        """The first row."""
        return self.kind.rows[0]

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that its rows are in."""
        return self.table.name, *(part.table.name for part in (*self.parts, *self.lists))


@dataclass(frozen=True, eq=False)
class Database:
    """One cluster of an opened database, as far as our kinds go; `is_writing` if what is read is to be written.

    `is_shared` if the database has other clusters too.
    """

    connection: Connection
    tables: Mapping[str, Table]
    mapped: Mapping[Kind, Mapped]
    generation: str
    cluster_id: int
    is_writing: bool = False
    is_shared: bool = False

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The columns that any kind's rows are read for: of the three dozen that a table may have, few."""
        wanted = set(BASIC)
        for mapped in self.mapped.values():
            for columns in (mapped.columns, *(part.columns for part in mapped.parts)):
                wanted.update(column for _, column in columns)
            for row in mapped.kind.rows_of(self.generation):
                wanted.update((row.link, *row.match, *row.seen))
                if row.target:
                    wanted.add(row.target.column)
        return frozenset(wanted)

    @cached_property
    def via(self) -> Mapping[str, tuple[str, str]]:
        """By table: the column that says whose a row is, and the table that it refers to, which has the cluster."""
        return {row.table: row.via for mapped in self.mapped for row in mapped.rows if row.via}


def catalog_of(connection: Connection) -> Catalog:
    """Returns what the database has of the tables and sequences that any kind or reference needs."""
    names = table_names()
    return read_catalog(connection, [*names, *(sequence for name in names for sequence in _sequences(name))])


def _sequences(table: str) -> tuple[str, ...]:
    return SEQUENCES.get(table) or (f'{table}_seq', f'{table}_id_seq')


def tables_of(catalog: Catalog) -> dict[str, Table]:
    """Returns the tables, with what is to be known of their columns."""
    return {name: _table(name, columns, catalog.sequences) for name, columns in catalog.tables.items()}


def _table(name: str, columns: list[Column], sequences: frozenset[str]) -> Table:
    types = {column.name: column.type for column in columns}
    return Table(
        name,
        types,
        frozenset(column.name for column in columns if column.is_nullable),
        frozenset(column.name for column in columns if column.has_default),
        next((sequence for sequence in _sequences(name) if sequence in sequences), ''),
        {column.name: form for column in columns if (form := _form(column))},
    )


def _form(column: Column) -> Callable[[Any], Any] | None:
    # What a driver takes for a column is the column's matter: one platform keeps as bytes what the other has as text.
    nothing: bytes | None = b''
    if column.is_nullable:
        nothing = None
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: str(value or '').encode() or nothing
    if isinstance(column.type, sa.DateTime):
        return _moment
    return None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not value:
        return None
    return datetime.fromisoformat(value)


def table_names() -> list[str]:
    """Returns the names of all tables that any kind or reference needs."""
    names = [row.table for kind in KINDS for row in kind.rows]
    return list(dict.fromkeys([*names, *(table for table, _ in REFERENCES.values()), 'cluster', 'server', HISTORY]))


def map_kinds(tables: Mapping[str, Table], generation: str) -> dict[Kind, Mapped]:
    """Returns how this database keeps each kind that it has tables for."""
    return {
        kind: _map(kind, tables, generation)
        for kind in KINDS
        if generation in kind.generations and all(row.table in tables for row in kind.rows_of(generation))
    }


def _map(kind: Kind, tables: Mapping[str, Table], generation: str) -> Mapped:
    first, *others = kind.rows_of(generation)
    single = [row for row in others if not row.items]
    homes = [tables[row.table] for row in (first, *single)]
    columns: list[list[tuple[Field, str]]] = [[] for _ in homes]
    opaque: list[tuple[Field, str]] = []
    for one, column in _columns_of(kind, generation):
        for number, table in enumerate(homes):
            if column in table.types:
                columns[number].append((one, column))
                break
        else:
            opaque.append((one, column))
    parts = (Part(row, table, tuple(known)) for row, table, known in zip(single, homes[1:], columns[1:], strict=True))
    lists = (Part(row, tables[row.table], (), kind.by_name[row.items]) for row in others if row.items)
    return Mapped(kind, homes[0], tuple(columns[0]), tuple(parts), tuple(lists), tuple(opaque))


@cache
def _columns_of(kind: Kind, generation: str) -> tuple[tuple[Field, str], ...]:
    # Whoever watches an ODB opens it again and again. Items of lists have rows of their own.
    listed = {row.items for row in kind.rows_of(generation)}
    return tuple((one, one.column_of(generation)) for one in kind.fields_of(generation) if one.name not in listed)


KEY_HINT = "give the server's directory (--server DIR) or its key (--server-key FILE, ZATO_SECRET_KEY)"


def is_sealed(text: str) -> bool:
    """Tells whether a stored text is encrypted."""
    return text.removeprefix('zato.secf.').startswith('gAAA')


class SealedSecret(Secret):
    """A stored secret, opened only when somebody compares or exports it."""

    __slots__ = ('_opener', '_opened')

    def __init__(self, text: str, opener: Any) -> None:
        super().__init__(text)
        self._opener = opener
        self._opened: str | None = None

    @property
    def is_sealed(self) -> bool:
        """Tells whether the stored text is encrypted."""
        return is_sealed(self._text)

    @property
    def token(self) -> str:
        """The stored text if it is encrypted, else empty."""
        if self.is_sealed:
            return self._text
        return ''

    @property
    def can_reveal(self) -> bool:
        return self._opener is not None or not self.is_sealed

    def reveal(self) -> str:
        if self._opened is None:
            if not self.can_reveal:
                raise RefusedError("secrets of this ODB can't be read without its key", KEY_HINT)
            self._opened = self._text
            if self._opener and self.is_sealed:
                self._opened = self._opener(self._text)
        return self._opened
