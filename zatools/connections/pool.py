"""Runs many attempts at once, each with its own deadline. A thread past its deadline is abandoned."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any, NamedTuple

from zatools.connections.failures import FAILURES, fail
from zatools.connections.pong import Attempt, Connection, Pong

#: Seconds past the deadline in which a connection may report its own timeout, with better words than ours.
GRACE = 0.25
#: Seconds that an attempt has at least.
SHORTEST = 0.1
Try = Callable[[Connection, Attempt], Pong]


class _Running(NamedTuple):
    connection: Connection
    attempt: Attempt


def _ping(connection: Connection, attempt: Attempt) -> Pong:
    return connection.ping(attempt)


def ping_all(
    connections: Sequence[Connection],
    jobs: int,
    timeout: float | None,
    on_pong: Callable[[int, Pong], None],
    do: Try = _ping,
    until: float = inf,
) -> list[Pong]:
    """Tries connections, `jobs` at once. Reports each pong when it comes, and returns all in the order given.

    `timeout` is in seconds for each attempt; None takes that of each definition. No attempt goes on after `until`, a
    time of `perf_counter`.
    """
    waiting = deque(enumerate(connections))
    running: dict[int, _Running] = {}
    pongs: dict[int, Pong] = {}
    workers = _Workers(do)
    for _ in range(min(jobs, len(connections))):
        workers.add()
    while waiting or running:
        while waiting and len(running) < jobs:
            number, connection = waiting.popleft()
            running[number] = _Running(connection, Attempt(_allowed(timeout or connection.timeout, until)))
            workers.tasks.put((number, running[number]))
        for number, pong, is_late in _next(running, workers.answers):
            # The answer of a late attempt may still come. It is dropped, and another thread does the thread's work.
            if running.pop(number, None):
                pongs[number] = pong
                on_pong(number, pong)
            if is_late:
                workers.add()
    workers.dismiss()
    return [pongs[number] for number in range(len(connections))]


def _allowed(seconds: float, until: float) -> float:
    return max(SHORTEST, min(seconds, until - perf_counter()))


def within(attempt: Attempt, work: Callable[[], Any]) -> Any:
    """Returns or raises what `work` does within the attempt's deadline. Past that, work is abandoned.

    Raises TimeoutError.
    """
    answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = answers.get(timeout=attempt.remaining + GRACE)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result


class _Workers:
    # Threads that do one task after the other. A thread for each task would take as long to start as a ping.

    def __init__(self, do: Try) -> None:
        self.tasks: SimpleQueue[tuple[int, _Running] | None] = SimpleQueue()
        self.answers: SimpleQueue[tuple[int, Pong]] = SimpleQueue()
        self._do = do
        self._count = 0

    def add(self) -> None:
        self._count += 1
        threading.Thread(target=self._work, daemon=True).start()

    def dismiss(self) -> None:
        for _ in range(self._count):
            self.tasks.put(None)

    def _work(self) -> None:
        while (task := self.tasks.get()) is not None:
            number, (connection, attempt) = task
            try:
                pong = self._do(connection, attempt)
            # A bug in one ping must not end the thread, which the other pings need.
            except Exception as error:
                pong = fail('failed', attempt, reason=type(error).__name__)
            self.answers.put((number, pong))


def _next(running: dict[int, _Running], answers: SimpleQueue[tuple[int, Pong]]) -> list[tuple[int, Pong, bool]]:
    attempts = {number: task.attempt for number, task in running.items()}
    left = min(attempt.timeout - attempt.took for attempt in attempts.values()) + GRACE
    try:
        return [(*answers.get(timeout=max(0.001, left)), False)]
    except Empty:
        late = [number for number, attempt in attempts.items() if attempt.took >= attempt.timeout + GRACE]
        return [(number, _late(running[number]), True) for number in late]


def _late(task: _Running) -> Pong:
    connection, attempt = task
    place = connection.item.place
    words: dict[str, str] = getattr(connection, 'words', dict)()
    if attempt.stage == 'confirm':
        blocked = attempt.facts.get('blocked')
        name = 'unconfirmed'
        if blocked:
            name = 'blocked'
        return fail(name, attempt, place, **{**words, 'reason': blocked})
    name = f'deadline-{attempt.stage}'
    if name not in FAILURES:
        name = 'failed'
    return fail(name, attempt, place, **words)
