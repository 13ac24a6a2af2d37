"""Problems as text: place, reason, excerpt with a caret, hint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from zatools.place import Problem
from zatools.reports.excerpts import Excerpts, Lines
from zatools.screens import annotation


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


def _one(problem: Problem, excerpts: Excerpts | None) -> str:
    word = 'warning: ' if problem.is_warning else ''
    joint = ' ' if problem.text.startswith('and ') else ': '
    rule = f' [{problem.rule}]' if problem.rule else ''
    head = f'{problem.place}{joint}' if problem.place else ''
    head = f'{head}{word}{problem.text}{rule}'
    rows = [head]
    excerpt = _excerpt(problem, excerpts) if excerpts else []
    rows.extend(excerpt)
    rows.extend(f'      {line}' for line in problem.detail)
    if problem.hint and not any(problem.hint in row for row in excerpt):
        rows.append(f'      hint: {problem.hint}')
    return '\n'.join(rows)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Returns problems by place, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (problem.place or ('', 0, 0), problem.text))


def render(problems: Iterable[Problem], lines: Lines | None = None) -> str:
    """Returns problems as text; `lines` gives a file's lines for the excerpts."""
    excerpts = Excerpts(lines) if lines else None
    return '\n'.join(_one(problem, excerpts) for problem in in_order(problems))


def count(problems: Sequence[Problem], files: int) -> str:
    """Returns the closing words: how many problems, in how many files."""
    number = len(set(problems))
    where = len({problem.place.path for problem in problems if problem.place})
    if not where:
        return f'{number} problem{"s" if number != 1 else ""}.'
    of = f' of {files}' if files > 1 else ''
    return f'{number} problem{"s" if number != 1 else ""} in {where}{of} file{"s" if max(files, where) != 1 else ""}.'


def as_json(problems: Iterable[Problem]) -> str:
    """Returns problems as a JSON list."""
    rows = [
        {
            'level': 'warning' if problem.is_warning else 'error',
            'file': problem.place.path if problem.place else None,
            'line': problem.place.line if problem.place else None,
            'column': problem.place.column if problem.place else None,
            'rule': problem.rule or None,
            'text': problem.text,
            'hint': problem.hint,
            'detail': list(problem.detail),
        }
        for problem in in_order(problems)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def as_github(problems: Iterable[Problem]) -> str:
    """Returns problems as GitHub annotations."""
    rows = []
    for problem in in_order(problems):
        level = 'warning' if problem.is_warning else 'error'
        place = problem.place
        where = (place.path, place.line, place.column) if place else None
        rule = f' [{problem.rule}]' if problem.rule else ''
        hint = f' ({problem.hint})' if problem.hint else ''
        rows.append(annotation(level, problem.text + rule + hint, where))
    return '\n'.join(rows)
