"""Redis and the caches in services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Local, server, write
from tests.server.test_sql import SERVICE, answer, definitions
from zatools.kinds import SPELLINGS
from zatools.server.api import cache
from zatools.server.api.cache import Cache, Caches, KeyExpiredError, Limits
from zatools.server.api.opened import Opened
from zatools.state import Item

KEYS = '# It calls self.kvdb.\n'
LINE = 'Redis is in memory, and gone at the end: none is configured (ZATO_REDIS=redis://127.0.0.1:6379/0)'


@pytest.fixture(scope='module', params=['3.2', '4.1'])
def local(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, str]]:
    folder = write(tmp_path_factory.mktemp('redis'), {'services/a.py': KEYS + SERVICE, 'd.yaml': definitions()})
    with server(folder, '--file', 'd.yaml', '--generation', request.param) as found:
        yield found, request.param


def test_the_first_lines_say_that_it_is_in_memory(local: tuple[Local, str]) -> None:
    assert LINE in local[0].lines


def test_services_share_it(local: tuple[Local, str]) -> None:
    one, generation = local
    conn = {'3.2': 'self.kvdb.conn', '4.1': 'self.kvdb'}[generation]
    assert answer(one, f"{conn}.set('a', 1); found = {conn}.get('a')") == '1'
    assert answer(one, f"found = [{conn}.get('a'), self.redis.get('a')]") == ['1', '1']


def test_the_cache_is_that_of_the_generation(local: tuple[Local, str]) -> None:
    one, generation = local
    if generation == '4.1':
        assert answer(one, "self.cache.set('b', 2, ex=60); found = self.redis.get('b')") == '2'
    else:
        assert answer(one, "self.cache.default.set('b', {'c': 2}); found = self.cache.default['b']") == {'c': 2}
        assert "no outgoing MEMCACHED connection 'x'" in str(
            answer(one, "found = self.cache.get_cache('memcached', 'x')")
        )
        assert 'KeyError' in str(answer(one, "found = self.cache.get_cache('other', 'x')"))


def test_a_real_one_is_used_where_it_is_configured(tmp_path: Path) -> None:
    import redis

    folder = write(tmp_path, {'services/a.py': KEYS + SERVICE, 'd.yaml': definitions()})
    with server(folder, '--file', 'd.yaml', environ={'ZATO_REDIS': 'redis://127.0.0.1:6379/0'}) as one:
        key = f'zatools:{tmp_path.name}'
        assert LINE not in one.lines
        assert (
            answer(one, f"self.kvdb.conn.setex({key!r}, 60, 'blue'); found = self.out.redis.conn.get({key!r})")
            == 'blue'
        )
    with redis.Redis() as client:
        assert client.get(key) == b'blue'
        client.delete(key)


class Clock:
    """Seconds that tests let pass."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(cache, 'time', found)
    return found


def test_an_entry_expires_and_is_swept(clock: Clock) -> None:
    found = Cache('default', Limits(extend_expiry_on_get=False))
    found.set('a', 1, expiry=2)
    clock.now += 1
    assert found.get('a') == 1
    clock.now += 2
    with pytest.raises(KeyExpiredError):
        found.get('a')
    clock.now += 5
    assert found.get('a', 'none') == 'none'
    assert found.set('a', 2) is None


def test_reading_prolongs_unless_the_definition_says_no(clock: Clock) -> None:
    found = Cache('default', Limits())
    found.set('a', 1, expiry=2)
    for _ in range(3):
        clock.now += 1.5
        assert found.get('a', details=True).hits > 0


def test_the_least_recently_used_goes_and_long_ones_do_not_come() -> None:
    found = Cache('default', Limits(max_size=2, max_item_size=3))
    for name in 'ab':
        found[name] = name
    assert found.get('a') == 'a'
    found['c'] = 'c'
    assert found.keys() == ['a', 'c']
    with pytest.raises(ValueError, match='Value too long 4 > 3'):
        found.set('d', 'long')
    with pytest.raises(ValueError, match='Key must be'):
        found.set(1.5, 'x')


FOUND: list[tuple[str, Any, list[str]]] = [
    ('by_prefix', 'a', ['ab', 'abc']),
    ('by_suffix', 'c', ['abc', 'bc']),
    ('by_regex', '[ab]+c', ['abc', 'bc']),
    ('contains', 'bc', ['abc', 'bc']),
    ('not_contains', 'a', ['bc']),
    ('contains_all', ['a', 'c'], ['abc']),
    ('contains_any', ['ab'], ['ab', 'abc']),
]


@pytest.mark.parametrize(('way', 'wanted', 'keys'), FOUND)
def test_keys_are_found_in_many_ways(way: str, wanted: Any, keys: list[str]) -> None:
    found = Cache('default', Limits())
    for key in ('ab', 'abc', 'bc'):
        found.set(key, 1)
    assert getattr(found, f'get_{way}')(wanted) == dict.fromkeys(keys, 1)
    assert getattr(found, f'set_{way}')(wanted, 2, return_found=True) == dict.fromkeys(keys, 1)
    assert getattr(found, f'delete_{way}')(wanted) is None
    assert found.keys() == [key for key in ('ab', 'abc', 'bc') if key not in keys]


def test_definitions_make_caches_that_keep_what_they_hold() -> None:
    kind = SPELLINGS['zato_cache_builtin'][0]
    item = Item(kind, {'name': 'Prices', 'max_size': 5, 'is_default': True})
    caches = Caches(Opened())
    caches.update({item.key: item})
    caches.default.set('a', 1)
    caches.update({item.key: item})
    assert (caches.get_builtin_cache('Prices')['a'], caches.default.name) == (1, 'Prices')
    assert caches.get_cache('builtin', 'default').get('a') is None
    caches.update({})
    assert caches.default.name == 'default'
