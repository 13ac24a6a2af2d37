"""Columns that list the ids of what refers to a row: a job of 3.2 gets those of its file transfer channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Any

from zatools.kinds.field import Field, Noted
from zatools.kinds.model import Kind
from zatools.odb.mapping import Mapped
from zatools.odb.transaction import Transaction
from zatools.state import Change, Key

SEPARATOR = '; '


def write(work: Transaction, changes: Iterable[Change]) -> None:
    """Writes the lists of all that changed objects referred to, or refer to now."""
    changed = list(changes)
    for mapped in work.database.mapped.values():
        for field in mapped.kind.refs:
            if field.noted:
                _write(work, mapped, field, field.noted, changed)


def _write(work: Transaction, mapped: Mapped, field: Field, noted: Noted, changes: list[Change]) -> None:
    # A row that was written anew has lost its list.
    touched = {change.item.name for change in changes if change.item.kind.answers_to == field.ref}
    for change in changes:
        if change.item.kind is mapped.kind:
            touched |= {str(values.get(field.name) or '') for values in (change.before, change.item.values)}
    if not touched:
        return
    users: dict[str, list[str]] = defaultdict(list)
    for key, values in _after(work, changes, mapped.kind).items():
        if values.get(field.name):
            users[values[field.name]].append(str(_id_of(work, key)))
    for other in work.database.mapped.values():
        if other.kind.answers_to == field.ref:
            _write_rows(work, other, noted, touched, users, changes)


def _write_rows(
    work: Transaction,
    mapped: Mapped,
    noted: Noted,
    touched: Container[str],
    users: Mapping[str, list[str]],
    changes: list[Change],
) -> None:
    form, rows = mapped.table.forms.get(noted.column, str), []
    for key, values in _after(work, changes, mapped.kind).items():
        name = key[1]
        if name in touched and all(values.get(one) == value for one, value in noted.when.items()):
            # Ids are sorted as texts, as the platform does.
            text = SEPARATOR.join(sorted(users.get(name, ())))
            rows.append({'_id': _id_of(work, key), noted.column: form(text)})
    work.set(mapped.table, rows)


def _after(work: Transaction, changes: list[Change], kind: Kind) -> dict[Key, Mapping[str, Any]]:
    # The values of the objects of a kind as they are after the changes.
    found: dict[Key, Mapping[str, Any]] = {
        key: item.values for key, item in work.loaded.state.items() if item.kind is kind
    }
    for change in changes:
        if change.item.kind is not kind:
            continue
        found[change.item.key] = {**change.before, **change.item.values}
        if change.op == 'delete':
            del found[change.item.key]
    return found


def _id_of(work: Transaction, key: Key) -> int:
    stored = work.loaded.stored.get(key)
    if stored:
        return stored.id
    section, name = key
    return work.loaded.ids[section][name]
