"""Problems as text: place, reason, excerpt with a caret, hint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from zatools.place import Problem
from zatools.screens import annotation, quantity

if TYPE_CHECKING:
    from zatools.reports.excerpts import Excerpts, Lines


def _excerpt(problem: Problem, excerpts: Excerpts) -> list[str]:
    place = problem.place
    if place is None or not place.line or not problem.width:
        return []
    shown, start = excerpts.at(place)
    if not shown:
        return []
    room = max(1, len(shown) - start)
    number = f'{place.line:5} | '
    caret = ' ' * (len(number) - 2) + '| ' + ' ' * start + '^' * min(problem.width, room)
    rows = [number + shown]
    if start < len(shown):
        rows.append(f'{caret} {problem.hint}'.rstrip())
    elif problem.hint:
        rows.append(f'      hint: {problem.hint}')
    return rows


def _head(problem: Problem) -> str:
    head = problem.text
    if problem.is_warning:
        head = f'warning: {head}'
    if problem.rule:
        head = f'{head} [{problem.rule}]'
    if not problem.place:
        return head
    # A problem that continues the one before it reads as a sentence: "file:3:1 and here".
    joint = ' ' if problem.text.startswith('and ') else ': '
    return f'{problem.place}{joint}{head}'


def _as_text(problem: Problem, excerpts: Excerpts | None) -> str:
    rows = [_head(problem)]
    excerpt: list[str] = []
    if excerpts:
        excerpt = _excerpt(problem, excerpts)
    rows.extend(excerpt)
    rows.extend(f'      {line}' for line in problem.detail)
    if problem.hint and not any(problem.hint in row for row in excerpt):
        rows.append(f'      hint: {problem.hint}')
    return '\n'.join(rows)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Returns problems sorted by place, without duplicates."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (problem.place or ('', 0, 0), problem.text))


def render(problems: Iterable[Problem], lines: Lines | None = None) -> str:
    """Returns problems as text; `lines` returns a file's lines, for the excerpts."""
    excerpts = None
    if lines:
        from zatools.reports.excerpts import Excerpts

        excerpts = Excerpts(lines)
    return '\n'.join(_as_text(problem, excerpts) for problem in in_order(problems))


def objects(number: int) -> str:
    """Returns a number of objects with its noun."""
    return quantity(number, 'object')


def count(problems: Sequence[Problem], files: int) -> str:
    """Returns the closing sentence: how many problems there are, in how many files."""
    number = quantity(len(set(problems)), 'problem')
    where = len({problem.place.path for problem in problems if problem.place})
    if not where:
        return f'{number}.'
    if files > 1:
        return f'{number} in {where} of {files} files.'
    return f'{number} in {quantity(where, "file")}.'


def as_json(problems: Iterable[Problem]) -> str:
    """Returns problems as a JSON list."""
    rows = [_json_row(problem) for problem in in_order(problems)]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _level(problem: Problem) -> str:
    if problem.is_warning:
        return 'warning'
    return 'error'


def _json_row(problem: Problem) -> dict[str, Any]:
    path, line, column = problem.place or (None, None, None)
    return {
        'level': _level(problem),
        'file': path,
        'line': line,
        'column': column,
        'rule': problem.rule or None,
        'text': problem.text,
        'hint': problem.hint,
        'detail': list(problem.detail),
    }


def as_github(problems: Iterable[Problem]) -> str:
    """Returns problems as GitHub annotations."""
    rows = []
    for problem in in_order(problems):
        text = problem.text
        if problem.rule:
            text += f' [{problem.rule}]'
        if problem.hint:
            text += f' ({problem.hint})'
        rows.append(annotation(_level(problem), text, problem.place))
    return '\n'.join(rows)
