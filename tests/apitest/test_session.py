"""Calls against real servers: where credentials go, how big bodies may be, what waits for an acknowledgement."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from zatools.apitest.bunch import Bunch
from zatools.apitest.context import fill
from zatools.apitest.failures import StepProblem
from zatools.apitest.masking import Secrets
from zatools.apitest.transport import Transport

BIG = gzip.compress(bytes(3_000_000))


class Handler(BaseHTTPRequestHandler):
    """Sends headers and body apart, as Python's own server does; redirects to where the query says."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.server.got.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        status, _, target = self.path.strip('/').partition('?')
        packed = status in ('bomb', 'bomb-302')
        body = BIG if packed else b'{"a": 1}'
        self.send_response({'bomb': 200, 'bomb-302': 302}.get(status) or int(status or 200))
        if target:
            self.send_header('Location', target)
        if packed:
            self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.got: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    one, other = Server(), Server()
    yield one, other
    for server in (one, other):
        server.shutdown()
        server.server_close()


def sent(
    server: Server, path: str, headers: dict[str, str], secrets: Secrets | None = None, max_body: int = 10**6
) -> Any:
    transport = Transport({}, secrets or Secrets(), max_body)
    zato = fill(Bunch(), '', Bunch())
    url = f'http://127.0.0.1:{server.server_port}{path}'
    try:
        return transport.send(zato.http, {'method': 'POST', 'url': url, 'headers': headers, 'data': b'x'})[0]
    finally:
        transport.close()


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('Authorization', 'Bearer abcdef'),
        ('X-API-Key', 'abcdef'),
        ('X-Auth-Token', 'abcdef'),
        ('X-Zato', 'key s3cret-pw'),
        ('X-Signed', 'czNjcmV0LXB3'),
        ('Cookie', 'session=abcdef'),
    ],
)
def test_credentials_stay_with_their_host(servers: tuple[Server, Server], status: int, name: str, value: str) -> None:
    one, other = servers
    secrets = Secrets()
    secrets.track('s3cret-pw')
    headers = {name: value, 'X-Trace': 'abc'}
    sent(one, f'/{status}?http://localhost:{other.server_port}/200', headers, secrets)
    assert one.got[0][1][name] == value
    assert name not in other.got[0][1]
    assert other.got[0][1]['X-Trace'] == 'abc'


def test_a_key_goes_along_on_the_same_host(servers: tuple[Server, Server]) -> None:
    one, _ = servers
    sent(one, '/307?/200', {'X-API-Key': 'abcdef'})
    assert [headers['X-API-Key'] for _, headers in one.got] == ['abcdef', 'abcdef']


@pytest.mark.parametrize('path', ['/bomb', '/bomb-302?/200'])
def test_a_body_that_unpacks_to_more_than_it_may_is_an_error(servers: tuple[Server, Server], path: str) -> None:
    with pytest.raises(StepProblem, match='is bigger than 1,000,000 bytes; the rest was not read'):
        sent(servers[0], path, {})
    assert sent(servers[0], path, {}, max_body=3_000_000).status_code == 200


def test_headers_are_acknowledged_at_once(servers: tuple[Server, Server]) -> None:
    transport, zato = Transport({}, Secrets(), 10**6), fill(Bunch(), '', Bunch())
    request = {'method': 'GET', 'url': f'http://127.0.0.1:{servers[0].server_port}/200', 'headers': {}}
    times = []
    for _ in range(20):
        start = time.perf_counter()
        transport.send(zato.http, dict(request))
        times.append(time.perf_counter() - start)
    transport.close()
    assert len(servers[0].got) == 20
    # The delay is 40 ms at the least, each time.
    assert sorted(times)[10] < 0.03
