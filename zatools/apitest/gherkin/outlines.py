"""Outlines: placeholders that no column of their examples stands for, and would be taken as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from zatools.place import nearest

#: What may be a placeholder; what is no single word is one only where a column has nearly its name.
PLACEHOLDER = re.compile(r'<([^<>\n]*[^<>\s/])>')
WORD = re.compile(r'[^\W\d][\w.-]*')
#: What stands before < in names of types, in groups of regular expressions and in escapes.
NO_PLACEHOLDER = re.compile(r'[\w?\\]$')
#: Placeholders that behave fills in by itself.
BUILT_IN = frozenset({'examples.name', 'examples.index', 'row.index', 'row.id'})
#: Elements of HTML that nothing closes.
VOID = frozenset({'br', 'hr', 'img', 'input', 'link', 'meta', 'wbr'})


class Unknown(NamedTuple):
    """A placeholder without a column: the line from which on it is to be found, its examples' rows, and what to do."""

    line: int
    written: str
    rows: tuple[int, ...]
    text: str
    hint: str


def unknown(outline: Any) -> Iterator[Unknown]:
    """Yields each placeholder that one of the tables of examples has no column for."""
    for example in outline.examples:
        columns = tuple(map(str, example.table.headings)) if example.table else ()
        rows = tuple(row.line for row in example.table.rows) if example.table else ()
        twice = next((name for name in columns if columns.count(name) > 1), '')
        if twice:
            yield Unknown(example.table.line, twice, rows, f"two columns are called '{twice}'", 'rename one of them')
        for line, written, name in _placeholders(outline, columns) if columns else ():
            near = nearest(name, columns, 1)
            hint = f"did you mean '<{near[0]}>'?" if near else f'its columns are: {", ".join(columns)}'
            yield Unknown(line, written, rows, f"the examples have no column '{name}'", hint)


def _placeholders(outline: Any, columns: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    for tag in outline.tags:
        # A tag whose placeholder is unknown would be left out.
        yield from ((tag.line, found[0], found[1]) for found in _found(str(tag), columns, is_sure=True))
    yield from ((outline.line, found[0], found[1]) for found in _found(outline.name, columns, is_sure=False))
    for steps, is_sure in ((outline.background_steps, False), (outline.steps, True)):
        for step in steps:
            rows = [step.table.headings, *step.table.rows] if step.table else []
            text = '\n'.join([step.name, step.text or '', *('\n'.join(row) for row in rows)])
            yield from ((step.line, found[0], found[1]) for found in _found(text, columns, is_sure))


def _found(text: str, columns: Sequence[str], is_sure: bool) -> Iterator[re.Match[str]]:
    for match in PLACEHOLDER.finditer(text) if '<' in text else ():
        name = match[1]
        is_element = f'</{name}>' in text or name.lower() in VOID
        if name in columns or name in BUILT_IN or is_element:
            continue
        is_word = WORD.fullmatch(name) and not NO_PLACEHOLDER.search(text[: match.start()])
        if (is_sure and is_word) or nearest(name, columns, 1):
            yield match
