"""What an ODB is compared with after calls: what was wanted of it, or what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zatools.kinds.live import GENERATION, live_of
from zatools.live.calls import values_of
from zatools.odb.mapping import SealedSecret
from zatools.secret import Secret
from zatools.state import Change, FieldChange, Item, Key, State, diff


def wanted_of(changes: Iterable[Change]) -> dict[Key, Item | None]:
    """Returns what the objects of changes are to be; None for those that are to be gone."""
    found: dict[Key, Item | None] = {}
    for change in changes:
        item = change.item
        if change.op == 'delete':
            found[item.key] = None
        elif change.op == 'create':
            # What a new object does not give is the default, though an import would leave it as it finds it.
            fields = item.kind.by_name
            plain = [name for name in sorted(item.kind.silent) if not fields[name].made]
            values = {**{name: _nothing(item, name) for name in plain}, **item.values}
            found[item.key] = Item(item.kind, values, item.places, item.place)
        else:
            found[item.key] = Item(item.kind, _said(change), item.places, item.place)
    return found


def _said(change: Change) -> dict[str, Any]:
    # What a file leaves out and stays as it was counts as said: a service may have reset it.
    values, kind = values_of(change), change.item.kind
    given = {**change.before, **change.item.values}
    return {name: values[name] for name in kind.by_name if name in given and name in values}


def before_of(stored: State, keys: Iterable[Key]) -> dict[Key, Item | None]:
    """Returns what objects were, all that an import would keep included; None for those that were not there."""
    found: dict[Key, Item | None] = {}
    for key in keys:
        item = stored.get(key)
        if item is not None:
            said = {name: _nothing(item, name) for name in item.kind.kept}
            item = Item(item.kind, {**said, **item.values})
        found[key] = item
    return found


def _nothing(item: Item, name: str) -> Any:
    if item.kind.by_name[name].secret:
        return Secret('')
    return item.kind.defaults[GENERATION][name]


def left(wanted: Mapping[Key, Item | None], now: State) -> list[Change]:
    """Returns the changes that objects still lack to be what is wanted, in the order of a plan."""
    there = {key: item for key, item in wanted.items() if item is not None}
    known = {key: now[key] for key in wanted if key in now}
    changes = list(diff(there, known, GENERATION).changes)
    gone = [now[key] for key, item in wanted.items() if item is None and key in now]
    return [*changes, *(Change('delete', item, item, ()) for item in gone)]


def is_only_beside(change: Change) -> bool:
    """Tells whether all that an object lacks is what services are known to leave out or to change."""
    live = live_of(change.item.kind)
    if live is None or change.op != 'update':
        return False
    fields = change.item.kind.by_name
    return all(field.name in live.beside or _is_refused(field, fields[field.name].secret) for field in change.fields)


def _is_refused(field: FieldChange, is_secret: bool) -> bool:
    # Some services take no empty password.
    return is_secret and not field.new


def sealing(wanted: Mapping[Key, Item | None], now: State) -> list[Change]:
    """Returns a change for each object that services wrote: what is in clear text is sealed, what derives is added."""
    found = []
    for key, item in wanted.items():
        if item is None or key not in now:
            continue
        stored = now[key]
        clear = [name for name in item.kind.secrets if _is_clear(stored.values.get(name))]
        values = {**item.values, **{name: stored.values[name] for name in clear}}
        fields = tuple(FieldChange(name, None, stored.values[name], is_secret=True) for name in clear)
        found.append(Change('update', Item(item.kind, values), stored, fields))
    return found


def _is_clear(value: Any) -> bool:
    return isinstance(value, SealedSecret) and bool(value) and not value.is_sealed


def merged(first: Sequence[Change], second: Sequence[Change]) -> list[Change]:
    """Returns changes of which no two are of one object: what both do to it is done at once."""
    by_key = {change.item.key: change for change in first}
    for change in second:
        known = by_key.get(change.item.key)
        if known is None:
            by_key[change.item.key] = change
        elif known.op == 'update':
            names = {field.name for field in known.fields}
            more = tuple(field for field in change.fields if field.name not in names)
            values = {**change.item.values, **known.item.values}
            by_key[change.item.key] = known._replace(item=Item(known.item.kind, values), fields=(*known.fields, *more))
    return list(by_key.values())
