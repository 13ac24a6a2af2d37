"""Carries out changes in one transaction, a few statements a table however many objects there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zatools.errors import OdbError
from zatools.kinds import ORDER
from zatools.kinds.model import Companion, Kind, Made, Row
from zatools.kinds.traits import DEPLOYED
from zatools.odb import id_lists, links
from zatools.odb.companions import Kept, keep, services
from zatools.odb.copies import Copies
from zatools.odb.encode import Encoder
from zatools.odb.load import Loaded
from zatools.odb.mapping import KEY_HINT, TYPED, Database, Mapped, Part
from zatools.odb.parking import park, park_names, park_renamed
from zatools.odb.rows import Stored, write_opaque
from zatools.odb.seal import Sealer
from zatools.odb.transaction import Transaction, only
from zatools.state import Change, Item, Key, parents_first, references

NOTHING_MADE = Made('', {})


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
        self.work = Transaction(database, loaded)
        self.made_services: list[str] = []
        #: What rows of companions hold that no field knows, and the companions of owners whose rows have their ids.
        self.services: dict[str, None] = {}
        self.made: dict[Key, Made] = {}
        self.fills: dict[Key, list[tuple[Companion, dict[str, int]]]] = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """Writes all changes: services, parking, then kind by kind, then deletions in reverse order."""
        self.services = _services(changes)
        self._check_tables(changes)
        writes = [change for change in changes if change.op != 'delete']
        deletes = [change for change in changes if change.op == 'delete']
        self._make_services(writes)
        copies = Copies(self.database.mapped, self.database.generation, self.loaded, changes)
        self.encoder = Encoder(self.database.generation, self.loaded, copies, self.sealer, self.key_hint)
        self._note_types(writes)
        park(self.work, changes)
        park_names(self.work, writes, deletes)
        park_renamed(self.work, writes)
        by_kind: dict[Kind, list[Change]] = defaultdict(list)
        for change in writes:
            by_kind[change.item.kind].append(change)
        for kind in sorted(by_kind, key=ORDER.__getitem__):
            self._retype([change for change in by_kind[kind] if change.stored and change.stored.kind is not kind])
            self._write(self.database.mapped[kind], by_kind[kind])
        self._follow(copies, changes)
        self._delete(deletes)
        id_lists.write(self.work, changes)

    def _write(self, mapped: Mapped, changes: Sequence[Change]) -> None:
        created = [change for change in changes if change.op == 'create']
        updated = [change for change in changes if change.op == 'update']
        ids = dict(
            zip((change.item.key for change in created), self.work.ids.take(mapped.table, len(created)), strict=True)
        )
        ids.update((change.item.key, self.loaded.rows_of(change.item.key).id) for change in updated)
        self._keep_companions(changes, ids)
        self._create(mapped, [change.item for change in created], ids)
        self._update(mapped, updated)

    def _keep_companions(self, changes: Iterable[Change], ids: Mapping[Key, int]) -> None:
        # They come before their owner, whose row may name them by their ids.
        kept = Kept()
        for change in changes:
            if not change.item.kind.companions:
                continue
            keep(kept, change, ids[change.item.key], self.loaded, self.database.generation)
        self.made.update(kept.made)
        for kind, ones in kept.changes.items():
            self._write(self.database.mapped[kind], [change for change in ones if change.op != 'delete'])
            self._delete([change for change in ones if change.op == 'delete'])
        for owner, fills in kept.fills.items():
            self.fills[owner] = [(companion, self._ids_of(companion.kind, names)) for companion, names in fills]

    def _ids_of(self, kind: Kind, names: Iterable[str]) -> dict[str, int]:
        ids = {}
        for name in names:
            stored = self.loaded.stored_hidden.get((kind.section, name))
            ids[name] = stored.id if stored else self.loaded.ids[kind.section][name]
        return ids

    def _filled(self, item: Item, values: Mapping[str, Any], opaque: dict[str, Any]) -> dict[str, Any]:
        for companion, ids in self.fills.get(item.key, ()):
            if companion.fill:
                companion.fill(values, opaque, ids)
        return opaque

    def _check_tables(self, changes: Sequence[Change]) -> None:
        kinds = {change.item.kind for change in changes}
        needed = {row.table for kind in kinds for row in kind.rows_of(self.database.generation)}
        if self.services:
            needed.add('service')
        missing = sorted(needed - self.database.tables.keys())
        if missing:
            raise OdbError(f'the ODB lacks what these objects need: table {", ".join(missing)}')

    # Creation

    def _make_services(self, changes: Sequence[Change]) -> None:
        known = self.loaded.ids.setdefault('service', {})
        # Those of companions may be made in an ODB of the platform's too: it has their classes.
        companions = services(changes, self.database.generation)
        classes = {name: companion.deploys[name] for name, companion in companions if name in companion.deploys}
        names = dict.fromkeys(classes)
        if self.makes_services:
            names = {**self.services, **dict.fromkeys(name for name, _ in companions)}
        missing = [name for name in names if name and name not in known]
        if not missing:
            return
        table = self.database.tables['service']
        new = only(
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
        ids = self.work.ids.take(table, len(missing))
        known.update(zip(missing, ids, strict=True))
        rows = [{**new, 'id': known[name], 'name': name, 'impl_name': classes.get(name, name)} for name in missing]
        self.work.insert(table, [{**row, 'is_internal': row['name'] in classes} for row in rows])
        self.made_services = missing

    def _create(self, mapped: Mapped, items: list[Item], ids: Mapping[Key, int]) -> None:
        if not items:
            return
        kind, table = mapped.kind, mapped.table
        fresh = {**self.work.fresh(mapped.row, table), **self.encoder.defaults(kind, table, mapped.columns)}
        # An object may refer to another new one of its kind.
        for section in {kind.section, kind.answers_to}:
            self.loaded.ids.setdefault(section, {}).update((item.name, ids[item.key]) for item in items)
        rows, owners = [], []
        for item in parents_first(kind, items):
            id_, made = ids[item.key], self.made.get(item.key, NOTHING_MADE)
            opaque: dict[str, Any] = {**mapped.row.opaque, **made.opaque}
            values = self.encoder.new_values(mapped, item)
            if kind.unfold:
                kind.unfold(values, opaque, self.database.generation)
            row = {**fresh, **{column: make() for column, make in mapped.row.made.items()}, 'id': id_}
            self.encoder.fill(row, table, mapped.columns, values, item)
            row.update(_following(mapped.row, values))
            row.update(made.columns)
            if mapped.row.prefix:
                row['name'] = kind.stored_name(item.name)
            if 'opaque1' in table.types:
                opaque = self.encoder.opaque(mapped, item, values, None, opaque)
                row['opaque1'] = self._opaque(mapped, self._filled(item, values, opaque))
            rows.append(row)
            owners.append(Owner(id_, item, values))
        self.work.insert(table, rows)
        for part in mapped.parts:
            self._create_part(part, owners)
        for part in mapped.lists:
            links.create(self.work, part, {owner.id: owner.values[part.row.items] for owner in owners})

    @staticmethod
    def _opaque(mapped: Mapped, opaque: Mapping[str, Any]) -> str:
        return write_opaque(opaque, mapped.row.nothing)

    def _create_part(self, part: Part, owners: Iterable[Owner]) -> None:
        having = [owner for owner in owners if part.is_of(owner.values)]
        if not having:
            return
        fresh = {
            **only(part.table, {**part.row.new, **part.row.match}),
            **self.encoder.defaults(having[0].item.kind, part.table, part.columns),
        }
        ids = [owner.id for owner in having]
        own_ids: Sequence[int] = ids
        if part.row.link != part.table.key:
            own_ids = self.work.ids.take(part.table, len(ids))
        rows = []
        for id_, owner in zip(own_ids, having, strict=True):
            row = {**fresh, part.row.link: owner.id, part.table.key: id_}
            self.encoder.fill(row, part.table, part.columns, owner.values, owner.item)
            row.update(_following(part.row, owner.values))
            rows.append(row)
        self.work.insert(part.table, rows)

    # Updates

    def _update(self, mapped: Mapped, changes: list[Change]) -> None:
        rows, owners = [], []
        for change in changes:
            stored = self.loaded.rows_of(change.item.key)
            values = self.encoder.values(mapped, _merged(change))
            rows.append(self._updated(mapped, change, stored, values))
            owners.append(Owner(stored.id, change.item, values))
        self.work.remove(mapped.table, self._more(changes))
        self.work.set(mapped.table, rows)
        for number, part in enumerate(mapped.parts):
            self._update_part(number, part, list(zip(changes, owners, strict=True)))
        for part in mapped.lists:
            links.update(self.work, part, changes)

    def _more(self, changes: Iterable[Change]) -> list[int]:
        # Further rows of an object, which the first one has taken in.
        return [id_ for change in changes for id_ in self.loaded.more.get(change.item.key, ())]

    def _update_part(self, number: int, part: Part, owners: Iterable[tuple[Change, Owner]]) -> None:
        gone, new, rows = [], [], []
        for change, owner in owners:
            names = {field.name for field in change.fields}
            if change.stored and change.stored.kind is not change.item.kind:
                # Its further rows were exchanged when it was retyped.
                continue
            stored = self.loaded.rows_of(change.item.key)
            id_ = stored.part_id(number)
            is_wanted = part.is_of(owner.values)
            if id_ is None and is_wanted:
                new.append(owner)
            elif id_ is None:
                continue
            elif not is_wanted:
                gone.append(id_)
            elif any(field.name in names for field, _ in part.columns):
                rows.append({'_id': id_, **self._changed(part, names, stored.part(number), owner)})
        self.work.remove(part.table, gone)
        self._create_part(part, new)
        self.work.set(part.table, rows)

    def _changed(self, part: Part, names: set[str], row: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
        fields = {column: row.get(column) for _, column in part.columns}
        for field, column in part.columns:
            if field.name in names:
                value = self.encoder.encode(field, owner.values[field.name], owner.item)
                fields[column] = self.encoder.column(part.table, column, value)
        return {**fields, **_following(part.row, owner.values)}

    def _updated(self, mapped: Mapped, change: Change, stored: Stored, values: dict[str, Any]) -> dict[str, Any]:
        names = {field.name for field in change.fields}
        row = {column: stored.row.get(column) for _, column in mapped.columns}
        # Every row of a statement has the same columns, so each says what tells its kind, a retyped one above all.
        row.update(only(mapped.table, mapped.row.match))
        is_retyped = 'type' in names
        old = {**stored.opaque, **self.made.get(change.item.key, NOTHING_MADE).opaque}
        if is_retyped and change.stored:
            self._forget(change.stored, mapped.kind, old)
            values = _carried_over(change, values)
            names = names | set(values)
        if mapped.kind.unfold and (is_retyped or 'username' in names):
            mapped.kind.unfold(values, old, self.database.generation)
        for field, column in mapped.columns:
            is_kept_secret = field.secret and field.name not in change.item.values
            if field.name in names and field.name != 'name' and not is_kept_secret:
                value = self.encoder.encode(field, values[field.name], change.item)
                row[column] = self.encoder.column(mapped.table, column, value)
        if 'name' in names and mapped.kind.is_named:
            row['name'] = mapped.kind.stored_name(change.item.name)
        if 'opaque1' in mapped.table.types:
            opaque = self.encoder.opaque(mapped, _merged(change), values, names, old)
            opaque = self._filled(change.item, values, opaque)
            row['opaque1'] = stored.row.get('opaque1')
            if opaque != stored.opaque:
                row['opaque1'] = self._opaque(mapped, opaque)
        row.update(_following(mapped.row, values))
        row.update(only(mapped.table, dict.fromkeys(mapped.row.touched, self.work.now)))
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

    def _retype(self, changes: list[Change]) -> None:
        # The definition keeps its id, so that whatever uses it follows.
        if not changes:
            return
        new = self.database.mapped[changes[0].item.kind]
        removed: dict[str, list[int]] = defaultdict(list)
        owners: list[Owner] = []
        for change in changes:
            assert change.stored
            stored = self.loaded.rows_of(change.item.key)
            parts = self.database.mapped[change.stored.kind].parts
            for number, id_ in stored.part_ids:
                removed[parts[number].table.name].append(id_)
            owners.append(Owner(stored.id, change.item, self.encoder.values(new, change.item)))
        for name, ids in removed.items():
            self.work.remove(self.database.tables[name], ids)
        for part in new.parts:
            self._create_part(part, owners)
        links.rename(self.work, new.kind, {owner.id: owner.item.name for owner in owners})

    def _follow(self, copies: Copies, changes: Sequence[Change]) -> None:
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in copies.behind(self.loaded, changes):
            mapped, stored = self.database.mapped[item.kind], self.loaded.stored[item.key]
            opaque = dict(stored.opaque)
            self.encoder.derive(item, opaque)
            rows[mapped.table.name].append({'_id': stored.id, 'opaque1': self._opaque(mapped, opaque)})
        for name, changed in rows.items():
            self.work.set(self.database.tables[name], changed)

    def _note_types(self, writes: Iterable[Change]) -> None:
        for change in writes:
            section, name = change.item.key
            if section in TYPED:
                self.loaded.types[section][name] = change.item.kind.rows[0].match[TYPED[section]]

    # Deletions

    def _delete(self, changes: Sequence[Change]) -> None:
        self._keep_companions(changes, {change.item.key: self.loaded.rows_of(change.item.key).id for change in changes})
        by_kind: dict[Kind, list[Stored]] = defaultdict(list)
        for change in changes:
            self.work.remove(self.database.mapped[change.item.kind].table, self._more([change]))
            by_kind[change.item.kind].append(self.loaded.rows_of(change.item.key))
        for kind in sorted(by_kind, key=ORDER.__getitem__, reverse=True):
            mapped, gone = self.database.mapped[kind], by_kind[kind]
            for part in mapped.lists:
                links.remove(self.work, part, [stored.id for stored in gone])
            for number, part in enumerate(mapped.parts):
                ids = (stored.part_id(number) for stored in gone)
                self.work.remove(part.table, [id_ for id_ in ids if id_ is not None])
            self.work.remove(mapped.table, [stored.id for stored in gone])


def _services(changes: Iterable[Change]) -> dict[str, None]:
    # The names of services that changed objects name, in their order.
    found: dict[str, None] = {}
    for change in changes:
        if change.item.kind.deployed:
            found.update((name, None) for _, (section, name) in references(change.item) if section in DEPLOYED)
    return found


def _merged(change: Change) -> Item:
    # A kept field that the file leaves out stays what it is, for what derives from it too.
    old = change.before
    kept = {name: old[name] for name in change.item.kind.kept if name in old}
    return Item(change.item.kind, {**kept, **change.item.values}, change.item.places, change.item.place)


def _carried_over(change: Change, values: Mapping[str, Any]) -> dict[str, Any]:
    # A retyped object keeps what both types have and the file leaves out.
    old = change.before
    kept = change.item.kind.kept - change.item.values.keys()
    return {
        **{name: value for name, value in old.items() if name in values},
        **values,
        **{name: old[name] for name in kept if name in old},
    }


def _following(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    # What no field knows and follows from the values.
    return {column: follow(values) for column, follow in row.follows.items()}
