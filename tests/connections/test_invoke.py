"""Services of a running server, invoked over a real socket."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.standin import standing_in
from zatools.connections.pong import Attempt
from zatools.connections.server import RunningServer, asked
from zatools.errors import FailedError
from zatools.secret import Secret

NONE = "500: 'NoneType' object has no attribute 'validate_tls'"
REFUSED = "401: user 'admin.invoke' refused; ZATO_SERVER_USER and ZATO_SERVER_PASSWORD say who it is"
PASSWORD = 'pässword: $ä'


def ask(url: str, generation: str, password: str = PASSWORD, timeout: float = 30) -> Any:
    server = RunningServer(url, 'here', generation, 'admin.invoke', Secret(password))
    return asked(server, 'zato.some.list', {'a': 'ü'}, Attempt(timeout))


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_an_answer_comes_out_of_its_envelope(generation: str) -> None:
    with standing_in(generation, PASSWORD, 'list') as server:
        assert ask(server.url, generation) == [1, 2]
        assert server.asked == [('zato.some.list', {'a': 'ü'})]


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_service_that_answers_nothing_gives_none(generation: str) -> None:
    with standing_in(generation, PASSWORD) as server:
        assert ask(server.url, generation) is None


@pytest.mark.parametrize(
    ('generation', 'answer', 'password', 'text'),
    [
        ('3.2', 'error', PASSWORD, "here at URL: zato.some.list: 500: Exception: 'no such row'"),
        ('4.1', 'error', PASSWORD, f'here at URL: zato.some.list: {NONE}'),
        ('3.2', 'ok', 'wrong', f'here at URL: {REFUSED}'),
        ('4.1', 'ok', 'wrong', f'here at URL: {REFUSED}'),
        ('3.2', 'html', PASSWORD, 'here at URL: its answer is no JSON: is it a Zato server?'),
        ('4.1', 'html', PASSWORD, 'here at URL: its answer is no JSON: is it a Zato server?'),
        ('3.2', 'garbage', PASSWORD, 'here at URL: zato.some.list: its answer is not in base64'),
    ],
)
def test_a_failure_is_a_sentence(generation: str, answer: str, password: str, text: str) -> None:
    with standing_in(generation, PASSWORD, answer) as server:
        with pytest.raises(FailedError) as found:
            ask(server.url, generation, password)
        assert found.value.text == text.replace('URL', server.url)


def test_the_wrong_generation_is_told_by_the_door() -> None:
    with standing_in('3.2', PASSWORD) as server, pytest.raises(FailedError) as found:
        ask(server.url, '4.1')
    assert found.value.text == f'here at {server.url}: zato.some.list: 404: URL not found'


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    with standing_in('4.1', PASSWORD, 'slow') as server, pytest.raises(FailedError) as found:
        ask(server.url, '4.1', timeout=0.2)
    assert (found.value.text, found.value.hint) == (
        f'here at {server.url}: no answer in time',
        'it may still be at it: see its log',
    )


def test_where_nothing_listens_is_said() -> None:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{free.getsockname()[1]}'
        with pytest.raises(FailedError) as found:
            ask(url, '4.1')
    assert found.value.text == f'here at {url}: nothing listens there'


def test_a_password_in_an_answer_is_masked() -> None:
    with standing_in('4.1', 'validate_tls', 'error') as server, pytest.raises(FailedError) as found:
        ask(server.url, '4.1', 'validate_tls')
    assert found.value.text == f"here at {server.url}: zato.some.list: 500: 'NoneType' object has no attribute '******'"
