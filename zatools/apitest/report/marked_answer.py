"""Texts of the HTML page: escaped, with marks at the nodes of failed checks and at the differences of two texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from html import escape
from typing import Any

from zatools.apitest.report.console import printable
from zatools.apitest.report.results import StepResult

#: Lines of an answer that are shown around a mark, and altogether.
AROUND, MOST = 4, 120
#: Characters of texts that are compared letter by letter.
COMPARED = 500
#: A path in a step, and at the beginning of a line of its problem.
POINTER = re.compile(r'"(/[^"]{0,500})"')
AT_START = re.compile(r'(/\S{0,500}) ')


def text(value: str) -> str:
    """Returns a text for HTML, with control characters as numbers."""
    return escape(printable(value))


def pretty(body: str) -> str:
    """Returns a body as it reads best: JSON is indented."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def pointers(step: StepResult) -> list[str]:
    """Returns the paths that the problem of a step is about."""
    if step.problem is None:
        return []
    paths = [match[1] for row in step.problem.detail if (match := AT_START.match(row))]
    if not paths and (named := POINTER.search(step.live or step.text)):
        paths.append(named[1])
    return paths


def answer(body: str, paths: Iterable[str]) -> str:
    """Returns an answer as HTML, with marks at some paths; empty where it is no JSON or has none of them."""
    wanted = [path.rstrip('/') for path in paths]
    try:
        rows = list(_rows(json.loads(body)))
    except (ValueError, RecursionError):
        return ''
    existing = {pointer for pointer, _ in rows}
    nodes = {_nearest(path, existing) for path in wanted}
    marks = [any(pointer == node or pointer.startswith(f'{node}/') for node in nodes if node) for pointer, _ in rows]
    if not any(marks):
        return ''
    return '\n'.join(_shown([row for _, row in rows], marks))


def _nearest(path: str, existing: set[str]) -> str:
    # A node that is missing is marked at the one that it should be in.
    while path and path not in existing:
        path = path.rpartition('/')[0]
    return path


def _shown(rows: list[str], marks: list[bool]) -> Iterator[str]:
    near = {number + step for number, is_marked in enumerate(marks) if is_marked for step in range(-AROUND, AROUND + 1)}
    numbers = [number for number in range(len(rows)) if number in near][:MOST]
    before = -1
    for number in numbers:
        if number != before + 1:
            yield '<span class="gap">…</span>'
        if marks[number]:
            yield _piece(rows[number], 'mark')
        else:
            yield text(rows[number])
        before = number
    if before != len(rows) - 1:
        yield '<span class="gap">…</span>'


def _rows(value: Any, pointer: str = '', margin: str = '', label: str = '', end: str = '') -> Iterator[tuple[str, str]]:
    # The lines of a value, each with the path of its node.
    if not isinstance(value, (dict, list)) or not value:
        yield pointer, f'{margin}{label}{json.dumps(value, ensure_ascii=False)}{end}'
        return
    if isinstance(value, dict):
        opening, closing = '{}'
        items = [(key, f'{json.dumps(key, ensure_ascii=False)}: ', item) for key, item in value.items()]
    else:
        opening, closing = '[]'
        items = [(str(number), '', item) for number, item in enumerate(value)]
    yield pointer, f'{margin}{label}{opening}'
    for number, (key, name, item) in enumerate(items, 1):
        part = str(key).replace('~', '~0').replace('/', '~1')
        comma = ','
        if number == len(items):
            comma = ''
        yield from _rows(item, f'{pointer}/{part}', f'{margin}  ', name, comma)
    yield pointer, f'{margin}{closing}{end}'


def differing(expected: str, actual: str) -> tuple[str, str]:
    """Returns two texts as HTML, with marks where they differ."""
    if not expected or not actual or max(len(expected), len(actual)) > COMPARED:
        return text(expected), text(actual)
    if expected.partition(' ')[0] != actual.partition(' ')[0]:
        # Values of different types have no letters to compare.
        return text(expected), text(actual)
    matcher = SequenceMatcher(None, expected, actual, autojunk=False)
    if matcher.ratio() < 0.4:
        # Marks at nearly every letter would help nobody.
        return text(expected), text(actual)
    left, right = [], []
    for kind, start, end, other, stop in matcher.get_opcodes():
        if kind == 'equal':
            left.append(text(expected[start:end]))
            right.append(text(actual[other:stop]))
        else:
            left.append(_piece(expected[start:end], 'del'))
            right.append(_piece(actual[other:stop], 'ins'))
    return ''.join(left), ''.join(right)


def _piece(piece: str, tag: str) -> str:
    if not piece:
        return ''
    return f'<{tag}>{text(piece)}</{tag}>'


#: The first character of a line of a comparison -> its class.
LINES = {'+': 'added', '-': 'gone', '?': 'at'}


def detail(rows: Iterable[str]) -> str:
    """Returns the lines below a problem as HTML; added and removed lines have colours."""
    lines = []
    for row in rows:
        shown = text(row)
        if row[:1] in LINES and row[1:2] in ('', ' '):
            shown = f'<span class="{LINES[row[:1]]}">{shown}</span>'
        lines.append(shown)
    return '\n'.join(lines)
