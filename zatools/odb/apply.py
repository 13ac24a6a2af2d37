"""Carries out changes in one transaction, a few statements a table however many objects there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from zatools.errors import OdbError
from zatools.kinds import ORDER
from zatools.kinds.model import Kind, Row
from zatools.kinds.traits import Unique
from zatools.odb import statements
from zatools.odb.copies import Copies
from zatools.odb.encode import Encoder
from zatools.odb.folding import fold
from zatools.odb.load import Loaded
from zatools.odb.mapping import KEY_HINT, TYPED, Database, Mapped, Part, Table
from zatools.odb.rows import Stored, write_opaque
from zatools.odb.seal import Sealer
from zatools.state import Change, Item, parents_first


class Owner(NamedTuple):
    """An object whose further rows are to be written: the id of its first row, and all its values."""

    id: int
    item: Item
    values: Mapping[str, Any]


class Applier:
    """Writes changes; one life per transaction."""

    def __init__(
        self, database: Database, loaded: Loaded, sealer: Sealer | None, makes_services: bool, key_hint: str = KEY_HINT
    ) -> None:
        self.database = database
        self.loaded = loaded
        self.sealer = sealer
        self.makes_services = makes_services
        self.key_hint = key_hint
        self.ids = statements.Ids(database.connection)
        self.now = datetime.now(UTC).replace(tzinfo=None)
        self.made_services: list[str] = []

    def apply(self, changes: Sequence[Change]) -> None:
        """Writes all changes: services, parking, then kind by kind, then deletions in reverse order."""
        self._check_tables(changes)
        writes = [change for change in changes if change.op != 'delete']
        deletes = [change for change in changes if change.op == 'delete']
        self._make_services(writes)
        copies = Copies(self.database.mapped, self.database.generation, self.loaded, changes)
        self.encoder = Encoder(self.database.generation, self.loaded, copies, self.sealer, self.key_hint)
        self._note_types(writes)
        self._park(changes)
        self._park_names(writes, deletes)
        by_kind: dict[Kind, list[Change]] = defaultdict(list)
        for change in writes:
            by_kind[change.item.kind].append(change)
        for kind in sorted(by_kind, key=ORDER.__getitem__):
            self._retype([change for change in by_kind[kind] if change.stored and change.stored.kind is not kind])
            self._create(self.database.mapped[kind], [change.item for change in by_kind[kind] if change.op == 'create'])
            self._update(self.database.mapped[kind], [change for change in by_kind[kind] if change.op == 'update'])
        self._follow(copies, changes)
        self._delete(deletes)

    def _check_tables(self, changes: Sequence[Change]) -> None:
        needed = {row.table for change in changes for row in change.item.kind.rows_of(self.database.generation)}
        if any('service' in change.item.values for change in changes):
            needed.add('service')
        missing = sorted(needed - self.database.tables.keys())
        if missing:
            raise OdbError(f'the ODB lacks what these objects need: table {", ".join(missing)}')

    # Statements

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        statements.insert(self.database.connection, table, rows)

    def _set(self, table: Table, rows: list[dict[str, Any]]) -> None:
        statements.update(self.database.connection, table, rows)

    def _remove(self, table: Table, ids: Iterable[int]) -> None:
        statements.delete(self.database.connection, table, ids)

    # Creation

    def _make_services(self, changes: Sequence[Change]) -> None:
        known = self.loaded.ids.setdefault('service', {})
        names = dict.fromkeys(change.item.values.get('service', '') for change in changes)
        missing = [name for name in names if name and name not in known] if self.makes_services else []
        if not missing:
            return
        table = self.database.tables['service']
        new = _only(
            table,
            {
                'is_active': True,
                'is_internal': False,
                'wsdl': None,
                'wsdl_name': None,
                'slow_threshold': 99999,
                'opaque1': 'null',
                'cluster_id': self.database.cluster_id,
            },
        )
        ids = self.ids.take(table, len(missing))
        known.update(zip(missing, ids, strict=True))
        self._insert(table, [{**new, 'id': known[name], 'name': name, 'impl_name': name} for name in missing])
        self.made_services = missing

    def _create(self, mapped: Mapped, items: list[Item]) -> None:
        if not items:
            return
        kind, table = mapped.kind, mapped.table
        fresh = {**self._fresh(mapped.row, table), **self.encoder.defaults(kind, table, mapped.columns)}
        ids = self.ids.take(table, len(items))
        items = parents_first(kind, items)
        # An object may refer to another new one of its kind.
        self.loaded.ids.setdefault(kind.section, {}).update(zip((item.name for item in items), ids, strict=True))
        rows, owners = [], []
        for id_, item in zip(ids, items, strict=True):
            opaque: dict[str, Any] = {}
            values = self.encoder.new_values(mapped, item)
            if kind.unfold:
                kind.unfold(values, opaque, self.database.generation)
            row = {**fresh, **{column: make() for column, make in mapped.row.made.items()}, 'id': id_}
            self.encoder.fill(row, table, mapped.columns, values, item)
            row.update(_following(mapped, values))
            if 'opaque1' in table.types:
                row['opaque1'] = self._opaque(mapped, self.encoder.opaque(mapped, item, values, None, opaque))
            rows.append(row)
            owners.append(Owner(id_, item, values))
        self._insert(table, rows)
        for part in mapped.parts:
            self._create_part(part, owners)
        for part in mapped.lists:
            self._create_links(part, {owner.id: owner.values[part.row.items] for owner in owners})

    @staticmethod
    def _opaque(mapped: Mapped, opaque: Mapping[str, Any]) -> str:
        return write_opaque(opaque, mapped.row.nothing)

    def _fresh(self, row: Row, table: Table) -> dict[str, Any]:
        # What a new row holds that no field says.
        new = {
            'cluster_id': self.database.cluster_id,
            'creation_time': self.now,
            'created': self.now,
            'last_modified': self.now,
            'last_updated': self.now,
            'opaque1': row.nothing,
            **row.new,
            **row.match,
        }
        return _only(table, new)

    def _create_part(self, part: Part, owners: Iterable[Owner]) -> None:
        having = [owner for owner in owners if part.is_of(owner.values)]
        if not having:
            return
        fresh = {
            **_only(part.table, {**part.row.new, **part.row.match}),
            **self.encoder.defaults(having[0].item.kind, part.table, part.columns),
        }
        ids = [owner.id for owner in having]
        own_ids = ids if part.row.link == 'id' else self.ids.take(part.table, len(ids))
        rows = []
        for id_, owner in zip(own_ids, having, strict=True):
            row = {**fresh, part.row.link: owner.id, 'id': id_}
            self.encoder.fill(row, part.table, part.columns, owner.values, owner.item)
            rows.append(row)
        self._insert(part.table, rows)

    def _create_links(self, part: Part, names: Mapping[int, Iterable[str]]) -> None:
        # One row for each item of a list, by the ids of the owners.
        assert part.items
        assert part.row.target
        section, target = part.items.ref, part.row.target
        ids, types = self.loaded.ids[section], self.loaded.types.get(section, {})
        pairs = [(owner, name) for owner, listed in names.items() for name in listed]
        fresh = self._fresh(part.row, part.table)
        rows = [
            {
                **fresh,
                'id': id_,
                part.row.link: owner,
                target.column: target.write(owner, ids[name], types.get(name, '')),
            }
            for id_, (owner, name) in zip(self.ids.take(part.table, len(pairs)), pairs, strict=True)
        ]
        self._insert(part.table, rows)

    # Updates

    def _update(self, mapped: Mapped, changes: list[Change]) -> None:
        rows, owners = [], []
        for change in changes:
            stored = self.loaded.stored[change.item.key]
            values = self.encoder.values(mapped, _merged(change))
            rows.append(self._updated(mapped, change, stored, values))
            owners.append(Owner(stored.id, change.item, values))
        self._set(mapped.table, rows)
        for number, part in enumerate(mapped.parts):
            self._update_part(number, part, list(zip(changes, owners, strict=True)))
        for part in mapped.lists:
            self._update_links(part, changes)

    def _update_part(self, number: int, part: Part, owners: Iterable[tuple[Change, Owner]]) -> None:
        gone, new, rows = [], [], []
        for change, owner in owners:
            names = {field.name for field in change.fields}
            if change.stored and change.stored.kind is not change.item.kind:
                # Its further rows were exchanged when it was retyped.
                continue
            stored = self.loaded.stored[change.item.key]
            id_ = stored.part_ids[number]
            if not part.is_of(owner.values):
                gone.extend([id_] if id_ is not None else [])
            elif id_ is None:
                new.append(owner)
            elif any(field.name in names for field, _ in part.columns):
                rows.append({'_id': id_, **self._changed(part, names, stored.part(number), owner)})
        self._remove(part.table, gone)
        self._create_part(part, new)
        self._set(part.table, rows)

    def _changed(self, part: Part, names: set[str], row: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
        return {
            column: self.encoder.column(
                part.table, column, self.encoder.encode(field, owner.values[field.name], owner.item)
            )
            if field.name in names
            else row.get(column)
            for field, column in part.columns
        }

    def _updated(self, mapped: Mapped, change: Change, stored: Stored, values: dict[str, Any]) -> dict[str, Any]:
        names = {field.name for field in change.fields}
        row = {column: stored.row.get(column) for _, column in mapped.columns}
        # Every row of a statement has the same columns, so each says what tells its kind, a retyped one above all.
        row.update(_only(mapped.table, mapped.row.match))
        is_retyped = 'type' in names
        old = dict(stored.opaque)
        if is_retyped and change.stored:
            self._forget(change.stored, mapped.kind, old)
            values = _carried_over(change, values)
            names = names | set(values)
        if mapped.kind.unfold and (is_retyped or 'username' in names):
            mapped.kind.unfold(values, old, self.database.generation)
        for field, column in mapped.columns:
            is_kept_secret = field.secret and field.name not in change.item.values
            if field.name in names and field.name != 'name' and not is_kept_secret:
                row[column] = self.encoder.column(
                    mapped.table, column, self.encoder.encode(field, values[field.name], change.item)
                )
        if 'opaque1' in mapped.table.types:
            opaque = self.encoder.opaque(mapped, _merged(change), values, names, old)
            is_same = opaque == stored.opaque
            row['opaque1'] = stored.row.get('opaque1') if is_same else self._opaque(mapped, opaque)
        row.update(_following(mapped, values))
        row.update(dict.fromkeys(mapped.row.touched, self.now))
        row['_id'] = stored.id
        return row

    def _forget(self, stored: Item, new: Kind, opaque: dict[str, Any]) -> None:
        # What only the old type means, and what is made of it: a key that signs tokens is a secret.
        old = stored.kind
        derived: dict[str, Any] = {}
        if old.derive:
            old.derive(stored.values, derived, self.database.generation)
        fields = [key for field, key in self.database.mapped[old].opaque if field.name not in new.by_name]
        for key in (*fields, *derived):
            opaque.pop(key, None)

    def _update_links(self, part: Part, changes: list[Change]) -> None:
        removed: list[int] = []
        added: dict[int, list[str]] = {}
        assert part.items
        for change in changes:
            if not any(field.name == part.row.items for field in change.fields):
                continue
            owner = self.loaded.stored[change.item.key].id
            current = self.loaded.links[part.row].get(owner, {})
            ids = self.loaded.ids[part.items.ref]
            wanted = {ids[name]: name for name in change.item.values.get(part.row.items, [])}
            removed.extend(row for id_, row in current.items() if id_ not in wanted)
            added[owner] = [name for id_, name in wanted.items() if id_ not in current]
        self._remove(part.table, removed)
        self._create_links(part, added)

    def _retype(self, changes: list[Change]) -> None:
        # The definition keeps its id, so that whatever uses it follows.
        if not changes:
            return
        new = self.database.mapped[changes[0].item.kind]
        removed: dict[str, list[int]] = defaultdict(list)
        owners: list[Owner] = []
        for change in changes:
            assert change.stored
            stored = self.loaded.stored[change.item.key]
            for part, id_ in zip(self.database.mapped[change.stored.kind].parts, stored.part_ids, strict=True):
                removed[part.table.name].extend([id_] if id_ is not None else [])
            owners.append(Owner(stored.id, change.item, self.encoder.values(new, change.item)))
        for name, ids in removed.items():
            self._remove(self.database.tables[name], ids)
        for part in new.parts:
            self._create_part(part, owners)
        self._rename_links(new.kind, {owner.id: owner.item.name for owner in owners})

    def _rename_links(self, kind: Kind, names: Mapping[int, str]) -> None:
        # The rows of items that name an object together with its type.
        types = self.loaded.types[kind.section]
        for part in (part for mapped in self.database.mapped.values() for part in mapped.lists):
            target = part.row.target
            if target is None or not target.is_typed or not part.items or part.items.ref != kind.section:
                continue
            rows = [
                {'_id': row, target.column: target.write(owner, id_, types[names[id_]])}
                for owner, linked in self.loaded.links[part.row].items()
                for id_, row in linked.items()
                if id_ in names
            ]
            self._set(part.table, rows)

    def _follow(self, copies: Copies, changes: Sequence[Change]) -> None:
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in copies.behind(self.loaded, self.database.mapped, changes):
            mapped, stored = self.database.mapped[item.kind], self.loaded.stored[item.key]
            opaque = dict(stored.opaque)
            self.encoder.derive(item, opaque)
            rows[mapped.table.name].append({'_id': stored.id, 'opaque1': self._opaque(mapped, opaque)})
        for name, changed in rows.items():
            self._set(self.database.tables[name], changed)

    def _note_types(self, writes: Iterable[Change]) -> None:
        for change in writes:
            section, name = change.item.key
            if section in TYPED:
                self.loaded.types[section][name] = change.item.kind.rows[0].match[TYPED[section]]

    def _park(self, changes: Sequence[Change]) -> None:
        # Databases hold some values to be unique at every moment: two objects swap theirs by way of made-up ones.
        wanted = {
            (unique.scope_of(change.item.kind.label), fold(str(change.item.values.get(unique.main) or '')))
            for change in changes
            for unique in change.item.kind.held
            if change.op != 'delete'
        }
        leaving: dict[tuple[str, str], list[int]] = defaultdict(list)
        is_wanted = False
        for change in changes if wanted else ():
            for unique, kind in self._left(change):
                stored, column = self.loaded.stored[change.item.key], self._column(kind, unique)
                leaving[self.database.mapped[kind].table.name, column].append(stored.id)
                is_wanted |= (unique.scope_of(kind.label), fold(stored.row[column] or '')) in wanted
        for (name, column), ids in leaving.items() if is_wanted else ():
            self._set(self.database.tables[name], [{'_id': id_, column: f'zatools-{uuid4().hex}'} for id_ in ids])

    @staticmethod
    def _left(change: Change) -> Iterator[tuple[Unique, Kind]]:
        # The unique values that a change takes from an object, and its kind before the change.
        names = {field.name for field in change.fields}
        kind = (change.stored or change.item).kind
        for unique in kind.held if change.op != 'create' else ():
            if change.op == 'delete' or names & {unique.main, 'type'}:
                yield unique, kind

    def _column(self, kind: Kind, unique: Unique) -> str:
        return kind.by_name[unique.main].column_of(self.database.generation)

    def _park_names(self, writes: Sequence[Change], deletes: Sequence[Change]) -> None:
        # MariaDB takes names that differ in case for one: what goes makes room for what comes.
        created = [change.item for change in writes if change.op == 'create']
        coming = {(item.kind.rows[0].table, fold(item.name)) for item in created}
        for change in deletes:
            name = change.item.kind.rows[0].table
            if (name, fold(change.item.name)) in coming and change.item.kind.is_named:
                row = {'_id': self.loaded.stored[change.item.key].id, 'name': f'zatools-{uuid4().hex}'}
                self._set(self.database.tables[name], [row])

    # Deletions

    def _delete(self, changes: Sequence[Change]) -> None:
        by_kind: dict[Kind, list[Stored]] = defaultdict(list)
        for change in changes:
            by_kind[change.item.kind].append(self.loaded.stored[change.item.key])
        for kind in sorted(by_kind, key=ORDER.__getitem__, reverse=True):
            mapped, gone = self.database.mapped[kind], by_kind[kind]
            for part in mapped.lists:
                links = self.loaded.links[part.row]
                self._remove(part.table, [row for stored in gone for row in links.get(stored.id, {}).values()])
            for number, part in enumerate(mapped.parts):
                ids = (stored.part_ids[number] for stored in gone)
                self._remove(part.table, [id_ for id_ in ids if id_ is not None])
            self._remove(mapped.table, [stored.id for stored in gone])


def _merged(change: Change) -> Item:
    # A kept field that the file leaves out stays what it is, for what derives from it too.
    old = change.stored.values if change.stored else {}
    kept = {name: old[name] for name in change.item.kind.kept if name in old}
    return Item(change.item.kind, {**kept, **change.item.values}, change.item.places, change.item.place)


def _carried_over(change: Change, values: Mapping[str, Any]) -> dict[str, Any]:
    # A retyped object keeps what both types have and the file leaves out.
    old = change.stored.values if change.stored else {}
    kept = change.item.kind.kept - change.item.values.keys()
    return {
        **{name: value for name, value in old.items() if name in values},
        **values,
        **{name: old[name] for name in kept if name in old},
    }


def _following(mapped: Mapped, values: Mapping[str, Any]) -> dict[str, Any]:
    # What no field knows and follows from the values.
    return {column: follow(values) for column, follow in mapped.row.follows.items()}


def _only(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in values.items() if column in table.types}
