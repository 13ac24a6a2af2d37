"""Redis in features: keys, lists and channels of a real server; what steps made is gone afterwards."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from tests.apitest.playing import feature, play, said, scenario

ADDRESS = 'redis://127.0.0.1:6379/0'


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    """A client of the server that runs here; in CI it must."""
    listens = False
    with suppress(OSError), socket.create_connection(('127.0.0.1', 6379), 2):
        listens = True
    if not listens and os.environ.get('CI'):
        pytest.fail('no Redis at 127.0.0.1:6379: .ci/run starts it')
    if not listens:
        pytest.skip('no Redis at 127.0.0.1:6379')
    with redis.Redis.from_url(ADDRESS, decode_responses=True) as found:
        yield found


@pytest.fixture
def prefix(worker_id: str) -> str:
    """The beginning of the keys of one test."""
    return f'zatools-{os.getpid()}-{worker_id}'


def test_what_steps_make_is_gone_and_what_was_there_stays(client: redis.Redis, prefix: str, tmp_path: Path) -> None:
    client.set(f'{prefix}:old', 'a')
    try:
        text = scenario(
            f'Redis is "{ADDRESS}"',
            f'Redis key "{prefix}:old" is set to "b"',
            f'Redis key "{prefix}:new" is set to "c"',
            f'Redis channel "{prefix}:events" is listened to',
            f'When message "{{"n": 1}}" is pushed to Redis list "{prefix}:jobs"',
            f'When message "{{"n": 2}}" is published to Redis channel "{prefix}:events"',
            f'Then Redis list "{prefix}:jobs" has "1" items',
            f'Then within "60s" Redis channel "{prefix}:events" has a message with\n      | /n | 2 |',
        )
        assert said(play(tmp_path, feature(text))) == []
        assert client.keys(f'{prefix}:*') == [f'{prefix}:old']
        assert client.get(f'{prefix}:old') == 'b'
    finally:
        client.delete(f'{prefix}:old')


def test_what_is_wrong_is_told(client: redis.Redis, prefix: str, tmp_path: Path) -> None:
    key = f'{prefix}:jobs'
    text = scenario(
        f'Redis is "{ADDRESS}"',
        f'Redis channel "{key}" is listened to',
        f'When message "no json" is pushed to Redis list "{key}"',
        f'Then Redis list "{key}" has "2" items',
        f'Then Redis list "{key}" has an item "a"',
        f'Then Redis list "{key}" has an item with path "/a" is "b"',
        f'Then Redis key "{key}" does not exist',
        f'Then Redis key "{key}:no" exists',
        f'Then Redis key "{key}:no" is "a"',
        f'Then within "0.1s" Redis channel "{key}" has a message',
        f'Then Redis key "{key}" is "a"',
    )
    found = said(play(tmp_path, feature(text)))
    assert found[:7] == [
        'expected 2 items, got 1 item | "no json"',
        'expected a list with "a", got 1 item | "no json"',
        'expected an item with /a "b", got 1 item | "no json" |    it is no JSON',
        f'expected no such key, got a key {key}',
        f'expected a key {key}:no, got no such key',
        'expected text    "a", got no such key',
        'not within 0.1 s. | expected a message, got no message',
    ]
    assert found[7].startswith('Redis says: WRONGTYPE')


@pytest.mark.parametrize(
    ('address', 'text'),
    [
        ('redis://:hunter2-pw@127.0.0.1:9/0', 'redis://127.0.0.1:9/0 does not answer'),
        ('localhost', 'this is no address of Redis'),
    ],
)
def test_a_server_that_refuses_is_told(address: str, text: str, tmp_path: Path) -> None:
    result = play(tmp_path, feature(scenario(f'Redis is "{address}"', 'Then Redis key "a" exists')))
    assert said(result)[0].startswith(text)
    assert 'hunter2-pw' not in repr(result)


def test_a_library_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'redis', None)
    (found,) = said(play(tmp_path, feature(scenario(f'Redis is "{ADDRESS}"'))))
    assert found == 'the library redis is not installed | pip install redis'
