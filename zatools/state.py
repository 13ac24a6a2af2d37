"""Objects as values: what files and databases are both read into, merged and compared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zatools.kinds import ORDER
from zatools.kinds.beside import NAMED
from zatools.kinds.model import Kind
from zatools.place import Place
from zatools.secret import MASK, Secret, Template, masked

Key = tuple[str, str]
#: What no name in a file may have.
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def is_no_name(text: str) -> bool:
    """Tells whether a text is none that a file may give as a name; an ODB may have it all the same."""
    return not text.strip() or CONTROL.search(text) is not None


@dataclass(slots=True, eq=False)
class Item:
    """One object: the values that were given, and where each of them stands."""

    kind: Kind
    values: dict[str, Any]
    places: dict[str, Place] = field(default_factory=dict)
    place: Place | None = None

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.values['name'])

    @property
    def shown_name(self) -> str:
        """The object's name for screens: an ODB may have line breaks and what steers a terminal in it."""
        return CONTROL.sub(lambda found: repr(found[0])[1:-1], self.name)

    @property
    def key(self) -> Key:
        """What tells the object from all others."""
        return self.kind.section, self.values['name']

    def place_of(self, name: str) -> Place | None:
        """Returns where a field's value stands, else the object itself."""
        return self.places.get(name, self.place)

    def place_of_entry(self, name: str, entry: str) -> Place | None:
        """Returns where an entry of a field's list stands, else the list."""
        return self.places.get(f'{name}/{entry}') or self.place_of(name)

    def __str__(self) -> str:
        return f"{self.kind.label} '{self.shown_name}'"


State = dict[Key, Item]


def by_kind(items: Iterable[Item]) -> dict[Kind, list[Item]]:
    """Returns objects by their kinds, in the order given."""
    found: dict[Kind, list[Item]] = defaultdict(list)
    for item in items:
        found[item.kind].append(item)
    return found


def effective(item: Item, stored: Item | None) -> Item:
    """Returns an object as it will be, as far as checks look: fields that a file leaves out keep what is stored."""
    if stored is None:
        return item
    values = item.values
    kept = {name: held for name in item.kind.silent if name not in values and (held := stored.values.get(name))}
    if not kept:
        return item
    return Item(item.kind, {**kept, **values}, item.places, item.place)


def effective_state(wanted: State, stored: State) -> State:
    """Returns the objects that an import leaves, as far as checks look, when it deletes nothing."""
    return {**stored, **{key: effective(item, stored.get(key)) for key, item in wanted.items()}}


def references(item: Item) -> list[tuple[str, Key]]:
    """Returns what an object refers to: pairs of a field and the key of the object it names."""
    found: list[tuple[str, Key]] = []
    for one in item.kind.refs:
        value = item.values.get(one.name)
        names = value if isinstance(value, list) else [value]
        found.extend((one.name, (one.ref, name)) for name in names if isinstance(name, str) and name)
    found.extend(named_within(item))
    return found


def has_names_within(kind: Kind) -> bool:
    """Tells whether objects of a kind refer to others within texts: see `named_within`."""
    return kind.rows[0].table in NAMED


def named_within(item: Item) -> Iterator[tuple[str, Key]]:
    """Yields what an object refers to within texts of a form of their own: pairs as of `references`."""
    for link in NAMED.get(item.kind.rows[0].table, ()):
        for name in link.read(item.values.get(link.column) or ''):
            yield link.column, (link.section, name)


def in_order(items: Iterable[Item]) -> list[Item]:
    """Returns items in the order of creation: by kind, then name."""
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[int, str, str]:
    # The kind of what servers are configured with is none of those that files and ODBs have.
    return ORDER.get(item.kind, len(ORDER)), item.name.lower(), item.name


def parents_first(kind: Kind, items: list[Item]) -> list[Item]:
    """Returns objects of one kind so that each comes after those of them that it refers to."""
    if not any(field.ref == kind.section for field in kind.refs):
        return items
    waiting = {item.key: item for item in items}
    ordered: list[Item] = []
    for first in items:
        # From an object up to the first one: a list, since a chain may be longer than Python's stack.
        chain = [waiting.pop(first.key)] if first.key in waiting else []
        for item in chain:
            chain.extend(waiting.pop(key) for _, key in references(item) if key in waiting)
        ordered.extend(reversed(chain))
    return ordered


#: The note of a field that an object's row in the ODB can't do without, and does not have.
LACKED = 'its row had none'


class FieldChange(NamedTuple):
    """A field's value before and after; `note` says in words what the values don't."""

    name: str
    old: Any
    new: Any
    place: Place | None = None
    note: str = ''
    is_secret: bool = False


class Change(NamedTuple):
    """What is to happen to one object: `create`, `update` or `delete`, field by field."""

    op: str
    item: Item
    stored: Item | None
    fields: tuple[FieldChange, ...]
    #: Sentences about what makes the object less safe than it was; a plan fills them in.
    warnings: tuple[str, ...] = ()

    @property
    def before(self) -> Mapping[str, Any]:
        """The values that the object has now; none of a new one."""
        if self.stored is None:
            return {}
        return self.stored.values

    @property
    def is_rename(self) -> bool:
        """Tells whether the object gets another name."""
        return self.stored is not None and self.stored.key != self.item.key

    @property
    def is_mend(self) -> bool:
        """Tells whether all that happens is that the object's row gets what servers can't do without."""
        return self.op == 'update' and all(field.note == LACKED for field in self.fields)


@dataclass(frozen=True)
class Difference:
    """Two states compared: the changes, what only the other side has, and how many are the same."""

    changes: tuple[Change, ...]
    only_stored: tuple[Item, ...]
    same: int
    kept_secrets: tuple[str, ...] = ()
    uncompared: int = 0
    kept_definitions: tuple[str, ...] = ()

    def of(self, op: str) -> list[Change]:
        """Returns the changes of one sort."""
        return [change for change in self.changes if change.op == op]

    @property
    def replacing(self) -> list[Change]:
        """Returns the updates that change what objects are, not only what their rows lack."""
        return [change for change in self.of('update') if not change.is_mend]


def is_equal(old: Any, new: Any) -> bool:
    """Tells whether two values are the same; those that are nothing, such as None and an empty list, are."""
    return old == new or (old in (None, '', []) and new in (None, '', []))


class _Comparison:
    # Collects what is counted while objects are compared. Each diff() makes one.

    def __init__(self, generation: str, is_symmetric: bool) -> None:
        self.generation = generation
        self.is_symmetric = is_symmetric
        self.kept_secrets: list[str] = []
        self.uncompared = 0
        self.kept_definitions: list[str] = []

    def created(self, wanted: Item) -> tuple[FieldChange, ...]:
        kind, values, places = wanted.kind, wanted.values, wanted.places
        defaults, secrets = kind.defaults[self.generation], kind.secrets
        found: list[FieldChange | None] = []
        # Objects give few of the fields that there are.
        for name in sorted(values, key=kind.positions.__getitem__):
            old, new = defaults.get(name), values[name]
            if name in secrets:
                found.append(self._secret(name, wanted, None, new))
            elif name != 'name' and not is_equal(old, new):
                found.append(FieldChange(name, old, new, places.get(name)))
        return tuple(change for change in found if change)

    def updated(self, wanted: Item, stored: Item) -> tuple[FieldChange, ...]:
        for name in wanted.kind.unsaid[self.generation]:
            # An export can't say that there was none. Whoever imports it again is told that the ODB has one since then.
            if name not in wanted.values and stored.values.get(name) and not self.is_symmetric:
                self.kept_definitions.append(f"{wanted} '{stored.values[name]}'")
        if self._is_same(wanted, stored):
            return ()
        kind, values, old_values = wanted.kind, wanted.values, stored.values
        found: list[FieldChange | None] = []
        if stored.kind is not kind:
            found.append(FieldChange('type', stored.kind.label, kind.label, wanted.place_of('type')))
        is_retyped = stored.kind is not kind
        if is_retyped:
            # The platform makes up such values again for the new type.
            fields = stored.kind.by_name
            old_values = {name: value for name, value in old_values.items() if not fields[name].is_made_up(value)}
        found.extend(
            self._field(name, wanted, old_values)
            for name in kind.by_name
            if name != 'name' and (name in values or name in old_values)
        )
        if is_retyped:
            found.extend(self._lost(wanted, stored))
        return tuple(change for change in found if change)

    def _lost(self, wanted: Item, stored: Item) -> Iterator[FieldChange]:
        # Values of a definition that its new type has no field for.
        kind, defaults = wanted.kind, stored.kind.defaults[self.generation]
        for name, old in stored.values.items():
            if name not in kind.by_name and not is_equal(old, defaults.get(name)):
                yield FieldChange(name, old, None, wanted.place_of('type'), f'{kind.type} has none')

    def _is_same(self, wanted: Item, stored: Item) -> bool:
        # A quick look, since most objects are the same: all given values are stored, and all other stored values are
        # defaults, or kept where a file is silent.
        if stored.kind is not wanted.kind or self.is_symmetric:
            return False
        values, old_values = wanted.values, stored.values
        for name, value in values.items():
            if value != old_values.get(name):
                return False
        kept, defaults = wanted.kind.kept, wanted.kind.defaults[self.generation]
        for name, old in old_values.items():
            if name not in values and name not in kept and old != defaults.get(name):
                return False
        return True

    def _field(self, name: str, wanted: Item, old_values: Mapping[str, Any]) -> FieldChange | None:
        values, kept = wanted.values, wanted.kind.kept
        default = wanted.kind.defaults[self.generation].get(name)
        old = old_values.get(name)
        if name not in old_values and name not in kept:
            old = default
        if name in values:
            new = values[name]
            if wanted.kind.by_name[name].secret:
                return self._secret(name, wanted, old_values.get(name), new)
            was_kept = self.is_symmetric and name in kept and name not in old_values
            if is_equal(old, new) and not was_kept:
                return None
            note = ''
            if was_kept:
                note = 'was kept'
            return FieldChange(name, old, new, wanted.places.get(name), note)
        if name in kept:
            if not self.is_symmetric:
                return None
            is_secret = wanted.kind.by_name[name].secret
            return FieldChange(name, old_values[name], None, wanted.place, 'kept', is_secret)
        if is_equal(old, default):
            return None
        return FieldChange(name, old, default, wanted.place, 'not in the file: default')

    def _secret(self, name: str, wanted: Item, old: Any, new: Any) -> FieldChange | None:
        place = wanted.places.get(name)
        if isinstance(new, Template):
            if isinstance(old, Template) and old.text == new.text:
                return None
            if old and not self.is_symmetric:
                self.kept_secrets.extend(new.names)
                return None
            return FieldChange(name, old, new, place, f'needs {", ".join(new.names)} (not set)', is_secret=True)
        if isinstance(old, Secret) and not old.can_reveal:
            self.uncompared += 1
            return None
        if is_equal(old, new) or (not old and not new):
            return None
        source = ''
        if isinstance(new, Secret):
            source = new.source
        return FieldChange(name, old, new, place, source, is_secret=True)


def diff(wanted: State, stored: State, generation: str, is_symmetric: bool = False) -> Difference:
    """Compares what is wanted with what is stored, both of `generation`; order is that of creation.

    `is_symmetric` is for two sides of one sort: there a kept field or secret that one side gives alone is a difference.
    """
    compare = _Comparison(generation, is_symmetric)
    changes = []
    same = 0
    for key, item in wanted.items():
        old = stored.get(key)
        if old is None:
            changes.append(Change('create', item, None, compare.created(item)))
        elif fields := compare.updated(item, old):
            changes.append(Change('update', item, old, fields))
        else:
            same += 1
    changes.sort(key=lambda change: _order(change.item))
    only_stored = in_order(item for key, item in stored.items() if key not in wanted)
    return Difference(
        tuple(changes),
        tuple(only_stored),
        same,
        tuple(compare.kept_secrets),
        compare.uncompared,
        tuple(compare.kept_definitions),
    )


#: The keys of rows such as those of `request_headers`.
ROW = frozenset({'key', 'value', 'mode'})
#: Characters of a value that are shown.
LONGEST = 100


def show(value: Any, is_secret: bool = False) -> str:
    """Returns a value as one short line; secrets masked."""
    text = whole(value, is_secret)
    # Each item of a list counts: members, topics.
    if len(text) <= LONGEST or _is_texts(value):
        return text
    return f'{text[: LONGEST - 1]}…'


def whole(value: Any, is_secret: bool = False) -> str:
    """Returns a value as one line, however long; secrets masked."""
    if is_secret or isinstance(value, Secret):
        if value:
            return MASK
        return '(not given)'
    if value is None:
        return '(not given)'
    if value == '' or value == []:
        return '(none)'
    if isinstance(value, bool):
        return str(value).lower()
    value = masked(value)
    if _is_texts(value):
        return _printable(', '.join(value))
    if isinstance(value, list) and all(isinstance(row, Mapping) and row.keys() <= ROW for row in value):
        value = ', '.join(f'{row.get("key")}={row.get("value")}' for row in value)
    return _printable(str(value))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, (str, Template)) for part in value)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return repr(text)[1:-1]
