"""Values that are too long for this database's columns, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zatools.kinds.model import Field, Kind
from zatools.odb.mapping import Mapped, Table
from zatools.odb.seal import sealed_length
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Change, Item


def too_long(changes: Iterable[Change], mapped: Mapping[Kind, Mapped], seals: bool) -> list[Problem]:
    """Returns a problem for each value that its column can't hold."""
    found: list[Problem] = []
    for change in changes:
        if change.op != 'delete' and change.item.kind in mapped:
            where = mapped[change.item.kind]
            found.extend(_in_row(change.item, where.table, where.columns, seals))
            if where.child:
                found.extend(_in_row(change.item, where.child, where.child_columns, seals))
    return found


def _in_row(item: Item, table: Table, columns: Iterable[tuple[Field, str]], seals: bool) -> Iterable[Problem]:
    for field, column in columns:
        room = getattr(table.types[column], 'length', None)
        value = item.values.get(field.name)
        if room is None or not value or field.ref:
            continue
        length = _length(value, seals)
        if length > room:
            sealed = ' when it is sealed' if isinstance(value, Secret) else ''
            text = f'{item}: {field.name} has {length} characters{sealed}, the ODB has room for {room}'
            yield Problem(item.place_of(field.name), text, 'shorten it', 1)


def _length(value: Any, seals: bool) -> int:
    if isinstance(value, Secret):
        return sealed_length(value.reveal()) if seals else len(value.reveal())
    return len('\n'.join(value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 0
