"""Objects that others own, as a mailbox has a job that reads it: planned, written and removed with their owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from zatools.kinds.model import Companion, Kind, Made
from zatools.odb.load import Loaded
from zatools.place import Problem
from zatools.state import LACKED, Change, Difference, FieldChange, Item, Key, State, in_order, show

#: Stands for the id of an owner that is not there yet.
NO_ID = 0
NOTHING: Mapping[str, Any] = {}


@dataclass
class Kept:
    """What is to happen to the companions of some objects: changes by kind, and what is written besides their fields.

    `fills` are what puts the ids of companions into the rows of their owners, by owner.
    """

    changes: dict[Kind, list[Change]] = field(default_factory=dict)
    made: dict[Key, Made] = field(default_factory=dict)
    fills: dict[Key, list[tuple[Companion, list[str]]]] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Adds a change of a companion."""
        self.changes.setdefault(change.item.kind, []).append(change)


def keep(kept: Kept, change: Change, id_: int, loaded: Loaded, generation: str) -> None:
    """Adds what is to happen to the companions of one changed object."""
    for companion in _asked(change.item, change.before):
        for one in _changes(companion, change, id_, loaded, generation):
            kept.add(one)
        wanted = _wanted(companion, change, id_, generation)
        kept.made.update(((companion.kind.section, made.name), made) for made in wanted)
        if companion.fill and wanted:
            kept.fills.setdefault(change.item.key, []).append((companion, [made.name for made in wanted]))


def _wanted(companion: Companion, change: Change, id_: int, generation: str) -> list[Made]:
    if change.op == 'delete':
        return []
    kept = {name: value for name, value in change.before.items() if name in change.item.kind.kept}
    return list(companion.make({**kept, **change.item.values}, id_, generation))


def _asked(item: Item, before: Mapping[str, Any] = NOTHING) -> tuple[Companion, ...]:
    # Most objects ask for none; of some kinds all have one.
    for name, usual in item.kind.asks_companions:
        if item.values.get(name, usual) or before.get(name, usual):
            return item.kind.companions
    return ()


def _changes(companion: Companion, change: Change, id_: int, loaded: Loaded, generation: str) -> Iterator[Change]:
    wanted = {made.name: made for made in _wanted(companion, change, id_, generation)}
    if change.before and change.op != 'create':
        for made in companion.make(change.before, id_, generation):
            gone = _stored(companion, made, loaded)
            if made.name not in wanted and gone:
                yield Change('delete', gone, gone, ())
    for name, made in wanted.items():
        item = Item(companion.kind, {'name': name, **made.values}, {}, change.item.place)
        stored = _stored(companion, made, loaded)
        if stored is None:
            yield Change('create', item, None, ())
            continue
        fields = tuple(_differences(item, stored, companion))
        opaque = loaded.stored_hidden[item.key].opaque
        if fields or any(opaque.get(key) != value for key, value in made.opaque.items()):
            yield Change('update', item, stored, fields)


def _stored(companion: Companion, made: Made, loaded: Loaded) -> Item | None:
    # A row of this name that has another service is the platform's own, whatever the owner is called.
    found = loaded.hidden.get((companion.kind.section, made.name))
    if found and found.values.get('service') == made.values.get('service'):
        return found
    return None


def _differences(item: Item, stored: Item, companion: Companion) -> Iterator[FieldChange]:
    for name, value in item.values.items():
        old = stored.values.get(name, item.kind.by_name[name].default)
        if name != 'name' and (old or value) and companion.compared(name, old) != companion.compared(name, value):
            yield FieldChange(name, old, value)


def shown(found: Difference, wanted: State, loaded: Loaded, generation: str) -> Difference:
    """Returns a difference with what happens to companions, as fields of their owners."""
    changes = {change.item.key: change for change in found.changes}
    same = found.same
    for key, item in wanted.items():
        if not item.kind.companions:
            continue
        change = changes.get(key) or Change('update', item, loaded.state.get(key), ())
        fields = tuple(_fields(change, loaded, generation))
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
    for companion in _asked(change.item, change.before):
        for one in _changes(companion, change, id_, loaded, generation):
            if one.op == 'create':
                note = ''
                if change.op == 'update' and not change.fields:
                    note = LACKED
                yield FieldChange(companion.noun, None, one.item.name, None, note)
            elif one.op == 'delete':
                yield FieldChange(companion.noun, one.item.name, None)
            for each in one.fields:
                yield FieldChange(f'{companion.noun} {each.name}', _said(each.old), _said(each.new))


def _said(value: Any) -> Any:
    # An id, or what holds one, says nothing to who reads a plan.
    if isinstance(value, (str, int, bool)):
        return value
    return show(value)


def owned(loaded: Loaded, generation: str) -> set[Key]:
    """Returns the objects that others own."""
    return {
        (companion.kind.section, made.name)
        for item in loaded.state.values()
        for companion in _asked(item)
        for made in companion.make(item.values, NO_ID, generation)
        if _stored(companion, made, loaded)
    }


def taken(changes: Iterable[Change], loaded: Loaded, generation: str) -> Iterator[Problem]:
    """Yields a problem for each companion whose name belongs to another object, of the files or of the ODB."""
    changes = list(changes)
    coming = {change.item.key for change in changes if change.op == 'create'}
    made_before: set[Key] = set()
    for change in changes:
        for companion in _asked(change.item, change.before):
            for made in _wanted(companion, change, NO_ID, generation):
                key = (companion.kind.section, made.name)
                is_others = key in loaded.hidden and not _stored(companion, made, loaded)
                if is_others or key in loaded.state or key in coming or key in made_before:
                    text = f"{change.item}: its {companion.noun} would have the name of another: '{made.name}'"
                    yield Problem(change.item.place_of('name'), text, 'rename it', 1)
                made_before.add(key)


def missing(changes: Iterable[Change], loaded: Loaded, generation: str) -> Iterator[Problem]:
    """Yields a problem for each object whose companions need a service that the ODB lacks."""
    known = loaded.ids.get('service', {})
    for change in changes:
        for companion in _asked(change.item, change.before):
            needed = {str(made.values.get('service', '')) for made in _wanted(companion, change, NO_ID, generation)}
            for name in sorted(needed - known.keys() - companion.deploys.keys() - {''}):
                text = f"{change.item}: its {companion.noun} needs the service '{name}', which the ODB lacks"
                place = change.item.place_of(companion.given)
                yield Problem(place, text, 'start the server first: it deploys its own', 1)


def services(changes: Iterable[Change], generation: str) -> list[tuple[str, Companion]]:
    """Returns the names of the services that the companions of changed objects need, each with what needs it."""
    return [
        (str(made.values.get('service', '')), companion)
        for change in changes
        for companion in _asked(change.item, change.before)
        for made in _wanted(companion, change, NO_ID, generation)
    ]
