"""What files say of objects besides fields: `was` is a name that one had, `absent: true` that there is to be none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null
from zatools.files.values import Reading, Was, read_text, read_value
from zatools.kinds.field import Field
from zatools.kinds.model import Kind
from zatools.kinds.opened import GONE, WAS
from zatools.place import Place, Problem
from zatools.secret import Template
from zatools.state import Key, State

#: Keys that an object of any kind may have.
KEYS = frozenset({WAS, GONE})
IS_GONE = Field(GONE, 'Whether the object is to be deleted.', 'boolean', False)


@dataclass(frozen=True)
class Moves:
    """Objects that had other names, and objects that are to go, by their keys."""

    was: dict[Key, Was] = field(default_factory=dict)
    gone: dict[Key, Place] = field(default_factory=dict)


def is_gone(node: Node, reading: Reading) -> bool:
    """Tells whether an item says that its object is to go."""
    if not isinstance(node, Mapping) or GONE not in node.pairs:
        return False
    pair = node.pairs[GONE]
    return read_value(IS_GONE, pair[1], reading) is True


def read_was(kind: Kind, name: str, node: Mapping, reading: Reading) -> Was | None:
    """Returns the names that an object had; None where an item says none."""
    pair = node.pairs.get(WAS)
    if pair is None:
        return None
    entries: Sequence[Node] = [pair[1]]
    if isinstance(pair[1], ItemList):
        entries = pair[1].items
    told = len(reading.problems)
    names = [_old_name(entry, reading) for entry in entries]
    if len(reading.problems) > told:
        return None
    if not kind.is_named:
        reading.add(pair[0], f"'{WAS}' is for objects that have names; a {kind.called} is called by its fields")
    elif not names or not all(name.strip() for name in names):
        reading.add(pair[1], f"'{WAS}' must be the name that the object had, or a list of such names")
    elif name in names:
        reading.add(pair[1], f"'{WAS}' is the name that it has")
    else:
        return Was(tuple(names), Place(reading.path, pair[1].line, pair[1].column))
    return None


def _old_name(node: Node, reading: Reading) -> str:
    if not isinstance(node, Scalar) or is_null(node):
        return ''
    text = read_text(node, reading)
    if isinstance(text, Template):
        reading.add(node, f'a name {text.need}')
    return str(text)


def check(moves: Moves, state: State, problems: list[Problem]) -> None:
    """Adds what contradicts: two objects that had one name, or an object that is both there and gone."""
    first: dict[Key, Key] = {}
    for key, was in moves.was.items():
        for name in was.names:
            old = key[0], name
            if first.setdefault(old, key) != key:
                text = f"'{key[1]}' and '{first[old][1]}' both say that they were '{name}'"
                problems.append(Problem(was.place, text, 'one of them is new', len(name)))
    for key, place in moves.gone.items():
        if key in state:
            text = f'and {place}: {state[key]} is defined, and said to be absent'
            problems.append(Problem(state[key].place, text, 'remove one of them'))
