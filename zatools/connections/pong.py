"""What a ping gives: a verdict, a sentence, facts; and the attempt that it is the end of."""

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

#: Seconds that a ping may take where neither its definition nor the command line says.
TIMEOUT = 10.0
#: The most letters of an address, a header's or a definition's, that a line has room for.
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
        return f'{self.text}; {self.hint}' if self.hint else self.text


@dataclass
class Attempt:
    """One try with a deadline in seconds for all of it; `stage` is what it is at, for whoever waits for it."""

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
        """Seconds that are left, never 0: libraries take that for no limit, or for an error."""
        return max(0.001, self.timeout - self.took)


class Connection(Protocol):
    """What can be pinged: every failure is a Pong, never an exception."""

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
        """Returns what was known before."""
        return self.pong


def printable(text: str, width: int = 200) -> str:
    """Returns what a stranger sent as one short line that can't steer a terminal, passwords of URLs masked."""
    line = ''.join(char if char.isprintable() else ' ' for char in without_password(text))
    short = ' '.join(line.split())
    return short if len(short) <= width else f'{short[: width - 1]}…'


def shown_url(url: str) -> str:
    """Returns a URL without its password, and without the values of query parameters that look like secrets."""
    shown = QUERY.sub(_without_secret, without_password(url))
    return printable(shown if len(shown) <= LONGEST_URL else f'{shown[:LONGEST_URL]}…')


def _without_secret(pair: re.Match[str]) -> str:
    return f'{pair[1]}{MASK}' if SECRET_NAME.search(pair[2]) else pair[0]


def duration(seconds: float) -> str:
    """Returns a time as users see it: 34 ms, 1.2 s."""
    return f'{seconds * 1000:.0f} ms' if seconds < 1 else f'{seconds:.1f} s'


def spot(item: Item, name: str) -> str:
    """Returns a field and where it stands: `host (crm.yaml:14)`."""
    place = item.places.get(name)
    return f'{name} ({place.short})' if place and place.path else name


def seconds_of(item: Item) -> float:
    """Returns the timeout of a definition; 0 and none are the default."""
    value = item.values.get('timeout')
    return float(value) if isinstance(value, int) and value > 0 else TIMEOUT
