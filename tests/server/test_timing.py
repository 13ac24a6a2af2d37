"""When jobs run, and what their services get: as each generation reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zatools.server.jobs.timing import payload_of, times_of, words_of

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)


def first(values: dict[str, Any], generation: str = '3.2', now: datetime = NOW) -> str:
    """Returns the first time from now on, as text."""
    found = times_of(values, generation, now).first
    return f'{found:%Y-%m-%d %H:%M:%S}' if found else ''


def following(values: dict[str, Any], count: int) -> list[str]:
    """Returns so many times in a row: weekday, day, time."""
    trigger, found = times_of(values, '3.2', NOW)
    times = []
    for _ in range(count):
        times.append(f'{found:%a %d %H:%M}')
        found = trigger.get_next_fire_time(found, found + timedelta(microseconds=1))
    return times


@pytest.mark.parametrize(
    ('generation', 'values', 'expected'),
    [
        ('3.2', {'minutes': 5}, '2026-11-29 12:00:30'),
        ('4.1', {'minutes': 5}, '2026-11-29 12:05:30'),
        ('3.2', {'minutes': 5, 'start_date': '2026-12-01T00:00:00'}, '2026-12-01 00:00:00'),
        ('3.2', {'minutes': 5, 'start_date': '2026-11-29T11:58:00'}, '2026-11-29 12:03:00'),
        ('4.1', {'weeks': 1, 'start_date': '2020-01-01 00:00:00'}, '2026-12-02 00:00:00'),
        # Its two runs since it began are over; 4.1 counts from each start.
        ('3.2', {'minutes': 5, 'repeats': 2, 'start_date': '2026-11-29T11:00:00'}, ''),
        ('4.1', {'minutes': 5, 'repeats': 2, 'start_date': '2026-11-29T11:00:00'}, '2026-11-29 12:05:00'),
    ],
)
def test_an_interval_begins_where_each_generation_has_it_begin(
    generation: str, values: dict[str, Any], expected: str
) -> None:
    assert first({'job_type': 'interval_based', **values}, generation) == expected


@pytest.mark.parametrize(
    ('generation', 'start', 'expected'),
    [
        ('3.2', '2026-11-30T08:00:00', '2026-11-30 08:00:00'),
        ('3.2', '2026-11-01T08:00:00', '2026-11-29 12:00:40'),
        ('4.1', '2026-11-01T08:00:00', '2026-11-29 12:00:30'),
        ('3.2', '', '2026-11-29 12:00:30'),
    ],
)
def test_one_time_that_has_passed_is_made_up_for(generation: str, start: str, expected: str) -> None:
    assert first({'job_type': 'one_time', 'start_date': start}, generation) == expected


@pytest.mark.parametrize(
    ('line', 'expected'),
    [
        ('0 3 * * 1', ['Mon 30 03:00', 'Mon 07 03:00']),
        ('0 3 * * 0', ['Sun 06 03:00']),
        ('0 3 * * 7', ['Sun 06 03:00']),
        ('30 9 * * 1-5', ['Mon 30 09:30', 'Tue 01 09:30']),
        ('0 0 * * sat-mon', ['Mon 30 00:00', 'Sat 05 00:00', 'Sun 06 00:00', 'Mon 07 00:00']),
        ('0 0 * * */3', ['Wed 02 00:00', 'Sat 05 00:00', 'Sun 06 00:00']),
        ('*/20 * * * *', ['Sun 29 12:20', 'Sun 29 12:40', 'Sun 29 13:00']),
        ('0 0 1 jan,DEC *', ['Tue 01 00:00', 'Fri 01 00:00']),
        # A day of the month or one of the week, as cron has it.
        ('0 0 2 * fri', ['Wed 02 00:00', 'Fri 04 00:00']),
        ('@hourly', ['Sun 29 13:00', 'Sun 29 14:00']),
        ('@weekly', ['Sun 06 00:00']),
    ],
)
def test_a_line_of_crontab_is_read_as_cron_reads_it(line: str, expected: list[str]) -> None:
    assert following({'job_type': 'cron_style', 'cron_definition': line}, len(expected)) == expected


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ({'job_type': 'interval_based'}, 'its interval is none: it never runs'),
        ({'job_type': 'interval_based', 'weeks': 10**12}, 'its interval is too long'),
        ({'job_type': 'interval_based', 'days': 10**6}, 'its interval is too long'),
        ({'job_type': 'cron_style', 'cron_definition': '0 3 *'}, 'has 3 fields instead of 5'),
        ({'job_type': 'cron_style', 'cron_definition': '0 3 * * 8'}, "'8' is no day of the week"),
        ({'job_type': 'cron_style', 'cron_definition': '99 3 * * 1'}, 'can not be read'),
        ({'job_type': 'cron_style', 'cron_definition': '0 3 * * 1/x'}, "'/x' is no step"),
    ],
)
def test_times_that_can_not_be_are_named(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        times_of(values, '3.2', NOW)


@pytest.mark.parametrize(
    ('extra', 'older', 'newer'),
    [
        ('', '', ''),
        (None, '', ''),
        ('{"a": [1]}', {'a': [1]}, {'a': [1]}),
        ('a=1\nb = two\n\nc=true', {'a': 1, 'b': 'two', 'c': True}, {'a': 1, 'b': 'two', 'c': True}),
        ('{"zato_embedded": true, "data": "x"}', 'x', {'zato_embedded': True, 'data': 'x'}),
        ('{not=json}', None, '{not=json}'),
        ('hello', None, 'hello'),
        ('[' * 5000, None, '[' * 5000),
    ],
)
def test_what_a_service_gets(extra: Any, older: Any, newer: Any) -> None:
    assert payload_of(extra, '4.1') == newer
    if older is None:
        with pytest.raises(ValueError, match=r'neither JSON nor lines of name=value'):
            payload_of(extra, '3.2')
    else:
        assert payload_of(extra, '3.2') == older


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        ({'job_type': 'interval_based', 'hours': 1, 'minutes': 30}, 'every 1 hour, 30 minutes'),
        ({'job_type': 'one_time'}, 'once'),
        ({'job_type': 'cron_style', 'cron_definition': '@daily'}, 'cron @daily'),
    ],
)
def test_when_a_job_runs_is_told(values: dict[str, Any], expected: str) -> None:
    assert words_of(values) == expected
