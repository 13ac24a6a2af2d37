"""Pings of the Redis that is configured, against a real one of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.connections.clients import PASSWORD
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong
from zatools.errors import UsageError
from zatools.live.configured import configured
from zatools.odb.target import OdbChoice, choose


@pytest.fixture(scope='module')
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis that wants a password."""
    import redis

    program = shutil.which('redis-server')
    assert program, 'there is no redis-server'
    number = free_port()
    folder = tmp_path_factory.mktemp('redis')
    options = ['--port', str(number), '--requirepass', PASSWORD, '--save', '', '--dir', str(folder)]
    process = subprocess.Popen([program, '--bind', '127.0.0.1', *options], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=number, password=PASSWORD) as client:
            for _ in range(100):
                with suppress(redis.ConnectionError):
                    client.ping()
                    break
                time.sleep(0.05)
        yield number
    finally:
        process.kill()
        process.wait()


def pinged(url: str, seconds: float = 10) -> Pong:
    state = configured({'ZATO_REDIS': url})
    found = connect(next(iter(state.values())), {})
    pong = found.ping(Attempt(seconds))
    assert PASSWORD not in repr(found) + pong.sentence
    return pong


def test_a_ping_logs_in_and_shows_the_version(port: int) -> None:
    pong = pinged(f'redis://:{PASSWORD}@127.0.0.1:{port}/0')
    assert pong.text.startswith(f'Redis {pong.facts["version"]}, ')


@pytest.mark.parametrize('login', ['', ':wrong@', 'ada:wrong@'])
def test_a_wrong_login_is_named(port: int, login: str) -> None:
    pong = pinged(f'redis://{login}127.0.0.1:{port}')
    user = 'ada' if 'ada' in login else 'default'
    assert (pong.failure, pong.text) == ('client-login', f"127.0.0.1:{port} refused user '{user}'")


def test_a_database_that_there_isnt_is_named(port: int) -> None:
    pong = pinged(f'redis://:{PASSWORD}@127.0.0.1:{port}/99')
    assert pong.text == f"127.0.0.1:{port} has no database '99' for user 'default'"


def test_nobody_and_nothing_are_told_as_in_other_pings() -> None:
    assert pinged(f'redis://127.0.0.1:{free_port()}').failure == 'refused'
    with listening(deaf) as where:
        assert pinged(f'redis://{where}', 1).failure == 'read-timeout'


@pytest.mark.parametrize('url', ['127.0.0.1', 'http://127.0.0.1', 'redis://', 'redis://x/y', 'redis://x:y/0'])
def test_what_is_no_url_is_refused_unseen(url: str) -> None:
    with pytest.raises(UsageError, match='^ZATO_REDIS is no URL of a Redis$'):
        configured({'ZATO_REDIS': url})


def test_a_server_says_where_its_redis_is(tmp_path: Path) -> None:
    folder = tmp_path / 'config' / 'repo'
    folder.mkdir(parents=True)
    conf = '[odb]\nengine=sqlite\ndb_name=x.db\n[kvdb]\nhost=redis.example.com\nport=6380\npassword=hunter2\ndb=2\n'
    (folder / 'server.conf').write_text(conf)
    (folder / 'secrets.conf').write_text('')
    found = next(iter(configured({}, choose(OdbChoice(server=str(tmp_path)), {}).server).values()))
    assert {name: found.values[name] for name in ('host', 'port', 'db')} == {
        'host': 'redis.example.com',
        'port': 6380,
        'db': 2,
    }
    assert found.values['password'].reveal() == PASSWORD
    assert configured({}) == {}
