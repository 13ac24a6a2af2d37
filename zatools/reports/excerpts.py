"""Lines of definition files as messages show them: all but what may be a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from zatools.place import Place
from zatools.reports.keys import KNOWN, VARIABLE, is_secret, without_pairs
from zatools.reports.spans import Span, Spans, spans
from zatools.secret import MASK, without_password

#: A key anywhere in a line that can't be read as YAML.
KEY = re.compile(r'(?<![\w.-])(?P<quote>["\']?)(?P<key>[A-Za-z_][\w.-]*+)(?P=quote)\s*+[:=]')
#: Letters of a line that an excerpt shows.
LONGEST = 1000
Lines = Callable[[str], Sequence[str]]


class Excerpts:
    """Shows lines of files; `lines` gives those of a file."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._spans: dict[str, Spans] = {}

    def at(self, place: Place) -> tuple[str, int]:
        """Returns the line of a place and the column of it, counted from 0; '' for one that can't be shown."""
        source = self._lines(place.path)
        if not 0 < place.line <= len(source):
            return '', 0
        line, start = source[place.line - 1].rstrip(), place.column - 1
        if len(line) > LONGEST:
            return '', 0
        if place.path not in self._spans:
            self._spans[place.path] = spans(source)
        found = self._spans[place.path]
        if place.line - 1 >= found.end:
            return _rough(line, found.is_open), start
        return _exact(line, place.line - 1, found.by_line.get(place.line - 1, []), start)


def _exact(line: str, number: int, values: Sequence[Span], start: int) -> tuple[str, int]:
    shown, caret, position, is_masked = '', start, 0, False
    for span in values:
        first = _first(span, number, line)
        last = span.end[1] if span.end[0] == number else len(line)
        piece = line[first:last]
        if first < position or not piece.strip():
            continue
        shown += _between(line[position:first], is_masked)
        hides = span.is_secret and not VARIABLE.fullmatch(piece)
        is_masked = is_masked or hides
        part = MASK if hides else without_pairs(piece)
        if first <= start < last and hides:
            caret = len(shown)
        elif last <= start:
            caret += len(part) - len(piece)
        shown += part
        position = last
    return without_password(shown + _between(line[position:], is_masked)).rstrip(), caret


def _first(span: Span, number: int, line: str) -> int:
    # What goes on from the line before begins where the line does.
    return span.start[1] if span.start[0] == number else len(line) - len(line.lstrip())


def _between(text: str, is_masked: bool) -> str:
    # A comment beside a secret may tell the one that was there before.
    return text.partition('#')[0] if is_masked else without_pairs(text)


def _rough(line: str, is_open: bool) -> str:
    # A line that YAML can't read is shown up to the first key that may have a secret behind it.
    keys = list(KEY.finditer(line))
    if not keys:
        return ''
    for match in keys:
        key = match['key']
        value = line[match.end() :].strip()
        if key in KNOWN or VARIABLE.fullmatch(value) or not value:
            continue
        if is_open or is_secret(key):
            return f'{without_password(line[: match.end()])} {MASK}'
    return without_password(line)
