"""Memcached, with pymemcache: the versions of its servers for pings, and a cache for services."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from time import time
from typing import Any

from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Named, RefusedError
from zatools.connections.pong import Attempt, printable

PORT = 11211
#: Seconds above which Memcached takes an expiry for a time since 1970.
LONGEST = 30 * 24 * 60 * 60
#: How values are told apart where they are kept: the numbers of pymemcache, and one for JSON.
BYTES, PICKLE, INTEGER, LONG, TEXT, JSON = 0, 1, 2, 4, 16, 32
SERVERS = 'one line a server, as in cache.example.com:11211'


def _flag(text: str) -> bool:
    return text.strip().lower() in ('true', 'yes', 'on', '1')


#: Options of `extra`, as clients take them.
OPTIONS: Mapping[str, Callable[[str], Any]] = {
    'key_prefix': str.encode,
    'connect_timeout': float,
    'timeout': float,
    'no_delay': _flag,
}


class ServerError(Exception):
    """One of several servers failed; what happened is its cause."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class Values:
    """How values are written and read: texts, bytes and numbers as they are, what JSON has as JSON, nothing else."""

    def serialize(self, key: Any, value: Any) -> tuple[bytes, int]:
        """Returns the bytes of a value and what sort it is of. Raises TypeError."""
        if isinstance(value, bytes):
            return value, BYTES
        if isinstance(value, str):
            return value.encode(), TEXT
        if type(value) is int:
            return str(value).encode(), INTEGER
        return json.dumps(value).encode(), JSON

    def deserialize(self, key: Any, value: bytes, flags: int) -> Any:
        """Returns a value. Raises ValueError for one that a program would have to be run to read."""
        if flags == TEXT:
            return value.decode()
        if flags in (INTEGER, LONG):
            return int(value)
        if flags == JSON:
            return json.loads(value)
        if flags == PICKLE:
            raise ValueError(f'{key!r} holds an object of Python that another program has put there: it is not read')
        return value


@dataclass(frozen=True)
class Peer(peer.Several):
    """The servers of a cache. Which of them has a key, the key says."""

    word = 'Memcached'
    address = 'servers'
    blamed = {'client-setting': 'extra'}

    @cached_property
    def servers(self) -> list[tuple[str, int]]:
        """Hosts and ports."""
        return [_server(line) for line in self.about.lines('servers')] or [('', PORT)]

    def open(self, seconds: float) -> list[Any]:
        """Returns a client for each server that is connected. Raises ServerError, RefusedError."""
        found = self.clients(seconds, is_strict=True)
        for client, where in zip(found, self.servers, strict=True):
            try:
                client.version()
            # Whatever it is, it is told of this server.
            except Exception as error:
                self.close(found)
                raise ServerError(f'{where[0]}:{where[1]}') from error
        return found

    def clients(self, seconds: float, is_strict: bool = False) -> list[Any]:
        """Returns a client for each server, which connects with its first call. Raises RefusedError.

        `seconds` go over what the definition says where it `is_strict`.
        """
        from pymemcache.client.base import PooledClient

        if not self.host:
            raise RefusedError('client-setting', setting='servers', advice=SERVERS, field='servers')
        options = {'connect_timeout': seconds, 'timeout': seconds, **self._extra()}
        if is_strict:
            options |= {'connect_timeout': seconds, 'timeout': seconds}
        fixed = {'serde': Values(), 'allow_unicode_keys': True, 'default_noreply': False}
        return [PooledClient(where, **fixed, **options) for where in self.servers]

    def _extra(self) -> dict[str, Any]:
        found = {}
        for line in self.about.lines('extra'):
            name, _, value = (part.strip() for part in line.partition('='))
            if name not in OPTIONS:
                known = ', '.join(OPTIONS)
                raise RefusedError('client-setting', setting=printable(name, 60), advice=f'known are {known}')
            try:
                found[name] = OPTIONS[name](value)
            except ValueError:
                raise RefusedError('client-setting', setting=printable(line, 60), advice='it wants seconds') from None
        return found

    def greet(self, client: list[Any], attempt: Attempt) -> str:
        """Asks the first server for its version."""
        version = printable(client[0].version().decode('utf-8', 'replace'), 40)
        attempt.facts.update(product=self.word, version=version)
        return f'{self.word} {version}'.strip()

    def close(self, client: list[Any]) -> None:
        """Closes all connections."""
        for one in client:
            one.close()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds which server it was, and what it said."""
        from pymemcache import exceptions

        words = {}
        if isinstance(error, ServerError):
            host, _, port = error.where.rpartition(':')
            words = {'where': printable(error.where), 'host': printable(host), 'port': port}
            error = error.__cause__ if isinstance(error.__cause__, Exception) else error
        words['reason'] = printable(str(error))
        if isinstance(error, exceptions.MemcacheUnexpectedCloseError):
            return 'reset', words
        if isinstance(error, exceptions.MemcacheServerError):
            return 'client-refused', words
        if isinstance(error, exceptions.MemcacheError):
            return 'client-protocol', words
        return '', words


def _server(line: str) -> tuple[str, int]:
    host, colon, port = line.rpartition(':')
    if not colon or not port.isdigit():
        return line.strip('[]'), PORT
    return host.strip('[]'), int(port)


class Memcached(Named):
    """`self.cache.get_cache('memcached', 'Shared')`: what it has of the calls of caches that servers keep."""

    called = "self.cache.get_cache('memcached', …)"

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        found = connection.peer
        assert isinstance(found, Peer)
        self._clients = found.clients(connection.timeout)
        self._by_name = {str(number): client for number, client in enumerate(self._clients)}
        self._nodes = self._hashed()

    def _hashed(self) -> Any:
        from pymemcache.client.rendezvous import RendezvousHash

        return RendezvousHash(list(self._by_name))

    def _asked(self, method: str, key: Any, *args: Any) -> Any:
        if not isinstance(key, (str, bytes, int)):
            raise ValueError(f'Key must be a string, bytes or an integer, not {type(key).__name__}')
        text = key.decode() if isinstance(key, bytes) else str(key)
        client = self._by_name[self._nodes.get_node(text)]
        return self._answered(getattr(client, method), text, *args)

    def _answered(self, ask: Callable[..., Any], *args: Any) -> Any:
        from pymemcache.exceptions import MemcacheError, MemcacheIllegalInputError

        attempt = Attempt(self._connection.timeout)
        try:
            return ask(*args)
        except MemcacheIllegalInputError as error:
            raise ValueError(str(error)) from None
        except (MemcacheError, OSError) as error:
            raise self._told(error, attempt) from None

    def get(self, key: Any, default: Any = None) -> Any:
        """Returns a value; the default where there is none."""
        return self._asked('get', key, default)

    def set(self, key: Any, value: Any, expiry: float = 0.0) -> bool:
        """Stores a value for some seconds, 0 for ever. Raises TypeError for what JSON hasn't."""
        return bool(self._asked('set', key, value, _seconds(expiry)))

    def add(self, key: Any, value: Any, expiry: float = 0.0) -> bool:
        """Stores a value unless there is one; tells whether it did."""
        return bool(self._asked('add', key, value, _seconds(expiry)))

    def incr(self, key: Any, value: int = 1) -> int | None:
        """Adds to a number and returns it; None where there is none."""
        return _number(self._asked('incr', key, value))

    def decr(self, key: Any, value: int = 1) -> int | None:
        """Takes from a number, down to 0, and returns it; None where there is none."""
        return _number(self._asked('decr', key, value))

    def delete(self, key: Any) -> bool:
        """Forgets a key; tells whether there was one."""
        return bool(self._asked('delete', key))

    def expire(self, key: Any, expiry: float) -> bool:
        """Lets a key live so many seconds more, 0 for ever; tells whether there is one."""
        return bool(self._asked('touch', key, _seconds(expiry)))

    def clear(self) -> None:
        """Forgets everything, of all programs that use these servers."""
        for client in self._clients:
            self._answered(client.flush_all)

    def __getitem__(self, key: Any) -> Any:
        missing = object()
        found = self.get(key, missing)
        if found is missing:
            raise KeyError(key)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        self.set(key, value)

    def __delitem__(self, key: Any) -> None:
        self.delete(key)

    def __contains__(self, key: Any) -> bool:
        missing = object()
        return self.get(key, missing) is not missing

    def close(self) -> None:
        """Closes all connections."""
        for client in self._clients:
            client.close()


def _number(found: Any) -> int | None:
    return None if found is None else int(found)


def _seconds(expiry: float) -> int:
    # It knows whole seconds, and what ends later than in a month only by its date.
    if expiry <= 0:
        return 0
    whole = ceil(expiry)
    if whole > LONGEST:
        whole += int(time())
    return whole
