"""Outlines: placeholders that have no column in the examples, which behave would leave in the steps as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from zatools.apitest.values import shape
from zatools.place import nearest

#: Candidates for placeholders. One of several words is taken for one only where a column has nearly its name.
PLACEHOLDER = re.compile(r'<([^<>\n]*[^<>\s/])>')
WORD = re.compile(r'[^\W\d][\w.-]*')
#: Words of a step whose JSON has leaves that are written like placeholders.
SHAPE = 'has shape'
#: Such a leaf.
QUOTED = re.compile(r'"<([a-z][^<>\n]*)>"')
#: A character before < that makes it no placeholder: in List<int>, in (?P<name>…) and in \<.
NO_PLACEHOLDER = re.compile(r'[\w?\\]$')
#: Placeholders that behave fills in by itself.
BUILT_IN = frozenset({'examples.name', 'examples.index', 'row.index', 'row.id'})
#: Elements of HTML that have no end tag.
VOID = frozenset({'br', 'hr', 'img', 'input', 'link', 'meta', 'wbr'})


class Unknown(NamedTuple):
    """A placeholder without a column: the line of its step, the rows of its examples, what is wrong, what to do."""

    line: int
    written: str
    rows: tuple[int, ...]
    text: str
    hint: str


def unknown(outline: Any) -> Iterator[Unknown]:
    """Yields each placeholder that one of the tables of examples has no column for."""
    for example in outline.examples:
        if example.table:
            yield from _unknown_of(outline, example.table)


def _unknown_of(outline: Any, table: Any) -> Iterator[Unknown]:
    columns = tuple(map(str, table.headings))
    rows = _lines(table)
    repeated = next((name for name in columns if columns.count(name) > 1), '')
    if repeated:
        yield Unknown(table.line, repeated, rows, f"two columns are called '{repeated}'", 'rename one of them')
    if not columns:
        return
    for line, text, is_sure in _texts(outline):
        for match in _placeholders(text, columns, is_sure):
            name = match[1]
            hint = f'its columns are: {", ".join(columns)}'
            if similar := nearest(name, columns):
                hint = f"did you mean '<{similar[0]}>'?"
            yield Unknown(line, match[0], rows, f"the examples have no column '{name}'", hint)


def _lines(table: Any) -> tuple[int, ...]:
    if is_from_file(table):
        # Its rows share the line of their examples.
        return (table.line,)
    return tuple(row.line for row in table.rows)


def is_from_file(table: Any) -> bool:
    """Tells whether a table of examples has the rows of a file, which `cells` has."""
    return hasattr(table, 'cells')


def counts(outline: Any) -> list[int]:
    """Returns the number of rows of each of an outline's examples."""
    return [_count(examples.table) for examples in outline.examples]


def _count(table: Any) -> int:
    if table is None:
        return 0
    if is_from_file(table):
        return len(table.cells)
    return len(table.rows)


def _texts(outline: Any) -> Iterator[tuple[int, str, bool]]:
    # The texts of an outline with their lines, and whether <word> is certainly a placeholder there.
    for tag in outline.tags:
        # behave leaves a tag out whose placeholder has no column.
        yield tag.line, str(tag), True
    yield outline.line, outline.name, False
    for step in outline.background_steps:
        yield step.line, _text_of(step), False
    for step in outline.steps:
        yield step.line, _text_of(step), True


def _text_of(step: Any) -> str:
    texts = [step.name, step.text or '']
    if SHAPE in step.name.lower():
        texts = list(map(_without_shapes, texts))
    if step.table:
        texts += ['\n'.join(row) for row in (step.table.headings, *step.table.rows)]
    return '\n'.join(texts)


def _without_shapes(text: str) -> str:
    def without(match: re.Match[str]) -> str:
        if shape.is_word(match[1]):
            return ''
        return match[0]

    return QUOTED.sub(without, text)


def _placeholders(text: str, columns: Sequence[str], is_sure: bool) -> Iterator[re.Match[str]]:
    if '<' not in text:
        return
    for match in PLACEHOLDER.finditer(text):
        name = match[1]
        # XML in a step is no placeholder.
        is_element = f'</{name}>' in text or name.lower() in VOID
        if name in columns or name in BUILT_IN or is_element:
            continue
        is_word = WORD.fullmatch(name) and not NO_PLACEHOLDER.search(text[: match.start()])
        if (is_sure and is_word) or nearest(name, columns):
            yield match
