"""`self.cache` of 3.2: caches in this server's memory, with what 3.2 does about expiry, and those in Memcached."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partialmethod
from time import time
from typing import Any

from zatools.connections.clients import CLIENTS
from zatools.kinds.traits import CACHED, MEMCACHED
from zatools.server.api.opened import Named, Opened
from zatools.server.api.supported import Supported
from zatools.state import State

#: Seconds between two sweeps: what expired and was not swept yet is an error to read.
SWEEP = 5
DEFAULT = 'default'
Matches = Callable[[str, Any], bool]


def _by_regex(key: str, wanted: str) -> bool:
    return re.match(wanted, key) is not None


#: How keys are found, by the ends of the names of calls.
WAYS: dict[str, Matches] = {
    'by_prefix': lambda key, wanted: key.startswith(wanted),
    'by_suffix': lambda key, wanted: key.endswith(wanted),
    'by_regex': _by_regex,
    'contains': lambda key, wanted: wanted in key,
    'not_contains': lambda key, wanted: wanted not in key,
    'contains_all': lambda key, wanted: all(one in key for one in wanted),
    'contains_any': lambda key, wanted: any(one in key for one in wanted),
}


class KeyExpiredError(KeyError):
    """An entry has expired, and was not swept yet."""


#: What an entry knows the time of.
MOMENTS = frozenset({'expires_at', 'last_read', 'prev_read', 'last_write', 'prev_write'})


@dataclass
class Entry(Supported):
    """One key of a cache; times are in seconds since 1970, and as texts where a name ends in `_iso`."""

    called = 'self.cache.default.get()'
    key: Any
    value: Any
    expiry: float = 0.0
    expires_at: float = 0.0
    hits: int = 0
    last_read: float = 0.0
    prev_read: float = 0.0
    last_write: float = 0.0
    prev_write: float = 0.0

    def __getattr__(self, name: str) -> Any:
        moment = name.removesuffix('_iso')
        if moment == name or moment not in MOMENTS:
            return super().__getattr__(name)
        return datetime.fromtimestamp(getattr(self, moment), UTC).replace(tzinfo=None).isoformat()


@dataclass(frozen=True)
class Limits:
    """What a cache holds: entries, and characters of one; whether reading and writing prolong an entry."""

    max_size: int = 10000
    max_item_size: int = 10000
    extend_expiry_on_get: bool = True
    extend_expiry_on_set: bool = True


class Cache(Supported):
    """One cache."""

    called = 'self.cache.default'

    def __init__(self, name: str, limits: Limits) -> None:
        self.name, self._limits = name, limits
        self._entries: OrderedDict[Any, Entry] = OrderedDict()
        self._lock = threading.RLock()
        self._swept = time()

    def _sweep(self) -> None:
        now = time()
        if now - self._swept < SWEEP:
            return
        self._swept = now
        for key in [key for key, entry in self._entries.items() if 0 < entry.expires_at <= now]:
            del self._entries[key]

    def get(self, key: Any, default: Any = None, details: bool = False) -> Any:
        """Returns a value, or its entry; the default where there is none. Raises KeyExpiredError."""
        with self._lock:
            self._sweep()
            entry = self._entries.get(key)
            return default if entry is None else self._read(entry, details)

    def _read(self, entry: Entry, details: bool) -> Any:
        now = time()
        if 0 < entry.expires_at <= now:
            raise KeyExpiredError(entry.key)
        if entry.expiry and self._limits.extend_expiry_on_get:
            entry.expires_at = now + entry.expiry
        entry.hits, entry.prev_read, entry.last_read = entry.hits + 1, entry.last_read, now
        self._entries.move_to_end(entry.key)
        return entry if details else entry.value

    def set(self, key: Any, value: Any, expiry: float = 0.0, details: bool = False, **_: Any) -> Any:
        """Stores a value for some seconds, 0 for ever; returns the previous one. Raises ValueError."""
        if not isinstance(key, (str, bytes, int)):
            raise ValueError(f'Key must be a string, bytes or an integer, not {type(key).__name__}')
        if isinstance(value, (str, bytes)) and len(value) > self._limits.max_item_size:
            raise ValueError(f'Value too long {len(value)} > {self._limits.max_item_size}')
        with self._lock:
            self._sweep()
            return self._written(key, value, expiry, details)

    def _written(self, key: Any, value: Any, expiry: float, details: bool) -> Any:
        now, entry = time(), self._entries.get(key)
        before = entry.value if entry else None
        if entry is None:
            entry = self._entries[key] = Entry(key, value, expiry, now + expiry if expiry else 0.0)
        elif not expiry:
            entry.expiry = entry.expires_at = 0.0
        elif not entry.expiry:
            entry.expiry, entry.expires_at = expiry, now + expiry
        elif self._limits.extend_expiry_on_set:
            # Another expiry of a live key counts for nothing, as there.
            entry.expires_at = now + entry.expiry
        entry.value, entry.prev_write, entry.last_write = value, entry.last_write, now
        self._entries.move_to_end(key)
        while len(self._entries) > max(1, self._limits.max_size):
            self._entries.popitem(last=False)
        return entry if details else before

    def delete(self, key: Any, raise_key_error: bool = True) -> Any:
        """Forgets a key and returns its value; a key that there isn't is none."""
        with self._lock:
            entry = self._entries.pop(key, None)
            return entry.value if entry else None

    def expire(self, key: Any, expiry: float) -> bool:
        """Lets a key live so many seconds more; tells whether there is one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.expiry, entry.expires_at = expiry, time() + expiry if expiry else 0.0
            return entry is not None

    def _found(self, way: str, wanted: Any, limit: int) -> list[Any]:
        keys = [key for key in self._entries if isinstance(key, str) and WAYS[way](key, wanted)]
        return keys[:limit] if limit else keys

    def _get_many(self, way: str, wanted: Any, details: bool = False, limit: int = 0) -> dict[Any, Any]:
        with self._lock:
            self._sweep()
            return {key: self._read(self._entries[key], details) for key in self._found(way, wanted, limit)}

    def _change_many(
        self, way: str, change: Callable[[Any], Any], wanted: Any, return_found: bool, limit: int
    ) -> dict[Any, Any] | None:
        with self._lock:
            found = {key: self._entries[key].value for key in self._found(way, wanted, limit)}
            for key in found:
                change(key)
        return found if return_found else None

    def _set_many(
        self,
        way: str,
        wanted: Any,
        value: Any,
        expiry: float = 0.0,
        return_found: bool = False,
        limit: int = 0,
        **_: Any,
    ) -> dict[Any, Any] | None:
        return self._change_many(way, lambda key: self.set(key, value, expiry), wanted, return_found, limit)

    def _delete_many(
        self, way: str, wanted: Any, return_found: bool = False, limit: int = 0, **_: Any
    ) -> dict[Any, Any] | None:
        return self._change_many(way, self.delete, wanted, return_found, limit)

    def keys(self) -> list[Any]:
        """Returns all keys."""
        return list(self._entries)

    def values(self) -> list[Entry]:
        """Returns all entries."""
        return list(self._entries.values())

    def items(self) -> list[tuple[Any, Entry]]:
        """Returns all keys with their entries."""
        return list(self._entries.items())

    def has_key(self, key: Any) -> bool:
        """Returns True, whatever the key: as the platform does."""
        return True

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [dict(vars(entry)) for entry in list(self._entries.values())[key]]
        if key not in self:
            raise KeyError(key)
        return self.get(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.set(key, value)

    def __delitem__(self, key: Any) -> None:
        self.delete(key)

    def __contains__(self, key: Any) -> bool:
        self._sweep()
        return key in self._entries

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._entries)


for _way in WAYS:
    for _verb, _many in (('get', '_get_many'), ('set', '_set_many'), ('delete', '_delete_many')):
        setattr(Cache, f'{_verb}_{_way}', partialmethod(getattr(Cache, _many), _way))


class Caches(Supported):
    """`self.cache`: all caches by name, and the one that is used where none is named."""

    called = 'self.cache'

    def __init__(self, opened: Opened) -> None:
        self.builtin: dict[str, Cache] = {}
        entry = CLIENTS[MEMCACHED]
        self.memcached = Named(opened, entry, entry.seen[0])
        self._first: tuple[Mapping[str, Any], str] = self.builtin, DEFAULT
        self.update({})

    @property
    def default(self) -> Any:
        """The cache that is used where none is named."""
        caches, name = self._first
        return caches[name]

    def update(self, state: State) -> None:
        """Takes over definitions: caches keep what they hold unless their limits changed."""
        wanted = {DEFAULT: Limits()}
        before, self.builtin = self.builtin, {}
        self._first = self.builtin, DEFAULT
        for item in state.values():
            is_remote = item.kind.protocol == MEMCACHED
            if not (is_remote or item.kind.served == CACHED) or item.values.get('is_active', True) is False:
                continue
            if not is_remote:
                given = {name: item.values[name] for name in vars(Limits()) if item.values.get(name) is not None}
                wanted[item.name] = Limits(**given)
            if item.values.get('is_default'):
                self._first = self.memcached if is_remote else self.builtin, item.name
        self.builtin.update({name: _kept(before.get(name), name, limits) for name, limits in wanted.items()})

    def get_builtin_cache(self, name: str) -> Cache:
        """Returns a cache. Raises KeyError."""
        return self.builtin[name]

    def get_cache(self, cache_type: str, name: str) -> Any:
        """Returns a cache of a type: `builtin` or `memcached`. Raises KeyError."""
        if cache_type not in ('builtin', 'memcached'):
            raise KeyError(f"no caches are of type '{cache_type}', only 'builtin' and 'memcached'")
        return getattr(self, cache_type)[name]


def _kept(before: Cache | None, name: str, limits: Limits) -> Cache:
    if before is not None and before._limits == limits:
        return before
    return Cache(name, limits)
