"""Objects as text and JSON: a line for each, or one with its values and what hangs together with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from zatools.kinds.model import DEPLOYED
from zatools.secret import Secret, Template, without_password
from zatools.state import Item, Key, State, in_order, references, show

Link = tuple[str, Key]
Row = Sequence[str]


def columns(rows: Iterable[Row]) -> str:
    """Returns rows as lines whose columns stand below each other."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return '\n'.join('  '.join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _at(item: Item | None) -> str:
    return item.place.short if item and item.place else ''


def as_lines(state: State, generation: str) -> str:
    """Returns a line for each object: kind, name, whether it is switched off, place."""
    items = in_order(state.values())
    return columns(
        [item.kind.label_in(generation), item.name, '' if item.values.get('is_active', True) else 'inactive', _at(item)]
        for item in items
    )


def _json_head(item: Item, generation: str) -> dict[str, Any]:
    return {
        'section': item.kind.spelled(generation),
        'type': item.kind.type_or_none,
        'name': item.name,
        'is_active': item.values.get('is_active', True) if 'is_active' in item.kind.by_name else None,
        'file': item.place.path if item.place else None,
        'line': item.place.line if item.place else None,
    }


def as_json_list(state: State, generation: str) -> str:
    """Returns objects as a JSON list, without their values."""
    rows = [_json_head(item, generation) for item in in_order(state.values())]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def used_by(key: Key, state: State) -> list[Link]:
    """Returns who refers to an object: pairs of a field and the key of the object that has it."""
    items = in_order(state.values())
    return [(field, item.key) for item in items for field, named in references(item) if named == key]


def _secret(value: Any) -> str:
    if isinstance(value, Template):
        return f'not set (needs {", ".join(value.names)})'
    return 'set' if value else 'not set'


def _value(item: Item, name: str, value: Any) -> str:
    field = item.kind.by_name[name]
    if field.secret:
        return _secret(value)
    if isinstance(value, (dict, list)) and field.type in ('any', 'rows'):
        return json.dumps(_json_value(value), ensure_ascii=False)
    return show(value)


def _json_value(value: Any) -> Any:
    if isinstance(value, Template):
        return value.text
    if isinstance(value, Secret):
        return _secret(value)
    if isinstance(value, list):
        return [_json_value(part) for part in value]
    if isinstance(value, dict):
        return {key: _json_value(part) for key, part in value.items()}
    return without_password(value) if isinstance(value, str) else value


def values(item: Item, generation: str, is_full: bool) -> dict[str, Any]:
    """Returns an object's values in the order of its kind, secrets always; `is_full` adds the defaults."""
    defaults = item.kind.defaults[generation]
    found = {}
    for field in item.kind.fields_of(generation):
        if field.name in item.values:
            found[field.name] = item.values[field.name]
        elif field.secret or (is_full and field.name != 'name'):
            found[field.name] = defaults.get(field.name)
    return found


def _named(key: Key, state: State, generation: str) -> tuple[str, str]:
    # What an object is called, and where it is: services are no objects of ours, others may be missing.
    item = state.get(key)
    if item is None:
        where = '' if key[0] in DEPLOYED else '(not here)'
        return f"{key[0]} '{key[1]}'", where
    return f"{item.kind.label_in(generation)} '{item.name}'", _at(item)


def _links(title: str, links: Sequence[Link], state: State, generation: str) -> list[str]:
    if not links:
        return [f'{title}  nothing']
    return [
        title,
        *(f'  {row}' for row in columns([field, *_named(key, state, generation)] for field, key in links).split('\n')),
    ]


def render(item: Item, state: State, generation: str, is_full: bool) -> str:
    """Returns one object: its values, what it refers to, and what refers to it."""
    shown = [
        (name, _value(item, name, value)) for name, value in values(item, generation, is_full).items() if name != 'name'
    ]
    rows = [f'  {row}' for row in columns(shown).split('\n')] if shown else []
    head = f"{item.kind.label_in(generation)} '{item.name}'"
    return '\n'.join(
        [
            f'{head}  {_at(item)}'.rstrip(),
            *rows,
            '',
            *_links('refers to', references(item), state, generation),
            *_links('referred to by', used_by(item.key, state), state, generation),
        ]
    )


def _json_links(links: Iterable[Link], state: State, generation: str) -> list[dict[str, Any]]:
    rows = []
    for field, key in links:
        item = state.get(key)
        section = item.kind.spelled(generation) if item else key[0]
        rows.append({'field': field, 'section': section, 'name': key[1], 'is_here': item is not None})
    return rows


def as_json(item: Item, state: State, generation: str, is_full: bool) -> dict[str, Any]:
    """Returns one object for JSON."""
    shown = values(item, generation, is_full)
    return {
        **_json_head(item, generation),
        'values': {
            name: _secret(value) if item.kind.by_name[name].secret else _json_value(value)
            for name, value in shown.items()
        },
        'refers_to': _json_links(references(item), state, generation),
        'referred_to_by': _json_links(used_by(item.key, state), state, generation),
    }
