"""Rate limits of channels and of definitions of security: how many calls are let in, and from which addresses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from zatools.state import Item

log = logging.getLogger('zatools.server')
Network = IPv4Network | IPv6Network
#: Units of 3.2's definitions.
UNITS_32 = {'s': 'second', 'm': 'minute', 'h': 'hour', 'd': 'day'}
#: Seconds of a unit; a month is one of the calendar.
SECONDS = {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400, 'month': 0}
#: What 4.1's own reader needs in each range of times.
NEEDED = ('rate', 'burst', 'limit', 'limit_unit')


class Window(NamedTuple):
    """A span of time that calls are counted in: what tells it from others, and when it ends."""

    name: Any
    ends: datetime


def window_of(unit: str, now: datetime) -> Window:
    """Returns the window of a moment: the minute, the day, the month."""
    if unit == 'month':
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return Window((now.year, now.month), (first + timedelta(days=32)).replace(day=1))
    number = int(now.timestamp()) // SECONDS[unit]
    return Window(number, datetime.fromtimestamp((number + 1) * SECONDS[unit], UTC))


@dataclass
class Quota:
    """How many calls are let in: so many in a window, and no faster than a bucket of tokens fills. None is any."""

    limit: int | None = None
    unit: str = 'minute'
    rate: float | None = None
    burst: float = 1
    #: Minutes of the day, UTC, that it is for.
    begins: int = 0
    ends: int = 24 * 60
    #: Whether nobody is let in at all.
    is_closed: bool = False
    is_off: bool = False
    _window: Any = None
    _used: int = 0
    _tokens: float = 0.0
    _filled: float = 0.0

    def covers(self, now: datetime) -> bool:
        """Tells whether it is for a moment; a range may go on beyond midnight."""
        minute = now.hour * 60 + now.minute
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    def take(self, now: datetime) -> datetime | None:
        """Counts a call; returns when the next one is let in, where this one is not."""
        window = window_of(self.unit, now)
        if window.name != self._window:
            self._window, self._used = window.name, 0
        if self.limit is not None and self._used >= self.limit:
            return window.ends
        if self.rate is not None and (wait := self._drawn(now.timestamp(), self.rate)):
            return now + timedelta(seconds=wait)
        self._used += 1
        return None

    def _drawn(self, now: float, rate: float) -> float:
        # Takes a token, or returns the seconds until there is one.
        if not self._filled:
            self._tokens = self.burst
        else:
            self._tokens = min(self.burst, self._tokens + (now - self._filled) * rate)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / max(rate, 1e-9)

    @property
    def left(self) -> int:
        """Calls that this window has left."""
        return max(0, (self.limit or 0) - self._used)


class Rule(NamedTuple):
    """The networks that a rule is for, all where there are none; its quotas, the usual one first; its words."""

    networks: tuple[Network, ...]
    quotas: tuple[Quota, ...]
    words: str

    def has(self, address: str) -> bool:
        """Tells whether a rule is for an address."""
        if not self.networks:
            return True
        try:
            known = ip_address(address.partition('%')[0])
        except ValueError:
            return False
        if mapped := getattr(known, 'ipv4_mapped', None):
            known = mapped
        return any(known in network for network in self.networks)

    def quota(self, now: datetime) -> Quota:
        """Returns the quota of a moment."""
        others = (one for one in self.quotas[1:] if not one.is_off and one.covers(now))
        return next(others, self.quotas[0])


class Refusal(NamedTuple):
    """Why a call is not let in: its status, 0 for no answer at all; when to come again; the rule, for the log."""

    status: int
    retry: datetime | None = None
    rule: str = ''

    @property
    def headers(self) -> dict[str, str]:
        """What the caller is told besides."""
        if self.retry is None:
            return {}
        whole = self.retry.replace(microsecond=0) + timedelta(seconds=1)
        return {'Retry-After': format_datetime(whole, usegmt=True)}


@dataclass
class Limits:
    """The limits of an object. What they count is shared by all that ask them."""

    item: Item
    rules: tuple[Rule, ...]
    #: The status for an address that no rule has; 0: it is not limited.
    unknown: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def check(self, address: str, headers: dict[str, str] | None = None) -> Refusal | None:
        """Counts a call from an address. Returns why it is refused; None lets it in. `headers` get what is left."""
        now = datetime.fromtimestamp(time.time(), UTC)
        rule = next((one for one in self.rules if one.has(address)), None)
        if rule is None:
            return Refusal(self.unknown, rule='no rule has its address') if self.unknown else None
        with self._counting:
            quota = rule.quota(now)
            if quota.is_off:
                return None
            if quota.is_closed:
                return Refusal(0, rule=rule.words)
            retry = quota.take(now)
            if headers is not None and quota.limit is not None:
                headers.update({'X-RateLimit-Limit': str(quota.limit), 'X-RateLimit-Remaining': str(quota.left)})
        if retry is None:
            return None
        return Refusal(429, retry, rule.words)


def limits_of(item: Item, generation: str) -> Limits | None:
    """Returns the limits of an object; None where it has none. What can't be read is told in the log."""
    return READERS[generation](item)


def _older(item: Item) -> Limits | None:
    values = item.values
    if not values.get('is_rate_limit_active'):
        return None
    rules = []
    for line in str(values.get('rate_limit_def') or '').splitlines():
        if not line.strip() or line.strip().startswith('#'):
            continue
        try:
            rules.append(_line(line))
        except (ValueError, KeyError):
            log.error("%s: rate_limit_def: '%s' is no rule, as in 10.0.0.0/8=100/m: nobody is let in by it", item, line)
    if not rules:
        return None
    return Limits(item, tuple(rules), 403)


def _line(line: str) -> Rule:
    address, equals, allowed = (part.strip() for part in line.partition('='))
    if not equals:
        raise ValueError(line)
    networks: tuple[Network, ...] = ()
    if address != '*':
        networks = (ip_network(address, strict=False),)
    quota = Quota()
    if allowed != '*':
        count, _, unit = allowed.partition('/')
        quota = Quota(int(count), UNITS_32[unit.strip()])
    return Rule(networks, (quota,), line.strip())


def _newer(item: Item) -> Limits | None:
    given = item.values.get('rate_limiting')
    if not given:
        return None
    rules = []
    for number, one in enumerate(given if isinstance(given, list) else [given], 1):
        try:
            rules.append(_rule(item, number, one))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.error('%s: rate_limiting: rule %d can not be read, it limits nobody: %s', item, number, error)
    return Limits(item, tuple(rules))


def _rule(item: Item, number: int, given: Mapping[str, Any]) -> Rule:
    networks = [ip_network(str(one).strip(), strict=False) for one in given.get('cidr_list') or () if str(one).strip()]
    ranges: Sequence[Mapping[str, Any]] = given.get('time_range') or []
    if not ranges:
        raise ValueError('there is no time_range')
    lacking = [name for name in NEEDED if any(name not in one for one in ranges if not one.get('disallowed'))]
    if lacking:
        log.warning('%s: rate_limiting: rule %d lacks %s: 4.1 reads no such rule', item, number, ', '.join(lacking))
    return Rule(tuple(networks), tuple(map(_quota, ranges)), f'rule {number} of {item}')


def _quota(given: Mapping[str, Any]) -> Quota:
    unit = str(given.get('limit_unit') or 'minute')
    if unit not in SECONDS:
        raise ValueError(f"limit_unit is one of {', '.join(SECONDS)}, not '{unit}'")
    rate, limit = given.get('rate'), given.get('limit')
    return Quota(
        None if limit is None else int(limit),
        unit,
        None if rate is None else float(rate),
        max(1.0, float(given.get('burst') or rate or 1)),
        _minute(given.get('time_from'), 0),
        _minute(given.get('time_to'), 24 * 60),
        bool(given.get('disallowed')),
        bool(given.get('disabled')),
    )


def _minute(text: Any, usual: int) -> int:
    if not text:
        return usual
    hours, _, minutes = str(text).partition(':')
    return int(hours) * 60 + int(minutes or 0)


READERS: Mapping[str, Callable[[Item], Limits | None]] = {'3.2': _older, '4.1': _newer}
Check = Callable[[dict[str, Any]], bool]


class Gate:
    """The limits of a channel, and of the definitions that its callers log in with."""

    def __init__(self, channel: Limits | None, logins: Iterable[tuple[Limits, Check]], generation: str) -> None:
        self._channel, self._logins = channel, tuple(logins)
        self._is_older = generation == '3.2'

    def before(self, environ: Mapping[str, Any]) -> Refusal | None:
        """Returns why a call is refused before it is known who it is of: by 4.1's channels, which are asked first."""
        if self._channel is None or self._is_older:
            return None
        return self._channel.check(environ['REMOTE_ADDR'])

    def after(self, environ: dict[str, Any]) -> Refusal | None:
        """Returns why a call is refused whose credentials were right."""
        headers: dict[str, str] | None = None
        if not self._is_older:
            headers = environ.setdefault('zatools.headers', {})
        for limits, is_of in self._logins:
            if is_of(environ) and (refusal := limits.check(environ['REMOTE_ADDR'], headers)):
                return refusal
        if self._channel is None or not self._is_older:
            return None
        return self._channel.check(environ['REMOTE_ADDR'])
