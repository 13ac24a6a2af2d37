"""Finds the values of a definition file: where each is, and whether its keys say that it is secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from zatools.place import nearest
from zatools.reports.keys import KNOWN, is_secret, names_secret

#: Events of a file that are read. Lines after those are shown only as far as no key may have a secret value.
MOST = 400_000
#: The depth of an item's nodes: an item is in the document, its section and the list.
ITEM = 3
STARTS = (MappingStartEvent, SequenceStartEvent)
At = tuple[int, int]


class Span(NamedTuple):
    """A value between two places, which count from 0, within the nodes that have these anchors."""

    start: At
    end: At
    is_secret: bool
    anchors: tuple[str, ...] = ()
    alias: str = ''


@dataclass
class Frame:
    """A node that has not ended: what it is part of, and the key of the value that comes next."""

    start: At
    is_mapping: bool
    is_secret: bool
    is_row: bool
    anchors: tuple[str, ...]
    key: str | None = None
    label: str | None = None


@dataclass
class Spans:
    """The values of a file by line, up to the line `end`; `is_open` tells whether reading ended within a secret."""

    by_line: dict[int, list[Span]] = field(default_factory=dict)
    end: int = 0
    is_open: bool = False


class Walk:
    """Goes over the events of a file."""

    def __init__(self) -> None:
        self.stack: list[Frame] = []
        self.spans: list[Span] = []
        self.anchors: set[str] = set()
        self.end = 0

    def is_secret(self) -> bool:
        """Tells whether the value that comes next may be a secret."""
        if not self.stack:
            return False
        frame = self.stack[-1]
        if frame.is_secret or not frame.is_mapping or frame.key is None:
            return frame.is_secret
        if frame.is_row and frame.key in ('key', 'name'):
            return False
        if frame.is_row and frame.key == 'value':
            return frame.label is None or names_secret(frame.label)
        return is_secret(frame.key)

    def step(self, event: Any) -> None:
        """Takes one event."""
        start = (event.start_mark.line, event.start_mark.column)
        end = (event.end_mark.line, event.end_mark.column)
        anchor = getattr(event, 'anchor', None) or ''
        if isinstance(event, STARTS):
            self._open(event, start, anchor)
        elif isinstance(event, AliasEvent):
            self._add(start, end, '', anchor)
            self._end_node(None)
        elif isinstance(event, ScalarEvent):
            self._add(start, end, anchor, '')
            self._end_node(event.value)
        elif self.stack and isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frame = self.stack.pop()
            if frame.is_secret:
                self.spans.append(Span(frame.start, end, True))
            self._end_node(None)
        self.end = max(self.end, end[0])

    def _open(self, event: Any, start: At, anchor: str) -> None:
        parent = self.stack[-1] if self.stack else None
        if anchor:
            self.anchors.add(anchor)
        is_known = parent is not None and parent.key in KNOWN and len(self.stack) >= ITEM
        is_row = is_known or (parent is not None and parent.is_row)
        anchors = self._anchors_with(anchor)
        is_mapping = isinstance(event, MappingStartEvent)
        self.stack.append(Frame(start, is_mapping, self.is_secret(), is_row, anchors))

    def _add(self, start: At, end: At, anchor: str, alias: str) -> None:
        if anchor:
            self.anchors.add(anchor)
        self.spans.append(Span(start, end, self.is_secret(), self._anchors_with(anchor), alias))

    def _anchors_with(self, anchor: str) -> tuple[str, ...]:
        # The anchors of a node: its own, and those of the nodes that it is in.
        outer: tuple[str, ...] = ()
        if self.stack:
            outer = self.stack[-1].anchors
        if not anchor:
            return outer
        return *outer, anchor

    def _end_node(self, text: str | None) -> None:
        # In a mapping, the node that ended was a key or its value.
        if not self.stack or not self.stack[-1].is_mapping:
            return
        frame = self.stack[-1]
        if frame.key is None:
            # A key that is no text says nothing about its value, which may be a secret then.
            frame.key = 'secret' if text is None else text
            return
        if frame.key in ('key', 'name') and text is not None:
            frame.label = text
        frame.key = None

    def spans_by_line(self) -> Spans:
        """Returns the values that were read."""
        # What a secret value refers to by an alias is secret, too. An alias without an anchor may be a password
        # that begins with an asterisk.
        hidden = {span.alias for span in self.spans if span.alias and span.is_secret}
        by_line: dict[int, list[Span]] = {}
        for span in self.spans:
            is_odd = bool(span.alias) and not is_like(span.alias, self.anchors)
            if is_odd or not hidden.isdisjoint(span.anchors):
                span = span._replace(is_secret=True)
            for line in range(span.start[0], span.end[0] + 1):
                by_line.setdefault(line, []).append(span)
        is_open = any(frame.is_secret for frame in self.stack) or self.is_secret()
        return Spans({line: sorted(values, key=_order) for line, values in by_line.items()}, self.end, is_open)


def _order(span: Span) -> tuple[At, int, int]:
    # A list or mapping comes before its first value.
    return span.start, -span.end[0], -span.end[1]


def is_like(alias: str, anchors: set[str]) -> bool:
    """Tells whether an alias has the name of an anchor of its file, or nearly; otherwise it may be a password."""
    return alias in anchors or bool(nearest(alias, anchors))


def spans(lines: Sequence[str]) -> Spans:
    """Returns the values of a file, up to its first syntax error."""
    walk = Walk()
    text = '\n'.join(lines)
    try:
        for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
            if number > MOST:
                return walk.spans_by_line()
            walk.step(event)
    except yaml.YAMLError:
        return walk.spans_by_line()
    walk.end = len(lines) + 1
    return walk.spans_by_line()
