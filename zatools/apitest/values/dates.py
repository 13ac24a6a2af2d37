"""Dates as texts, in the tokens of the library arrow (YYYY-MM-DDTHH:mm:ss)."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values.random_values import random_days

if TYPE_CHECKING:
    from arrow import Arrow

#: The format that is there without being named.
DEFAULT = 'YYYY-MM-DDTHH:mm:ss'


def now(tokens: str) -> str:
    """Returns the present time of this place."""
    import arrow

    return arrow.now().format(tokens)


def utc_now(tokens: str, hours: int = 0) -> str:
    """Returns the present time, in UTC, shifted by hours."""
    import arrow

    return arrow.utcnow().shift(hours=hours).format(tokens)


def parsed(text: str) -> Arrow:
    """Returns the date that a text says, read leniently."""
    import arrow
    from dateutil.parser import ParserError, parse

    try:
        return arrow.get(parse(text))
    except (ParserError, OverflowError, TypeError) as error:
        raise StepBroken(f"'{text}' can't be read as a date", hint='write it as 2026-12-31T23:59:59') from error


def _shifted(base: Arrow, days: int) -> Arrow:
    try:
        return base.shift(days=days)
    except (OverflowError, ValueError):
        return base


def after(base: str, tokens: str, source: Random) -> str:
    """Returns a random date on or after another."""
    return _shifted(parsed(base), random_days(source)).format(tokens)


def before(base: str, tokens: str, source: Random) -> str:
    """Returns a random date on or before another."""
    return _shifted(parsed(base), -random_days(source)).format(tokens)


def between(start: str, stop: str, tokens: str, source: Random) -> str:
    """Returns a random date between two others, the second left out; they may stand in any order."""
    first = parsed(start)
    days = (parsed(stop) - first).days
    shift = random_days(source, abs(days) or 1)
    return _shifted(first, shift if days > 0 else -shift).format(tokens)


def any_time(tokens: str, source: Random) -> str:
    """Returns a random date of the last 20 or the next 20 years."""
    import arrow

    base = arrow.get(2006, 1, 1)
    return base.shift(seconds=source.randrange(40 * 365 * 86_400)).format(tokens)


def is_date(value: Any) -> bool:
    """Tells whether a value is a text in ISO 8601 or an HTTP date."""
    import arrow
    from arrow.parser import ParserError

    if not isinstance(value, str) or len(value) < 8:
        return False
    try:
        arrow.get(value)
    except (ParserError, ValueError):
        from email.utils import parsedate_to_datetime

        try:
            parsedate_to_datetime(value)
        except ValueError:
            return False
    return True
