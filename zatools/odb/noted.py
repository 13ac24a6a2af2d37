"""Columns that list the ids of what refers to a row: a job of 3.2 gets those of its file transfer channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from zatools.kinds.model import Field
from zatools.odb.mapping import Mapped
from zatools.odb.transaction import Transaction
from zatools.state import Change, Key

SEPARATOR = '; '


def write(work: Transaction, changes: Iterable[Change]) -> None:
    """Writes the lists of all that changed objects referred to, or refer to now."""
    changed = list(changes)
    for mapped in work.database.mapped.values():
        for field in (field for field in mapped.kind.refs if field.noted):
            _write(work, mapped, field, changed)


def _write(work: Transaction, mapped: Mapped, field: Field, changes: list[Change]) -> None:
    # A row that was written anew has lost its list.
    touched = {change.item.name for change in changes if change.item.kind.answers_to == field.ref}
    for change in changes:
        if change.item.kind is mapped.kind:
            touched |= {str(values.get(field.name) or '') for values in (change.before, change.item.values)}
    if not touched:
        return
    gone = {change.item.key for change in changes if change.op == 'delete'}
    users: dict[str, list[str]] = defaultdict(list)
    for key, target in _references(work, mapped, field, changes):
        if key not in gone:
            users[target].append(str(_id_of(work, key)))
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for other in work.database.mapped.values():
        if other.kind.answers_to == field.ref:
            ids = work.loaded.ids.get(other.kind.section, {})
            known = ((name, ids[name]) for name in touched & ids.keys() if (other.kind.section, name) not in gone)
            rows[other.table.name] += [_row(other, field, id_, users[name]) for name, id_ in known]
    for table, ones in rows.items():
        work.set(work.database.tables[table], ones)


def _id_of(work: Transaction, key: Key) -> int:
    stored = work.loaded.stored.get(key)
    if stored:
        return stored.id
    section, name = key
    return work.loaded.ids[section][name]


def _references(work: Transaction, mapped: Mapped, field: Field, changes: list[Change]) -> Iterator[tuple[Key, str]]:
    # As they are after the changes.
    items = {key: item.values for key, item in work.loaded.state.items() if item.kind is mapped.kind}
    for change in changes:
        if change.item.kind is mapped.kind:
            items[change.item.key] = {**change.before, **change.item.values}
    yield from ((key, values[field.name]) for key, values in items.items() if values.get(field.name))


def _row(mapped: Mapped, field: Field, id_: int, users: list[str]) -> dict[str, Any]:
    # Ids are sorted as texts, as the platform does.
    text: Any = SEPARATOR.join(sorted(users))
    form = mapped.table.forms.get(field.noted)
    return {'_id': id_, field.noted: form(text) if form else text}
