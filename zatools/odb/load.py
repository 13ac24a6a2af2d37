"""Reads an ODB into a State, names in place of ids, and remembers the rows that it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from zatools.kinds.later import RESERVED, Later, entries_of, first_of
from zatools.kinds.model import Kind
from zatools.odb.decode import Decoder, OpaqueDecoder
from zatools.odb.mapping import REFERENCES, Database, Mapped, Table
from zatools.odb.rows import Cells, Rows, Stored, read_opaque, select
from zatools.state import Item, Key, State

INTERNAL_SECURITY = {
    '3.2': frozenset({'admin.invoke', 'pubapi', 'ide_publisher'}),
    '4.1': frozenset({'admin.invoke', 'ide_publisher', 'django', 'metrics'}),
}
NONE: frozenset[str] = frozenset()
NO_ROWS = Rows((), ())
#: Which rows of a table that many kinds share are ours.
MATCH = {'generic_object': {'type_': ('zato-group', 'zato-group-member', 'zato-quota-tier')}}


@dataclass
class Loaded:
    """An ODB's content: the state, the rows behind it, ids by section and name, what is internal or not supported.

    `taken` are the ids of the rows that belong to kinds, by table.
    """

    state: State = field(default_factory=dict)
    stored: dict[Key, Stored] = field(default_factory=dict)
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    internal: set[Key] = field(default_factory=set)
    members: dict[int, dict[int, int]] = field(default_factory=dict)
    security_types: dict[str, str] = field(default_factory=dict)
    internal_paths: dict[str, str] = field(default_factory=dict)
    internal_users: dict[tuple[str, str], str] = field(default_factory=dict)
    foreign: dict[Key, str] = field(default_factory=dict)
    taken: dict[str, set[int]] = field(default_factory=dict)


class Loader:
    """Reads every kind of one database; one life per load."""

    def __init__(self, database: Database, opener: Any) -> None:
        self.database = database
        self.opener = opener
        self.loaded = Loaded()
        self.names: dict[str, dict[int, str]] = {}
        self.rows: dict[str, Rows] = {}

    def load(self) -> Loaded:
        """Returns all that the database holds."""
        for name in dict.fromkeys(row.table for mapped in self.database.mapped.values() for row in mapped.kind.rows):
            self.rows[name] = select(self.database, self.database.tables[name], MATCH.get(name, {}))
        self._read_names()
        self._read_members()
        for mapped in self.database.mapped.values():
            self._read_kind(mapped)
        return self.loaded

    def _read_names(self) -> None:
        for section, (name, match) in REFERENCES.items():
            if name not in self.database.tables:
                continue
            rows = self.rows.get(name) or self._ids_and_names(self.database.tables[name])
            id_, name_ = rows.index['id'], rows.index['name']
            found = rows.where(match)
            self.names[section] = {cells[id_]: cells[name_] for cells in found}
            self.loaded.ids[section] = {cells[name_]: cells[id_] for cells in found}
        self.loaded.security_types = dict(self.rows['sec_base'].columns('name', 'sec_type'))
        known = {mapped.kind.rows[0].match.get('sec_type') for mapped in self.database.mapped.values()}
        for name, type_ in self.loaded.security_types.items():
            if type_ not in known:
                self.loaded.foreign['security', name] = type_

    def _ids_and_names(self, table: Table) -> Rows:
        columns = table.clause.c
        query = sa.select(columns.id, columns.name).where(columns.cluster_id == self.database.cluster_id)
        return Rows(('id', 'name'), self.database.connection.execute(query).fetchall())

    def _read_members(self) -> None:
        if 'generic_object' not in self.rows:
            return
        rows = self.rows['generic_object']
        for type_, name, group, id_ in rows.columns('type_', 'name', 'parent_object_id', 'id'):
            parts = name.rsplit('-', 2)
            if type_ == 'zato-group-member' and len(parts) == 3 and parts[1].isdigit():
                self.loaded.members.setdefault(group, {})[int(parts[1])] = id_

    def _is_internal(self, kind: Kind, rows: Rows) -> Callable[[Cells], bool]:
        # Rows that belong to the platform itself.
        flag, name = rows.index.get('is_internal'), rows.index['name']
        known = INTERNAL_SECURITY[self.database.generation] if kind.section == 'security' else NONE

        def is_internal(cells: Cells) -> bool:
            return (flag is not None and bool(cells[flag])) or cells[name].startswith(RESERVED) or cells[name] in known

        return is_internal

    def _note_internal(self, kind: Kind, row: dict[str, Any]) -> None:
        self.loaded.internal.add((kind.section, row['name']))
        if row.get('username'):
            self.loaded.internal_users[kind.label, row['username']] = row['name']
        if kind.section.startswith('channel_'):
            self.loaded.internal_paths[row.get('url_path', '')] = f"the platform's own channel '{row['name']}'"

    def _read_kind(self, mapped: Mapped) -> None:
        kind, rows = mapped.kind, self.rows[mapped.table.name]
        is_internal, later = self._is_internal(kind, rows), _among(kind, self.database.generation)
        id_, name_, opaque_ = rows.index['id'], rows.index['name'], rows.index['opaque1']
        read, match = self._reader(mapped, rows), kind.rows[0].match
        taken = self.loaded.taken.setdefault(mapped.table.name, set())
        for cells in rows.where(match):
            key = (kind.section, cells[name_])
            opaque = read_opaque(cells[opaque_])
            entry = first_of(later, {**match, 'name': cells[name_]}, opaque) if later else None
            if entry:
                self._note_later(key, entry, rows.named(cells))
                continue
            taken.add(cells[id_])
            if is_internal(cells):
                self._note_internal(kind, rows.named(cells))
                continue
            values, stored = read(cells, opaque)
            if kind.fold:
                kind.fold(values, opaque, self.database.generation)
            self.loaded.state[key] = Item(kind, values)
            self.loaded.stored[key] = stored

    def _note_later(self, key: Key, entry: Later, row: dict[str, Any]) -> None:
        label = entry.spelled(self.database.generation)
        self.loaded.foreign[key] = label
        if key[0].startswith('channel_'):
            self.loaded.internal_paths[row.get('url_path', '')] = f"the ODB's {label} '{row['name']}'"

    def _reader(self, mapped: Mapped, rows: Rows) -> Callable[[Cells, Any], tuple[dict[str, Any], Stored]]:
        about = self.database.generation, self.names, self.opener
        child_rows = self.rows[mapped.child.name] if mapped.child else NO_ROWS
        own = Decoder([(field, rows.index[column]) for field, column in mapped.columns], *about)
        child = Decoder([(field, child_rows.index[column]) for field, column in mapped.child_columns], *about)
        opaque_decoder = OpaqueDecoder(mapped.opaque, *about)
        children = dict(zip(child_rows.columns('id'), child_rows.cells, strict=True)) if mapped.child else {}
        id_, opaque_, blank = rows.index['id'], rows.index['opaque1'], (None,) * len(child_rows.index)

        def read(cells: Cells, opaque: Any) -> tuple[dict[str, Any], Stored]:
            values = own.read(cells)
            child_cells = children.get(cells[id_], ())
            if mapped.child_columns:
                values.update(child.read(child_cells or blank))
            values.update(opaque_decoder.read(cells[opaque_], opaque))
            if mapped.members:
                values['members'] = self._members_of(cells[id_])
            return values, Stored(cells[id_], rows, cells, child_rows, child_cells, opaque)

        return read

    def _members_of(self, group: int) -> list[str]:
        names = self.names['security']
        return sorted(names[id_] for id_ in self.loaded.members.get(group, {}) if id_ in names)


def _among(kind: Kind, generation: str) -> list[Later]:
    # What is not a kind yet and has its rows among those of one.
    match = kind.rows[0].match.items()
    return [entry for entry in entries_of(kind.rows[0].table, generation) if entry.match.items() <= match]
