"""Answers that HTTP does not allow: what is wrong with them is told, and who sent them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.web import Handler, address_of, http_server

ELSEWHERE = 'is no address that can be called ({host} redirects to it)'
UNREADABLE = 'headers that {host} answers with can not be read:'
#: Headers of an answer, and what is said about it.
BAD = {
    'bracket': (('Location: http://[::1/there',), f"'http://[::1/there' {ELSEWHERE}"),
    'port': (('Location: http://localhost:99999/',), f"'http://localhost:99999/' {ELSEWHERE}"),
    'bytes': (('Location: http://localhost/\xfc',), f"'http://localhost/\xfc' {ELSEWHERE}"),
    'login': (('Location: http://a:s3cret@[::1/there',), f"'http://a:******@[::1/there' {ELSEWHERE}"),
    'many': ([f'X-{number}: 1' for number in range(200)], f"{UNREADABLE} 'got more than 100 headers'"),
    'long': ([f'X-A: {"a" * 70_000}'], f"{UNREADABLE} 'got more than 65536 bytes when reading header line'"),
    'lengths': (
        ('Content-Length: 0', 'Content-Length: 2'),
        f"{UNREADABLE} 'Content-Length contained multiple unmatching values (0, 2)'",
    ),
}


class Bad(Handler):
    """Answers with headers of BAD, a redirect where one of them is a Location."""

    def on_bad(self, rest: str, body: bytes) -> None:
        headers, _ = BAD[rest]
        self.close_connection = True
        self.wfile.write('\r\n'.join(['HTTP/1.1 302 Found', *headers, '', '']).encode('latin-1'))


@pytest.fixture(scope='module')
def bad() -> Iterator[str]:
    with http_server(handler=Bad) as server:
        yield address_of(server)


@pytest.mark.parametrize('name', BAD)
def test_a_call_says_what_is_wrong_with_its_answer(name: str, bad: str, tmp_path: Path) -> None:
    steps = (f'address "http://{bad}"', f'URL path "/bad/{name}"', 'When the URL is invoked')
    _, words = BAD[name]
    assert said(play(tmp_path, feature(scenario(*steps)))) == [words.replace('{host}', bad)]
