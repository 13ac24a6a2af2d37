"""Lines of definition files as messages show them: whatever may be a secret is masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from zatools.place import Place
from zatools.reports.keys import KNOWN, VARIABLE, is_secret, without_pairs
from zatools.reports.spans import Span, Spans, spans
from zatools.secret import MASK, without_credentials

#: A key anywhere in a line that can't be read as YAML.
KEY = re.compile(r'(?<![\w.-])(?P<quote>["\']?)(?P<key>[A-Za-z_][\w.-]*+)(?P=quote)\s*+[:=]')
#: An excerpt shows no line that is longer.
LONGEST = 1000
#: Files of sentences: they have no keys whose values may be secrets, as definitions have.
PROSE = '.feature'
Lines = Callable[[str], Sequence[str]]


class Excerpts:
    """Shows lines of files; `lines` returns the lines of a file."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._spans: dict[str, Spans] = {}

    def at(self, place: Place) -> tuple[str, int]:
        """Returns the line of a place and its column, counted from 0; '' for a line that can't be shown."""
        source = self._lines(place.path)
        if not 0 < place.line <= len(source):
            return '', 0
        line, start = source[place.line - 1].rstrip(), place.column - 1
        if len(line) > LONGEST:
            return '', 0
        if place.path.endswith(PROSE):
            return without_credentials(line), start
        if place.path not in self._spans:
            self._spans[place.path] = spans(source)
        values = self._spans[place.path]
        if place.line - 1 >= values.end:
            return _rough(line, values.is_open), start
        return _exact(line, place.line - 1, values.by_line.get(place.line - 1, []), start)


def _exact(line: str, number: int, values: Sequence[Span], start: int) -> tuple[str, int]:
    shown, caret, position, is_masked = '', start, 0, False
    for span in values:
        first, last = _columns(span, number, line)
        piece = line[first:last]
        if first < position or not piece.strip():
            continue
        shown += _between(line[position:first], is_masked)
        hides = span.is_secret and not VARIABLE.fullmatch(piece)
        is_masked = is_masked or hides
        part = without_pairs(piece)
        if hides:
            part = MASK
        # The caret moves with what is shown: masks are shorter or longer than secrets.
        if first <= start < last and hides:
            caret = len(shown)
        elif last <= start:
            caret += len(part) - len(piece)
        shown += part
        position = last
    return without_credentials(shown + _between(line[position:], is_masked)).rstrip(), caret


def _columns(span: Span, number: int, line: str) -> tuple[int, int]:
    # A value that goes on from the line before begins where the text of this line does.
    first, last = len(line) - len(line.lstrip()), len(line)
    if span.start[0] == number:
        first = span.start[1]
    if span.end[0] == number:
        last = span.end[1]
    return first, last


def _between(text: str, is_masked: bool) -> str:
    # A comment beside a secret may hold an older secret.
    if is_masked:
        return text.partition('#')[0]
    return without_pairs(text)


def _rough(line: str, is_open: bool) -> str:
    # A line that YAML can't read is shown up to the first key whose value may be a secret.
    keys = list(KEY.finditer(line))
    if not keys:
        return ''
    for match in keys:
        key = match['key']
        value = line[match.end() :].strip()
        if key in KNOWN or VARIABLE.fullmatch(value) or not value:
            continue
        if is_open or is_secret(key):
            return f'{without_credentials(line[: match.end()])} {MASK}'
    return without_credentials(line)
