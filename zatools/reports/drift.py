"""What somebody changed in an ODB as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from zatools.reports.plan import SIGNS, secret_word
from zatools.screens import markdown, quantity
from zatools.state import Change, FieldChange, show

#: What happened to an object, in words.
WORDS = {'create': 'made by no import', 'update': 'changed', 'delete': 'gone'}


class Row(NamedTuple):
    """One object that drifted: what changed, since which run, and what files say of it and of its fields."""

    change: Change
    since: str
    said: str
    fields: Sequence[tuple[FieldChange, str, str]]


def _since(row: Row) -> str:
    return ', '.join(filter(None, [WORDS[row.change.op], row.since, row.said]))


def _values(one: FieldChange) -> str:
    if one.is_secret:
        return secret_word(one)
    return f'{show(one.old)}  ->  {show(one.new)}'


def as_lines(rows: Sequence[Row], generation: str) -> str:
    """Returns objects that drifted as lines, by section."""
    lines: list[str] = []
    section = ''
    for row in rows:
        spelled = row.change.item.kind.spelled(generation)
        if spelled != section:
            lines.extend(['', spelled] if lines else [spelled])
            section = spelled
        label = f"{row.change.item.kind.type_or_none or ''} '{row.change.item.shown_name}'".lstrip()
        lines.append(f'  {SIGNS[row.change.op]} {label}  {_since(row)}')
        for one, _, words in row.fields:
            lines.append(f'      {one.name:10} {_values(one)}  {words}'.rstrip())
    return '\n'.join([*lines, '', summary(rows)])


def summary(rows: Sequence[Row]) -> str:
    """Returns the line that counts."""
    return f'{quantity(len(rows), "object")} not as the last import left it.'


def as_json(rows: Sequence[Row]) -> str:
    """Returns objects that drifted for JSON."""
    found: list[dict[str, Any]] = []
    for row in rows:
        change = row.change
        fields = []
        for one, word, _ in row.fields:
            shown: dict[str, Any] = {'name': one.name, 'files': word or None}
            if one.is_secret:
                shown['secret'] = secret_word(one)
            else:
                shown |= {'imported': show(one.old), 'odb': show(one.new)}
            fields.append(shown)
        found.append(
            {
                'op': change.op,
                'section': change.item.kind.section,
                'name': change.item.name,
                'since': row.since or None,
                'files': row.said or None,
                'fields': fields,
            }
        )
    return json.dumps({'drift': found, 'count': len(found)}, indent=2, ensure_ascii=False)


def as_markdown(rows: Sequence[Row], title: str) -> str:
    """Returns objects that drifted as a Markdown table, for an issue or a pull request."""
    if not rows:
        return f'**{markdown(title)}**: as the last import left it.'
    lines = [f'**{markdown(title)}**: {summary(rows)}', '', '| | object | field | imported | now | files |']
    lines.append('|---|---|---|---|---|---|')
    for row in rows:
        name = markdown(str(row.change.item))
        lines.append(f'| {SIGNS[row.change.op]} | {name} | | {markdown(_since(row))} | | |')
        for one, _, words in row.fields:
            old, new = show(one.old), show(one.new)
            if one.is_secret:
                old, new = '', secret_word(one)
            lines.append(f'| | | {one.name} | {markdown(old)} | {markdown(new)} | {words} |')
    return '\n'.join(lines)
