"""Jobs: services that are run at times, by the definitions or by `self.schedule` of services."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from zatools.kinds.scheduler import CHANNEL_TYPE
from zatools.kinds.traits import SCHEDULED
from zatools.place import did_you_mean
from zatools.server.api.supported import Supported
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.failing import log_failure, traced
from zatools.server.jobs.timing import ExtraError, payload_of, start_of, times_of, words_of
from zatools.server.parts import is_on
from zatools.server.runtime import Runtime

if TYPE_CHECKING:
    from zatools.server.api.service import Service
    from zatools.state import Item

#: Seconds that jobs which are running have to end when the server stops.
PATIENCE = 6.0
log = logging.getLogger('zatools.server')


class NoJobError(KeyError):
    """There is no job of a name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass
class Job:
    """A job that is planned: what defines it, its number, how often it ran, and how often it is running."""

    name: str
    values: Mapping[str, Any]
    number: int
    #: Whether a service made it, by self.schedule.
    is_own: bool = False
    runs: int = 0
    running: int = 0

    @property
    def is_once(self) -> bool:
        """Whether it runs one time only."""
        return self.values.get('job_type') == 'one_time'

    @property
    def start_date(self) -> str:
        """Its start, as it is told apart from later ones."""
        return str(self.values.get('start_date') or '')


class Jobs:
    """All jobs of a server. A change of definitions does not touch the jobs that it leaves alone."""

    def __init__(self, server: Runtime) -> None:
        self._server = server
        self._planned: dict[str, Job] = {}
        self._scheduler: Any = None
        self._running: set[threading.Thread] = set()
        self._changing = threading.RLock()

    def all(self, with_inactive: bool = False) -> dict[str, Job]:
        """Returns the jobs that there are, by name: those of the definitions, and those that services made."""
        found = {}
        for item in self._server.state.values():
            if item.kind.served == SCHEDULED and (with_inactive or is_on(item, self._server.generation)):
                found[item.name] = Job(item.name, item.values, self._server.id_of(item.key))
            elif item.values.get('schedules'):
                found.update(self._of_schedules(item, with_inactive))
        if self._server.parts.kept.is_there:
            for row in self._server.parts.kept.all('select * from job order by id'):
                values = {'job_type': 'one_time', **{name: row[name] for name in ('service', 'start_date', 'extra')}}
                found.setdefault(row['name'], Job(row['name'], values, row['id'], is_own=True))
        return found

    def _of_schedules(self, item: Item, with_inactive: bool) -> Iterator[tuple[str, Job]]:
        from zatools.server.channels.transfer import jobs_of

        for name, values in jobs_of(item, self._server.generation):
            if with_inactive or values.get('is_active', True):
                yield name, Job(name, values, self._server.id_of((item.kind.section, name)))

    def update(self) -> None:
        """Plans what is new or has changed, and forgets what is gone."""
        with self._changing:
            wanted = self.all()
            for name in [name for name, job in self._planned.items() if not _is_same(job, wanted.get(name))]:
                self._forget(self._planned.pop(name))
            for name, job in wanted.items():
                if name not in self._planned:
                    self._planned[name] = job
                    self._plan(job)

    def run(self, name: str) -> Any:
        """Runs a job's service now, as the job would, and returns its response. Raises NoJobError."""
        found = self.all(with_inactive=True)
        if name not in found:
            raise NoJobError(f"no job '{name}'; {did_you_mean(name, found) or 'zato job list'}")
        job = found[name]
        job.runs += 1
        return self._called(job, new_cid())

    def service_of(self, name: str) -> str:
        """Returns the name of a job's service; '' for no job."""
        job = self.all(with_inactive=True).get(name)
        if job is None:
            return ''
        return str(job.values.get('service') or '')

    def next_of(self, name: str) -> datetime | None:
        """Returns when a job runs next; None where it does not."""
        with self._changing:
            planned = self._scheduler.get_job(name) if self._scheduler else None
        return planned.next_run_time if planned else None

    def add(self, name: str, service: str, start: datetime, extra: str) -> int:
        """Keeps a job that runs once, and returns its number. Raises ValueError where the name is taken."""
        kept = self._server.parts.kept
        if name in self.all(with_inactive=True):
            raise ValueError(f"there is a job '{name}' already")
        start_date = start.astimezone(UTC).replace(tzinfo=None).isoformat()
        number = kept.do(
            'insert into job (name, service, start_date, extra) values (?, ?, ?, ?)', name, service, start_date, extra
        )
        if self._server.parts.is_running:
            self.update()
        return number

    def stop(self) -> None:
        """Plans nothing more. What is running goes on."""
        with self._changing:
            self._planned = {}
            if self._scheduler is not None:
                self._scheduler.shutdown(wait=False)
                self._scheduler = None

    def close(self) -> None:
        """Stops all jobs. What is running has some seconds to end."""
        self.stop()
        end = monotonic() + PATIENCE
        for thread in list(self._running):
            thread.join(max(0.0, end - monotonic()))

    def _plan(self, job: Job) -> None:
        try:
            times = times_of(job.values, self._server.generation, datetime.now(UTC))
        except ValueError as error:
            log.error("job '%s': %s", job.name, error)
            return
        first, service = times.first, str(job.values.get('service') or '')
        if service not in self._server.services and not _is_own(service):
            hint = did_you_mean(service, self._server.services) or 'each of its runs fails until a file has it'
            log.warning("job '%s': no service '%s'; %s", job.name, service, hint)
        if job.is_once and self._has_run(job):
            first = None
        if first is None:
            log.info("job '%s': %s; all its runs are over", job.name, words_of(job.values))
            return
        log.info("job '%s': %s, next at %s UTC", job.name, words_of(job.values), f'{first:%Y-%m-%d %H:%M:%S}')
        self._started().add_job(
            self._fire, times.trigger, args=[job], id=job.name, replace_existing=True, next_run_time=first
        )

    def _started(self) -> Any:
        if self._scheduler is None:
            from apscheduler.schedulers.background import BackgroundScheduler

            # Its lines about its own jobs would be twice of what ours say.
            logging.getLogger('apscheduler').setLevel(logging.ERROR)
            self._scheduler = BackgroundScheduler(
                timezone=UTC, job_defaults={'coalesce': True, 'misfire_grace_time': None, 'max_instances': 100}
            )
            self._scheduler.start()
        return self._scheduler

    def _forget(self, job: Job) -> None:
        if self._scheduler is not None:
            from apscheduler.jobstores.base import JobLookupError

            with suppress(JobLookupError):
                self._scheduler.remove_job(job.name)

    def _has_run(self, job: Job) -> bool:
        # 3.2 deletes such a job after its run. Definitions are not ours to change, so it is written down here.
        kept = self._server.parts.kept
        if self._server.generation != '3.2' or not kept.is_there:
            return False
        return bool(kept.all('select 1 from ran where name = ? and start_date = ?', job.name, job.start_date))

    def _fire(self, job: Job) -> None:
        with self._changing:
            if self._planned.get(job.name) is not job:
                return
            if job.running and self._server.generation != '3.2':
                log.warning("job '%s' is still running, it is not started again", job.name)
                return
            job.runs += 1
            if job.runs == int(job.values.get('repeats') or 0) and not job.is_once:
                self._forget(job)
            # Not one of the background's threads: jobs that take long must not keep others waiting.
            thread = threading.Thread(target=self._run, args=(job,), name=f'job-{job.number}', daemon=True)
            job.running += 1
            self._running.add(thread)
        thread.start()

    def _run(self, job: Job) -> None:
        cid, started = new_cid(), monotonic()
        log.info("job '%s' runs service '%s' (CID %s)", job.name, job.values.get('service'), cid)
        failure: BaseException | None = None
        try:
            self._called(job, cid)
        except (NoServiceError, ExtraError) as error:
            failure = error
            log.error("job '%s': %s (CID %s)", job.name, error, cid)
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException as error:
            failure = error
            log_failure(f"job '{job.name}'", error, cid)
        took = timedelta(seconds=monotonic() - started)
        with self._changing:
            job.running -= 1
        if job.is_once and not isinstance(failure, NoServiceError):
            self._over(job)
        if self._server.generation != '3.2':
            self._tell(job, failure, took)
        self._running.discard(threading.current_thread())

    def _over(self, job: Job) -> None:
        if self._server.generation != '3.2':
            # As there: the job stays, and runs again after a restart.
            return
        kept = self._server.parts.kept
        if job.is_own:
            kept.do('delete from job where id = ?', job.number)
        else:
            kept.do('insert or ignore into ran values (?, ?)', job.name, job.start_date)

    def _called(self, job: Job, cid: str) -> Any:
        server, environ = self._server, {}
        payload = payload_of(job.values.get('extra'), server.generation)
        about = server.about('invoke')
        if server.generation != '3.2':
            about = server.about(CHANNEL_TYPE)
            about['id'] = about['name'] = None
            message = {'name': job.name, 'job_type': job.values.get('job_type')}
            context = {'scheduler_job_id': job.number, 'scheduler_current_run': job.runs}
            environ = {'zato.request_ctx.async_msg': message, 'zato.zato_ctx': context}
        service = str(job.values.get('service') or '')
        if _is_own(service):
            from zatools.server.channels.transfer import run

            return run(server, job.name, job.values, cid)
        deployed = server.deployed(service)
        return server.call(deployed, Call(cid, payload, payload, channel=about, environ=environ)).payload

    def _tell(self, job: Job, failure: BaseException | None, took: timedelta) -> None:
        outcome, how = 'ok', 'on_success'
        trace = ''
        if failure is not None:
            outcome, how, trace = 'error', 'on_error', traced(failure)
        told = {
            'job_id': job.number,
            'job_name': job.name,
            'outcome': outcome,
            'duration_ms': int(took.total_seconds() * 1000),
            'error_traceback': trace,
            'current_run': job.runs,
            'audit_event_id': '',
        }
        if service := str(job.values.get(f'{how}_service') or ''):
            self._guarded(f"{how}_service '{service}'", lambda: self._server.invoke(service, json.dumps(told)))
        if other := str(job.values.get(f'{how}_job') or ''):
            self._guarded(f"{how}_job '{other}'", lambda: self.run(other))

    def _guarded(self, what: str, run: Callable[[], Any]) -> None:
        try:
            run()
        except BaseException as error:
            log_failure(what, error, new_cid())


def _is_own(service: str) -> bool:
    # The platform's own begin so; those of users may, too.
    if not service.startswith(('zato.', 'pub.zato.')):
        return False
    from zatools.server.channels.transfer import is_own

    return is_own(service)


def _is_same(job: Job, other: Job | None) -> bool:
    return other is not None and dict(job.values) == dict(other.values) and job.is_own == other.is_own


class Schedule(Supported):
    """`self.schedule`: jobs that services make."""

    called = 'self.schedule'

    def __init__(self, server: Runtime) -> None:
        self._server = server

    def onetime(
        self,
        service: Service,
        target: Any,
        name: str = '',
        *,
        prefix: str = '',
        start_date: Any = '',
        data: Any = '',
        **after: float,
    ) -> int:
        """Plans one run of a service, by name or class, and returns the number of the job.

        `start_date` is a datetime or a text, in UTC; else it is in `after_seconds` and `after_minutes`.
        """
        for option in after.keys() - {'after_seconds', 'after_minutes'}:
            raise TypeError(f"self.schedule.onetime has no '{option}'")
        wanted = target if isinstance(target, str) else target.get_name()
        self._server.deployed(wanted)
        start: datetime | None = datetime.now(UTC) + timedelta(
            seconds=after.get('after_seconds', 0), minutes=after.get('after_minutes', 0)
        )
        if start_date:
            start = start_of({'start_date': start_date})
        if start is None:
            raise ValueError(f"self.schedule.onetime: start_date '{start_date}' is no date and time")
        extra = json.dumps({'zato_embedded': True, 'data': data})
        return self._server.parts.jobs.add(name or f'{prefix or wanted}.{new_cid()}', wanted, start, extra)
