"""What is said of calls without an answer and of unknown steps: the host, the cause, the step that was meant."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.sockets import listening
from tests.peers.web import Handler, address_of, http_server
from zatools.apitest import demo_api
from zatools.apitest.steps import index
from zatools.apitest.values import lookalikes

CALL = 'When the URL is invoked'
HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'


def cutting(sent: bytes) -> object:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(HEAD + sent)
        connection.close()

    return serve


@pytest.mark.parametrize(
    ('sent', 'text'),
    [
        (b'Content-Length: 100\r\n\r\n{"a": 1', 'was cut after 7 of 100 bytes'),
        (b'Content-Length: 100\r\n\r\n', 'was cut after 0 of 100 bytes'),
        (b'Transfer-Encoding: chunked\r\n\r\n64\r\n{"a": 1', 'was cut after'),
        (b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"a": 1\r\n', 'was cut after'),
    ],
)
def test_an_answer_that_is_cut_is_called_so(sent: bytes, text: str, tmp_path: Path) -> None:
    with listening(cutting(sent)) as address:  # type: ignore[arg-type]
        [found] = said(play(tmp_path, feature(scenario(f'address "http://{address}"', CALL))))
    assert text in found
    assert 'https' not in found


class Redirecting(Handler):
    """Redirects to what its path says."""

    to = ''

    def on_to(self, rest: str, body: bytes) -> None:
        self.reply(302, headers={'Location': type(self).to})


@pytest.fixture(scope='module')
def redirecting() -> Iterator[str]:
    with http_server(handler=Redirecting) as server:
        yield address_of(server)


@pytest.mark.parametrize(
    ('target', 'text'),
    [
        ('http://127.0.0.1:9/x', '127.0.0.1:9 refused the connection in '),
        ('http://nowhere.invalid/', "there is no host 'nowhere.invalid'"),
        ('ftp://127.0.0.1/x', "'ftp://127.0.0.1/x' is no address that can be called"),
        ('mailto:a@example.com', "'mailto:a@example.com' is no address that can be called"),
    ],
)
def test_a_redirect_blames_the_place_that_it_leads_to(target: str, text: str, redirecting: str, tmp_path: Path) -> None:
    Redirecting.to = target
    steps = (f'address "http://{redirecting}"', 'URL path "/to/there"', CALL)
    [found] = said(play(tmp_path, feature(scenario(*steps))))
    assert text in found
    assert f'({redirecting} redirects to it)' in found


def test_a_host_that_another_one_redirects_to_is_the_one_that_is_down(redirecting: str, tmp_path: Path) -> None:
    Redirecting.to = 'http://127.0.0.1:9/'
    steps = (f'address "http://{redirecting}"', 'URL path "/to/there"', CALL)
    rows = [scenario(*steps, name=f'S{n}') for n in range(5)]
    rows.append(scenario(f'address "http://{redirecting}"', 'URL path "/ok"', CALL, name='Alive'))
    rows.append(scenario('address "http://127.0.0.1:9"', CALL, name='Dead'))
    found = play(tmp_path, feature(*rows)).scenarios
    assert [item.status for item in found] == ['error'] * 5 + ['passed', 'not run']


@pytest.mark.parametrize(
    ('group', 'text', 'near'),
    [
        ('then', 'status is 200', 'status is "200"'),
        ('then', 'path /a is 7', 'path "/a" is "7"'),
        ('then', 'path "/a" is an integer 7', 'path "/a" is an integer "7"'),
        ('given', 'address http://localhost:17010', 'address "http://localhost:17010"'),
        ('given', 'Basic Auth api secret', 'Basic Auth "api" "secret"'),
        ('given', 'request is {"a": 1}', 'request is "{"a": 1}"'),
        ('when', 'I invoke the URL', 'the URL is invoked'),
        ('when', 'the URL is called', 'the URL is invoked'),
        ('when', 'URL invoked', 'the URL is invoked'),
    ],
)
def test_the_step_that_was_meant_is_named(group: str, text: str, near: str) -> None:
    assert index().nearest(group, text)[:1] == [near]


@pytest.mark.parametrize('text', ['the moon is full of cheese', 'x'])
def test_nothing_is_made_up(text: str) -> None:
    assert index().nearest('then', text) == []


@pytest.mark.parametrize(
    ('expected', 'actual', 'text'),
    [
        ('Anna', 'Аnna', 'character 1 is U+0410 CYRILLIC CAPITAL LETTER A, and U+0041 LATIN CAPITAL LETTER A is'),
        ('a b', 'a\u00a0b', 'character 2 is U+00A0 NO-BREAK SPACE, and U+0020 SPACE is expected'),
        ('ab', 'a\u200bb', 'character 2 is U+200B ZERO WIDTH SPACE, and U+0062 LATIN SMALL LETTER B is expected'),
        ('ab', 'ab\u200e', 'character 3 is U+200E LEFT-TO-RIGHT MARK, and nothing is expected'),
        ('ab ', 'ab', 'character 3 is nothing, and U+0020 SPACE is expected'),
        ('é', 'e\u0301', 'character 1 is U+0065 LATIN SMALL LETTER E, and U+00E9'),
        ('a-b', 'a–b', 'character 2 is U+2013 EN DASH'),
        ("it's", 'it’s', 'character 3 is U+2019 RIGHT SINGLE QUOTATION MARK'),
    ],
)  # fmt: skip
def test_texts_that_look_alike_are_told_apart(expected: str, actual: str, text: str) -> None:
    assert text in lookalikes.hint(expected, actual)


@pytest.mark.parametrize(('expected', 'actual'), [('a', 'b'), ('a', 'a'), ('a', 1), ('Ada', 'ada'), ('', 'x')])
def test_other_texts_do_not_look_alike(expected: object, actual: object) -> None:
    assert lookalikes.hint(expected, actual) == ''


def test_a_poll_in_vain_names_the_step_of_the_right_type(tmp_path: Path) -> None:
    api = demo_api.start()
    until = 'When the URL is invoked until path "/{}" is "{}", for up to "0.2" seconds'
    start = (f'address "{api.address}"', 'URL path "/numbers"')
    found = [
        said(play(tmp_path / name, feature(scenario(*start, until.format(name, value)))))[0]
        for name, value in (('one', '1'), ('list', '[1, 2, 3]'), ('text', '2'))
    ]
    good = 'When the URL is invoked until path "/one" is an integer "1", for up to "0.2" seconds'
    assert good in found[0]
    assert "its type isn't" not in found[2]
    assert said(play(tmp_path / 'good', feature(scenario(*start, good)))) == []
    api.stop()
