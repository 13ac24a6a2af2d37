"""Where values of definitions come from, as text and JSON: each value, and below it the way that it came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from zatools.place import Place
from zatools.reports.objects import columns
from zatools.state import Item


class Step(NamedTuple):
    """A part of the way: a word for it, where it stands if it is in a file, and what it is in words."""

    what: str
    place: Place | None
    text: str


@dataclass(frozen=True)
class Origin:
    """A field of an object: its value for screens and for JSON, and the steps from what counts to what is behind it."""

    name: str
    shown: str
    value: Any
    steps: Sequence[Step]


def render(item: Item, label: str, origins: Iterable[Origin]) -> str:
    """Returns an object's fields, with the way of each value below it; the columns of all ways are aligned."""
    lines = [f"{label} '{item.shown_name}'  {item.place or ''}".rstrip()]
    origins = list(origins)
    rows = columns([_row(step) for one in origins for step in one.steps]).split('\n')
    width = max((len(one.name) for one in origins), default=0)
    for one in origins:
        lines.extend(['', f'{one.name:{width}}  {one.shown}'.rstrip()])
        lines.extend(f'  {row}' for row in rows[: len(one.steps)])
        del rows[: len(one.steps)]
    return '\n'.join(lines)


def _row(step: Step) -> list[str]:
    return [str(step.place or '-'), step.text]


def as_json(item: Item, section: str, origins: Iterable[Origin]) -> dict[str, Any]:
    """Returns an object's fields with the way of each value, for JSON."""
    return {
        'section': section,
        'type': item.kind.type_or_none,
        'name': item.name,
        **_json_place(item.place),
        'fields': [{'name': one.name, 'value': one.value, 'from': list(map(_json_step, one.steps))} for one in origins],
    }


def _json_step(step: Step) -> dict[str, Any]:
    return {'what': step.what, **_json_place(step.place), 'text': step.text}


def _json_place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {'file': None, 'line': None, 'column': None}
    return {'file': place.path, 'line': place.line or None, 'column': place.column or None}


def dumped(rows: Sequence[Any]) -> str:
    """Returns rows as JSON text."""
    return json.dumps(rows, indent=2, ensure_ascii=False)
