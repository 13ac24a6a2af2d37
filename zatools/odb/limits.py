"""Values that this database's columns can't hold, too long or in other characters, found before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from zatools.kinds.model import Kind
from zatools.odb.charsets import first_unheld, remedy
from zatools.odb.mapping import Mapped
from zatools.odb.seal import sealed_length
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Change, Item, by_kind

#: Bytes of `opaque1` that aren't the given values'.
MARGIN = 1_000


class Room(NamedTuple):
    """What a column can hold of a field: so many characters, of one set; 0 and '' where there is no limit."""

    name: str
    length: int
    charset: str


def unfit(changes: Iterable[Change], mapped: Mapping[Kind, Mapped], seals: bool, charset: str) -> list[Problem]:
    """Returns a problem for each value that its column can't hold; `charset` is the whole database's, if it has one."""
    found: list[Problem] = []
    for kind, items in by_kind(change.item for change in changes if change.op != 'delete').items():
        if kind not in mapped:
            continue
        rooms = {room.name: room for room in _rooms(mapped[kind], charset)}
        room = getattr(mapped[kind].table.types.get('opaque1'), 'length', None)
        for item in items:
            found.extend(_in_item(item, rooms, seals))
            if room:
                found.extend(_in_opaque(item, mapped[kind], room))
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


def _rooms(where: Mapped, charset: str) -> Iterator[Room]:
    columns = [(field, where.table.types[column]) for field, column in where.columns]
    for part in where.parts:
        columns += [(field, part.table.types[column]) for field, column in part.columns]
    for field, type_ in columns:
        if isinstance(type_, sa.String) and not field.ref:
            length = type_.length or 0
            if field.name == 'name':
                length -= len(where.row.prefix)
            yield Room(field.name, length, charset or (type_.collation or '').partition('_')[0])


def _in_item(item: Item, rooms: Mapping[str, Room], seals: bool) -> Iterator[Problem]:
    for name in rooms.keys() & item.values:
        value, (_, room, charset) = item.values[name], rooms[name]
        # Most values are short, and of characters that every set has.
        if not value or (type(value) is str and len(value) <= room and value.isascii()):
            continue
        length = _length(value, seals)
        if room and length > room:
            sealed = ' when it is sealed' if isinstance(value, Secret) else ''
            text = f'{item}: {name} has {length} characters{sealed}, the ODB has room for {room}'
            yield Problem(item.place_of(name), text, 'shorten it', 1)
        letter = first_unheld(_text(value), charset)
        if letter:
            what = (
                f"{name} has '{letter}' (U+{ord(letter):04X}), which the ODB can't hold: its character set is {charset}"
            )
            yield Problem(item.place_of(name), f'{item}: {what}', f'write it otherwise, or {remedy(charset)}', 1)


def _length(value: Any, seals: bool) -> int:
    if not isinstance(value, Secret):
        return len(_text(value))
    if seals:
        return sealed_length(value.reveal())
    return len(value.reveal())


def _text(value: Any) -> str:
    # What is sealed is ASCII, and so are lists of rows, as JSON.
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return '\n'.join(value)
    if isinstance(value, str):
        return value
    return ''
