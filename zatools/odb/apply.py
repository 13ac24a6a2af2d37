"""Carries out changes in one transaction, a few statements a table however many objects there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from zatools.errors import OdbError
from zatools.kinds import ORDER
from zatools.kinds.model import Kind
from zatools.kinds.security import type_of
from zatools.odb import statements
from zatools.odb.encode import HEADER_COPY, Encoder
from zatools.odb.folding import fold
from zatools.odb.load import Loaded
from zatools.odb.mapping import KEY_HINT, Database, Mapped, Table
from zatools.odb.rows import Stored, write_opaque
from zatools.odb.seal import Sealer
from zatools.state import Change, Item


class Applier:
    """Writes changes; one life per transaction."""

    def __init__(
        self, database: Database, loaded: Loaded, sealer: Sealer | None, makes_services: bool, key_hint: str = KEY_HINT
    ) -> None:
        self.database = database
        self.loaded = loaded
        self.sealer = sealer
        self.makes_services = makes_services
        self.next_ids: dict[str, int] = {}
        self.now = datetime.now(UTC).replace(tzinfo=None)
        self.made_services: list[str] = []
        self.encoder = Encoder(database.generation, loaded, sealer, key_hint)

    def apply(self, changes: Sequence[Change]) -> None:
        """Writes all changes: services, parking, then kind by kind, then deletions in reverse order."""
        self._check_tables(changes)
        writes = [change for change in changes if change.op != 'delete']
        deletes = [change for change in changes if change.op == 'delete']
        self._make_services(writes)
        self.encoder.read_headers(changes)
        self._park(changes)
        self._park_names(writes, deletes)
        by_kind: dict[Kind, list[Change]] = defaultdict(list)
        for change in writes:
            by_kind[change.item.kind].append(change)
        for kind in sorted(by_kind, key=ORDER.__getitem__):
            self._retype([change for change in by_kind[kind] if change.stored and change.stored.kind is not kind])
            self._create(self.database.mapped[kind], [change.item for change in by_kind[kind] if change.op == 'create'])
            self._update(self.database.mapped[kind], [change for change in by_kind[kind] if change.op == 'update'])
        self._follow_headers(changes)
        self._delete(deletes)

    def _check_tables(self, changes: Sequence[Change]) -> None:
        needed = {row.table for change in changes for row in change.item.kind.rows}
        if any('service' in change.item.values for change in changes):
            needed.add('service')
        missing = sorted(needed - self.database.tables.keys())
        if missing:
            raise OdbError(f'the ODB lacks what these objects need: table {", ".join(missing)}')

    # Ids and statements

    def _ids(self, table: Table, count: int) -> Sequence[int]:
        if table.sequence:
            return statements.next_values(self.database.connection, table.sequence, count)
        # The write lock is held, so the ids stay free until the commit.
        if table.name not in self.next_ids:
            top = self.database.connection.execute(sa.select(sa.func.max(table.clause.c.id))).scalar()
            self.next_ids[table.name] = (top or 0) + 1
        first = self.next_ids[table.name]
        self.next_ids[table.name] += count
        return range(first, first + count)

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        statements.insert(self.database.connection, table, rows)

    def _set(self, table: Table, rows: list[dict[str, Any]]) -> None:
        statements.update(self.database.connection, table, rows)

    def _remove(self, table: Table, ids: Iterable[int]) -> None:
        statements.delete(self.database.connection, table, ids)

    # 3.2 sends an API key in the header that `orig_username` names, on the connection's row and the key's.

    def _follow_headers(self, changes: Sequence[Change]) -> None:
        if self.database.generation != '3.2':
            return
        touched = {change.item.key for change in changes}
        rows = []
        for key, item in self.loaded.state.items():
            if key in touched or not item.kind.section.startswith('outgoing_') or item.kind not in self.database.mapped:
                continue
            stored = self.loaded.stored[key]
            header = self.encoder.headers.get(item.values.get('security', ''))
            if item.kind.rows[0].table == 'http_soap' and stored.opaque.get(HEADER_COPY) != header:
                opaque = dict(stored.opaque)
                self.encoder.derive(item, opaque)
                rows.append({'_id': stored.id, 'opaque1': write_opaque(opaque)})
        self._set(self.database.tables['http_soap'], rows)

    # Creation

    def _make_services(self, changes: Sequence[Change]) -> None:
        known = self.loaded.ids.setdefault('service', {})
        names = dict.fromkeys(change.item.values.get('service', '') for change in changes)
        missing = [name for name in names if name and name not in known] if self.makes_services else []
        table = self.database.tables['service']
        rows = []
        for id_, name in zip(self._ids(table, len(missing)), missing, strict=True) if missing else ():
            known[name] = id_
            rows.append(
                _only(
                    table,
                    {
                        'id': id_,
                        'name': name,
                        'is_active': True,
                        'impl_name': name,
                        'is_internal': False,
                        'wsdl': None,
                        'wsdl_name': None,
                        'slow_threshold': 99999,
                        'opaque1': 'null',
                        'cluster_id': self.database.cluster_id,
                    },
                )
            )
        self._insert(table, rows)
        self.made_services = missing

    def _create(self, mapped: Mapped, items: list[Item]) -> None:
        if not items:
            return
        kind, table = mapped.kind, mapped.table
        ids = self._ids(table, len(items))
        rows, children = [], []
        fresh = {**self._fresh(kind, table), **self.encoder.defaults(kind, table, mapped.columns)}
        for id_, item in zip(ids, items, strict=True):
            opaque: dict[str, Any] = {}
            values = self.encoder.values(mapped, item)
            if kind.unfold:
                kind.unfold(values, opaque, self.database.generation)
            row = {**fresh, 'id': id_}
            self.encoder.fill(row, table, mapped.columns, values, item)
            row['opaque1'] = write_opaque(
                self.encoder.opaque(mapped, item, values, None, opaque), mapped.members is not None
            )
            rows.append(row)
            if mapped.child:
                children.append(self._child(mapped, item, values, id_))
            self.loaded.ids.setdefault(kind.section, {})[item.name] = id_
        self._insert(table, rows)
        if mapped.child:
            self._insert(mapped.child, children)
        if mapped.members:
            self._insert(
                table,
                [
                    row
                    for id_, item in zip(ids, items, strict=True)
                    for row in self._member_rows(table, id_, item.values.get('members', ()))
                ],
            )

    def _fresh(self, kind: Kind, table: Table) -> dict[str, Any]:
        base = kind.rows[0]
        return _only(
            table,
            {
                **base.new,
                **base.match,
                'cluster_id': self.database.cluster_id,
                'creation_time': self.now,
                'last_modified': self.now,
            },
        )

    def _child(self, mapped: Mapped, item: Item, values: Mapping[str, Any], id_: int) -> dict[str, Any]:
        assert mapped.child
        new = next(row.new for row in mapped.kind.rows[1:] if row.table == mapped.child.name)
        row = {**_only(mapped.child, new), **self.encoder.defaults(item.kind, mapped.child, mapped.child_columns)}
        row['id'] = id_
        self.encoder.fill(row, mapped.child, mapped.child_columns, values, item)
        return row

    def _member_rows(self, table: Table, group_id: int, names: Iterable[str]) -> list[dict[str, Any]]:
        ids = self.loaded.ids['security']
        names = list(names)
        return (
            [
                _only(
                    table,
                    {
                        'id': id_,
                        'name': f'{type_of(self.loaded.security_types[name])}-{ids[name]}-{group_id}',
                        'type_': 'zato-group-member',
                        'subtype': 'zato-api-creds',
                        'parent_object_id': group_id,
                        'creation_time': self.now,
                        'last_modified': self.now,
                        'opaque1': '""',
                        'cluster_id': self.database.cluster_id,
                    },
                )
                for id_, name in zip(self._ids(table, len(names)), names, strict=True)
            ]
            if names
            else []
        )

    # Updates

    def _update(self, mapped: Mapped, changes: list[Change]) -> None:
        rows, children = [], []
        for change in changes:
            names = {field.name for field in change.fields}
            stored = self.loaded.stored[change.item.key]
            values = self.encoder.values(mapped, self._merged(change))
            rows.append(self._updated(mapped, change, stored, names, values))
            if any(field.name in names for field, _ in mapped.child_columns) and 'type' not in names:
                children.append(
                    {
                        '_id': stored.id,
                        **{
                            column: self.encoder.column(mapped.child, column, values[field.name])  # type: ignore[arg-type]
                            if field.name in names
                            else stored.child.get(column)
                            for field, column in mapped.child_columns
                        },
                    }
                )
        self._set(mapped.table, rows)
        if mapped.members:
            self._update_members(mapped, changes)
        if mapped.child and mapped.child_columns:
            self._set(mapped.child, children)

    def _updated(
        self, mapped: Mapped, change: Change, stored: Stored, names: set[str], values: dict[str, Any]
    ) -> dict[str, Any]:
        row = {column: stored.row.get(column) for _, column in mapped.columns}
        # Every row of a statement has the same columns, so each says what tells its kind, a retyped one above all.
        row.update(_only(mapped.table, mapped.kind.rows[0].match))
        is_retyped = 'type' in names
        old = dict(stored.opaque)
        if is_retyped and change.stored:
            for field, key in self.database.mapped[change.stored.kind].opaque:
                if field.name not in mapped.kind.by_name:
                    old.pop(key, None)
            values = {
                **{name: value for name, value in change.stored.values.items() if name in values},
                **values,
                **{
                    name: change.stored.values[name]
                    for name in mapped.kind.kept
                    if name in change.stored.values and name not in change.item.values
                },
            }
            names = names | set(values)
        if mapped.kind.unfold and (is_retyped or 'username' in names):
            mapped.kind.unfold(values, old, self.database.generation)
        for field, column in mapped.columns:
            is_kept_secret = field.secret and field.name not in change.item.values
            if field.name in names and field.name != 'name' and not is_kept_secret:
                row[column] = self.encoder.column(
                    mapped.table, column, self.encoder.encode(field, values[field.name], change.item)
                )
        opaque = self.encoder.opaque(mapped, self._merged(change), values, names, old)
        row['opaque1'] = (
            stored.row.get('opaque1') if opaque == stored.opaque else write_opaque(opaque, mapped.members is not None)
        )
        if mapped.members:
            row['last_modified'] = self.now
        row['_id'] = stored.id
        return row

    @staticmethod
    def _merged(change: Change) -> Item:
        # A kept field that the file leaves out stays what it is, for what derives from it too.
        old = change.stored.values if change.stored else {}
        kept = {name: old[name] for name in change.item.kind.kept if name in old}
        return Item(change.item.kind, {**kept, **change.item.values}, change.item.places, change.item.place)

    def _update_members(self, mapped: Mapped, changes: list[Change]) -> None:
        removed: list[int] = []
        added: list[dict[str, Any]] = []
        for change in changes:
            if not any(field.name == 'members' for field in change.fields):
                continue
            group_id = self.loaded.stored[change.item.key].id
            current = self.loaded.members.get(group_id, {})
            wanted = {self.loaded.ids['security'][name]: name for name in change.item.values.get('members', [])}
            removed.extend(row for id_, row in current.items() if id_ not in wanted)
            new = [name for id_, name in wanted.items() if id_ not in current]
            added.extend(self._member_rows(mapped.table, group_id, new))
        self._remove(mapped.table, removed)
        self._insert(mapped.table, added)

    def _retype(self, changes: list[Change]) -> None:
        # The definition keeps its id, so that whatever uses it follows.
        removed: dict[str, list[int]] = defaultdict(list)
        added: dict[str, list[dict[str, Any]]] = defaultdict(list)
        renamed: dict[int, str] = {}
        for change in changes:
            assert change.stored
            id_, item = self.loaded.stored[change.item.key].id, change.item
            old, new = self.database.mapped[change.stored.kind], self.database.mapped[item.kind]
            if old.child:
                removed[old.child.name].append(id_)
            if new.child:
                added[new.child.name].append(self._child(new, item, self.encoder.values(new, item), id_))
            renamed[id_] = item.kind.type
        for name, ids in removed.items():
            self._remove(self.database.tables[name], ids)
        for name, rows in added.items():
            self._insert(self.database.tables[name], rows)
        self._rename_members(renamed)

    def _rename_members(self, types: Mapping[int, str]) -> None:
        rows = [
            {'_id': row, 'name': f'{types[security_id]}-{security_id}-{group}'}
            for group, members in self.loaded.members.items()
            for security_id, row in members.items()
            if security_id in types
        ]
        if rows:
            self._set(self.database.tables['generic_object'], rows)

    def _park(self, changes: Sequence[Change]) -> None:
        # User names are unique per type: two definitions that swap theirs go by a temporary one.
        moving = []
        for change in changes:
            names = {field.name for field in change.fields}
            if change.item.kind.section != 'security':
                continue
            sec_type = change.item.kind.rows[0].match['sec_type']
            if change.op != 'delete':
                self.loaded.security_types[change.item.name] = sec_type
            if change.op == 'delete' or (change.op == 'update' and names & {'username', 'type'}):
                moving.append(self.loaded.stored[change.item.key])
        taken = {(fold(stored.row['username'] or ''), stored.row['sec_type']) for stored in moving}
        wanted = {
            (fold(str(change.item.values.get('username') or '')), change.item.kind.rows[0].match['sec_type'])
            for change in changes
            if change.item.kind.section == 'security' and change.op != 'delete'
        }
        if taken & wanted:
            table = self.database.tables['sec_base']
            self._set(table, [{'_id': stored.id, 'username': f'zatools-{uuid4().hex}'} for stored in moving])

    def _park_names(self, writes: Sequence[Change], deletes: Sequence[Change]) -> None:
        # MariaDB takes names that differ in case for one: what goes makes room for what comes.
        created = [change.item for change in writes if change.op == 'create']
        coming = {(item.kind.rows[0].table, fold(item.name)) for item in created}
        for change in deletes:
            name = change.item.kind.rows[0].table
            if (name, fold(change.item.name)) in coming:
                row = {'_id': self.loaded.stored[change.item.key].id, 'name': f'zatools-{uuid4().hex}'}
                self._set(self.database.tables[name], [row])

    # Deletions

    def _delete(self, changes: Sequence[Change]) -> None:
        by_kind: dict[Kind, list[int]] = defaultdict(list)
        for change in changes:
            by_kind[change.item.kind].append(self.loaded.stored[change.item.key].id)
        for kind in sorted(by_kind, key=ORDER.__getitem__, reverse=True):
            mapped, ids = self.database.mapped[kind], by_kind[kind]
            if mapped.members:
                self._remove(mapped.table, [row for id_ in ids for row in self.loaded.members.get(id_, {}).values()])
            if mapped.child:
                self._remove(mapped.child, ids)
            self._remove(mapped.table, ids)


def _only(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in values.items() if column in table.types}
