"""What a server was asked and what it logged last: so much of it, and no more."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from time import monotonic
from typing import Any, NamedTuple

from zatools.secret import MASK

#: Calls and lines of the log that are kept, and bytes of each body.
CALLS, LINES, BYTES = 50, 1000, 10_000
#: A pair of a name that says that its value is a secret, and that value: in JSON, Python, forms, query strings.
PAIR = re.compile(
    r"""((?:authori[sz]ation|cookie|passw(?:or)?d|passphrase|secret|token|key|credentials?)["']?\s{0,9}[:=]\s{0,9})"""
    r"""(b?"(?:[^"\\]|\\.)*"?|b?'(?:[^'\\]|\\.)*'?|[^\s"&,;}\]]+)""",
    re.IGNORECASE,
)
CID = re.compile(r'CID ([0-9a-f]{24})\b')


class Body(NamedTuple):
    """The beginning of a body, and how many bytes it had."""

    start: bytes
    size: int

    @property
    def is_cut(self) -> bool:
        """Tells whether only the beginning is kept."""
        return self.size > len(self.start)


class Asked(NamedTuple):
    """One call: what was asked, what was answered, and the milliseconds between."""

    cid: str
    when: datetime
    what: str
    query: str
    headers: Mapping[str, str]
    body: Body
    status: int
    content_type: str
    answer: Body
    took: float


class Line(NamedTuple):
    """A line of the log, secrets masked; the CID is that of the call that it belongs to, if it does to any."""

    number: int
    when: datetime
    level: str
    text: str
    cid: str


def without_pairs(text: str) -> str:
    """Returns a text with the values masked whose names say that they are secrets."""
    return PAIR.sub(rf'\g<1>{MASK}', text)


def body_of(content: bytes) -> Body:
    """Returns what is kept of a body."""
    return Body(content[:BYTES], len(content))


def _sent(environ: Mapping[str, Any]) -> Body:
    # A channel's body was read into memory; what no channel took was not read at all.
    stream = environ.get('wsgi.input')
    if not isinstance(stream, BytesIO) or stream.closed:
        return Body(b'', 0)
    content = stream.getbuffer()
    return Body(bytes(content[:BYTES]), len(content))


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    found = {name[5:]: str(value) for name, value in environ.items() if name.startswith('HTTP_')}
    for name in ('CONTENT_TYPE', 'CONTENT_LENGTH'):
        if environ.get(name):
            found[name] = str(environ[name])
    return {name.replace('_', '-').title(): value for name, value in found.items()}


@dataclass
class Recent:
    """The last calls of a server, the newest last."""

    calls: deque[Asked] = field(default_factory=lambda: deque(maxlen=CALLS))

    def note(self, environ: Mapping[str, Any], cid: str, answer: Any, started: float) -> None:
        """Keeps a request and its answer."""
        took = (monotonic() - started) * 1000
        path = environ.get('zatools.path', environ['PATH_INFO'])
        query, what = str(environ.get('QUERY_STRING') or ''), f'{environ["REQUEST_METHOD"]} {path}'
        sent, answered = _sent(environ), body_of(answer.body)
        now = datetime.now(UTC)
        self.calls.append(
            Asked(cid, now, what, query, _headers(environ), sent, answer.status, answer.content_type, answered, took)
        )

    def find(self, cid: str) -> Asked | None:
        """Returns a call by its CID."""
        return next((one for one in list(self.calls) if one.cid == cid), None)


class Lines(logging.Handler):
    """Keeps the last lines of the log. Its formatter masks secrets."""

    def __init__(self, cid_of: Callable[[int], str]) -> None:
        super().__init__()
        self._cid_of = cid_of
        self._numbers = count(1)
        self.lines: deque[Line] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line, with the CID of the call that its thread is working on."""
        text = without_pairs(self.format(record))
        named = CID.search(text)
        cid = named[1] if named else self._cid_of(threading.get_ident())
        when = datetime.fromtimestamp(record.created, UTC)
        self.lines.append(Line(next(self._numbers), when, record.levelname, text, cid))

    def after(self, number: int) -> list[Line]:
        """Returns the lines that came after one."""
        return [line for line in list(self.lines) if line.number > number]

    def of(self, cid: str) -> list[Line]:
        """Returns the lines of a call."""
        return [line for line in list(self.lines) if line.cid == cid]
