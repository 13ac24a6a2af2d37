"""Reads an ODB into a State, names in place of ids, and remembers the rows that it came from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from zatools.checks import RESERVED
from zatools.kinds.model import EMPTY, Field, Kind
from zatools.odb.mapping import REFERENCES, Database, Mapped, SealedSecret, Table
from zatools.secret import Secret
from zatools.state import Item, Key, State

INTERNAL_SECURITY = {
    '3.2': frozenset({'admin.invoke', 'pubapi', 'ide_publisher'}),
    '4.1': frozenset({'admin.invoke', 'ide_publisher', 'django', 'metrics'}),
}


@dataclass(slots=True)
class Stored:
    """The rows of one object: its id, its row, its child row and its `opaque1`."""

    id: int
    row: Mapping[str, Any]
    child: Mapping[str, Any]
    opaque: Mapping[str, Any]


@dataclass
class Loaded:
    """An ODB's content: the state, the rows behind it, ids by section and name, what is internal or not supported."""

    state: State = field(default_factory=dict)
    stored: dict[Key, Stored] = field(default_factory=dict)
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    internal: set[Key] = field(default_factory=set)
    members: dict[int, dict[int, int]] = field(default_factory=dict)
    security_types: dict[str, str] = field(default_factory=dict)
    internal_paths: dict[str, str] = field(default_factory=dict)
    internal_users: dict[tuple[str, str], str] = field(default_factory=dict)
    foreign: dict[Key, str] = field(default_factory=dict)


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


def _lines(raw: Any) -> list[str]:
    lines = raw if isinstance(raw, list) else str(raw).splitlines()
    return [str(line) for line in lines if str(line).strip()]


def _rows(raw: Any) -> Any:
    if isinstance(raw, str):
        try:
            return json.loads(raw) if raw else []
        except ValueError:
            return raw
    return raw


def _codes(codes: Mapping[str, int]) -> Callable[[Any], Any]:
    words = {code: word for word, code in codes.items()}
    return lambda raw: words.get(raw, str(raw))


DECODERS: dict[str, Callable[[Any], Any]] = {
    'text': str,
    'integer': int,
    'boolean': bool,
    'lines': _lines,
    'rows': _rows,
}


def _decoder(field_: Field, names: Mapping[str, Mapping[int, str]], opener: Any) -> Callable[[Any], Any] | None:
    if field_.ref and field_.type == 'list':
        known = names.get(field_.ref, {})
        return lambda raw: sorted(known[int(id_)] for id_ in raw if int(id_) in known)
    if field_.ref:
        known = names.get(field_.ref, {})
        return lambda raw: known.get(raw, f'#{raw}')
    if field_.secret:
        return lambda raw: SealedSecret(raw, opener)
    if field_.codes:
        return _codes(field_.codes)
    return DECODERS.get(field_.type)


Plan = list[tuple[str, str, Any, bool, Any, Any]]


def _plan(columns: tuple[tuple[Field, str], ...], generation: str, names: Any, opener: Any) -> Plan:
    # name, column, decoder, whether it is given even at its default, default, what an empty column means
    plan: Plan = []
    for field_, column in columns:
        is_always = field_.kept or field_.is_generational or field_.name == 'name'
        decoder = _decoder(field_, names, opener)
        default = field_.default_of(generation)
        # An empty choice means its default to servers, as an empty column of a generational field does.
        empty = default if field_.is_generational or field_.choices else EMPTY.get(field_.type)
        if field_.secret:
            is_always, empty = True, Secret('')
        plan.append((field_.name, column, None if decoder is str else decoder, is_always, default, empty))
    return plan


def _take_opaque(values: dict[str, Any], plan: Plan, opaque: Mapping[str, Any]) -> None:
    # Most rows have few keys: what is empty means what it always means.
    if opaque:
        _take(values, plan, opaque)
    else:
        values.update((name, empty) for name, _, _, is_always, _, empty in plan if is_always)


def _take(values: dict[str, Any], plan: Plan, row: Mapping[str, Any]) -> None:
    for name, column, decoder, is_always, default, empty in plan:
        raw = row.get(column)
        if raw is None or raw == '':
            if is_always:
                values[name] = empty
            elif raw == '' and default and empty == '':
                values[name] = ''
            continue
        value = decoder(raw) if decoder else raw
        if is_always or value != default:
            values[name] = value


class Loader:
    """Reads every kind of one database; one life per load."""

    def __init__(self, database: Database, opener: Any) -> None:
        self.database = database
        self.opener = opener
        self.loaded = Loaded()
        self.names: dict[str, dict[int, str]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.groups: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[dict[str, Any]]]] = {}

    def load(self) -> Loaded:
        """Returns all that the database holds."""
        for table in dict.fromkeys(row.table for mapped in self.database.mapped.values() for row in mapped.kind.rows):
            self.rows[table] = self._select(self.database.tables[table])
        self._read_names()
        self._read_members()
        for mapped in self.database.mapped.values():
            self._read_kind(mapped)
        self.rows.clear()
        return self.loaded

    def _select(self, table: Table) -> list[dict[str, Any]]:
        query = sa.select(*table.clause.c)
        if 'cluster_id' in table.types:
            query = query.where(table.clause.c.cluster_id == self.database.cluster_id)
        if table.name == 'generic_object':
            query = query.where(table.clause.c.type_.in_(['zato-group', 'zato-group-member', 'zato-quota-tier']))
        result = self.database.connection.execute(query)
        keys = list(result.keys())
        return [dict(zip(keys, row, strict=True)) for row in result.fetchall()]

    def _read_names(self) -> None:
        for section, (name, match) in REFERENCES.items():
            table = self.database.tables.get(name)
            if table is None:
                continue
            rows = self.rows.get(name)
            if rows is None:
                columns = table.clause.c
                query = sa.select(columns.id, columns.name).where(columns.cluster_id == self.database.cluster_id)
                rows = [{'id': row[0], 'name': row[1]} for row in self.database.connection.execute(query)]
            for column, value in match.items():
                rows = [row for row in rows if row[column] == value]
            self.names[section] = {row['id']: row['name'] for row in rows}
            self.loaded.ids[section] = {row['name']: row['id'] for row in rows}
        self.loaded.security_types = {row['name']: row['sec_type'] for row in self.rows['sec_base']}
        self._count_unknown()

    def _count_unknown(self) -> None:
        known = {mapped.kind.rows[0].match.get('sec_type') for mapped in self.database.mapped.values()}
        for row in self.rows['sec_base']:
            if row['sec_type'] not in known:
                self.loaded.foreign['security', row['name']] = row['sec_type']

    def _read_members(self) -> None:
        for row in self.rows.get('generic_object', []):
            if row['type_'] == 'zato-group-member':
                parts = row['name'].rsplit('-', 2)
                if len(parts) == 3 and parts[1].isdigit():
                    self.loaded.members.setdefault(row['parent_object_id'], {})[int(parts[1])] = row['id']

    def is_internal(self, kind: Kind, row: Mapping[str, Any]) -> bool:
        """Tells whether a row belongs to the platform itself."""
        name = row['name']
        if row.get('is_internal') or name.startswith(RESERVED):
            return True
        return kind.section == 'security' and name in INTERNAL_SECURITY[self.database.generation]

    def _read_kind(self, mapped: Mapped) -> None:
        kind, table = mapped.kind, mapped.table
        plan = _plan(mapped.columns, self.database.generation, self.names, self.opener)
        child_plan = _plan(mapped.child_columns, self.database.generation, self.names, self.opener)
        opaque_plan = _plan(mapped.opaque, self.database.generation, self.names, self.opener)
        children = {row['id']: row for row in self.rows[mapped.child.name]} if mapped.child else {}
        for row in self._rows_of(kind, table):
            key = (kind.section, row['name'])
            if self.is_internal(kind, row):
                self.loaded.internal.add(key)
                if row.get('username'):
                    self.loaded.internal_users[kind.label, row['username']] = row['name']
                if kind.section.startswith('channel_'):
                    self.loaded.internal_paths[row.get('url_path', '')] = row['name']
                continue
            opaque = read_opaque(row.get('opaque1'))
            if any(opaque.get(name) == value for name, value in kind.rows[0].unless.items()):
                self.loaded.foreign[key] = next(iter(kind.rows[0].unless.values()))
                continue
            values: dict[str, Any] = {}
            _take(values, plan, row)
            child = children.get(row['id'], {})
            if child_plan:
                _take(values, child_plan, child)
            _take_opaque(values, opaque_plan, opaque)
            if mapped.members:
                members = self.loaded.members.get(row['id'], {})
                names = self.names['security']
                values['members'] = sorted(names[id_] for id_ in members if id_ in names)
            if kind.fold:
                kind.fold(values, opaque, self.database.generation)
            self.loaded.state[key] = Item(kind, values)
            self.loaded.stored[key] = Stored(row['id'], row, child, opaque)

    def _rows_of(self, kind: Kind, table: Table) -> list[dict[str, Any]]:
        # A table that several kinds share is gone through once.
        match = kind.rows[0].match
        columns = tuple(match)
        if (table.name, columns) not in self.groups:
            groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
            for row in self.rows[table.name]:
                groups[tuple(row.get(column) for column in columns)].append(row)
            self.groups[table.name, columns] = groups
        return self.groups[table.name, columns].get(tuple(match.values()), [])
