"""Which objects a command is about: those that the command line names, and what they refer to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from zatools.errors import UsageError
from zatools.files.scope import Scope, with_referred
from zatools.kinds import SPELLINGS, kinds_of
from zatools.place import did_you_mean
from zatools.plan.choices import ObjectChoice
from zatools.state import Item, State, references


@dataclass(frozen=True)
class Selection:
    """Which objects a command is about: sections or security types, and globs of names; empty is all.

    What a target of the other generation has no place for is left out if it `skips_unsupported`, else an error.
    """

    types: frozenset[tuple[str, str]] = frozenset()
    names: tuple[str, ...] = ()
    with_references: bool = False
    skips_unsupported: bool = False

    @property
    def scope(self) -> Scope:
        """How much of files counts."""
        if self.with_references:
            return Scope(with_referred(self.types))
        return Scope(self.types)

    def has(self, item: Item) -> bool:
        """Tells whether an object is selected by itself, not by what refers to it."""
        is_named = not self.names or any(fnmatchcase(item.name, name) for name in self.names)
        return is_named and Scope(self.types).has(item.kind)

    def take(self, state: State) -> State:
        """Returns the selected objects, and what they refer to if asked."""
        if not self.types and not self.names:
            return state
        found = {key: item for key, item in state.items() if self.has(item)}
        if self.with_references:
            return with_all_references(found, state)
        return found


#: All objects.
ALL = Selection()


def with_all_references(found: State, state: State) -> State:
    """Returns objects and all that they refer to, in the order of `state`."""
    found, waiting = dict(found), list(found.values())
    while waiting:
        for _, key in references(waiting.pop()):
            if key in state and key not in found:
                found[key] = state[key]
                waiting.append(state[key])
    return {key: item for key, item in state.items() if key in found}


def selection(choice: ObjectChoice, option: str = '--type', empty: Collection[str] = ()) -> Selection:
    """Reads the types of a choice, given by `option`; those that are `empty` have no objects."""
    found: set[tuple[str, str]] = set()
    for name in (part.strip() for text in choice.types for part in text.split(',')):
        kinds = kinds_of(name)
        if name in empty:
            found.add((name, ''))
        elif not kinds:
            raise UsageError(f"{option}: there is no '{name}'", did_you_mean(name, SPELLINGS))
        if len(kinds) == 1:
            found.add((kinds[0].section, kinds[0].type))
            continue
        # A section stands for all of its types.
        found.update((kind.section, '') for kind in kinds)
    return Selection(frozenset(found), choice.names, choice.with_references, choice.skip_unsupported)
