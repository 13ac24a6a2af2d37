"""Many attempts at once, each with its own deadline; a thread past its deadline is left behind."""

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

#: Seconds that a connection has to say by itself, and better, why it is late.
GRACE = 0.25
#: Seconds that even a try at the last moment has.
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
    """Tries connections, `jobs` at once; tells each pong as it comes, returns all of them in their order.

    `timeout` is in seconds, for each; None is what each definition says. Nobody gets more than is left `until` a time
    of `perf_counter`.
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
            # Who is late was answered for already; another takes its place.
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
    """Returns or raises what work does, within the attempt's deadline; past it, work is left behind.

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
        found, error = answers.get(timeout=attempt.remaining + GRACE)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return found


class _Workers:
    # Threads that take one task after the other; to start one for each would cost as much as a ping.

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
            number, one = task
            try:
                pong = self._do(one.connection, one.attempt)
            except Exception as error:
                pong = fail('failed', one.attempt, reason=type(error).__name__)
            self.answers.put((number, pong))


def _next(running: dict[int, _Running], answers: SimpleQueue[tuple[int, Pong]]) -> list[tuple[int, Pong, bool]]:
    left = min(one.attempt.timeout - one.attempt.took for one in running.values()) + GRACE
    try:
        return [(*answers.get(timeout=max(0.001, left)), False)]
    except Empty:
        late = [(number, one) for number, one in running.items() if one.attempt.took >= one.attempt.timeout + GRACE]
        return [(number, _late(one), True) for number, one in late]


def _late(one: _Running) -> Pong:
    attempt = one.attempt
    words: dict[str, str] = getattr(one.connection, 'words', dict)()
    if attempt.stage == 'confirm':
        blocked = attempt.facts.get('blocked')
        name = 'blocked' if blocked else 'unconfirmed'
        return fail(name, attempt, one.connection.item.place, **{**words, 'reason': blocked})
    name = f'deadline-{attempt.stage}'
    return fail(name if name in FAILURES else 'failed', attempt, one.connection.item.place, **words)
