"""Many at once: each has a deadline for all of it, and nobody waits for who hangs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event

from zatools.connections.pong import Attempt, Pong, Verdict
from zatools.connections.pool import ping_all
from zatools.kinds import SPELLINGS
from zatools.state import Item


@dataclass(frozen=True)
class Sleeper:
    """A connection that takes its time, whatever the deadline is."""

    seconds: float
    timeout: float = 10.0
    target: str = 'sleep'
    item: Item = field(default_factory=lambda: Item(SPELLINGS['outgoing_rest'][0], {'name': 'sleeper'}))

    def ping(self, attempt: Attempt) -> Pong:
        Event().wait(self.seconds)
        return Pong(Verdict.OK, f'slept {self.seconds:g}')

    def words(self) -> dict[str, str]:
        return {'where': 'bed', 'host': 'bed', 'timeout': '--timeout'}


class Failing(Sleeper):
    def ping(self, attempt: Attempt) -> Pong:
        raise RuntimeError('s3cret')


def test_pongs_come_in_the_order_of_connections_and_are_told_as_they_come() -> None:
    told: list[int] = []
    pongs = ping_all([Sleeper(0.3), Sleeper(0.0), Sleeper(0.15)], 3, None, lambda number, pong: told.append(number))
    assert [pong.text for pong in pongs] == ['slept 0.3', 'slept 0', 'slept 0.15']
    assert told == [1, 2, 0]


def test_all_of_them_take_about_as_long_as_the_slowest() -> None:
    started = time.perf_counter()
    ping_all([Sleeper(1) for _ in range(20)], 20, None, lambda *_: None)
    # One after the other they take 20.
    assert time.perf_counter() - started < 15.0


def test_who_hangs_is_left_behind_at_the_deadline() -> None:
    started = time.perf_counter()
    pongs = ping_all([Sleeper(30), Sleeper(0.0), Sleeper(30)], 1, 0.2, lambda *_: None)
    assert time.perf_counter() - started < 20.0
    assert [pong.verdict for pong in pongs] == ['FAILED', 'ok', 'FAILED']
    assert pongs[0].failure == 'deadline-look-up'
    assert "'bed' was not reached in" in pongs[0].text


def test_the_definition_has_the_deadline_where_the_command_line_has_none() -> None:
    started = time.perf_counter()
    pongs = ping_all([Sleeper(30, timeout=0.1)], 1, None, lambda *_: None)
    assert pongs[0].verdict is Verdict.FAILED
    assert time.perf_counter() - started < 20.0


def test_an_exception_is_a_pong_without_its_text() -> None:
    pongs = ping_all([Failing(0.0)], 1, None, lambda *_: None)
    assert pongs[0].verdict is Verdict.FAILED
    assert 'RuntimeError' in pongs[0].text
    assert 's3cret' not in repr(pongs)


def test_nobody_has_more_than_is_left() -> None:
    started = time.perf_counter()
    pongs = ping_all([Sleeper(30, timeout=30), Sleeper(0.0)], 2, None, lambda *_: None, until=started + 0.3)
    assert [pong.verdict for pong in pongs] == ['FAILED', 'ok']
    assert time.perf_counter() - started < 20.0


def test_there_may_be_nobody_to_ping() -> None:
    assert ping_all([], 32, None, lambda *_: None) == []
