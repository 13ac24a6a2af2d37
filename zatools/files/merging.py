"""Items of many files -> one State: what is defined twice, and what overlays change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zatools.kinds.model import GENERATIONS, Kind
from zatools.place import Place, Problem, Suggestions
from zatools.state import Item, State, is_equal, show


def _shared_default(kind: Kind, name: str) -> Any:
    # ... where the generations differ.
    old, new = (kind.defaults[generation].get(name) for generation in GENERATIONS)
    if old != new:
        return ...
    return old


def conflicts(one: Item, other: Item) -> list[tuple[str, Any, Any]]:
    """Returns the fields in which two definitions of one object differ, with both values."""
    if one.kind is not other.kind:
        return [('type', one.kind.label, other.kind.label)]
    found = []
    for name in (*one.values, *(name for name in other.values if name not in one.values)):
        default = ...
        if name not in one.kind.kept:
            default = _shared_default(one.kind, name)
        old, new = one.values.get(name, default), other.values.get(name, default)
        if old is ... or new is ... or not is_equal(old, new):
            found.append((name, _known(old), _known(new)))
    return found


def _known(value: Any) -> Any:
    if value is ...:
        return None
    return value


def _conflict(one: Item, other: Item, found: list[tuple[str, Any, Any]]) -> Problem:
    secret = {field.name for field in one.kind.all_fields if field.secret}
    detail = tuple(
        f'{name:10} {show(old, name in secret)}   |   {show(new, name in secret)}' for name, old, new in found
    )
    if one.place and other.place and one.place.path == other.place.path:
        return Problem(other.place, f'{other} is defined twice in one file, first in line {one.place.line}')
    return Problem(
        one.place,
        f'and {other.place}: {one} is defined twice and differs',
        detail=detail,
        hint='make them equal, or choose: --on-conflict first|last',
    )


def merge(items: Iterable[Item], on_conflict: str, problems: list[Problem]) -> State:
    """Puts the items of many files together; two that differ are a problem unless `on_conflict` is first or last."""
    state: State = {}
    for item in items:
        known = state.setdefault(item.key, item)
        if known is item:
            continue
        is_one_file = bool(known.place and item.place and known.place.path == item.place.path)
        found = conflicts(known, item)
        if is_one_file or (found and not on_conflict):
            problems.append(_conflict(known, item, found))
        elif not found:
            problems.append(Problem(item.place, f'{item} is also in {known.place}, and equal', is_warning=True))
        elif on_conflict == 'last':
            state[item.key] = item
    return state


#: The value of a field that an overlay takes away.
REMOVED = object()


def overlay(state: State, items: Iterable[Item], problems: list[Problem]) -> None:
    """Puts the fields of overlay items over those of `state`; REMOVED takes a value away."""
    suggestions = Suggestions()
    for item in items:
        base = state.get(item.key)
        if base is None:
            names = (key[1] for key in state if key[0] == item.key[0])
            hint = suggestions.did_you_mean(item.name, names)
            problems.append(Problem(item.place, f'overlay: there is no {item} in the files', hint))
            continue
        changed = Item(item.kind, dict(base.values), dict(base.places), base.place)
        for name, value in item.values.items():
            if value is REMOVED:
                changed.values.pop(name, None)
            else:
                changed.values[name] = value
            changed.places[name] = item.places.get(name, item.place or Place('', 0, 0))
            if isinstance(value, list):
                entries = {key: place for key, place in item.places.items() if key.startswith(f'{name}/')}
                changed.places.update(entries)
        state[item.key] = changed
