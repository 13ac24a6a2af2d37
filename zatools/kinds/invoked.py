"""Jobs that 4.1 keeps for outgoing REST and SOAP connections: one invokes the connection, another one pings it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from zatools.kinds import scheduler
from zatools.kinds.fields import V41
from zatools.kinds.model import Companion, Field, Made


class Job(NamedTuple):
    """A job of a connection: what its fields and its name begin with, and the service that it invokes."""

    field: str
    name: str
    service: str

    @property
    def given(self) -> str:
        """The field that asks for the job."""
        return f'{self.field}_run_every'


def _every(field: str, doc: str) -> tuple[Field, ...]:
    return (
        Field(f'{field}_run_every', doc, 'integer', generations=V41, minimum=1),
        Field(f'{field}_run_unit', 'Unit of that.', default='minutes', choices=scheduler.RUN_UNITS, generations=V41),
    )


FIELDS = (
    *_every('scheduler', 'How often a job invokes the connection.'),
    Field('scheduler_start_date', 'When that job starts, UTC.', 'moment', generations=V41),
    *_every('health_check', 'How often a job pings the connection.'),
    Field('health_check_notify_on', 'When to notify: failures, all.', default='failures', generations=V41),
    Field('health_check_callback_type', 'Who is notified.', generations=V41),
    Field('health_check_callback_name', 'Its name.', generations=V41),
)


def _made(job: Job, word: str) -> Callable[[Mapping[str, Any], int, str], Iterator[Made]]:
    def make(values: Mapping[str, Any], id_: int, generation: str) -> Iterator[Made]:
        number = values.get(job.given)
        if not number or generation != '4.1':
            return
        name = values['name']
        found = {
            'is_active': values.get('is_active', True),
            'service': job.service,
            'extra': json.dumps({'conn_id': id_, 'conn_name': name, 'conn_type': word}),
            **scheduler.interval(number, values.get(f'{job.field}_run_unit') or 'minutes'),
        }
        start_date = values.get(f'{job.field}_start_date')
        if start_date:
            found['start_date'] = start_date
        links = {'link_conn_id': id_, 'link_conn_type': word, 'link_kind': job.field}
        yield Made(f'{job.name}.{name}', found, links)

    return make


def _compared(name: str, value: Any) -> Any:
    # A job that the platform made keeps what it hands over.
    return None if name == 'extra' else value


def companions(word: str) -> tuple[Companion, ...]:
    """Returns the jobs of connections that speak a protocol, rest or soap."""
    jobs = (
        Job('scheduler', word, 'zato.http-soap.scheduler.process-request'),
        Job('health_check', 'health', 'zato.connection.health-check.run'),
    )
    return tuple(Companion(scheduler.JOB, 'job', job.given, _made(job, word), compared=_compared) for job in jobs)
