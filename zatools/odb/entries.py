"""One object of a run as the history keeps it: its values before and after as JSON, what is secret sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zatools.errors import OdbError, RefusedError
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.odb.mapping import SealedSecret
from zatools.odb.seal import Sealer
from zatools.place import Place
from zatools.secret import Secret, Template, masked
from zatools.state import Change, FieldChange, Item, Key, show

#: How a value that is no plain one is kept: a mapping of one of these words. A secret's token opens to its text,
#: a hidden value's to JSON; what no key could seal is unknown.
PLAIN, SEALED, HIDDEN, UNKNOWN = 'plain', 'sealed', 'hidden', 'unknown'
#: Where a run has the name that an object had before it.
WAS = 'was'
NOT_KNOWN = Secret('not known')
SCALARS = frozenset({int, float, bool, type(None)})
OPS = {name: name for name in ('create', 'update', 'delete')}
BY_WORDS = {(kind.section, kind.label): kind for kind in KINDS}

Opener = Callable[[str], str] | None


@dataclass(frozen=True)
class Entry:
    """What a run did to one object. `lost` are the fields whose values the history doesn't have, for want of a key."""

    op: str
    before: Item | None
    after: Item | None
    fields: tuple[FieldChange, ...] = ()
    lost: frozenset[str] = field(default_factory=frozenset)

    @property
    def item(self) -> Item:
        """The object as the run left it, or as it was before it went."""
        found = self.after or self.before
        assert found
        return found

    @property
    def key(self) -> Key:
        """What tells the object from all others."""
        return self.item.key

    @property
    def was(self) -> Key | None:
        """What told it from all others before the run; None where it kept its name."""
        if self.before is None or self.before.key == self.key:
            return None
        return self.before.key

    @property
    def change(self) -> Change:
        """The change as the plan showed it."""
        return Change(self.op, self.item, self.before, self.fields)


def packed(change: Change, sealer: Sealer | None) -> dict[str, Any]:
    """Returns what a change does to an object, as the history keeps it: for JSON."""
    content: dict[str, Any] = {'op': change.op, 'name': change.item.name}
    if change.op != 'create' and change.stored:
        content['before'] = _packed_item(change.stored.kind, change.stored.values, sealer)
        if change.is_rename:
            content[WAS] = change.stored.name
    if change.op != 'delete':
        content['after'] = _packed_item(change.item.kind, after(change), sealer)
    if change.op == 'update':
        content['fields'] = [_packed_field(one, change.item.kind) for one in change.fields]
    if change.item.place:
        content['place'] = list(change.item.place)
    return content


def after(change: Change) -> Mapping[str, Any]:
    """Returns the values that an object has once it is changed: what files leave out and stays is there too."""
    old, kind, given = change.before, change.item.kind, change.item.values
    if not old:
        return given
    known = {name: value for name, value in given.items() if not isinstance(value, Template)}
    return {**{name: old[name] for name in kind.kept if name in old and name in kind.by_name}, **known}


def _packed_item(kind: Kind, values: Mapping[str, Any], sealer: Sealer | None) -> dict[str, Any]:
    packed_values = dict(values)
    for name, value in values.items():
        # There are many values, and most are plain ones: those are kept as they are.
        if type(value) in SCALARS or (type(value) is str and ':' not in value and '=' not in value):
            continue
        if isinstance(value, Template):
            del packed_values[name]
        else:
            packed_values[name] = _packed(value, sealer)
    return {'section': kind.section, 'kind': kind.label, 'values': packed_values}


def _packed(value: Any, sealer: Sealer | None) -> Any:
    if type(value) in SCALARS:
        return value
    if isinstance(value, Secret):
        return _packed_secret(value, sealer)
    if masked(value) != value:
        return _hidden(value, sealer)
    if isinstance(value, str):
        return value
    return {PLAIN: value}


def _packed_secret(value: Secret, sealer: Sealer | None) -> dict[str, Any]:
    token = ''
    if isinstance(value, SealedSecret):
        token = value.token
    if token or not value:
        return {SEALED: token}
    if sealer is None:
        return {UNKNOWN: True}
    return {SEALED: sealer.token_of(value)}


def _hidden(value: Any, sealer: Sealer | None) -> dict[str, Any]:
    if sealer is None:
        return {UNKNOWN: True}
    return {HIDDEN: sealer.seal(json.dumps(value))}


def _packed_field(one: FieldChange, kind: Kind) -> list[Any]:
    # What is no field of the object, such as a job that it owns, is kept in the words of its plan.
    if one.name in kind.by_name:
        return [one.name, one.note]
    return [one.name, one.note, show(one.old, one.is_secret), show(one.new, one.is_secret)]


def unpacked(content: Any, generation: str, opener: Opener) -> Entry:
    """Returns an object of the history; raises OdbError for what nobody of us has written."""
    try:
        op = OPS[content['op']]
        lost: set[str] = set()
        before, now = (_item(content, side, opener, lost) for side in ('before', 'after'))
        place = None
        if content.get('place'):
            path, line, column = content['place']
            place = Place(str(path), int(line), int(column))
        if now:
            now.place = place
        fields = tuple(_field(row, before, now, generation, lost) for row in content.get('fields', ()))
        if not before and not now:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise OdbError('it is not as zatools writes it') from None
    return Entry(op, before, now, fields, frozenset(lost))


def _item(content: Mapping[str, Any], side: str, opener: Opener, lost: set[str]) -> Item | None:
    found = content.get(side)
    if found is None:
        return None
    kind = BY_WORDS[found['section'], found['kind']]
    values: dict[str, Any] = {}
    for name, value in found['values'].items():
        # A field of a later version's is left alone.
        if not isinstance(name, str) or not kind.by_name.meets(name):
            lost.add(str(name))
            continue
        try:
            values[name] = _value(kind, name, value, opener)
        except RefusedError:
            lost.add(name)
    name = content['name']
    if side == 'before':
        name = content.get(WAS, name)
    return Item(kind, {**values, 'name': str(name)})


def _value(kind: Kind, name: str, value: Any, opener: Opener) -> Any:
    if not isinstance(value, Mapping):
        return value
    ((sort, content),) = value.items()
    if sort == PLAIN:
        return content
    if sort == SEALED:
        if not kind.by_name[name].secret:
            kind.by_name.hide(name)
        return SealedSecret(str(content), opener)
    if sort == HIDDEN and opener:
        return json.loads(opener(str(content)))
    raise RefusedError('its value is not known')


def _field(row: list[Any], before: Item | None, now: Item | None, generation: str, lost: set[str]) -> FieldChange:
    name, note, *shown = map(str, row)
    if shown:
        return FieldChange(name, shown[0], shown[1], None, note)
    assert before and now
    if name in lost:
        return FieldChange(name, NOT_KNOWN, NOT_KNOWN, None, note, is_secret=True)
    if name == 'type' and before.kind is not now.kind:
        return FieldChange(name, before.kind.label, now.kind.label, None, note)
    old, new = (_known(item, name, generation) for item in (before, now))
    kind = now.kind if name in now.kind.by_name else before.kind
    return FieldChange(name, old, new, None, note, bool(kind.by_name[name].secret))


def _known(item: Item, name: str, generation: str) -> Any:
    return item.values.get(name, item.kind.defaults[generation].get(name))
