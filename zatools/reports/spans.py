"""What of a definition file is secret: where each value stands, and whether its keys say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from zatools.place import nearest
from zatools.reports.keys import KNOWN, is_secret, names_secret

#: So many events of a file are looked at; lines after these are shown with more care.
MOST = 400_000
#: How deep the items of a section are: within the document, its section and the list.
ITEM = 3
STARTS = (MappingStartEvent, SequenceStartEvent)
At = tuple[int, int]


class Span(NamedTuple):
    """A value from one place to another, both counted from 0, within the nodes of these anchors."""

    start: At
    end: At
    is_secret: bool
    anchors: tuple[str, ...] = ()
    alias: str = ''


@dataclass
class Frame:
    """An open node: what it is in, and the key of the value that comes next."""

    start: At
    is_mapping: bool
    is_secret: bool
    is_row: bool
    anchors: tuple[str, ...]
    key: str | None = None
    label: str | None = None


@dataclass
class Spans:
    """The values of a file by line; `end` is where they could no longer be read, `is_open` whether within a secret."""

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
            self._pass(None)
        elif isinstance(event, ScalarEvent):
            self._add(start, end, anchor, '')
            self._pass(event.value)
        elif self.stack and isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frame = self.stack.pop()
            if frame.is_secret:
                self.spans.append(Span(frame.start, end, True))
            self._pass(None)
        self.end = max(self.end, end[0])

    def _open(self, event: Any, start: At, anchor: str) -> None:
        parent = self.stack[-1] if self.stack else None
        if anchor:
            self.anchors.add(anchor)
        is_known = parent is not None and parent.key in KNOWN and len(self.stack) >= ITEM
        is_row = is_known or (parent is not None and parent.is_row)
        anchors = (*(parent.anchors if parent else ()), *([anchor] if anchor else []))
        is_mapping = isinstance(event, MappingStartEvent)
        self.stack.append(Frame(start, is_mapping, self.is_secret(), is_row, anchors))

    def _add(self, start: At, end: At, anchor: str, alias: str) -> None:
        if anchor:
            self.anchors.add(anchor)
        outer = self.stack[-1].anchors if self.stack else ()
        self.spans.append(Span(start, end, self.is_secret(), (*outer, anchor) if anchor else outer, alias))

    def _pass(self, text: str | None) -> None:
        # The node that ended was a key, or the value of one; a key that is no text says nothing of its value.
        if not self.stack or not self.stack[-1].is_mapping:
            return
        frame = self.stack[-1]
        if frame.key is None:
            frame.key = text if text is not None else 'secret'
            return
        if frame.key in ('key', 'name') and text is not None:
            frame.label = text
        frame.key = None

    def found(self) -> Spans:
        """Returns what was found; an anchor that a secret refers to holds a secret, and so may an alias of nothing."""
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
    # A list or mapping comes before what it begins with.
    return span.start, -span.end[0], -span.end[1]


def is_like(alias: str, anchors: set[str]) -> bool:
    """Tells whether the name of an alias is that of an anchor of its file, or nearly; else it may be a password."""
    return alias in anchors or bool(nearest(alias, anchors))


def spans(lines: Sequence[str]) -> Spans:
    """Returns the values of a file; after an error of syntax there are none."""
    walk = Walk()
    text = '\n'.join(lines)
    try:
        for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
            if number > MOST:
                return walk.found()
            walk.step(event)
    except yaml.YAMLError:
        return walk.found()
    walk.end = len(lines) + 1
    return walk.found()
