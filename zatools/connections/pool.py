"""Many attempts at once, each with its own deadline; a thread past its deadline is left behind."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from zatools.connections.failures import FAILURES, fail
from zatools.connections.pong import Attempt, Connection, Pong

#: Seconds that a connection has to say by itself, and better, why it is late.
GRACE = 0.25
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
) -> list[Pong]:
    """Tries connections, `jobs` at once; tells each pong as it comes, returns all of them in their order.

    `timeout` is in seconds, for each; None is what each definition says.
    """
    waiting = deque(enumerate(connections))
    running: dict[int, _Running] = {}
    pongs: dict[int, Pong] = {}
    answers: SimpleQueue[tuple[int, Pong]] = SimpleQueue()
    while waiting or running:
        while waiting and len(running) < jobs:
            number, connection = waiting.popleft()
            running[number] = _Running(connection, Attempt(timeout or connection.timeout))
            arguments = (number, running[number], do, answers)
            threading.Thread(target=_work, args=arguments, daemon=True).start()
        for number, pong in _next(running, answers):
            # Who is late was answered for already.
            if running.pop(number, None):
                pongs[number] = pong
                on_pong(number, pong)
    return [pongs[number] for number in range(len(connections))]


def _work(number: int, one: _Running, do: Try, answers: SimpleQueue[tuple[int, Pong]]) -> None:
    try:
        pong = do(one.connection, one.attempt)
    except Exception as error:
        pong = fail('failed', one.attempt, reason=type(error).__name__)
    answers.put((number, pong))


def _next(running: dict[int, _Running], answers: SimpleQueue[tuple[int, Pong]]) -> list[tuple[int, Pong]]:
    left = min(one.attempt.timeout - one.attempt.took for one in running.values()) + GRACE
    try:
        return [answers.get(timeout=max(0.001, left))]
    except Empty:
        late = [(number, one) for number, one in running.items() if one.attempt.took >= one.attempt.timeout + GRACE]
        return [(number, _late(one)) for number, one in late]


def _late(one: _Running) -> Pong:
    attempt = one.attempt
    words: dict[str, str] = getattr(one.connection, 'words', dict)()
    if attempt.stage == 'confirm':
        blocked = attempt.facts.get('blocked')
        name = 'blocked' if blocked else 'unconfirmed'
        return fail(name, attempt, one.connection.item.place, **{**words, 'reason': blocked})
    name = f'deadline-{attempt.stage}'
    return fail(name if name in FAILURES else 'failed', attempt, one.connection.item.place, **words)
