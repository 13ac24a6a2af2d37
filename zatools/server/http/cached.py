"""Responses that channels of 4.1 keep for a while: who gets which, and for how long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from zatools.server.http.answers import Answer

#: Responses, and bytes of them, that a channel keeps; the least recently used go first.
MOST, BYTES = 1000, 64 * 1024 * 1024
UNITS = {'seconds': 1, 'minutes': 60, 'hours': 3600, 'days': 86400}
#: Words of Cache-Control in a response that forbid to keep it.
FORBIDDING = ('no-store', 'no-cache', 'private')
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Wanted:
    """What a definition says of its responses, with what the platform takes where it is silent."""

    seconds: float
    is_shared: bool
    varies: tuple[str, ...]
    ignored: frozenset[str]
    has_body: bool
    biggest: int
    is_second: bool
    has_etag: bool
    patience: float


def wanted_of(given: Mapping[str, Any]) -> Wanted | None:
    """Returns what a definition says; None where it keeps nothing. Raises ValueError, TypeError."""
    if not given.get('is_enabled'):
        return None
    unit = str(given.get('ttl_unit') or 'minutes')
    if unit not in UNITS and f'{unit}s' not in UNITS:
        raise ValueError(f"ttl_unit is one of {', '.join(UNITS)}, not '{unit}'")
    return Wanted(
        float(given.get('ttl', 5)) * UNITS[unit if unit in UNITS else f'{unit}s'],
        bool(given.get('is_shared_across_callers')),
        tuple(f'HTTP_{name.upper().replace("-", "_")}' for name in given.get('vary_by_headers') or ()),
        frozenset(map(str, given.get('ignored_query_parameters') or ())),
        bool(given.get('include_body_in_key')),
        int(given.get('max_body_size', 1_000_000)),
        given.get('cache_on_second_request', True) is not False,
        bool(given.get('needs_etag')),
        float(given.get('coalesce_timeout', 15)),
    )


@dataclass
class Kept:
    """A response that is kept, or, without one, the sign that there was a first request."""

    answer: Answer | None
    since: float
    etag: str = ''


@dataclass
class Cache:
    """The responses of a channel. `callers` are the headers, as WSGI names them, that tell callers apart."""

    wanted: Wanted
    callers: tuple[str, ...]
    _kept: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _working: dict[Key, threading.Event] = field(default_factory=dict)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, environ: dict[str, Any], service: Any, call: Callable[[], Answer]) -> Answer:
        """Returns what is kept for a request, or what calling the service gives, which may be kept."""
        if not self._is_taken(environ):
            return call()
        key = self._key(environ, service)
        is_refreshed = 'no-cache' in environ.get('HTTP_CACHE_CONTROL', '').lower()
        if not is_refreshed and (found := self._found(key)):
            return self._hit(found, environ)
        with self._changing:
            other = self._working.get(key)
            is_first = self.wanted.is_second and key not in self._kept
            if is_first:
                self._put(key, Kept(None, time.monotonic()))
            elif other is None:
                self._working[key] = threading.Event()
        if other is not None and not is_refreshed and other.wait(self.wanted.patience) and (found := self._found(key)):
            return self._hit(found, environ)
        return self._called(key, call, environ, not is_first, other is None)

    def _called(self, key: Key, call: Callable[[], Answer], environ: Mapping[str, Any], *how: bool) -> Answer:
        is_kept, is_leading = how
        try:
            answer = call()
            if is_kept and self._may_keep(answer):
                etag = f'"{sha256(answer.body).hexdigest()[:32]}"' if self.wanted.has_etag else ''
                kept = Kept(answer, time.monotonic(), etag)
                with self._changing:
                    self._put(key, kept)
                return self._sent(kept, 'Miss', environ)
            return answer._replace(headers={**answer.headers, 'X-Cache': 'Miss'})
        finally:
            if is_kept and is_leading:
                with self._changing:
                    self._working.pop(key).set()

    def _is_taken(self, environ: Mapping[str, Any]) -> bool:
        methods = {'GET', 'HEAD', 'POST'} if self.wanted.has_body else {'GET', 'HEAD'}
        if environ['REQUEST_METHOD'] not in methods:
            return False
        return 'HTTP_COOKIE' not in environ or 'HTTP_COOKIE' in self.wanted.varies

    def _key(self, environ: dict[str, Any], service: Any) -> Key:
        pairs = parse_qsl(environ.get('QUERY_STRING', ''), keep_blank_values=True)
        query = tuple(sorted(pair for pair in pairs if pair[0] not in self.wanted.ignored))
        told = [environ.get(name, '') for name in self.wanted.varies]
        if not self.wanted.is_shared:
            # Credentials stay nowhere as they are.
            told += [sha256(str(environ.get(name, '')).encode()).digest() for name in self.callers]
        if self.wanted.has_body:
            body = environ['wsgi.input'].read()
            environ['wsgi.input'] = BytesIO(body)
            told.append(sha256(body).digest())
        # Of the service itself, too: one whose file was saved anew has answered nothing yet.
        return environ['REQUEST_METHOD'], environ['zatools.path'], query, *told, id(service)

    def _found(self, key: Key) -> Kept | None:
        with self._changing:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if time.monotonic() - kept.since > self.wanted.seconds:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return kept if kept.answer else None

    def _hit(self, kept: Kept, environ: Mapping[str, Any]) -> Answer:
        return self._sent(kept, 'Hit', environ)

    def _sent(self, kept: Kept, how: str, environ: Mapping[str, Any]) -> Answer:
        answer = kept.answer
        assert answer is not None
        headers = {**answer.headers, 'X-Cache': how, 'Age': str(int(time.monotonic() - kept.since))}
        if kept.etag:
            headers['ETag'] = kept.etag
            if kept.etag in _tags(environ.get('HTTP_IF_NONE_MATCH', '')):
                return Answer(304, b'', 'text/plain', headers)
        return answer._replace(headers=headers)

    def _may_keep(self, answer: Answer) -> bool:
        if not 200 <= answer.status <= 299 or len(answer.body) > self.wanted.biggest:
            return False
        by_name = {name.lower(): str(value).lower() for name, value in answer.headers.items()}
        if 'set-cookie' in by_name or any(word in by_name.get('cache-control', '') for word in FORBIDDING):
            return False
        try:
            answer.body.decode()
        except UnicodeDecodeError:
            return False
        return True

    def _put(self, key: Key, kept: Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        self._bytes += _size(kept)
        while len(self._kept) > MOST or self._bytes > BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        if gone := self._kept.pop(key, None):
            self._bytes -= _size(gone)


def _size(kept: Kept) -> int:
    return len(kept.answer.body) if kept.answer else 0


def _tags(text: str) -> Iterator[str]:
    for one in text.split(','):
        yield one.strip().removeprefix('W/')
