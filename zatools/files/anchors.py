"""Aliases and merge keys that a value of an item comes through, from its text outwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zatools.files.spans import Span, Spans

MERGE = '<<'


class Link(NamedTuple):
    """A name that a value comes through: `alias`, `merge` or `anchor`, where it stands, and how it is written."""

    what: str
    line: int
    column: int
    text: str


def through(text: str, line: int, column: int, key: str) -> list[Link]:
    """Returns what the value of a key comes through into the item at a place, what is nearest to the value first."""
    item = Spans(text).find(line, column)
    if item is None:
        return []
    for links in _ways(item, key):
        return links[::-1]
    return []


def _ways(span: Span, key: str) -> Iterator[list[Link]]:
    # The first one counts: what a mapping says itself, then what it merges, in the order of its list.
    holder, links = _followed(span, 'alias')
    if holder is None or not holder.is_mapping:
        return
    for name, value in holder.pairs:
        if name.value == key:
            yield links + _followed(value, 'alias')[1]
    for name, value in holder.pairs:
        if name.value != MERGE or name.style:
            continue
        for base in _bases(value):
            target, own = _followed(base, 'merge')
            if target is not None:
                yield from (links + own + rest for rest in _ways(target, key))


def _bases(value: Span) -> list[Span]:
    if value.is_alias or value.is_mapping:
        return [value]
    return value.children


def _followed(span: Span, what: str) -> tuple[Span | None, list[Link]]:
    # What a node stands for, and the names on the way there.
    if not span.is_alias:
        return span, []
    sign = '*'
    if what == 'merge':
        sign = f'{MERGE}: *'
    links = [Link(what, span.line, span.column, f'{sign}{span.anchor}')]
    target = span.target
    if target is not None:
        links.append(Link('anchor', target.line, target.column, f'&{target.anchor}'))
    return target, links
