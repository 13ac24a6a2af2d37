"""`self.patterns` of 3.2: services that run side by side, and calls that are tried again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any

from zatools.server.api.exceptions import UnsupportedError, ZatoException
from zatools.server.api.supported import Supported
from zatools.server.call import Call, new_cid
from zatools.server.failing import log_failure, summary_of
from zatools.server.runtime import Runtime

if TYPE_CHECKING:
    from zatools.server.api.service import Service


def patterns_of(service: Service) -> Any:
    """Returns `self.patterns` of a service: on 4.1 nothing, in words."""
    if service.server.generation == '3.2':
        return Patterns(service)
    return NoPatterns()


class NoPatterns:
    """What 4.1 has in place of patterns: it is false, and each use of it says so."""

    def __bool__(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        raise UnsupportedError(f'self.patterns.{name}: self.patterns is None on Zato 4.1; --generation 3.2 has it')


class Patterns(Supported):
    """Ways to invoke services that 3.2 has by name."""

    called = 'self.patterns'

    def __init__(self, service: Service) -> None:
        self.fanout = Fanout(service)
        self.parallel = Parallel(service)
        self.invoke_retry = Retry(service)


class Fanout(Supported):
    """Invokes many services at once, and one when all of them have ended."""

    called = 'self.patterns.fanout'

    def __init__(self, service: Service) -> None:
        self._service = service

    def invoke(self, targets: Mapping[Any, Any], on_final: Any, on_target: Any = None, cid: str | None = None) -> str:
        """Starts services with a payload each and returns the CID that all of them have.

        `on_target` is invoked after each of them, `on_final` after the last: names, classes or lists of these.
        """
        told = {'on_target': _names(on_target), 'on_final': _names(on_final)}
        return _start(self._service, targets, told, cid, 'fanout-call')


class Parallel(Supported):
    """Invokes many services at once, and others after each of them."""

    called = 'self.patterns.parallel'

    def __init__(self, service: Service) -> None:
        self._service = service

    def invoke(self, targets: Mapping[Any, Any], on_target: Any, cid: str | None = None) -> str:
        """Starts services with a payload each, invokes `on_target` after each, and returns the CID that all have."""
        return _start(self._service, targets, {'on_target': _names(on_target)}, cid, 'parallel-exec-call')


def _names(services: Any) -> list[str]:
    if not services:
        return []
    if not isinstance(services, (list, tuple)):
        services = [services]
    return [_name(one) for one in services]


def _name(service: Any) -> str:
    if isinstance(service, str):
        return service
    return str(service.get_name())


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


def _start(service: Service, targets: Mapping[Any, Any], told: dict[str, list[str]], cid: str | None, kind: str) -> str:
    wanted = {_name(target): payload for target, payload in targets.items()}
    # A name that there isn't is an error at once, before anything runs.
    for name in (*wanted, *(one for names in told.values() for one in names)):
        service.server.deployed(name)
    found = Round(service.server, service.get_name(), cid or new_cid(), kind, told, len(wanted))
    for name, payload in wanted.items():
        found.server.background.start(f"service '{name}'", found.cid, partial(found.run, name, payload))
    return found.cid


@dataclass
class Round:
    """Services that run at once: who started them, who is told, what came of those that have ended."""

    server: Runtime
    source: str
    cid: str
    kind: str
    told: dict[str, list[str]]
    waiting: int
    started: str = field(default_factory=_now)
    data: list[dict[str, Any]] = field(default_factory=list)
    _ending: threading.Lock = field(default_factory=threading.Lock)

    def run(self, target: str, payload: Any) -> None:
        """Runs one of the services and tells who is to be told."""
        outcome: dict[str, Any] = {'source': self.source, 'target': target, 'cid': self.cid, 'req_ts_utc': self.started}
        outcome |= {'response': None, 'ok': False, 'exception': None}
        try:
            outcome['response'] = _called(self.server, target, payload, self.cid, self.kind)
            outcome['ok'] = True
        # Any exception at all: the others are told of it.
        except BaseException as error:
            log_failure(f"service '{target}'", error, self.cid)
            outcome['exception'] = summary_of(error)
        outcome['resp_ts_utc'] = _now()
        self._tell('on_target', {**outcome, 'phase': 'on-target'})
        with self._ending:
            self.data.append({**outcome, 'phase': 'on-target'})
            self.waiting -= 1
            is_last = not self.waiting
        if is_last:
            final = {'phase': 'on-final', 'source': self.source, 'req_ts_utc': self.started, 'data': self.data}
            self._tell('on_final', {**final, **self.told})

    def _tell(self, when: str, payload: dict[str, Any]) -> None:
        for name in self.told.get(when, ()):
            try:
                _called(self.server, name, payload, self.cid, self.kind)
            # The others are told all the same.
            except BaseException as error:
                log_failure(f"{when} service '{name}'", error, self.cid)


def _called(server: Runtime, name: str, payload: Any, cid: str, kind: str) -> Any:
    return server.call(server.deployed(name), Call(cid, payload, payload, channel=server.about(kind))).payload


@dataclass(frozen=True)
class Again:
    """What is tried, how often, with how many seconds in between, and who is told in the end."""

    server: Runtime
    source: str
    target: str
    payload: Any
    repeats: int
    seconds: float
    callbacks: list[str]
    context: Any
    cid: str

    def once(self) -> Any:
        """Invokes the service."""
        return _called(self.server, self.target, self.payload, self.cid, 'invoke')

    def until_done(self, tried: int) -> Any:
        """Tries again as often as is left. Raises ZatoException after the last time."""
        while tried < self.repeats:
            sleep(self.seconds)
            tried += 1
            try:
                return self.once()
            # Whatever it raised, it is tried again.
            except Exception as error:
                self.note(tried, error)
        raise ZatoException(self.cid, f'({tried}/{self.repeats}) Retry limit reached for:`{self.target}`')

    def note(self, tried: int, error: Exception) -> None:
        """Logs a time that failed."""
        log_failure(f"service '{self.target}', time {tried} of {self.repeats},", error, self.cid)

    def beside(self, tried: int) -> None:
        """Goes on in the background, and tells the callbacks what came of it."""
        outcome = {'source': self.source, 'target': self.target, 'cid': self.cid, 'context': self.context}
        outcome |= {'req_ts_utc': _now(), 'ok': False, 'response': None, 'exception': None}
        try:
            if not tried:
                outcome['response'] = self._first()
            else:
                outcome['response'] = self.until_done(tried)
            outcome['ok'] = True
        except ZatoException as error:
            outcome['exception'] = summary_of(error)
            log_failure(f"service '{self.target}'", error, self.cid)
        outcome['resp_ts_utc'] = _now()
        for name in self.callbacks:
            _called(self.server, name, outcome, self.cid, 'invoke-async')

    def _first(self) -> Any:
        try:
            return self.once()
        except Exception as error:
            self.note(1, error)
            return self.until_done(1)


class Retry(Supported):
    """Invokes a service until it succeeds, so many times."""

    called = 'self.patterns.invoke_retry'

    def __init__(self, service: Service) -> None:
        self._service = service

    def invoke(self, target: Any, payload: Any = '', async_fallback: bool = False, **options: Any) -> Any:
        """Invokes a service up to `repeats` times, `seconds` or `minutes` apart, and returns what it answers.

        With `async_fallback` it returns a CID after a first time that failed, goes on in the background, and invokes
        `callback`. Raises ValueError for options that don't fit, ZatoException once all times have failed.
        """
        again = self._again(target, payload, async_fallback, options)
        try:
            return again.once()
        except Exception as error:
            again.note(1, error)
        if not async_fallback:
            return again.until_done(1)
        self._beside(again, 1)
        return again.cid

    def invoke_async(self, target: Any, payload: Any = '', **options: Any) -> str:
        """Does the same in the background from the first time on, and returns the `cid` that it was given."""
        if 'cid' not in options:
            raise KeyError('cid: self.patterns.invoke_retry.invoke_async must be given one')
        again = self._again(target, payload, True, options)
        self._beside(again, 0)
        return again.cid

    def _beside(self, again: Again, tried: int) -> None:
        again.server.background.start(f"service '{again.target}'", again.cid, partial(again.beside, tried))

    def _again(self, target: Any, payload: Any, is_beside: bool, options: dict[str, Any]) -> Again:
        repeats, callbacks = options.get('repeats'), _names(options.get('callback'))
        seconds, minutes = options.get('seconds'), options.get('minutes')
        if not isinstance(repeats, int) or repeats < 1:
            raise ValueError('self.patterns.invoke_retry: repeats= must be a whole number from 1 on')
        if bool(seconds) == bool(minutes):
            raise ValueError('self.patterns.invoke_retry: give seconds= or minutes=, one of them')
        if is_beside and not callbacks:
            raise ValueError('self.patterns.invoke_retry: in the background it must be given callback=')
        if minutes:
            seconds = minutes * 60
        server = self._service.server
        for name in (_name(target), *callbacks):
            server.deployed(name)
        cid = str(options.get('cid') or new_cid())
        return Again(
            server=server,
            source=self._service.get_name(),
            target=_name(target),
            payload=payload,
            repeats=repeats,
            seconds=float(seconds or 0),
            callbacks=callbacks,
            context=options.get('context'),
            cid=cid,
        )
