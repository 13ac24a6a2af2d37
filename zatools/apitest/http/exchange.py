"""One call and its answer, as reports show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zatools.apitest.values.excerpts import cut

#: Characters of a body that reports keep.
KEPT = 64_000


@dataclass(frozen=True)
class Sent:
    """A request as it went out."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str


@dataclass
class Exchange:
    """A request that was sent, and its answer, or the `error` where none came.

    `hops` are the requests that redirects led to, `statuses` those of the redirects. `fields` are those of a form with
    files: name, value, path and type; where there is a path, the value is the file's name. `binary` describes the body
    of an answer that is no text. `trace` is the id of the call's trace, `is_own_trace` tells that steps have set it.
    """

    method: str
    url: str
    sent_headers: Mapping[str, str]
    sent: str
    status: int = 0
    reason: str = ''
    headers: Mapping[str, str] = field(default_factory=dict)
    received: str = ''
    size: int = 0
    seconds: float = 0.0
    error: str = ''
    tries: int = 1
    basic: tuple[str, str] | None = None
    has_netrc: bool = False
    added: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    hops: tuple[Sent, ...] = ()
    statuses: tuple[int, ...] = ()
    fields: tuple[tuple[str, str, str, str], ...] = ()
    is_sent_binary: bool = False
    binary: str = ''
    trace: str = ''
    is_own_trace: bool = False

    @property
    def content_type(self) -> str:
        """The media type of the answer."""
        return self.headers.get('content-type', '').partition(';')[0].strip()

    @property
    def cid(self) -> str:
        """The correlation ID that a Zato server has given the call."""
        return self.headers.get('x-zato-cid', '')

    @property
    def summary(self) -> str:
        """One line about the call and its answer."""
        call = f'{self.method} {self.url}'
        duration = f'{self.seconds * 1000:.0f} ms'
        if self.error:
            return f'{call} -> no answer, {duration}'
        parts = [f'{self.status} {self.reason}', self.content_type, f'{self.size} B', duration]
        if self.tries > 1:
            parts.append(f'{self.tries} tries')
        return f'{call} -> {", ".join(filter(None, parts))}'


def as_dict(exchange: Exchange) -> dict[str, Any]:
    """Returns an exchange for JSON, its bodies cut where they are too long."""
    return {
        'method': exchange.method,
        'url': exchange.url,
        'request_headers': dict(exchange.sent_headers),
        'request_body': cut(exchange.sent, KEPT),
        'status': exchange.status or None,
        'reason': exchange.reason,
        'response_headers': dict(exchange.headers),
        'response_body': exchange.binary or cut(exchange.received, KEPT),
        'size': exchange.size,
        'seconds': round(exchange.seconds, 6),
        'tries': exchange.tries,
        'error': exchange.error or None,
        'trace': exchange.trace or None,
    }
