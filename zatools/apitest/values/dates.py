"""Dates as texts, in the tokens of the library arrow (YYYY-MM-DDTHH:mm:ss)."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values.random_values import random_days

if TYPE_CHECKING:
    from arrow import Arrow

#: The format of dates whose step names none.
DEFAULT = 'YYYY-MM-DDTHH:mm:ss'


def now(tokens: str) -> str:
    """Returns the present local time."""
    import arrow

    return arrow.now().format(tokens)


def utc_now(tokens: str, hours: int = 0) -> str:
    """Returns the present time, in UTC, shifted by hours."""
    import arrow

    return arrow.utcnow().shift(hours=hours).format(tokens)


def parsed(text: str) -> Arrow:
    """Returns the date in a text, in whatever format it is written."""
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
        # Calendars end with the year 9999: a date near their end stays where it is.
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
    if days < 0:
        shift = -shift
    return _shifted(first, shift).format(tokens)


def any_time(tokens: str, source: Random) -> str:
    """Returns a random date of the last 20 or the next 20 years."""
    import arrow

    base = arrow.get(2006, 1, 1)
    return base.shift(seconds=source.randrange(40 * 365 * 86_400)).format(tokens)


def is_date(value: Any) -> bool:
    """Tells whether a value is a text in ISO 8601 or an HTTP date."""
    # Shorter texts are numbers that arrow would take for a year.
    return isinstance(value, str) and len(value) >= 8 and (_is_iso_date(value) or _is_http_date(value))


def _is_iso_date(text: str) -> bool:
    import arrow
    from arrow.parser import ParserError

    try:
        arrow.get(text)
    except (ParserError, ValueError):
        return False
    return True


def _is_http_date(text: str) -> bool:
    from email.utils import parsedate_to_datetime

    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True
