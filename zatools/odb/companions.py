"""Objects that others own, as a mailbox has a job that reads it: planned, written and removed with their owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from zatools.kinds.model import Companion, Kind, Made
from zatools.odb.load import Loaded
from zatools.place import Problem
from zatools.state import LACKED, Change, Difference, FieldChange, Item, Key, State, in_order, show

#: Stands for the id of an owner that is not there yet.
NO_ID = 0


@dataclass
class Kept:
    """What is to happen to the companions of some objects: changes by kind, and what is written besides their fields.

    `backs` are the owners whose rows name a companion by its id: the owner, the key of `opaque1`, the companion.
    """

    changes: dict[Kind, list[Change]] = field(default_factory=dict)
    made: dict[Key, Made] = field(default_factory=dict)
    backs: list[tuple[Key, str, Key]] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Adds a change of a companion."""
        self.changes.setdefault(change.item.kind, []).append(change)


def keep(kept: Kept, change: Change, id_: int, loaded: Loaded, generation: str) -> None:
    """Adds what is to happen to the companions of one changed object."""
    for companion in change.item.kind.companions:
        for one in _changes(companion, change, id_, loaded, generation):
            kept.add(one)
        for made in _wanted(companion, change, id_, generation):
            key = (companion.kind.section, made.name)
            kept.made[key] = made
            if companion.back:
                kept.backs.append((change.item.key, companion.back, key))


def _wanted(companion: Companion, change: Change, id_: int, generation: str) -> list[Made]:
    if change.op == 'delete':
        return []
    old = change.stored.values if change.stored else {}
    kept = {name: old[name] for name in change.item.kind.kept if name in old}
    return list(companion.make({**kept, **change.item.values}, id_, generation))


def _changes(companion: Companion, change: Change, id_: int, loaded: Loaded, generation: str) -> Iterator[Change]:
    wanted = {made.name: made for made in _wanted(companion, change, id_, generation)}
    old = change.stored.values if change.stored and change.op != 'create' else {}
    for made in companion.make(old, id_, generation) if old else ():
        key = (companion.kind.section, made.name)
        if made.name not in wanted and key in loaded.hidden:
            yield Change('delete', loaded.hidden[key], loaded.hidden[key], ())
    for name, made in wanted.items():
        item = Item(companion.kind, {'name': name, **made.values}, {}, change.item.place)
        stored = loaded.hidden.get(item.key)
        if stored is None:
            yield Change('create', item, None, ())
            continue
        fields = tuple(_differences(item, stored))
        if fields:
            yield Change('update', item, stored, fields)


def _differences(item: Item, stored: Item) -> Iterator[FieldChange]:
    for name, value in item.values.items():
        old = stored.values.get(name, item.kind.by_name[name].default)
        if name != 'name' and old != value and (old or value):
            yield FieldChange(name, old, value)


def shown(found: Difference, wanted: State, loaded: Loaded, generation: str) -> Difference:
    """Returns a difference with what happens to companions, as fields of their owners."""
    changes = {change.item.key: change for change in found.changes}
    same = found.same
    for key, item in wanted.items():
        change = changes.get(key) or Change('update', item, loaded.state.get(key), ())
        fields = tuple(_fields(change, loaded, generation)) if item.kind.companions else ()
        if not fields:
            continue
        if key not in changes:
            same -= 1
        changes[key] = change._replace(fields=(*change.fields, *fields))
    if len(changes) == len(found.changes) and same == found.same:
        ordered: Iterable[Change] = changes.values()
    else:
        ordered = [changes[item.key] for item in in_order(change.item for change in changes.values())]
    return replace(found, changes=tuple(ordered), same=same)


def _fields(change: Change, loaded: Loaded, generation: str) -> Iterator[FieldChange]:
    stored = loaded.stored.get(change.item.key)
    id_ = stored.id if stored else NO_ID
    for companion in change.item.kind.companions:
        for one in _changes(companion, change, id_, loaded, generation):
            if one.op == 'create':
                note = LACKED if change.op == 'update' and not change.fields else ''
                yield FieldChange(companion.noun, None, one.item.name, None, note)
            elif one.op == 'delete':
                yield FieldChange(companion.noun, one.item.name, None)
            for each in one.fields:
                yield FieldChange(f'{companion.noun} {each.name}', _said(each.old), _said(each.new))


def _said(value: Any) -> Any:
    # An id, or what holds one, says nothing to who reads a plan.
    return value if isinstance(value, (str, int, bool)) else show(value)


def missing(changes: Iterable[Change], loaded: Loaded, generation: str) -> Iterator[Problem]:
    """Yields a problem for each object whose companions need a service that the ODB lacks."""
    known = loaded.ids.get('service', {})
    for change in changes:
        for companion in change.item.kind.companions:
            needed = {str(made.values.get('service', '')) for made in _wanted(companion, change, NO_ID, generation)}
            for name in sorted(needed - known.keys() - {''}):
                text = f"{change.item}: its {companion.noun} needs the service '{name}', which the ODB lacks"
                place = change.item.place_of(companion.given)
                yield Problem(place, text, 'start the server first: it deploys its own', 1)


def services(changes: Iterable[Change], generation: str) -> Iterator[str]:
    """Yields the names of the services that the companions of changed objects need."""
    for change in changes:
        for companion in change.item.kind.companions:
            yield from (made.values.get('service', '') for made in _wanted(companion, change, NO_ID, generation))
