"""The outcome of a ping (verdict, sentence, facts), and the attempt that leads to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import Any, Protocol

from zatools.place import Place
from zatools.secret import MASK, without_password
from zatools.state import Item

#: Seconds that a ping may take where neither its definition nor the command line sets a limit.
TIMEOUT = 10.0
#: Longer URLs are cut.
LONGEST_URL = 500
QUERY = re.compile(r'([?&]([^=&#?]*)=)[^&#]+')
SECRET_NAME = re.compile(r'token|secret|passw|key|sig|auth', re.IGNORECASE)


class Verdict(StrEnum):
    """How a ping ended, in the word that users see."""

    OK = 'ok'
    WARN = 'warn'
    FAILED = 'FAILED'
    SKIPPED = 'skipped'


@dataclass(frozen=True)
class Pong:
    """The outcome of a ping. `took` is in seconds, `failure` a key of `failures.FAILURES`, '' for none."""

    verdict: Verdict
    text: str
    took: float | None = None
    hint: str = ''
    failure: str = ''
    place: Place | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What happened and what to try, on one line."""
        if not self.hint:
            return self.text
        return f'{self.text}; {self.hint}'

    @property
    def took_ms(self) -> float | None:
        """Milliseconds that it took, for JSON; None where nothing was tried."""
        if self.took is None:
            return None
        return round(self.took * 1000, 1)


@dataclass
class Attempt:
    """One try with a deadline in seconds; `stage` says how far it got, for the message if it is late."""

    timeout: float = TIMEOUT
    stage: str = 'look-up'
    started: float = field(default_factory=perf_counter)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def took(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self.started

    @property
    def remaining(self) -> float:
        """Seconds that are left. Never 0, since to libraries that means no limit, or is an error."""
        return max(0.001, self.timeout - self.took)


class Connection(Protocol):
    """A connection that can be pinged. A failure is a Pong, never an exception."""

    @property
    def item(self) -> Item:
        """The definition."""

    @property
    def target(self) -> str:
        """What is called, as users see it."""

    @property
    def timeout(self) -> float:
        """Seconds that its definition allows."""

    def ping(self, attempt: Attempt) -> Pong:
        """Tries the connection."""


@dataclass(frozen=True)
class Idle:
    """A connection that can't be tried, and the pong that says why."""

    item: Item
    target: str
    pong: Pong
    timeout: float = TIMEOUT

    def ping(self, attempt: Attempt) -> Pong:
        """Returns the pong that was known without a try."""
        return self.pong


def printable(text: str, width: int = 200) -> str:
    """Returns a foreign text as one short line without control characters, with passwords of URLs masked."""
    line = ''.join(char if char.isprintable() else ' ' for char in without_password(text))
    short = ' '.join(line.split())
    if len(short) <= width:
        return short
    return f'{short[: width - 1]}…'


def brief(value: Any) -> str:
    """Returns what the other side says of itself, a name or a version, as it is shown; '' for nothing."""
    return printable(str(value or ''), 40)


def shown_url(url: str) -> str:
    """Returns a URL without its password, and without the values of query parameters that look like secrets."""
    shown = QUERY.sub(_without_secret, without_password(url))
    if len(shown) > LONGEST_URL:
        shown = f'{shown[:LONGEST_URL]}…'
    return printable(shown)


def _without_secret(pair: re.Match[str]) -> str:
    if not SECRET_NAME.search(pair[2]):
        return pair[0]
    return f'{pair[1]}{MASK}'


def duration(seconds: float) -> str:
    """Returns a time as users see it: 34 ms, 1.2 s."""
    if seconds < 1:
        return f'{seconds * 1000:.0f} ms'
    return f'{seconds:.1f} s'


def spot(item: Item, name: str) -> str:
    """Returns a field and its place: `host (crm.yaml:14)`."""
    place = item.places.get(name)
    if place is None or not place.path:
        return name
    return f'{name} ({place.short})'


def number_of(item: Item, name: str) -> int:
    """Returns a number above 0 that a definition gives, else what its kind says, 0 where that says nothing."""
    field = item.kind.by_name.get(name)
    usual = field.default_of(item.kind.generations[-1]) if field else None
    for value in (item.values.get(name), usual):
        if isinstance(value, int) and value > 0:
            return value
    return 0


def seconds_of(item: Item) -> float:
    """Returns the timeout of a definition, or the usual one."""
    name = item.kind.asked.timeout if item.kind.asked else 'timeout'
    return float(number_of(item, name) or TIMEOUT)
