"""Names that are one to a database, since the rows of several kinds share a table and what is unique in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from zatools.kinds import kin_of
from zatools.kinds.model import Kind
from zatools.odb.load import Loaded
from zatools.place import Problem
from zatools.state import Change, Item


def taken(changes: Sequence[Change], loaded: Loaded) -> Iterator[Problem]:
    """Yields a problem for each new object whose row would have the name of another kind's."""
    changed = {change.item.kind for change in changes if change.op == 'create'}
    stored = {item.kind for item in loaded.state.values()}
    for kin in dict.fromkeys(map(kin_of, changed)):
        if len(kin & (changed | stored)) > 1:
            yield from _clashes(kin, changes, loaded)


def _clashes(kin: frozenset[Kind], changes: Iterable[Change], loaded: Loaded) -> Iterator[Problem]:
    gone = {change.item.key for change in changes if change.op == 'delete'}
    known = {_row(item): item for key, item in loaded.state.items() if item.kind in kin and key not in gone}
    for change in changes:
        if change.op != 'create' or change.item.kind not in kin:
            continue
        other = known.setdefault(_row(change.item), change.item)
        if other.key != change.item.key:
            where = other.place or 'the ODB'
            text = f"{change.item}: its row would have the name of {other} ({where}): '{_row(other)}'"
            yield Problem(change.item.place_of('name'), text, 'rename it', 1)


def _row(item: Item) -> str:
    return item.kind.stored_name(item.name)
