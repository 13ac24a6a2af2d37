"""Features in several processes: each process takes the next feature, and results come in the order of the files."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zatools.apitest.report.results import FeatureResult, whole_file
from zatools.apitest.running.feature import left_out, run_feature
from zatools.apitest.running.run import Run
from zatools.apitest.running.selection import Plan
from zatools.errors import Exit
from zatools.signals import OTHERS, EndedError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SERIAL, LOCK = 'serial', 'lock:'
#: Seconds between looks for processes that have ended. Their connections don't tell, since processes that they have
#: started may hold them open.
LOOK = 1.0


def is_serial(plan: Plan) -> bool:
    """Tells whether a feature must not run beside others."""
    return SERIAL in plan.tags


def locks_of(plan: Plan) -> frozenset[str]:
    """Returns the locks of a feature and its scenarios: of two with the same one, never both run at once."""
    return frozenset(tag for tag in plan.tags if tag.startswith(LOCK))


def run_all(run: Run, plans: Sequence[Plan], jobs: int) -> Iterator[FeatureResult]:
    """Runs features in `jobs` processes; yields their results in the order of the plans."""
    if jobs < 2 or len(plans) < 2:
        for plan in plans:
            if not run.is_stopped:
                yield run_feature(run, plan)
            elif run.is_interrupted:
                yield left_out(run, plan)
        return
    results: dict[int, FeatureResult] = {}
    following = 0
    for number, result in _parallel_then_serial(run, plans, jobs):
        results[number] = result
        while following in results:
            yield results.pop(following)
            following += 1
    for number in range(following, len(plans)):
        if number in results:
            yield results[number]
        elif run.is_interrupted:
            yield left_out(run, plans[number])


def _parallel_then_serial(run: Run, plans: Sequence[Plan], jobs: int) -> Iterator[tuple[int, FeatureResult]]:
    serial = [number for number, plan in enumerate(plans) if is_serial(plan)]
    parallel = [number for number in range(len(plans)) if number not in serial]
    yield from _in_processes(run, plans, parallel, jobs)
    yield from _in_processes(run, plans, serial, 1)


@dataclass(eq=False)
class _Worker:
    process: Any
    connection: Connection
    number: int

    def take(self, number: int) -> None:
        """Gives the process a feature."""
        self.number = number
        # That a process has ended shows when its answer is awaited.
        with suppress(OSError):
            self.connection.send(number)

    def end(self) -> None:
        """Ends the process."""
        # Closing the connection isn't enough: workers that were forked later have copies of our end.
        with suppress(OSError):
            self.connection.send(None)
        self.connection.close()
        self.process.join()


def _in_processes(
    run: Run, plans: Sequence[Plan], numbers: list[int], jobs: int
) -> Iterator[tuple[int, FeatureResult]]:
    waiting = list(reversed(numbers))
    workers: list[_Worker] = []
    try:
        while True:
            while len(workers) < jobs and not run.is_stopped and (free := _free(plans, waiting, workers)) is not None:
                workers.append(_started(run, plans, free))
            if not workers:
                return
            for worker in _ready(run, workers):
                number, result = worker.number, _answer(run, worker)
                workers.remove(worker)
                free = None
                if result and not run.is_stopped:
                    free = _free(plans, waiting, workers)
                if free is None:
                    worker.end()
                else:
                    worker.take(free)
                    workers.append(worker)
                if result or (result := _lost(run, plans[number], worker.process.exitcode)):
                    yield number, result
    finally:
        for worker in workers:
            worker.end()


def _free(plans: Sequence[Plan], waiting: list[int], workers: Sequence[_Worker]) -> int | None:
    # Takes the next feature none of whose locks a running one has.
    held = {lock for worker in workers for lock in locks_of(plans[worker.number])}
    for place in reversed(range(len(waiting))):
        if held.isdisjoint(locks_of(plans[waiting[place]])):
            return waiting.pop(place)
    return None


def _started(run: Run, plans: Sequence[Plan], number: int) -> _Worker:
    import multiprocessing

    # Forking copies the project's loaded code, which could not be sent.
    method = multiprocessing.get_context('fork')
    ours, theirs = method.Pipe()
    process = method.Process(target=_work, args=(run, plans, theirs, ours), daemon=False)
    process.start()
    theirs.close()
    worker = _Worker(process, ours, number)
    worker.take(number)
    return worker


def _ready(run: Run, workers: list[_Worker]) -> list[_Worker]:
    from multiprocessing.connection import wait

    try:
        ready = wait([worker.connection for worker in workers], LOOK)
    except KeyboardInterrupt as error:
        # Ctrl-C went to the workers too: each cleans up and answers. What else ends a program may not have.
        if isinstance(error, EndedError):
            for worker in workers:
                worker.process.terminate()
        run.interrupt()
        return []
    return [worker for worker in workers if worker.connection in ready or not worker.process.is_alive()]


def _answer(run: Run, worker: _Worker) -> FeatureResult | None:
    # Returns None where the process has ended without an answer.
    try:
        if not worker.connection.poll():
            return None
        result, is_stopped, secrets = worker.connection.recv()
    except (EOFError, OSError):
        return None
    run.secrets.add(secrets)
    run.is_stopped = run.is_stopped or is_stopped
    return result  # type: ignore[no-any-return]


def _lost(run: Run, plan: Plan, code: int) -> FeatureResult | None:
    # A second Ctrl-C ends the processes: the whole run reports that it was interrupted.
    if run.is_interrupted and code == Exit.INTERRUPTED:
        return None
    run.is_stopped = run.is_stopped or run.settings.fails_fast
    how = f'with {code}'
    if code < 0:
        how = f'(signal {-code})'
    feature = plan.feature
    return whole_file(feature.label, feature.name, f'the process running {feature.label} ended {how}')


def _work(run: Run, plans: Sequence[Plan], connection: Connection, other: Connection) -> None:
    # A worker that held the parent's end of its own connection would never see it closed.
    other.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for one in OTHERS:
        signal.signal(one, _end_once)
    try:
        while (number := connection.recv()) is not None:
            result = run_feature(run, plans[number])
            connection.send((result, run.is_stopped, list(run.secrets.values())))
    except (EOFError, OSError, KeyboardInterrupt):
        os._exit(Exit.INTERRUPTED)
    os._exit(0)


def _end_once(number: int, frame: Any) -> None:
    # It may have been sent to all processes, and comes from the parent then once more: a clean-up goes on.
    for one in OTHERS:
        signal.signal(one, signal.SIG_IGN)
    raise EndedError
