"""Where nodes of a YAML or JSON text begin and end, so that it can be edited as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

#: What may stand before a value: its anchor and its tag.
PROPERTIES = re.compile(r'(?:[&!][^\s,\[\]{}]*[ \t\r\n]+)*')


@dataclass(eq=False)
class Span:
    """A node of a text: from where to where, without anchors and tags; `children` are its keys and values, or items.

    `style` is that of a scalar: a quote, | or >, '' for a plain one. `is_flow` of others: in brackets or braces.
    `line` and `column` are those of what stands before it: its `anchor`, if it has one. An alias has a `target`.
    """

    start: int
    end: int
    column: int
    line: int = 0
    style: str = ''
    is_scalar: bool = False
    value: str = ''
    is_flow: bool = False
    is_alias: bool = False
    is_mapping: bool = False
    anchor: str = ''
    target: Span | None = None
    children: list[Span] = field(default_factory=list)
    parent: Span | None = None

    @property
    def pairs(self) -> list[tuple[Span, Span]]:
        """The keys and values of a mapping."""
        return list(zip(self.children[::2], self.children[1::2], strict=True))


class Spans:
    """The nodes of one text by where they begin: pairs of a line and a column, both from 1, as places have them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Span | None = None
        self.at: dict[tuple[int, int], Span] = {}
        self.anchors: dict[str, Span] = {}
        self._read()

    @property
    def has_anchors(self) -> bool:
        """Whether values have names that others use."""
        return bool(self.anchors)

    def find(self, line: int, column: int) -> Span | None:
        """Returns the node whose value, or whose anchor, begins at a place."""
        return self.at.get((line, column))

    def _read(self) -> None:
        loader: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
        parser = loader(self.text)
        # A mark at the beginning of a file does not count among its characters.
        self.offset = int(self.text.startswith('\ufeff'))
        open_: list[Span] = []
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
                self._close(open_.pop(), event)
            elif isinstance(event, (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent)):
                span = self._span(event, open_[-1] if open_ else None)
                if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                    open_.append(span)

    def _span(self, event: Any, parent: Span | None) -> Span:
        mark = event.start_mark
        start, end = mark.index + self.offset, event.end_mark.index + self.offset
        if not isinstance(event, AliasEvent):
            found = PROPERTIES.match(self.text, start, max(end, start))
            start = max(start, found.end() if found else start)
        span = Span(start, max(start, end), mark.column + 1, mark.line + 1, parent=parent)
        if event.anchor is not None:
            # A name may be given again: an alias means the last one before it.
            span.anchor, span.target = event.anchor, self.anchors.get(event.anchor)
            if not isinstance(event, AliasEvent):
                self.anchors[event.anchor] = span
        if isinstance(event, ScalarEvent):
            span.is_scalar, span.style, span.value = True, event.style or '', event.value
        elif isinstance(event, AliasEvent):
            span.is_alias = True
        else:
            span.is_flow, span.is_mapping = bool(event.flow_style), isinstance(event, MappingStartEvent)
        if parent:
            parent.children.append(span)
        else:
            self.root = span
        # A mapping in a block begins where its first key does: the key comes later and is not what is meant.
        self.at.setdefault((mark.line + 1, mark.column + 1), span)
        return span

    def _close(self, span: Span, event: Any) -> None:
        if span.is_flow:
            span.end = event.end_mark.index + self.offset
        elif span.children:
            span.end = span.children[-1].end
        if span.style in '|>' and span.style:
            span.end = len(self.text[: span.end].rstrip('\n'))
