"""Objects carried over from one generation to the other: what has no place there is told, or left out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from zatools.generations import amqp
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.kinds.traits import MEMBERS
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Item, Key, State, references

#: Types of definitions, by their keys.
Barred = Mapping[Key, str]

#: The kinds that those of the other generation become, by their sections.
OTHERS = {kind.section: kind for kind in KINDS if kind.becomes}
LEAVE_OUT = 'leave it out: --skip-unsupported'
HINTS = {
    'address': 'as in amqp://host:5672/vhost',
    'def_name': 'define it in the files; with --type or --name add --with-references',
}


@dataclass(frozen=True)
class Carrier:
    """Carries objects over to a generation: finds what that has no place for, and leaves it out if it `skips`.

    `names` are those of definitions that one generation lacks; `barred` are the types of definitions that only the
    other generation lets objects use, by their keys.
    """

    generation: str
    problems: list[Problem]
    skips: bool
    names: Container[str] = ()
    barred: Barred = field(default_factory=dict)

    def carry(self, state: State) -> State:
        """Returns the state as the generation has it; a problem for all that it has no place for."""
        found: State = {}
        gone: set[Key] = set()
        for item in self._become(state).values():
            key = item.key
            names = item.kind.names[self.generation]
            is_here = self.generation in item.kind.generations
            found[key] = item
            if is_here and not self.barred and item.values.keys() <= names:
                continue
            lacks = dict(self._lacks(item))
            for name, text in lacks.items():
                self._report(item, name, text)
            lacking = {name.partition('/')[0] for name in lacks}
            if lacking & _guards(item) or (self.skips and any(is_essential(item, name) for name in lacking)):
                gone.add(key)
            elif is_here:
                kept = {name: value for name, value in item.values.items() if name in names and name not in lacking}
                found[key] = Item(item.kind, kept, item.places, item.place)
        if not gone:
            return found
        found = {key: item for key, item in found.items() if key not in gone}
        if not self.skips:
            return found
        # What refers to an object that is left out can't do without it: a channel would become public.
        return without(found, gone, self.problems)

    def _become(self, state: State) -> State:
        # What another section of the generation has is an object of that.
        kinds = {item.kind for item in state.values()}
        others = {kind: other for kind in kinds if (other := self._other(kind))}
        if not others:
            return state
        found = (self._as_other(item, others[item.kind]) if item.kind in others else item for item in state.values())
        return {item.key: item for item in found}

    def _other(self, kind: Kind) -> Kind | None:
        if kind.becomes is None or self.generation in kind.generations:
            return None
        return OTHERS[kind.becomes.section]

    def _as_other(self, item: Item, kind: Kind) -> Item:
        becomes = item.kind.becomes
        assert becomes
        values = dict(item.values)
        if becomes.change:
            becomes.change(values)
        named = {becomes.names.get(name, name): (name, value) for name, value in values.items()}
        lacking = {name for new, (name, value) in named.items() if new not in kind.by_name and _says(item, name, value)}
        for name in sorted(lacking):
            self._report(item, name, f"Zato {self.generation} has no '{name}'")
        kept = {new: value for new, (_, value) in named.items() if new in kind.by_name}
        places = {becomes.names.get(name, name): place for name, place in item.places.items()}
        return Item(kind, kept, places, item.place)

    def _lacks(self, item: Item) -> Iterator[tuple[str, str]]:
        # What is at its default says nothing. The first of these makes all others go without saying.
        if self.generation not in item.kind.generations:
            yield '', f'Zato {self.generation} has no such objects'
            return
        main = self._main_lack(item)
        if main:
            yield main
            return
        for name in sorted(item.values.keys() - item.kind.names[self.generation]):
            if _says(item, name, item.values[name]):
                yield name, f"Zato {self.generation} has no '{name}'"
        for name, used in unusable(item, self.generation, self.barred):
            what = f"{self.barred[used]} definition ('{used[1]}')"
            yield name, f'Zato {self.generation} has no {_several(item)} with a {what}'

    def _main_lack(self, item: Item) -> tuple[str, str] | None:
        for one in item.kind.fields:
            if one.feature and item.values.get(one.name) and self.generation not in one.generations:
                return one.name, f'Zato {self.generation} has no {one.feature}'
        return amqp.lack(item, self.generation, self.names)

    def _report(self, item: Item, name: str, text: str) -> None:
        field_name = name.partition('/')[0]
        hint = HINTS.get(name, LEAVE_OUT)
        if any(field.name == field_name for field in item.kind.accepting):
            hint = _can_use(item, self.generation)
        if self.skips:
            text, hint = f'{text}; {_left_out(item, field_name)} left out', ''
        self.problems.append(Problem(item.place_of(name), f'{item}: {text}', hint, 1, is_warning=self.skips))


def _says(item: Item, name: str, value: object) -> bool:
    # What is at its default says nothing.
    field = item.kind.by_name[name]
    is_empty = isinstance(value, Secret) and not value
    return not is_empty and value not in (field.default_of(field.generations[0]), '', None, [])


def without(state: State, gone: Iterable[Key], problems: list[Problem]) -> State:
    """Returns a state without what refers to objects that are gone, or to what goes with them; each is a warning."""
    gone = set(gone)
    found = {key: item for key, item in state.items() if key not in gone}
    count = -1
    while count != len(gone):
        count = len(gone)
        for key, item in list(found.items()):
            lost = _lost_reference(item, gone)
            if lost:
                name, other = lost
                text = f"{item}: its {name} '{other}' is left out, and so the whole object is"
                problems.append(Problem(item.place_of_entry(name, other), text, width=1, is_warning=True))
                del found[key]
                gone.add(key)
    return found


def _lost_reference(item: Item, gone: Container[Key]) -> tuple[str, str] | None:
    for field_name, key in references(item):
        if key in gone:
            return field_name, key[1]
    return None


def barred(generation: str, state: State, known: State) -> Barred:
    """Returns the definitions that objects such as those of `state` can use in the other generation alone.

    They may be in `state` or `known`.
    """
    kinds = {item.kind for item in state.values()}
    types = frozenset[str]().union(*(_only_elsewhere(kind, generation) for kind in kinds)) & _types(generation)
    if not types:
        return {}
    return {key: item.kind.label for one in (state, known) for key, item in one.items() if item.kind.label in types}


def _types(generation: str) -> frozenset[str]:
    return frozenset(kind.type for kind in KINDS if generation in kind.generations)


@cache
def _only_elsewhere(kind: Kind, generation: str) -> frozenset[str]:
    # Asked for each object.
    takes = kind.takes
    return frozenset((takes.v32 | takes.v41) - takes.of(generation))


def unusable(item: Item, generation: str, barred_: Barred) -> Iterator[tuple[str, Key]]:
    """Yields where an object names a definition that only the other generation lets it use, and which."""
    types = _only_elsewhere(item.kind, generation)
    if not barred_ or not types:
        return
    for name, used in references(item):
        if barred_.get(used) not in types:
            continue
        entry = f'{name}/{used[1]}'
        if entry in item.places:
            yield entry, used
        else:
            yield name, used


def _guards(item: Item) -> set[str]:
    # Without the definition that it uses, an object would let anybody in, or come without a login.
    return {field.name for field in item.kind.accepting} - set(item.kind.meaning(MEMBERS))


def is_essential(item: Item, name: str) -> bool:
    """Tells whether an object would be broken, or let more callers in, without a field; '' is the object itself."""
    field = item.kind.by_name.get(name)
    return field is None or field.is_essential or field.accepts is not None


def _left_out(item: Item, name: str) -> str:
    if not name:
        return 'it is'
    if is_essential(item, name):
        return 'the whole object is'
    return 'that is'


def _can_use(item: Item, generation: str) -> str:
    types = item.kind.takes.of(generation) & _types(generation)
    return f'{_several(item)} of Zato {generation} can use: {", ".join(sorted(types))}'


def _several(item: Item) -> str:
    return item.kind.section.partition('_')[0].removesuffix('s') + 's'
