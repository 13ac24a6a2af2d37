"""Calls against real servers: where credentials go, how big bodies may be, what waits for an acknowledgement."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apitest.recorder import Recorder
from zatools.apitest.failures import StepProblem
from zatools.apitest.http.transport import Transport
from zatools.apitest.secrets import Secrets
from zatools.apitest.state.context import fill
from zatools.apitest.values.bunch import Bunch


@pytest.fixture
def servers() -> Iterator[tuple[Recorder, Recorder]]:
    one, other = Recorder(), Recorder()
    yield one, other
    for server in (one, other):
        server.stop()


def sent(
    server: Recorder, path: str, headers: dict[str, str], secrets: Secrets | None = None, max_body: int = 10**6
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
def test_credentials_stay_with_their_host(
    servers: tuple[Recorder, Recorder], status: int, name: str, value: str
) -> None:
    one, other = servers
    secrets = Secrets()
    secrets.track('s3cret-pw')
    headers = {name: value, 'X-Trace': 'abc'}
    sent(one, f'/{status}?http://localhost:{other.server_port}/200', headers, secrets)
    assert one.got[0].headers[name.lower()] == value
    assert name.lower() not in other.got[0].headers
    assert other.got[0].headers['x-trace'] == 'abc'


def test_a_key_goes_along_on_the_same_host(servers: tuple[Recorder, Recorder]) -> None:
    one, _ = servers
    sent(one, '/307?/200', {'X-API-Key': 'abcdef'})
    assert [got.headers['x-api-key'] for got in one.got] == ['abcdef', 'abcdef']


@pytest.mark.parametrize('path', ['/bomb', '/bomb-302?/200'])
def test_a_body_that_unpacks_to_more_than_it_may_is_an_error(servers: tuple[Recorder, Recorder], path: str) -> None:
    with pytest.raises(StepProblem, match='is bigger than 1,000,000 bytes; the rest was not read'):
        sent(servers[0], path, {})
    assert sent(servers[0], path, {}, max_body=3_000_000).status_code == 200


def test_headers_are_acknowledged_at_once(servers: tuple[Recorder, Recorder]) -> None:
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
