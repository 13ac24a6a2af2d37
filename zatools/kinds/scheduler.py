"""Scheduler jobs: services that are invoked at times, or again and again."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from zatools.kinds.fields import NAME, SERVICE, V32, V41
from zatools.kinds.model import Field, Kind, Per, Row
from zatools.kinds.traits import SCHEDULED, Doubt
from zatools.place import Place

#: The service of 3.2 that looks at directories. What it gets are the ids of channels, which follow from these.
TRANSFERS = 'pub.zato.channel.file-transfer.handler'
#: Keys of `opaque1` of jobs that 4.1 makes for connections, and keeps.
OWNED = ('imap_conn_id', 'link_conn_id')
UNITS = ('weeks', 'days', 'hours', 'minutes', 'seconds')
#: What 4.1's services see as the type of the channel that a job calls them through.
CHANNEL_TYPE = 'scheduler'
#: Those that connections say of their jobs.
RUN_UNITS = ('seconds', 'minutes', 'hours', 'days')
#: 4.1's tools keep these in `opaque1` as well.
COPIED = (*UNITS, 'repeats', 'service')


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def _derive_copies(values: Mapping[str, Any], opaque: dict[str, Any], generation: str) -> None:
    for name in COPIED if generation == '4.1' else ():
        if values.get(name):
            opaque[name] = values[name]
        else:
            opaque.pop(name, None)


def interval(number: Any, unit: Any) -> dict[str, Any]:
    """Returns what a job says that runs every so many units."""
    return {'job_type': 'interval_based', **{name: number if name == unit else 0 for name in UNITS}}


def _fold(values: dict[str, Any], opaque: Mapping[str, Any], generation: str) -> None:
    if values.get('service') == TRANSFERS:
        values.pop('extra', None)


def _mend(values: dict[str, Any], places: MutableMapping[str, Place], keys: Collection[str], section: str) -> None:
    _fold(values, {}, '')


def _doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    job_type = values.get('job_type')
    if 'start_date' in values and not values['start_date']:
        yield Doubt(
            'start_date', 'a job must have one', 'leave the key out: a new job starts at once', is_warning=False
        )
    if job_type == 'cron_style' and generation == '4.1':
        yield Doubt('job_type', 'Zato 4.1 has no such jobs', 'one of: one_time, interval_based', is_warning=False)
    elif job_type == 'cron_style' and not values.get('cron_definition'):
        yield Doubt('job_type', "'cron_definition' is missing", 'as in 0 3 * * 1', is_warning=False)
    elif job_type == 'interval_based' and not any(values.get(name) for name in UNITS):
        yield Doubt('job_type', 'the job has no interval', f'give one of: {", ".join(UNITS)}')


def _unit(name: str) -> Field:
    return Field(name, f'Interval: {name}.', 'integer', 0, minimum=0)


JOB = Kind(
    'scheduler',
    'Scheduler jobs: a service is invoked once, at intervals, or at times that cron knows.',
    (
        Row('job'),
        Row('job_interval_based', link='job_id', when={'job_type': 'interval_based'}, generations=V32),
        Row('job_interval_based', link='job_id', generations=V41),
        Row('job_cron_style', link='job_id', when={'job_type': 'cron_style'}, generations=V32),
    ),
    (
        NAME,
        Field('is_active', 'Whether the job runs.', 'boolean', Per(True, False), kept=True),
        SERVICE,
        Field(
            'job_type',
            'When the job runs.',
            required=True,
            choices=('interval_based', 'one_time', 'cron_style'),
            example='interval_based',
        ),
        Field(
            'start_date',
            'When the job runs first, UTC; a new job without it starts at once.',
            'moment',
            kept=True,
            made=_now,
        ),
        *(_unit(name) for name in UNITS),
        Field('repeats', 'How often the job runs; without it, for ever.', 'integer', minimum=0),
        Field('cron_definition', 'A line of crontab, or `@hourly` and its like.', generations=V32),
        Field(
            'extra', 'What the service gets; a job of file transfer channels gets their ids, whatever it says.', 'bytes'
        ),
        Field('on_success_service', 'Service that is invoked when the job succeeded.', generations=V41),
        Field('on_success_job', 'Job that runs when this one succeeded.', generations=V41),
        Field('on_error_service', 'Service that is invoked when the job failed.', generations=V41),
        Field('on_error_job', 'Job that runs when this one failed.', generations=V41),
    ),
    aliases=('scheduler',),
    noise={'should_ignore_existing': None, 'max_repeats': None},
    owned=OWNED,
    noun='job',
    served=SCHEDULED,
    admin='zato.scheduler.job',
    fold=_fold,
    mend=_mend,
    derive=_derive_copies,
    doubts=_doubts,
)
