"""What an ODB holds besides the objects of kinds: rows of no kind, keys that no field declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from zatools.errors import ZatoolsError
from zatools.kinds import KINDS
from zatools.kinds.beside import (
    ALONE,
    LEFTOVERS,
    LINKS,
    MADE_TYPES,
    NO_OBJECTS,
    RESERVED,
    SET_BY_PEOPLE,
    is_set_by_people,
)
from zatools.kinds.model import GENERATIONS
from zatools.odb.catalog import ForeignKey, read_catalog, read_references
from zatools.odb.load import Loaded
from zatools.odb.mapping import Database, Table, tables_of
from zatools.odb.rows import count, read_opaque
from zatools.secret import Secret
from zatools.state import Item, Key, show

Row = Mapping[str, Any]
Opener = Callable[[str], str] | None

#: Tables whose rows are a part of an object of another table.
PARTS = frozenset(row.table for kind in KINDS for row in kind.rows[1:] if row.table != kind.rows[0].table)
ROWS = tuple(row for kind in KINDS for row in kind.rows)
#: Columns that tell the rows of a table apart by kinds.
TELLING: Mapping[str, tuple[str, ...]] = {
    name: tuple(dict.fromkeys(column for row in ROWS if row.table == name for column in row.match))
    for name in {row.table for row in ROWS}
}
#: The names of the platform's own objects, by generation and table.
INTERNAL = {
    generation: {kind.rows[0].table: kind.internal.of(generation) for kind in KINDS} for generation in GENERATIONS
}
#: Columns that say when or by whom, or are given out by the database: of no meaning elsewhere.
PASSING = frozenset(
    [
        'cluster_id',
        'created',
        'creation_time',
        'id',
        'last_deliv_time',
        'last_interaction_details',
        'last_interaction_time',
        'last_interaction_type',
        'last_modified',
        'last_pub_time',
        'last_seen',
        'last_sub_time',
        'last_updated',
        'opaque1',
        'sub_key',
    ]
)


class Other(NamedTuple):
    """A row of no kind: its table and what tells it apart there, its name; `parts` is what it holds, None if sealed."""

    label: str
    name: str
    parts: Mapping[str, Secret | None]


class Census:
    """Reads all rows that no kind has; one life per reading."""

    def __init__(self, database: Database, loaded: Loaded, opener: Opener) -> None:
        self.database = database
        self.loaded = loaded
        self.opener = opener
        self.tables = tables_of(read_catalog(database.connection))
        self.keys = read_references(database.connection)
        self.names: dict[str, dict[Any, str]] = {}

    def read(self) -> list[Other]:
        """Returns what is not a kind yet and isn't the platform's own, in the order of its names."""
        names = sorted(self._tables())
        counts = count(self.database, names)
        # Most tables have no rows, or none but those of kinds.
        names = [name for name in names if counts[name] != len(self.loaded.taken.get(name, ()))]
        found = [other for name in names for other in self._of_table(self.tables[name])]
        return sorted(found, key=lambda other: (other.label, other.name))

    def _tables(self) -> Iterator[str]:
        known = TELLING.keys() | NO_OBJECTS | ALONE
        hanging = {key.table for key in self.keys if key.target in known}
        yield from ((known | hanging) & self.tables.keys()) - NO_OBJECTS - PARTS

    def _of_table(self, table: Table) -> Iterator[Other]:
        taken = self.loaded.taken.get(table.name, set())
        for row in self._rows(table):
            if row.get('id') in taken:
                continue
            opaque = read_opaque(row.get('opaque1'))
            name = str(row.get('name') or '')
            if not self._is_internal(table, row, name):
                yield Other(self._label(table, row), name, self._contents(table, row, opaque))

    def _rows(self, table: Table) -> Iterable[Row]:
        query = sa.select(table.clause)
        if 'cluster_id' in table.types:
            query = query.where(table.clause.c.cluster_id == self.database.cluster_id)
        return [dict(row) for row in self.database.connection.execute(query).mappings()]

    def _label(self, table: Table, row: Row) -> str:
        columns = TELLING.get(table.name, ())
        if (table.name, row.get('name')) in SET_BY_PEOPLE:
            columns = ('name',)
        telling = [show(str(row[column])) for column in columns if row.get(column)]
        return ' '.join([table.name, *telling])

    def _is_internal(self, table: Table, row: Row, name: str) -> bool:
        if is_set_by_people(table.name, name, row):
            return False
        return (
            bool(row.get('is_internal'))
            or name.startswith(RESERVED)
            or name in INTERNAL[self.database.generation].get(table.name, ())
            or row.get('type_') in MADE_TYPES.get(table.name, ())
        )

    # What rows hold, without ids

    def _contents(self, table: Table, row: Row, opaque: Row) -> dict[str, Secret | None]:
        found = {
            column: self._sealed(self._meaning(table, column, value))
            for column, value in row.items()
            if column not in PASSING and column != 'name'
        }
        found.update((f'opaque1.{key}', self._sealed(self._linked(table, key, value))) for key, value in opaque.items())
        return found

    def _meaning(self, table: Table, column: str, value: Any) -> Any:
        # An id says nothing in another database: what it refers to is called by its name.
        key = next((one for one in self.keys if (one.table, one.column) == (table.name, column)), None)
        if key is None or value is None:
            return value
        return self._names_of(key).get(value, '(a row without a name)')

    def _names_of(self, key: ForeignKey) -> dict[Any, str]:
        if key.target not in self.names:
            target = self.tables.get(key.target)
            has_name = target is not None and 'name' in target.types
            query = sa.select(target.clause.c[key.target_column], target.clause.c.name) if target and has_name else None
            rows = self.database.connection.execute(query).fetchall() if query is not None else ()
            self.names[key.target] = {row[0]: row[1] for row in rows}
        return self.names[key.target]

    def _linked(self, table: Table, key: str, value: Any) -> Any:
        link = next((link for link in LINKS if link.is_opaque and (link.table, link.column) == (table.name, key)), None)
        if link is None or link.is_named:
            return value
        names = {id_: name for name, id_ in self.loaded.ids.get(link.section, {}).items()}
        return [names.get(id_, '(no such row)') for id_ in link.read(value)]

    def _sealed(self, value: Any) -> Secret | None:
        return sealed(value, self.opener)


def sealed(value: Any, opener: Opener) -> Secret | None:
    """Returns a value to compare, which is never printed; None for one that is encrypted and can't be opened."""
    if not isinstance(value, str) or not value.removeprefix('zato.secf.').startswith('gAAA'):
        return Secret('' if value in (None, '', b'', [], {}, False) else json.dumps(_plain(value), sort_keys=True))
    try:
        return Secret(json.dumps(opener(value))) if opener else None
    except ZatoolsError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        # What is text to one database is bytes to another.
        return value.decode('utf-8', 'backslashreplace')
    if isinstance(value, datetime):
        # MariaDB keeps whole seconds.
        return value.isoformat(timespec='seconds')
    if isinstance(value, (list, dict, str, int, float, bool)) or value is None:
        return value
    return str(value)


def undeclared(database: Database, loaded: Loaded, opener: Opener) -> dict[Key, dict[str, Secret | None]]:
    """Returns the keys of `opaque1` that no field of an object declares and that say something, with their values."""
    found: dict[Key, dict[str, Secret | None]] = {}
    for key, stored in loaded.stored.items():
        kind = loaded.state[key].kind
        declared = {name for _, name in database.mapped[kind].opaque}
        declared.update(kind.leftovers)
        declared.update(kind.rows[0].opaque)
        declared.update(field.name for field in kind.free)
        declared.update(_derived(loaded.state[key], database.generation))
        rest = {name: value for name, value in stored.opaque.items() if name not in declared and _says(name, value)}
        if rest:
            found[key] = {f'opaque1.{name}': sealed(value, opener) for name, value in rest.items()}
    return found


def _derived(item: Item, generation: str) -> Iterable[str]:
    opaque: dict[str, Any] = {}
    if item.kind.derive:
        item.kind.derive(item.values, opaque, generation)
    return opaque


def _says(name: str, value: Any) -> bool:
    if value in (None, '', [], {}, False):
        return False
    allowed = LEFTOVERS.get(name, ())
    return allowed is not None and value not in allowed
