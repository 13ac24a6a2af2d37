"""Values that are too long for this database's columns, found before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zatools.kinds.model import Kind
from zatools.odb.mapping import Mapped
from zatools.odb.seal import sealed_length
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Change, Item

Room = tuple[str, int]
#: Bytes of `opaque1` that aren't the given values'.
MARGIN = 1_000


def too_long(changes: Iterable[Change], mapped: Mapping[Kind, Mapped], seals: bool) -> list[Problem]:
    """Returns a problem for each value that its column can't hold."""
    rooms = {kind: list(_rooms(where)) for kind, where in mapped.items()}
    found: list[Problem] = []
    for change in changes:
        if change.op != 'delete':
            found.extend(_in_item(change.item, rooms.get(change.item.kind, ()), seals))
            where = mapped.get(change.item.kind)
            room = getattr(where.table.types['opaque1'], 'length', None) if where else None
            if where and room:
                found.extend(_in_opaque(change.item, where, room))
    return found


def _in_opaque(item: Item, where: Mapped, room: int) -> Iterator[Problem]:
    sizes = {
        field.name: len(json.dumps(json.dumps(value)))
        for field, _ in where.opaque
        if not isinstance(value := item.values.get(field.name), Secret) and value
    }
    if sum(sizes.values()) + MARGIN > room:
        name = max(sizes, key=sizes.__getitem__)
        text = f'{item}: {name} takes {sizes[name]} bytes in opaque1, which has room for {room} in all'
        yield Problem(item.place_of(name), text, 'shorten it', 1)


def _rooms(where: Mapped) -> Iterator[Room]:
    columns = [(field, where.table.types[column]) for field, column in where.columns]
    if where.child:
        columns += [(field, where.child.types[column]) for field, column in where.child_columns]
    for field, type_ in columns:
        room = getattr(type_, 'length', None)
        if room is not None and not field.ref:
            yield field.name, room


def _in_item(item: Item, rooms: Iterable[Room], seals: bool) -> Iterator[Problem]:
    for name, room in rooms:
        value = item.values.get(name)
        length = _length(value, seals) if value else 0
        if length > room:
            sealed = ' when it is sealed' if isinstance(value, Secret) else ''
            text = f'{item}: {name} has {length} characters{sealed}, the ODB has room for {room}'
            yield Problem(item.place_of(name), text, 'shorten it', 1)


def _length(value: Any, seals: bool) -> int:
    if isinstance(value, Secret):
        return sealed_length(value.reveal()) if seals else len(value.reveal())
    return len('\n'.join(value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 0
