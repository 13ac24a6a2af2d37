"""The changes of a plan as calls of a 3.2 server's services, in order; what no service can do is left for the ODB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple
from uuid import uuid4

from zatools.kinds import ORDER
from zatools.kinds.live import (
    CHANGE_PASSWORD,
    CREATE,
    DELETE,
    EDIT,
    GENERATION,
    Live,
    live_of,
    members,
    new_password,
    service_of,
)
from zatools.kinds.model import Field, Kind, per
from zatools.kinds.types import TYPES
from zatools.odb.mapping import TYPED
from zatools.secret import Secret
from zatools.state import Change, Item, Key, State, parents_first, references


@dataclass
class Registry:
    """Ids and types of what is in the ODB, by section and name; calls add those of what they make."""

    cluster_id: int
    ids: dict[str, dict[str, int]]
    types: dict[str, dict[str, str]]

    def note(self, item: Item, id_: int) -> None:
        """Remembers an object that a call made."""
        section, name = item.key
        self.ids.setdefault(section, {})[name] = id_
        if section in TYPED:
            self.types.setdefault(section, {})[name] = str(item.kind.rows[0].match[TYPED[section]])

    def id_of(self, item: Item) -> int:
        """Returns the id of an object."""
        return self.ids[item.kind.section][item.name]


Payload = Callable[[Registry], Mapping[str, Any]]


class Call(NamedTuple):
    """One invocation: the service, and what makes its input once the ids that it needs are known."""

    service: str
    payload: Payload
    is_making: bool = False


@dataclass(frozen=True, eq=False)
class Step:
    """A change with the calls that carry it out."""

    change: Change
    calls: tuple[Call, ...]

    @property
    def service(self) -> str:
        """The service that does most of it: what makes the object, else what comes first."""
        making = (call.service for call in self.calls if call.is_making)
        return next(making, self.calls[0].service)


@dataclass(frozen=True)
class Work:
    """What a plan takes: waves of steps that may go on at once, and changes for the ODB alone, with the reasons."""

    waves: tuple[tuple[Step, ...], ...] = ()
    beside: tuple[tuple[Change, str], ...] = ()
    reasons: Mapping[Key, str] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        """All steps in order."""
        return [step for wave in self.waves for step in wave]


def work_of(changes: Sequence[Change], stored: State, generation: str = GENERATION) -> Work:
    """Returns what the changes of a plan take, in its order."""
    ordered = [*_written(changes), *_deleted(changes)]
    reasons = _beside(ordered, stored, generation)
    steps = [Step(change, tuple(_calls(change))) for change in ordered if change.item.key not in reasons]
    beside = tuple((change, reasons[change.item.key]) for change in ordered if change.item.key in reasons)
    return Work(tuple(_waves(steps)), beside, reasons)


def _written(changes: Iterable[Change]) -> Iterator[Change]:
    writes = sorted((change for change in changes if change.op != 'delete'), key=_order)
    for kind, found in groupby(writes, key=_kind):
        by_key = {change.item.key: change for change in found}
        yield from (by_key[item.key] for item in parents_first(kind, [change.item for change in by_key.values()]))


def _deleted(changes: Iterable[Change]) -> list[Change]:
    return sorted((change for change in changes if change.op == 'delete'), key=_order, reverse=True)


def _kind(change: Change) -> Kind:
    return change.item.kind


def _order(change: Change) -> int:
    return ORDER[change.item.kind]


def _waves(steps: Iterable[Step]) -> Iterator[tuple[Step, ...]]:
    # What goes on at once is of one kind, and none of it needs another of it.
    for _, found in groupby(steps, key=lambda step: (step.change.item.kind, step.change.op == 'delete')):
        wave: list[Step] = []
        keys: set[Key] = set()
        for step in found:
            item = step.change.item
            if keys & {key for _, key in references(item)}:
                yield tuple(wave)
                wave, keys = [], set()
            wave.append(step)
            keys.add(item.key)
        yield tuple(wave)


# What no service can do


def _beside(changes: Sequence[Change], stored: State, generation: str) -> dict[Key, str]:
    # The keys of changes that are written into the ODB, and why.
    reasons: dict[Key, str] = {}
    holders = _holders(stored, generation)
    made: set[Key] = set()
    for change in changes:
        reason = _lack(change) or _taken(change, holders, generation)
        if not reason and change.op != 'delete' and made & {key for _, key in references(change.item)}:
            reason = 'it uses what the server does not know yet'
        if reason:
            reasons[change.item.key] = reason
            if change.op == 'create':
                made.add(change.item.key)
    # A definition takes with it what uses it in the ODB, be it for the last time.
    used = {key for name in reasons if name in stored for _, key in references(stored[name])}
    for change in changes:
        if change.op == 'delete' and change.item.key in used:
            reasons.setdefault(change.item.key, 'it is in use until then')
    return reasons


def _lack(change: Change) -> str:
    item = change.item
    live = live_of(item.kind)
    if live is None:
        return 'there are no services for it'
    if change.stored and change.stored.kind is not item.kind:
        return 'no service changes its type'
    if change.op == 'delete':
        return live.lacks.get(change.op, '')
    choking = next((why for name, why in live.chokes.items() if item.values.get(name)), '')
    return live.lacks.get(change.op, '') or choking


def _holders(stored: State, generation: str) -> dict[tuple[str, Any], Key]:
    found = {}
    for key, item in stored.items():
        for unique in item.kind.unique:
            value = unique.value_of(item.values, generation, item.kind.defaults[generation])
            if value is not None:
                found[unique.scope_of(item.kind.label), value] = key
    return found


def _taken(change: Change, holders: Mapping[tuple[str, Any], Key], generation: str) -> str:
    # Services commit one by one: two objects can't swap what only one may have.
    if change.op == 'delete':
        return ''
    item = change.item
    for unique in item.kind.unique:
        value = unique.value_of({**change.before, **item.values}, generation, item.kind.defaults[generation])
        holder = value is not None and holders.get((unique.scope_of(item.kind.label), value))
        if holder and holder != item.key:
            return f"another object has {unique.what} until then: '{holder[1]}'"
    return ''


# Calls


def _calls(change: Change) -> Iterator[Call]:
    item = change.item
    live = live_of(item.kind)
    assert live
    if change.op == 'delete':
        yield _delete(item)
        return
    names = {one.name for one in change.fields}
    if change.op == 'update' and names & set(live.anew):
        assert change.stored
        yield _delete(change.stored)
        yield from _creation(change, live)
    elif change.op == 'create':
        yield from _creation(change, live)
    else:
        yield from _edition(change, live, names)


def _delete(item: Item) -> Call:
    return Call(service_of(item.kind, DELETE), lambda known: {'id': known.id_of(item), 'cluster_id': known.cluster_id})


def _creation(change: Change, live: Live) -> Iterator[Call]:
    item, kind = change.item, change.item.kind
    values = values_of(change)
    yield Call(service_of(kind, CREATE), lambda known: _input(item, values, live, known), is_making=True)
    if any(bool(values[name]) != bool(kind.defaults[GENERATION][name]) for name in live.unheard):
        yield _edit(item, values, live)
    if live.password:
        secret = _secret(kind.by_name[live.password], values.get(live.password))
        if secret or live.may_be_empty:
            yield _password(item, secret)
    if live.members and values.get(live.members):
        yield _members(item, 'add', values[live.members], live)


def _edition(change: Change, live: Live, names: Collection[str]) -> Iterator[Call]:
    item, values = change.item, values_of(change)
    if live.members:
        yield from _membership(change, live)
        return
    is_secret_alone = names and set(names) == {live.password}
    if not is_secret_alone:
        yield _edit(item, values, live)
    if not live.password or not (live.password in names or live.is_resent):
        return
    value = values.get(live.password)
    if isinstance(value, Secret) and (value or (live.may_be_empty and live.password in names)):
        yield _password(item, value.reveal())


def _membership(change: Change, live: Live) -> Iterator[Call]:
    before = set(change.before.get(live.members) or ())
    after = set(values_of(change).get(live.members) or ())
    # Whoever is let in anew is, before anybody is not any more.
    if after - before:
        yield _members(change.item, 'add', sorted(after - before), live)
    if before - after:
        yield _members(change.item, 'remove', sorted(before - after), live)


def _members(item: Item, action: str, names: Sequence[str], live: Live) -> Call:
    section = item.kind.by_name[live.members].ref

    def payload(known: Registry) -> Mapping[str, Any]:
        ids = [f'{known.types[section][name]}-{known.ids[section][name]}' for name in names]
        return members(known.id_of(item), action, ids, live.also)

    return Call(service_of(item.kind, 'edit-member-list'), payload)


def _edit(item: Item, values: Mapping[str, Any], live: Live) -> Call:
    return Call(
        service_of(item.kind, EDIT), lambda known: {'id': known.id_of(item), **_input(item, values, live, known)}
    )


def _password(item: Item, secret: str) -> Call:
    return Call(service_of(item.kind, CHANGE_PASSWORD), lambda known: new_password(known.id_of(item), secret))


def _secret(field_: Field, value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    # As an import into the ODB: one that nobody knows, where none would let anybody in.
    if field_.may_be_empty:
        return ''
    return uuid4().hex


def values_of(change: Change) -> dict[str, Any]:
    """Returns all values that an object is to have: given, kept, made or the defaults."""
    kind = change.item.kind
    kept = {name: change.before[name] for name in kind.kept if name in change.before}
    values = {**kind.defaults[GENERATION], **kept, **change.item.values}
    if change.op == 'create':
        values.update((one.name, one.made()) for one in kind.fields if one.made and not values.get(one.name))
    return values


def _input(item: Item, values: Mapping[str, Any], live: Live, known: Registry) -> dict[str, Any]:
    kind = item.kind
    found: dict[str, Any] = {'cluster_id': known.cluster_id, **kind.rows[0].match, **live.also}
    for one in kind.fields_of(GENERATION):
        if not live.takes(one.name):
            continue
        value = _encoded(one, values.get(one.name), live, known)
        if value is not None:
            found[live.inputs.get(one.name) or one.column_of(GENERATION)] = value
        if one.name in live.names and values.get(one.name):
            found[live.names[one.name]] = values[one.name]
    if not kind.is_named:
        found.pop('name', None)
    return found


def _encoded(one: Field, value: Any, live: Live, known: Registry) -> Any:
    if one.secret:
        return _secret(one, value)
    if one.ref and not one.holds_names:
        return _referred(one, value, live, known)
    if one.codes:
        return one.codes_of(GENERATION).get(value, value)
    change = TYPES[one.type].encode
    if change:
        return change(value)
    return value


def _referred(one: Field, value: Any, live: Live, known: Registry) -> Any:
    ids, text = known.ids.get(one.ref, {}), one.held.text or '{}'
    if one.name in live.typed and value:
        text = f'{known.types[one.ref][value]}/{{}}'
    if TYPES[one.type].items:
        return [_written_as(text, ids[name]) for name in value or ()]
    if value in ids:
        return _written_as(text, ids[value])
    if value and value != one.default:
        raise KeyError(one.ref)
    # A word for nothing is that of definitions alone.
    if one.accepts:
        return per(one.held.nothing, GENERATION) or live.none
    return None


def _written_as(text: str, id_: int) -> Any:
    if text == '{}':
        return id_
    return text.format(id_)
