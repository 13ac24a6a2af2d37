"""`zato job`: the jobs of definitions, and one run of one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from zatools.errors import Exit, FailedError, InvalidError
from zatools.kinds.scheduler import JOB
from zatools.kinds.traits import SCHEDULED
from zatools.live.local import Project, at_hand, check_generation, no_service, source_if_any
from zatools.live.outgoing import Source, read_definitions
from zatools.reports.objects import columns
from zatools.screens import quantity
from zatools.server.parts import NAME, is_on
from zatools.server.project.layouts import find
from zatools.state import Item, in_order
from zatools.world import World


class Row(NamedTuple):
    """A job as it is listed; the next run is in UTC, None where there is none, and `problem` says why."""

    name: str
    service: str
    when: str
    next: str | None
    is_active: bool
    problem: str | None
    file: str | None
    line: int | None


def list_jobs(world: World, source: Source, project: Project, as_json: bool = False) -> Exit:
    """Prints a line for each job: when it runs, its next run, its service."""
    check_generation(project.generation, source)
    rows = list(_rows(world, source, project))
    if as_json:
        world.print_json(json.dumps([row._asdict() for row in rows], indent=2, ensure_ascii=False))
        return Exit.OK
    if rows:
        world.print(columns([row.name, row.when, _next(row), row.service] for row in rows))
    world.say(f'{quantity(len(rows), JOB.noun)}.')
    return Exit.OK


def _next(row: Row) -> str:
    if not row.is_active:
        return 'not active'
    if row.problem:
        return row.problem
    return row.next or 'over'


def _rows(world: World, source: Source, project: Project) -> Iterator[Row]:
    root = find(project.folder).root
    chosen = source_if_any(source, root, world)
    generation = project.generation or '3.2'
    if chosen is not None:
        definitions = read_definitions(world, chosen)
        if not project.generation:
            generation = _generation(definitions.state)
        for item in in_order(definitions.state.values()):
            if item.kind.served == SCHEDULED:
                place = item.place
                values = dict(item.values)
                yield _row(item.name, values, generation, is_on(item, generation), place)
            elif item.values.get('schedules'):
                yield from _scheduled(item, generation)
    path = root / NAME
    if path.is_file():
        from zatools.server.kept import planned

        for name, values in planned(path):
            yield _row(name, values, generation, True, None)


def _scheduled(item: Item, generation: str) -> Iterator[Row]:
    from zatools.server.channels.transfer import jobs_of

    place = item.places.get('schedules', item.place)
    for name, values in jobs_of(item, generation):
        yield _row(name, dict(values), generation, bool(values.get('is_active', True)), place)


def _generation(state: Any) -> str:
    from zatools import generations

    return generations.needed(state)[0] or '3.2'


def _row(name: str, values: dict[str, Any], generation: str, is_active: bool, place: Any) -> Row:
    from zatools.server.jobs.timing import times_of, words_of

    following, problem = None, None
    try:
        first = times_of(values, generation, datetime.now(UTC)).first
        if first is not None and is_active:
            following = f'{first:%Y-%m-%d %H:%M:%S}'
    except ValueError as error:
        problem = str(error)
    file, line = (place.path, place.line) if place else (None, None)
    return Row(name, str(values.get('service') or ''), words_of(values), following, is_active, problem, file, line)


def run_job(world: World, source: Source, project: Project, name: str) -> Exit:
    """Runs the service of a job now, with what the job gives it, and prints what it answers; exit 1 if it fails."""
    from zatools.server.api.exceptions import HTTPException
    from zatools.server.call import NoServiceError, new_cid
    from zatools.server.failing import log_failure, summary_of
    from zatools.server.http.formats import written
    from zatools.server.jobs.scheduler import NoJobError
    from zatools.server.jobs.timing import ExtraError

    with at_hand(world, source, project) as runtime:
        try:
            body, _ = written(runtime.parts.jobs.run(name))
        except NoJobError as error:
            raise InvalidError(str(error)) from None
        except NoServiceError:
            raise no_service(runtime.parts.jobs.service_of(name), runtime) from None
        except HTTPException as error:
            raise FailedError(f"job '{name}': {error.status} {error.details}") from None
        except ExtraError as error:
            raise FailedError(f"job '{name}': {error}") from None
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException as error:
            log_failure(f"job '{name}'", error, new_cid())
            raise FailedError(f"job '{name}': {summary_of(error)}") from None
    if body:
        world.data(body.decode('utf-8', 'backslashreplace'))
    return Exit.OK
