"""Reads an ODB into a State, names in place of ids, and remembers the rows that it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from zatools.kinds import KINDS, REFERENCES, more_particular
from zatools.kinds.beside import RESERVED, is_set_by_people
from zatools.kinds.model import Kind, Row
from zatools.odb.decode import Decoder, OpaqueDecoder, read_free
from zatools.odb.mapping import TYPED, Database, Mapped, Part, Table
from zatools.odb.rows import Cells, Rows, Stored, empty, filled, matching, read_opaque, select
from zatools.state import Item, Key, State

NO_CELLS: Cells = ()
#: Kinds of objects that others may own.
COMPANIONS = frozenset(companion.kind for kind in KINDS for companion in kind.companions)
#: The ids of what the rows of items name, and those rows' own ids, by the id of the owner.
Links = Mapping[int, Mapping[int, int]]


@dataclass
class Loaded:
    """An ODB's content: the state, the rows behind it, ids by section and name, what is internal or not supported.

    `links` are the rows of items; `types` are the types in sections of several kinds, as rows call them.
    `more` are the ids of further rows of objects that rows don't tell apart.
    `taken` are the ids of the rows that belong to kinds, by table; `empty` are tables without rows. `hidden` are
    objects that others own, with their rows, among the platform's own.
    """

    state: State = field(default_factory=dict)
    stored: dict[Key, Stored] = field(default_factory=dict)
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    internal: set[Key] = field(default_factory=set)
    links: dict[Row, Links] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    owned: dict[tuple[str, str], str] = field(default_factory=dict)
    foreign: dict[Key, str] = field(default_factory=dict)
    taken: dict[str, set[int]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    more: dict[Key, list[int]] = field(default_factory=dict)
    hidden: State = field(default_factory=dict)
    stored_hidden: dict[Key, Stored] = field(default_factory=dict)

    def rows_of(self, key: Key) -> Stored:
        """Returns the rows of an object, of one that is hidden too."""
        return self.stored.get(key) or self.stored_hidden[key]


class Loader:
    """Reads every kind of one database; one life per load."""

    def __init__(self, database: Database, opener: Any) -> None:
        self.database = database
        self.opener = opener
        self.loaded = Loaded()
        self.names: dict[str, dict[int, str]] = {}
        self.rows: dict[str, Rows] = {}
        self.own: dict[Kind, Sequence[Cells]] = {}

    def load(self) -> Loaded:
        """Returns all that the database holds."""
        tables = (table for mapped in self.database.mapped.values() for table in mapped.tables)
        names = tuple(dict.fromkeys(tables))
        with_rows = filled(self.database, names)
        self.loaded.empty = frozenset(names) - with_rows
        for name in names:
            read = select if name in with_rows else empty
            self.rows[name] = read(self.database, name)
        self._read_names()
        self._read_types()
        for mapped in self.database.mapped.values():
            for part in mapped.lists:
                self.loaded.links[part.row] = _links(self.rows[part.table.name], part.row)
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

    def _read_types(self) -> None:
        known = defaultdict(set)
        for kind, mapped in self.database.mapped.items():
            column = TYPED.get(kind.section)
            if column:
                known[kind.section, mapped.table.name, column].add(mapped.row.match[column])
        for (section, table, column), supported in known.items():
            types = self.loaded.types[section] = dict(self.rows[table].columns('name', column))
            others = {(section, name): type_ for name, type_ in types.items() if type_ not in supported}
            self.loaded.foreign.update(others)

    def _ids_and_names(self, table: Table) -> Rows:
        quote = self.database.connection.dialect.identifier_preparer.quote
        text = f'SELECT id, name FROM {quote(table.name)} WHERE cluster_id = {int(self.database.cluster_id)}'
        return Rows(('id', 'name'), self.database.connection.exec_driver_sql(text).fetchall())

    def _is_internal(self, kind: Kind, rows: Rows) -> Callable[[Cells, str], bool]:
        # Rows that belong to the platform itself.
        flag = rows.index.get('is_internal')
        known = kind.internal.of(self.database.generation)

        def is_internal(cells: Cells, name: str) -> bool:
            return (flag is not None and bool(cells[flag])) or name.startswith(RESERVED) or name in known

        return is_internal

    def _note_internal(self, kind: Kind, name: str, row: dict[str, Any]) -> None:
        self.loaded.internal.add((kind.section, name))
        self._note_owner(kind, row, f"the platform's own {kind.role} '{name}'")

    def _note_owner(self, kind: Kind, row: dict[str, Any], whose: str) -> None:
        # What no object of files may have.
        for unique in kind.unique:
            field = kind.by_name[unique.main]
            value = row.get(field.column_of(self.database.generation))
            if field.ref:
                value = self.names.get(field.ref, {}).get(value or 0)
            if value:
                self.loaded.owned[unique.scope_of(kind.label), value] = whose

    def _own(self, mapped: Mapped) -> Sequence[Cells]:
        # The rows of a kind, without those of kinds that say more of them.
        kind, rows = mapped.kind, self.rows[mapped.table.name]
        if kind not in self.own:
            found = matching(rows, mapped.row)
            others = (self.database.mapped[other] for other in more_particular(kind) if other in self.database.mapped)
            id_ = rows.index['id']
            taken = {cells[id_] for other in others for cells in self._own(other)}
            self.own[kind] = [cells for cells in found if cells[id_] not in taken] if taken else found
        return self.own[kind]

    def _read_kind(self, mapped: Mapped) -> None:
        kind, rows = mapped.kind, self.rows[mapped.table.name]
        taken, own = self.loaded.taken.setdefault(mapped.table.name, set()), self._own(mapped)
        if not own:
            # Most kinds have no rows: what reads them would be made for nothing.
            return
        id_, opaque_ = rows.index['id'], rows.index.get('opaque1')
        is_internal, read = self._is_internal(kind, rows), self._reader(mapped, rows)
        name_of, is_called_otherwise = self._namer(mapped, rows), bool(mapped.row.prefix) or not kind.is_named
        seen = [(name, rows.index[name]) for name in mapped.row.seen]
        for cells in own:
            name = name_of(cells)
            key = (kind.section, name)
            opaque = read_opaque(None if opaque_ is None else cells[opaque_])
            if not is_set_by_people(mapped.table.name, name, rows.named(cells) if name.startswith(RESERVED) else {}):
                taken.add(cells[id_])
            if any(mark in opaque for mark in kind.owned) or is_internal(cells, name):
                self._note_internal(kind, name, rows.named(cells))
                if kind in COMPANIONS:
                    values, self.loaded.stored_hidden[key] = read(cells, opaque)
                    self.loaded.hidden[key] = Item(kind, values)
                continue
            values, stored = read(cells, opaque)
            if is_called_otherwise:
                values['name'] = name
            if kind.fold:
                kind.fold(values, {**opaque, **{name: cells[index] for name, index in seen}}, self.database.generation)
            if not kind.is_named and key in self.loaded.state:
                self._join(self.loaded.state[key], values, cells[id_])
                continue
            self.loaded.state[key] = Item(kind, values)
            self.loaded.stored[key] = stored

    def _join(self, item: Item, values: dict[str, Any], id_: int) -> None:
        # Rows that nothing tells apart are one object: what their lists hold is put together.
        self.loaded.more.setdefault(item.key, []).append(id_)
        for name, value in values.items():
            if isinstance(value, list):
                item.values[name] = list(dict.fromkeys([*item.values.get(name, []), *value]))

    def _namer(self, mapped: Mapped, rows: Rows) -> Callable[[Cells], str]:
        # What has no name of its own is called by the fields that tell it from others.
        if mapped.kind.is_named and mapped.row.prefix:
            name, start = rows.index['name'], len(mapped.row.prefix)
            return lambda cells: str(cells[name])[start:]
        if mapped.kind.is_named:
            return itemgetter(rows.index['name'])
        identity = mapped.kind.identity
        columns = [(field, rows.index[column]) for field, column in mapped.columns if field.name in identity]
        decoder = Decoder(columns, self.database.generation, self.names, self.opener)
        return lambda cells: mapped.kind.name_of(decoder.read(cells))

    def _reader(self, mapped: Mapped, rows: Rows) -> Callable[[Cells, Any], tuple[dict[str, Any], Stored]]:
        about = self.database.generation, self.names, self.opener
        own = Decoder([(field, rows.index[column]) for field, column in mapped.columns], *about)
        opaque_decoder = OpaqueDecoder(mapped.opaque, *about)
        parts = [self._part_reader(part, *about) for part in mapped.parts]
        lists = [self._list_reader(part) for part in mapped.lists]
        part_rows = tuple(self.rows[part.table.name] for part in mapped.parts)
        id_ = rows.index['id']

        def read(cells: Cells, opaque: Mapping[str, Any]) -> tuple[dict[str, Any], Stored]:
            values, owner = own.read(cells), cells[id_]
            part_cells = tuple([read_part(owner, values) for read_part in parts])
            values.update(opaque_decoder.read(opaque))
            if mapped.kind.is_open:
                values.update(read_free(mapped.kind, opaque, opaque_decoder.keys, self.opener))
            for read_list in lists:
                read_list(owner, values)
            return values, Stored(owner, rows, cells, part_rows, part_cells, opaque)

        return read

    def _part_reader(self, part: Part, *about: Any) -> Callable[[int, dict[str, Any]], Cells]:
        rows = self.rows[part.table.name]
        decoder = Decoder([(field, rows.index[column]) for field, column in part.columns], *about)
        cells_by_owner = dict(zip(rows.columns(part.row.link), rows.cells, strict=True))
        blank = (None,) * len(rows.index)

        def read(owner: int, values: dict[str, Any]) -> Cells:
            cells: Cells = cells_by_owner.get(owner, NO_CELLS)
            if part.columns:
                values.update(decoder.read(cells or blank))
            return cells

        return read

    def _list_reader(self, part: Part) -> Callable[[int, dict[str, Any]], None]:
        links = self.loaded.links[part.row]
        assert part.items
        field, names = part.items.name, self.names[part.items.ref]

        def read(owner: int, values: dict[str, Any]) -> None:
            values[field] = sorted(names[id_] for id_ in links.get(owner, ()) if id_ in names)

        return read


def _links(rows: Rows, row: Row) -> Links:
    assert row.target
    link, target, id_ = rows.index[row.link], rows.index[row.target.column], rows.index['id']
    found: dict[int, dict[int, int]] = {}
    for cells in rows.where(row.match):
        named = row.target.read(cells[target])
        if named is not None:
            found.setdefault(cells[link], {})[named] = cells[id_]
    return found
