"""An address that does not answer is given up after four calls in a row, and only then."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from zatools.apitest.failures import CallFailed
from zatools.apitest.health import PATIENCE, Health, HostDown

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
        threading.Timer(0.5, server.listen).start()
        start = time.monotonic()
        Health().guard(10)(f'http://127.0.0.1:{port}/')
        assert 0.3 < time.monotonic() - start < 5


def test_it_waits_once_and_says_in_vain_for_how_long() -> None:
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        port = server.getsockname()[1]
        before_call = Health().guard(0.3)
        with pytest.raises(CallFailed) as caught:
            before_call(f'http://127.0.0.1:{port}/')
        assert caught.value.text == f'127.0.0.1:{port} does not take connections, and 0.3 s were waited for it'
        before_call(f'http://127.0.0.1:{port}/')
