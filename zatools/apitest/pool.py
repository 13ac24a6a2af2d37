"""Features in several processes: each takes the next one; what comes back is in order, and masked already."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zatools.apitest.results import FeatureResult
from zatools.apitest.runner import Run, run_feature
from zatools.apitest.selection import Plan

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SERIAL = 'serial'


def is_serial(plan: Plan) -> bool:
    """Tells whether a feature must not run beside others."""
    tags = [*plan.feature.model.tags, *(tag for scenario in plan.feature.scenarios for tag in scenario.tags)]
    return SERIAL in map(str, tags)


def run_all(run: Run, plans: Sequence[Plan], jobs: int) -> Iterator[FeatureResult]:
    """Runs features, in so many processes; yields their results in the order of the plans."""
    if jobs < 2 or len(plans) < 2:
        for plan in plans:
            if run.is_stopped:
                return
            yield run_feature(run, plan)
        return
    together = [number for number, plan in enumerate(plans) if not is_serial(plan)]
    results: dict[int, FeatureResult] = {}
    following = 0
    for number, result in _in_processes(run, plans, together, min(jobs, len(together))):
        results[number] = result
        while following in results:
            yield results.pop(following)
            following += 1
    for number in range(following, len(plans)):
        if number in results:
            yield results.pop(number)
        elif not run.is_stopped and number not in together:
            yield run_feature(run, plans[number])


def _in_processes(
    run: Run, plans: Sequence[Plan], numbers: list[int], jobs: int
) -> Iterator[tuple[int, FeatureResult]]:
    if jobs < 1:
        return
    import multiprocessing

    method = multiprocessing.get_context('fork')
    waiting = list(reversed(numbers))
    workers: dict[Connection, Any] = {}
    for _ in range(jobs):
        ours, theirs = method.Pipe()
        process = method.Process(target=_work, args=(run, plans, theirs, ours), daemon=False)
        process.start()
        theirs.close()
        workers[ours] = process
        ours.send(waiting.pop())
    try:
        yield from _gathered(run, workers, waiting)
    finally:
        for connection, process in workers.items():
            # A closed end is not seen: other workers were forked with copies of it.
            with suppress(OSError):
                connection.send(None)
            connection.close()
            process.join()


def _gathered(run: Run, workers: dict[Connection, Any], waiting: list[int]) -> Iterator[tuple[int, FeatureResult]]:
    from multiprocessing.connection import Connection, wait

    busy = set(workers)
    while busy:
        try:
            ready = wait(list(busy))
        except KeyboardInterrupt:
            # The workers got the signal too: each cleans up and answers.
            run.is_stopped = run.is_interrupted = True
            continue
        for connection in ready:
            assert isinstance(connection, Connection)
            try:
                number, result, is_stopped, secrets = connection.recv()
            except EOFError:
                busy.discard(connection)
                continue
            run.secrets.add(secrets)
            run.is_stopped = run.is_stopped or is_stopped
            yield number, result
            if waiting and not run.is_stopped:
                connection.send(waiting.pop())
            else:
                busy.discard(connection)


def _work(run: Run, plans: Sequence[Plan], connection: Connection, other: Connection) -> None:
    other.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while True:
        try:
            number = connection.recv()
            if number is None:
                os._exit(0)
            result = run_feature(run, plans[number])
            connection.send((number, result, run.is_stopped, list(run.secrets.values())))
        except (EOFError, OSError, KeyboardInterrupt):
            os._exit(0)
