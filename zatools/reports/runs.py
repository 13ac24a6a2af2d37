"""Runs of the history as text and JSON: who did what, when, from which files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zatools.reports.objects import columns
from zatools.reports.plan import SIGNS
from zatools.state import Change

#: So many characters of a commit are shown, as git shows them.
SHORT = 8
WORDS = (('create', 'created'), ('update', 'changed'), ('delete', 'deleted'))
NOBODY: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Line:
    """One run to be shown: its number, when it was, what is known of it, and the changes that were asked for."""

    number: int
    moment: str
    about: Mapping[str, Any]
    changes: Sequence[Change] = ()


def who(about: Mapping[str, Any]) -> str:
    """Returns who did it, and where."""
    return f'{_text(about, "user")}@{_text(about, "host")}'


def what(about: Mapping[str, Any]) -> str:
    """Returns what was done, with the counts."""
    if about.get('begins'):
        return f'history begins with {about["begins"]}'
    counts = about.get('counts')
    if not isinstance(counts, dict):
        counts = NOBODY
    done = ', '.join(f'{word} {counts[op]}' for op, word in WORDS if counts.get(op))
    name = _text(about, 'command') or 'import'
    if about.get('undoes'):
        name = f'undo of {about["undoes"]}'
    return f'{name}: {done or "nothing"}'


def source(about: Mapping[str, Any]) -> str:
    """Returns from which files, and which commit these were of."""
    files = about.get('files')
    if not isinstance(files, list):
        files = []
    parts = [str(name) for name in files[:1]]
    count = len(files) + int(about.get('more_files') or 0)
    if count > 1:
        parts.append(f'and {count - 1} more')
    if _text(about, 'commit'):
        parts.append(f'@ {_text(about, "commit")[:SHORT]}')
    return ' '.join(parts)


def _text(about: Mapping[str, Any], name: str) -> str:
    return str(about.get(name) or '')


def as_lines(lines: Sequence[Line]) -> str:
    """Returns a line for each run, and below it what it did to the objects that were asked for."""
    rows = [
        [str(one.number), one.moment, who(one.about), what(one.about), _text(one.about, 'plan'), source(one.about)]
        for one in lines
    ]
    shown = columns(rows).split('\n')
    found = []
    for line, one in zip(shown, lines, strict=True):
        found.append(line)
        found.extend(f'    {_change(change)}' for change in one.changes)
    return '\n'.join(found)


def _change(change: Change) -> str:
    names = ', '.join(field.name for field in change.fields)
    if names:
        names = f': {names}'
    return f'{SIGNS[change.op]} {change.item}{names}'


def head(one: Line) -> str:
    """Returns what is known of one run, a line each."""
    about = one.about
    files = about.get('files')
    rows = [
        ('run', str(one.number)),
        ('when', one.moment),
        ('who', who(about)),
        ('what', what(about)),
        ('plan', _text(about, 'plan')),
        ('files', ', '.join(map(str, files)) if isinstance(files, list) else ''),
        ('commit', _text(about, 'commit')),
        ('pipeline', _text(about, 'pipeline')),
    ]
    return '\n'.join(f'{name:9} {text}' for name, text in rows if text)


def as_json(lines: Sequence[Line]) -> str:
    """Returns runs for JSON, with all that is known of them."""
    rows = []
    for one in lines:
        row: dict[str, Any] = {'run': one.number, **one.about}
        if one.changes:
            row['objects'] = [_json_change(change) for change in one.changes]
        rows.append(row)
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _json_change(change: Change) -> dict[str, Any]:
    return {
        'op': change.op,
        'section': change.item.kind.section,
        'name': change.item.name,
        'fields': [field.name for field in change.fields],
    }


def as_json_run(one: Line, plan: str) -> str:
    """Returns one run for JSON, with its plan, which is JSON already."""
    return json.dumps(
        {'run': one.number, **one.about, 'changes': json.loads(plan)['changes']}, indent=2, ensure_ascii=False
    )
