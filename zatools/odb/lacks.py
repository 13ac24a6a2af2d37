"""Rows that lack keys of `opaque1` that servers can't do without: found, and mended by an import of their objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from zatools.kinds.model import Field, Kind
from zatools.odb.load import Loaded
from zatools.odb.mapping import Mapped
from zatools.state import LACKED, Change, Difference, FieldChange, Key, State, in_order, references

Lacks = Mapping[Key, tuple[Field, ...]]


def lacking(loaded: Loaded, mapped: Mapping[Kind, Mapped], generation: str, after_of: Callable[[], State]) -> Lacks:
    """Returns the fields that rows lack and servers can't do without.

    `after_of` gives the objects that will be there; it is asked only if some row lacks anything.
    """
    needed = {
        kind: {key: field for field, key in one.opaque if field.without(generation)} for kind, one in mapped.items()
    }
    found: dict[Key, tuple[Field, ...]] = {}
    after: State = {}
    users: Mapping[Key, set[str]] = {}
    for key, item in loaded.state.items():
        fields = needed[item.kind]
        if fields.keys() <= loaded.stored[key].opaque.keys():
            continue
        after = after or after_of()
        users = users or _users(after)
        missing = [field for name, field in fields.items() if name not in loaded.stored[key].opaque]
        values = after.get(key, item).values
        lacks = tuple(field for field in missing if _is_needed(field, values, generation, users.get(key, set())))
        if lacks:
            found[key] = lacks
    return found


def _is_needed(field: Field, values: Mapping[str, object], generation: str, users: set[str]) -> bool:
    is_used = not field.written.used_by or field.written.used_by in users
    return is_used and field.written.in_rows(generation, values)


def _users(state: State) -> dict[Key, set[str]]:
    # The roles of what refers to an object.
    users: dict[Key, set[str]] = defaultdict(set)
    for item in state.values():
        for _, key in references(item):
            users[key].add(item.kind.role)
    return users


def mended(found: Difference, wanted: State, stored: State, lacks: Lacks, generation: str) -> Difference:
    """Returns a difference with what rows of wanted objects lack: fields of updates, or updates of their own."""
    if not lacks.keys() & wanted.keys():
        return found
    changes = {change.item.key: change for change in found.changes}
    same = found.same
    for key, fields in lacks.items():
        change = changes.get(key)
        if key not in wanted or (change and (change.op != 'update' or _is_retyped(change))):
            continue
        if change is None:
            change, same = Change('update', wanted[key], stored[key], ()), same - 1
        changes[key] = change._replace(fields=(*change.fields, *_lacked(change, fields, generation)))
    order = {item.key: number for number, item in enumerate(in_order(change.item for change in changes.values()))}
    return replace(found, changes=tuple(sorted(changes.values(), key=lambda one: order[one.item.key])), same=same)


def _is_retyped(change: Change) -> bool:
    return any(field.name == 'type' for field in change.fields)


def _lacked(change: Change, fields: tuple[Field, ...], generation: str) -> Iterator[FieldChange]:
    given = {field.name for field in change.fields}
    for field in fields:
        if field.name not in given:
            yield FieldChange(field.name, None, _value(change, field, generation), None, LACKED)


def _value(change: Change, field: Field, generation: str) -> object:
    default = field.default_of(generation)
    if field.kept:
        default = change.before.get(field.name, default)
    return change.item.values.get(field.name, default)
