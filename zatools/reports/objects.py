"""Objects as text and JSON: a list of them, or one object with its values and references."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from zatools.kinds.traits import DEPLOYED
from zatools.kinds.types import TYPES
from zatools.screens import cells, pad
from zatools.secret import Template, masked
from zatools.state import Item, Key, State, in_order, references, show

Link = tuple[str, Key]
Row = Sequence[str]


def columns(rows: Iterable[Row]) -> str:
    """Returns rows as lines with aligned columns."""
    rows = list(rows)
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return '\n'.join('  '.join(map(pad, row, widths)).rstrip() for row in rows)


def stacked(row: Row, width: int) -> str:
    """Returns a row without columns, for narrow screens: what has no room beside its first cell stands below it."""
    lines, line = [], row[0]
    for cell in filter(None, row[1:]):
        if line and cells(line) + 2 + cells(cell) <= width:
            line = f'{line}  {cell}'
        else:
            lines.append(line)
            line = f'    {cell}'
    return '\n'.join(filter(None, [*lines, line]))


def _at(item: Item | None) -> str:
    if item is None or item.place is None:
        return ''
    return item.place.short


def as_lines(state: State, generation: str) -> str:
    """Returns a line for each object: kind, name, `inactive` where it is, place."""
    rows = []
    for item in in_order(state.values()):
        activity = ''
        if not item.values.get('is_active', True):
            activity = 'inactive'
        rows.append([item.kind.label_in(generation), item.shown_name, activity, _at(item)])
    return columns(rows)


def _json_head(item: Item, generation: str) -> dict[str, Any]:
    head: dict[str, Any] = {
        'section': item.kind.spelled(generation),
        'type': item.kind.type_or_none,
        'name': item.name,
        'is_active': None,
        'file': None,
        'line': None,
    }
    if 'is_active' in item.kind.by_name:
        head['is_active'] = item.values.get('is_active', True)
    if item.place:
        head |= {'file': item.place.path, 'line': item.place.line}
    return head


def as_json_list(state: State, generation: str) -> str:
    """Returns objects as a JSON list, without their values."""
    rows = [_json_head(item, generation) for item in in_order(state.values())]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def used_by(key: Key, state: State) -> list[Link]:
    """Returns the references to an object: pairs of a field and the key of the object that has it."""
    links: list[Link] = []
    for item in in_order(state.values()):
        links.extend((field, item.key) for field, target in references(item) if target == key)
    return links


def _secret(value: Any) -> str:
    if isinstance(value, Template):
        return f'not set (needs {", ".join(value.names)})'
    if value:
        return 'set'
    return 'not set'


def shown(item: Item, name: str, value: Any) -> str:
    """Returns a field's value as one short line; a secret is only set or not."""
    field = item.kind.by_name[name]
    if field.secret:
        return _secret(value)
    if isinstance(value, (dict, list)) and TYPES[field.type].is_verbatim:
        return json.dumps(masked(value), ensure_ascii=False)
    return show(value)


def for_json(item: Item, name: str, value: Any) -> Any:
    """Returns a field's value for JSON; a secret is only set or not."""
    if item.kind.by_name[name].secret:
        return _secret(value)
    return masked(value)


def values(item: Item, generation: str, is_full: bool) -> dict[str, Any]:
    """Returns an object's values in the order of its kind. Secrets are always there; `is_full` adds the defaults."""
    defaults = item.kind.defaults[generation]
    shown = {}
    for field in item.kind.all_of(generation):
        if field.name in item.values:
            shown[field.name] = item.values[field.name]
        elif field.secret or (is_full and field.name != 'name'):
            shown[field.name] = defaults.get(field.name)
    return shown


def _named(key: Key, state: State, generation: str) -> tuple[str, str]:
    # The name and the place of an object that is referred to. Services are in no file, and others may be missing.
    item = state.get(key)
    if item is None and key[0] in DEPLOYED:
        return f"{key[0]} '{key[1]}'", ''
    if item is None:
        return f"{key[0]} '{key[1]}'", '(not here)'
    return f"{item.kind.label_in(generation)} '{item.shown_name}'", _at(item)


def _links(title: str, links: Sequence[Link], state: State, generation: str) -> list[str]:
    if not links:
        return [f'{title}  nothing']
    rows = [[field, *_named(key, state, generation)] for field, key in links]
    return [title, *_indented(rows)]


def _indented(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    return [f'  {line}' for line in columns(rows).split('\n')]


def render(item: Item, state: State, generation: str, is_full: bool) -> str:
    """Returns one object: its values, what it refers to, and what refers to it."""
    rows = []
    for name, value in values(item, generation, is_full).items():
        if name != 'name':
            rows.append((name, shown(item, name, value)))
    head = f"{item.kind.label_in(generation)} '{item.shown_name}'"
    return '\n'.join(
        [
            f'{head}  {_at(item)}'.rstrip(),
            *_indented(rows),
            '',
            *_links('refers to', references(item), state, generation),
            *_links('referred to by', used_by(item.key, state), state, generation),
        ]
    )


def _json_links(links: Iterable[Link], state: State, generation: str) -> list[dict[str, Any]]:
    rows = []
    for field, key in links:
        item = state.get(key)
        section = key[0]
        if item:
            section = item.kind.spelled(generation)
        rows.append({'field': field, 'section': section, 'name': key[1], 'is_here': item is not None})
    return rows


def as_json(item: Item, state: State, generation: str, is_full: bool) -> dict[str, Any]:
    """Returns one object for JSON."""
    rows = {}
    for name, value in values(item, generation, is_full).items():
        rows[name] = for_json(item, name, value)
    return {
        **_json_head(item, generation),
        'values': rows,
        'refers_to': _json_links(references(item), state, generation),
        'referred_to_by': _json_links(used_by(item.key, state), state, generation),
    }
