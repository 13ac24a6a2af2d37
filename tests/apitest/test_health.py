"""An address that does not answer is given up after four calls in a row, and only then."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from tests.apitest.playing import play
from zatools.apitest import demo_api
from zatools.apitest.failures import CallFailed
from zatools.apitest.running.hosts_down import PATIENCE, Health, HostDown

URL = 'http://a.test/path?x=y'


def test_an_address_is_given_up_after_three_calls_in_vain_and_one_more() -> None:
    health = Health()
    before_call = health.guard(0)
    for _ in range(PATIENCE + 1):
        before_call(URL)
        health.failed('a.test:80')
    with pytest.raises(HostDown) as caught:
        before_call('http://a.test/other')
    assert caught.value.text == 'not run: a.test:80 did not answer 4 calls in a row'
    before_call('http://b.test/')
    before_call('https://a.test/')


def test_an_answer_makes_the_count_begin_anew() -> None:
    health = Health()
    for _ in range(PATIENCE):
        health.failed('a.test:80')
    health.answered(URL)
    for _ in range(PATIENCE + 1):
        health.guard(0)(URL)
        health.failed('a.test:80')
    with pytest.raises(HostDown):
        health.guard(0)(URL)


def test_it_waits_until_the_address_takes_connections() -> None:
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        port = server.getsockname()[1]
        start = time.monotonic()
        threading.Timer(0.5, server.listen).start()
        Health().guard(10)(f'http://127.0.0.1:{port}/')
        assert 0.3 < time.monotonic() - start < 9


def test_it_waits_once_and_says_in_vain_for_how_long() -> None:
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        port = server.getsockname()[1]
        before_call = Health().guard(0.3)
        with pytest.raises(CallFailed) as caught:
            before_call(f'http://127.0.0.1:{port}/')
        assert caught.value.text == f'127.0.0.1:{port} took no connection within 0.3 s'
        before_call(f'http://127.0.0.1:{port}/')


@pytest.mark.parametrize('between', ['', 'Given URL path "/x"\n    And I store "a" under "b"'])
def test_a_dead_address_is_given_up_whatever_steps_stand_between(between: str, tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        address = f'http://127.0.0.1:{server.getsockname()[1]}'
        first = f'Given address "{address}"\n    {between}'.rstrip()
        rows = [f'  Scenario: S{n}\n    {first}\n    When the URL is invoked\n' for n in range(7)]
        found = play(tmp_path, '\n'.join(['Feature: F', *rows]))
    assert [item.status for item in found.scenarios] == ['error'] * 4 + ['not run'] * 3


def test_an_answer_between_makes_the_count_begin_anew(tmp_path: Path) -> None:
    api = demo_api.start()
    dead = 'Given address "http://127.0.0.1:9"\n    When the URL is invoked'
    alive = f'Given address "{api.address}"\n    When the URL is invoked'
    rows = [f'  Scenario: S{n}\n    {alive if n == 3 else dead}\n' for n in range(7)]
    found = play(tmp_path, '\n'.join(['Feature: F', *rows]))
    api.stop()
    # Another address's answer is no answer of this one.
    assert [item.status for item in found.scenarios] == ['error'] * 3 + ['passed', 'error'] + ['not run'] * 2


def test_tokens_are_not_asked_of_an_address_that_was_given_up(tmp_path: Path) -> None:
    row = '    Given OAuth2 endpoint "http://127.0.0.1:9/token"\n    And I store an OAuth2 bearer token under "t"\n'
    rows = [f'  Scenario: S{n}\n{row}' for n in range(6)]
    found = play(tmp_path, '\n'.join(['Feature: F', *rows]))
    assert [item.status for item in found.scenarios] == ['error'] * 4 + ['not run'] * 2
