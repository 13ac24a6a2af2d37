"""What is said of the rows of an ODB that no kind has, and of the keys that no field has: names, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from zatools.kinds.model import Kind
from zatools.odb.odb import Odb
from zatools.odb.undeclared import Other
from zatools.plan.selection import Selection
from zatools.secret import Secret
from zatools.state import Change, Difference, FieldChange, Item, Key, State, show

Parts = Mapping[str, Secret | None]
#: So many kinds, objects and keys are named.
SHOWN = 60
OBJECTS = 10
KEYS = 10


def counted(others: Iterable[Other]) -> dict[str, int]:
    """Returns how many objects there are of each sort that is not a kind yet."""
    counts = sorted(Counter(other.label for other in others).items())
    found = dict(counts[:SHOWN])
    if len(counts) > SHOWN:
        found['of further kinds'] = sum(count for _, count in counts[SHOWN:])
    return found


def keys_of(found: Mapping[Key, Parts], state: State) -> list[str]:
    """Returns which objects have keys that no field declares, and which keys."""
    keys = list(found)[:OBJECTS]
    rows = [f'{show(str(state[key]))}: {_listed([*found[key]])}' for key in keys]
    more = len(found) - len(keys)
    if more:
        rows.append(f'and so {more} more objects')
    return rows


def _listed(names: Sequence[str]) -> str:
    shown = [show(name.removeprefix('opaque1.')) for name in sorted(names)[:KEYS]]
    more = len(names) - len(shown)
    if more:
        shown.append(f'and {more} more')
    return ', '.join(shown)


@dataclass(frozen=True)
class Leftovers:
    """What an ODB holds besides the objects of kinds, to be compared with that of another."""

    others: tuple[Other, ...]
    undeclared: Mapping[Key, Parts]


def leftovers(odb: Odb) -> Leftovers:
    """Reads what is in an ODB besides the objects of kinds."""
    return Leftovers(tuple(odb.others()), odb.undeclared())


@cache
def _kind(label: str) -> Kind:
    return Kind(label, '', (), (), spelling=f'{label} (of no kind)')


def _item(other: Other) -> Item:
    return Item(_kind(other.label), {'name': show(other.name)})


def _numbered(others: Iterable[Other]) -> dict[tuple[str, str, int], Other]:
    # Names need not be unique among rows of no kind.
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for other in others:
        key = other.label, other.name
        found[*key, seen[key]] = other
        seen[key] += 1
    return found


class Comparison:
    """Compares what two ODBs hold besides the objects of kinds; one life per comparison.

    Those of two generations have other columns for the same, so that there only names are compared.
    """

    def __init__(self, old: Leftovers, new: Leftovers, is_one_generation: bool) -> None:
        self.old = old
        self.new = new
        self.is_one_generation = is_one_generation
        self.uncompared = 0

    def added_to(self, found: Difference, old_state: State, new_state: State, chosen: Selection) -> Difference:
        """Adds what differs to a difference: keys of the objects of both states, and selected objects of no kind."""
        more = self._keys(old_state, new_state)
        changes = []
        for change in found.changes:
            if change.op == 'update':
                change = change._replace(fields=(*change.fields, *more.pop(change.item.key, ())))
            changes.append(change)
        changes.extend(Change('update', new_state[key], old_state[key], fields) for key, fields in more.items())
        changes.extend(change for change in self._others() if chosen.has(change.item))
        uncompared = found.uncompared + self.uncompared
        return replace(found, changes=tuple(changes), same=found.same - len(more), uncompared=uncompared)

    def _keys(self, old_state: State, new_state: State) -> dict[Key, tuple[FieldChange, ...]]:
        old, new = self.old.undeclared, self.new.undeclared
        keys = sorted((old.keys() | new.keys()) & old_state.keys() & new_state.keys())
        compared = {key: self._fields(old.get(key, {}), new.get(key, {})) for key in keys}
        return {key: fields for key, fields in compared.items() if fields}

    def _others(self) -> Iterator[Change]:
        old, new = _numbered(self.old.others), _numbered(self.new.others)
        for key in sorted(old.keys() | new.keys()):
            if key not in old:
                yield Change('create', _item(new[key]), None, ())
            elif key not in new:
                yield Change('delete', _item(old[key]), _item(old[key]), ())
            elif self.is_one_generation and (fields := self._fields(old[key].parts, new[key].parts)):
                yield Change('update', _item(new[key]), _item(old[key]), fields)

    def _fields(self, old: Parts, new: Parts) -> tuple[FieldChange, ...]:
        found = []
        for name in sorted(old.keys() | new.keys()):
            one, other = old.get(name, Secret('')), new.get(name, Secret(''))
            if one is None or other is None:
                # It is sealed and its key isn't known.
                self.uncompared += 1
            elif one != other:
                found.append(FieldChange(show(name), one, other, is_secret=True))
        if len(found) <= KEYS:
            return tuple(found)
        more = FieldChange(f'and {len(found) - KEYS} more', Secret('old'), Secret('new'), is_secret=True)
        return (*found[:KEYS], more)
