"""Features in several processes: each takes the next one; what comes back is in order, and masked already."""

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

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SERIAL = 'serial'
#: Seconds between looks at processes whose end is not told: what they started may hold their connections open.
LOOK = 1.0


def is_serial(plan: Plan) -> bool:
    """Tells whether a feature must not run beside others."""
    feature = plan.feature
    return SERIAL in feature.tags or any(SERIAL in scenario.tags for scenario in feature.scenarios)


def run_all(run: Run, plans: Sequence[Plan], jobs: int) -> Iterator[FeatureResult]:
    """Runs features, in so many processes; yields their results in the order of the plans."""
    if jobs < 2 or len(plans) < 2:
        for plan in plans:
            if not run.is_stopped:
                yield run_feature(run, plan)
            elif run.is_interrupted:
                yield left_out(run, plan)
        return
    results: dict[int, FeatureResult] = {}
    following = 0
    for number, result in _together_then_alone(run, plans, jobs):
        results[number] = result
        while following in results:
            yield results.pop(following)
            following += 1
    for number in range(following, len(plans)):
        if number in results:
            yield results[number]
        elif run.is_interrupted:
            yield left_out(run, plans[number])


def _together_then_alone(run: Run, plans: Sequence[Plan], jobs: int) -> Iterator[tuple[int, FeatureResult]]:
    alone = [number for number, plan in enumerate(plans) if is_serial(plan)]
    yield from _in_processes(run, plans, [number for number in range(len(plans)) if number not in alone], jobs)
    yield from _in_processes(run, plans, alone, 1)


@dataclass(eq=False)
class _Worker:
    process: Any
    connection: Connection
    number: int

    def take(self, number: int) -> None:
        """Gives it a feature; one that has ended is found out when its answer is waited for."""
        self.number = number
        with suppress(OSError):
            self.connection.send(number)

    def end(self) -> None:
        """Lets it go."""
        # A closed end is not seen: other workers were forked with copies of it.
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
            while waiting and len(workers) < jobs and not run.is_stopped:
                workers.append(_started(run, plans, waiting.pop()))
            if not workers:
                return
            for worker in _ready(run, workers):
                number, result = worker.number, _answer(run, worker)
                if result and waiting and not run.is_stopped:
                    worker.take(waiting.pop())
                else:
                    workers.remove(worker)
                    worker.end()
                if result or (result := _lost(run, plans[number], worker.process.exitcode)):
                    yield number, result
    finally:
        for worker in workers:
            worker.end()


def _started(run: Run, plans: Sequence[Plan], number: int) -> _Worker:
    import multiprocessing

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
    except KeyboardInterrupt:
        # The workers got the signal too: each cleans up and answers.
        run.interrupt()
        return []
    return [worker for worker in workers if worker.connection in ready or not worker.process.is_alive()]


def _answer(run: Run, worker: _Worker) -> FeatureResult | None:
    # None where the process ended instead of answering.
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
    # The second Ctrl-C ends a process too: that is said of the whole run.
    if run.is_interrupted and code == Exit.INTERRUPTED:
        return None
    run.is_stopped = run.is_stopped or run.settings.fails_fast
    how = f'(signal {-code})' if code < 0 else f'with {code}'
    feature = plan.feature
    return whole_file(feature.label, feature.name, f'the process running {feature.label} ended {how}')


def _work(run: Run, plans: Sequence[Plan], connection: Connection, other: Connection) -> None:
    other.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while (number := connection.recv()) is not None:
            result = run_feature(run, plans[number])
            connection.send((result, run.is_stopped, list(run.secrets.values())))
    except (EOFError, OSError, KeyboardInterrupt):
        os._exit(Exit.INTERRUPTED)
    os._exit(0)
