"""The order and the quoting of an export for files that people wrote; comments stay with what they stand above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zatools.files.emit import quoted
from zatools.files.spans import Span, Spans
from zatools.files.variables import unescaped
from zatools.kinds import ORDER, kinds_of
from zatools.kinds.model import Kind

#: Keys that come before all others.
FIRST = ('name', 'type')
LAST = 10_000

Rank = tuple[int, int, str, str]


class _Part(NamedTuple):
    # A key or an item with the comments above it: its lines, and where it belongs.
    rank: Rank
    lines: list[str]
    head: int


def formatted(text: str) -> str:
    """Returns a YAML text in the order and quoting of an export; one with anchors keeps its order."""
    spans = Spans(text)
    text = _requoted(spans)
    if spans.has_anchors:
        return text
    spans = Spans(text)
    if spans.root is None or not spans.root.is_mapping or spans.root.is_flow:
        return text
    lines = text.split('\n')
    starts = [_line(text, key) for key, _ in spans.root.pairs]
    head, parts = _parts(
        lines, starts, len(lines), [_section_rank(key.value, value) for key, value in spans.root.pairs]
    )
    bodies = {start: (key.value, value) for start, (key, value) in zip(starts, spans.root.pairs, strict=True)}
    done = [part._replace(lines=_section(text, lines, part, *bodies[part.head])) for part in parts]
    return '\n'.join([*head, *_joined(done)])


def _requoted(spans: Spans) -> str:
    text = spans.text
    for span in reversed(_scalars(spans.root)):
        if span.style in ('"', "'") and '\n' not in text[span.start : span.end]:
            parent = span.parent
            new = quoted(span.value)
            if new != text[span.start : span.end] and not (parent and parent.is_flow):
                text = text[: span.start] + new + text[span.end :]
    return text


def _scalars(root: Span | None) -> list[Span]:
    found: list[Span] = []
    waiting = [root] if root else []
    while waiting:
        span = waiting.pop()
        if span.is_scalar:
            found.append(span)
        waiting.extend(reversed(span.children))
    return found


def _line(text: str, span: Span) -> int:
    return text.count('\n', 0, span.start)


def _parts(
    lines: list[str], starts: Sequence[int], end: int, ranks: Sequence[Rank], first: int = 0
) -> tuple[list[str], list[_Part]]:
    # Each begins with the comments right above it, down to the next one. What stands before all of them stays there.
    least = [first, *(start + 1 for start in starts)]
    begins = [_with_comments(lines, *pair) for pair in zip(starts, least, strict=False)]
    ends = [*begins[1:], end]
    parts = [
        _Part(rank, _trimmed(lines[begin:until]), start)
        for begin, until, start, rank in zip(begins, ends, starts, ranks, strict=True)
    ]
    return lines[first : begins[0]] if begins else lines[first:end], sorted(parts, key=lambda part: part.rank)


def _trimmed(lines: list[str]) -> list[str]:
    # Blank lines below a part stand between it and what came next: that may be elsewhere now.
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _with_comments(lines: list[str], start: int, least: int) -> int:
    indent = len(lines[start]) - len(lines[start].lstrip())
    while start > least and lines[start - 1].strip().startswith('#') and _indent(lines[start - 1]) == indent:
        start -= 1
    return start


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(parts: Sequence[_Part]) -> list[str]:
    # A blank line between sections, none at the end but that of the last line break.
    found: list[str] = []
    for part in parts:
        if found:
            found.append('')
        found.extend(part.lines)
    return [*found, '']


def _section_rank(name: str, value: Span) -> Rank:
    kinds = kinds_of(name)
    if name == 'include':
        return (-1, 0, '', '')
    if not kinds:
        return (LAST, 0, '', '')
    there = [_kind_of(kinds, item) for item in value.children if item.is_mapping] or kinds
    return (min(ORDER[kind] for kind in there), 0, '', '')


def _kind_of(kinds: Sequence[Kind], item: Span) -> Kind:
    texts = _texts(item)
    for kind in kinds:
        if kind.keys and any(key in texts for key in kind.keys):
            return kind
        if not kind.keys and all(texts.get(name) in words for name, words in kind.form.items()):
            return kind
    return kinds[0]


def _texts(item: Span) -> dict[str, str]:
    return {key.value: value.value for key, value in item.pairs}


def _section(text: str, lines: list[str], part: _Part, name: str, value: Span) -> list[str]:
    kinds = kinds_of(name)
    items = value.children
    if not kinds or value.is_scalar or value.is_mapping or value.is_flow or not items:
        return part.lines
    if any(item.is_flow or not item.is_mapping or not item.children for item in items):
        return part.lines
    starts = [_line(text, item) for item in items]
    end = part.head + len(part.lines) - part.lines.index(lines[part.head])
    ranks = [_item_rank(_kind_of(kinds, item), item) for item in items]
    head, found = _parts(lines, starts, end, ranks, part.head + 1)
    above = part.lines[: part.lines.index(lines[part.head]) + 1]
    by_start = dict(zip(starts, items, strict=True))
    bodies = [_item(text, lines, one, by_start[one.head], _kind_of(kinds, by_start[one.head])) for one in found]
    return [*above, *head, *(line for body in bodies for line in body)]


def _item_rank(kind: Kind, item: Span) -> Rank:
    texts = _texts(item)
    name = texts.get('name', '')
    if not kind.is_named:
        name = kind.name_of({kind.lookup[key].name: text for key, text in texts.items() if key in kind.lookup})
    order = ORDER[kind]
    if kind.type_or_none:
        # A section of several types has them in the order of their names.
        order = 0
    # Exports sort by what the name is, not by how it is written.
    name = unescaped(name)
    return (order, 0, name.lower(), name)


def _item(text: str, lines: list[str], part: _Part, item: Span, kind: Kind) -> list[str]:
    starts = [_line(text, key) for key, _ in item.pairs]
    above = part.lines[: part.lines.index(lines[part.head])]
    end = part.head + len(part.lines) - len(above)
    if len(set(starts)) != len(starts) or '-' not in lines[part.head][: item.column - 1]:
        return part.lines
    ranks = [_key_rank(kind, key.value, number) for number, (key, _) in enumerate(item.pairs)]
    if ranks == sorted(ranks):
        return part.lines
    # The dash stands before whichever key is the first one.
    own = list(lines)
    dash = own[part.head][: item.column - 1]
    own[part.head] = ' ' * (item.column - 1) + own[part.head][item.column - 1 :]
    _, found = _parts(own, starts, end, ranks, part.head)
    body = [line for one in found for line in one.lines]
    body[0] = dash + body[0][item.column - 1 :]
    return [*above, *body]


def _key_rank(kind: Kind, key: str, number: int) -> Rank:
    if (key == 'name' and kind.is_named) or (key == 'type' and kind.type_or_none):
        return (FIRST.index(key), 0, '', '')
    stated = [*kind.stated.v32, *kind.stated.v41]
    if key in stated:
        return (len(FIRST), stated.index(key), '', '')
    field = kind.lookup.get(key)
    if field is None:
        return (LAST, number, '', '')
    return (len(FIRST) + 1, kind.positions[field.name], '', '')
