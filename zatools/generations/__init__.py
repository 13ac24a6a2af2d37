"""What Zato 3.2 and 4.1 do differently with the same object: which one files need, how objects are carried over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from zatools.generations import amqp
from zatools.generations.amqp import broker_of
from zatools.generations.carrier import Carrier, barred, is_essential, unusable, without
from zatools.kinds.model import GENERATIONS, Kind
from zatools.place import Problem
from zatools.state import Item, State, by_kind

#: Kinds that have two forms: each generation's own is made before the rest is carried over.
FORMS = {'3.2': amqp.defined, '4.1': amqp.inlined}

#: What makes the ODB that is used where none is named.
CREATE = 'zato odb create'

__all__ = ['broker_of', 'convert', 'is_essential', 'needed', 'without']


def needed(state: State, create: str = CREATE) -> tuple[str, list[Problem]]:
    """Returns the generation that the files' keys need, '' for either; a problem where they need both.

    `create` is the command line that makes the ODB, for the problem's hint.
    """
    found: dict[str, Item] = {}
    names: dict[str, str] = {}
    bars = {generation: barred(generation, state, {}) for generation in GENERATIONS}
    barring = [(one, other) for one, other in (GENERATIONS, GENERATIONS[::-1]) if bars[one]]
    for kind, items in by_kind(state.values()).items():
        if len(kind.generations) == 1:
            found.setdefault(kind.generations[0], items[0])
        for item, name in _particular(kind, items):
            generation = kind.particular[name]
            if generation not in found:
                found[generation], names[generation] = item, name
        for item, (one, other) in product(items, barring):
            place = next((name for name, _ in unusable(item, one, bars[one])), '')
            if place and other not in found:
                found[other], names[other] = item, place
    if len(found) < 2:
        return next(iter(found), ''), []
    old, new = found['3.2'], found['4.1']
    text = f'and {new.place_of(names.get("4.1", "name"))}: {old} needs Zato 3.2, {new} needs Zato 4.1'
    hint = f'choose: {create} --layout 3.2    or: {create} --layout 4.1'
    return '3.2', [Problem(old.place_of(names.get('3.2', 'name')), text, hint)]


def _particular(kind: Kind, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    # The values that only one generation has a field for. Both call something a username.
    particular = kind.particular.keys() - {'username'}
    for item in items if particular else ():
        if not particular.isdisjoint(item.values):
            yield from ((item, name) for name in item.values if name in particular)


def convert(state: State, generation: str, known: State, problems: list[Problem], skips: bool = False) -> State:
    """Returns `state` as `generation` has it. `known` is what the target has: its AMQP definitions are used.

    What can't be carried over is a problem at its place; if it `skips`, a warning, and left out.
    """
    found = FORMS[generation](state, known, problems)
    items = (item for one in (state, known) for item in one.values())
    names = frozenset(item.name for item in items if item.kind.is_inlined)
    return Carrier(generation, problems, skips, names, barred(generation, state, known)).carry(found)
