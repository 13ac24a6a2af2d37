"""When jobs run, and what their services get: intervals, dates and lines of crontab, as each generation reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from zatools.kinds.scheduler import UNITS

#: Seconds after the start of the server at which 3.2 runs a job whose only time has passed.
LATE = 10.0
#: Names of whole lines.
LINES = {
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
    '@monthly': '0 0 1 * *',
    '@weekly': '0 0 * * 0',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@hourly': '0 * * * *',
}
DAYS = ('sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat')
WHOLE = re.compile(r'[+-]?\d{1,18}')
BOOLEANS = {'true': True, 'false': False}
#: The longest interval that has a next time.
LONGEST = timedelta(days=36500)


class Times(NamedTuple):
    """A trigger of APScheduler, and the first time of all; None where there is no time left."""

    trigger: Any
    first: datetime | None


def times_of(values: Mapping[str, Any], generation: str, now: datetime) -> Times:
    """Returns when a job runs from now on. Raises ValueError where its values don't say it."""
    start = start_of(values)
    if values.get('job_type') == 'one_time':
        return _once(start, generation, now)
    if values.get('job_type') == 'cron_style':
        trigger = _cron(str(values.get('cron_definition') or ''), start)
        return Times(trigger, trigger.get_next_fire_time(None, now))
    return _repeated(values, start, generation, now)


def start_of(values: Mapping[str, Any]) -> datetime | None:
    """Returns when a job starts; None where it doesn't say so, or not as a date. All times are UTC."""
    try:
        found = datetime.fromisoformat(str(values.get('start_date') or ''))
    except ValueError:
        return None
    if found.tzinfo:
        return found.astimezone(UTC)
    return found.replace(tzinfo=UTC)


def _once(start: datetime | None, generation: str, now: datetime) -> Times:
    from apscheduler.triggers.date import DateTrigger

    if start is None:
        start = now
    elif start < now:
        start = now + timedelta(seconds=LATE if generation == '3.2' else 0)
    return Times(DateTrigger(start, UTC), start)


def interval_of(values: Mapping[str, Any]) -> timedelta:
    """Returns the interval of a job. Raises ValueError for none, and for one that never ends."""
    try:
        found = timedelta(**{unit: int(values.get(unit) or 0) for unit in UNITS})
    except OverflowError:
        found = LONGEST + timedelta(1)
    if not timedelta() < found <= LONGEST:
        raise ValueError('its interval is none: it never runs' if not found else 'its interval is too long')
    return found


def _repeated(values: Mapping[str, Any], start: datetime | None, generation: str, now: datetime) -> Times:
    from apscheduler.triggers.interval import IntervalTrigger

    interval = interval_of(values)
    first = start
    if start is None:
        first = start = now
        if generation != '3.2':
            first = start = now + interval
    trigger = IntervalTrigger(seconds=interval.total_seconds(), start_date=start, timezone=UTC)
    repeats = int(values.get('repeats') or 0)
    if generation == '3.2' and repeats and start + interval * min(repeats - 1, LONGEST // interval) < now:
        return Times(trigger, None)
    if start < now:
        # What was missed is not caught up with.
        first = trigger.get_next_fire_time(None, now)
    return Times(trigger, first)


def _cron(line: str, start: datetime | None) -> Any:
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    fields = LINES.get(line.strip().lower(), line).replace('?', '*').split()
    if len(fields) != 5:
        raise ValueError(f'its cron_definition has {len(fields)} fields instead of 5, as in 0 3 * * 1')
    minute, hour, day, month, weekday = fields
    given = {'minute': minute, 'hour': hour, 'month': month.lower(), 'start_date': start, 'timezone': UTC}
    try:
        weekdays = ','.join(_weekdays(weekday.lower()))
        if day != '*' and weekday != '*':
            # As cron has it: a day of the month, or one of the week.
            return OrTrigger([CronTrigger(day=day, **given), CronTrigger(day_of_week=weekdays, **given)])
        return CronTrigger(day=day, day_of_week=weekdays, **given)
    except ValueError as error:
        raise ValueError(f'its cron_definition can not be read: {error}') from None


def _weekdays(field: str) -> Iterator[str]:
    # APScheduler counts from Monday, cron from Sunday; names are the same to both.
    if field == '*':
        yield '*'
        return
    for part in field.split(','):
        days, _, step = part.partition('/')
        first, dash, last = days.partition('-')
        if days == '*':
            first, dash, last = '0', '-', '6'
        low = _weekday(first)
        high = low
        if dash:
            high = _weekday(last)
        if high < low:
            high += 7
        for number in range(low, high + 1, _step(step)):
            yield DAYS[number % 7]


def _weekday(text: str) -> int:
    if text in DAYS:
        return DAYS.index(text)
    if text in ('0', '1', '2', '3', '4', '5', '6', '7'):
        return int(text)
    raise ValueError(f"'{text[:20]}' is no day of the week")


def _step(text: str) -> int:
    if not text:
        return 1
    if text in ('1', '2', '3', '4', '5', '6', '7'):
        return int(text)
    raise ValueError(f"'/{text[:20]}' is no step")


def words_of(values: Mapping[str, Any]) -> str:
    """Returns when a job runs, in words."""
    if values.get('job_type') == 'one_time':
        return 'once'
    if values.get('job_type') == 'cron_style':
        return f'cron {values.get("cron_definition") or ""}'.strip()
    parts = []
    for unit in UNITS:
        number = values.get(unit)
        if number:
            parts.append(f'{number} {unit if number != 1 else unit[:-1]}')
    return f'every {", ".join(parts) or "0 seconds"}'


class ExtraError(ValueError):
    """What a job would give its service can't be read."""


def payload_of(extra: Any, generation: str) -> Any:
    """Returns what the service of a job gets. Raises ExtraError for a text that 3.2 can't read."""
    text = str(extra or '')
    if not text.strip():
        return ''
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _pairs(text, generation)
    if generation == '3.2' and isinstance(found, dict) and found.get('zato_embedded'):
        return found.get('data')
    return found


def pairs_of(text: str) -> dict[str, Any]:
    """Returns what lines of name=value say."""
    pairs = (line.partition('=') for line in text.splitlines() if line.strip())
    return {name.strip(): _typed(value.strip()) for name, _, value in pairs}


def _pairs(text: str, generation: str) -> Any:
    lines = [line for line in text.splitlines() if line.strip()]
    if not any(brace in text for brace in '{}') and all('=' in line for line in lines):
        return pairs_of(text)
    if generation == '3.2':
        raise ExtraError(
            "its extra is neither JSON nor lines of name=value, so Zato 3.2 does not run the job's service"
        )
    return text


def _typed(text: str) -> Any:
    if WHOLE.fullmatch(text):
        return int(text)
    return BOOLEANS.get(text.lower(), text)
