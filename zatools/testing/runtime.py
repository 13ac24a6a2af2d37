"""The server of a test: services run in its process, and connections answer what the test has set."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zatools import legacy
from zatools.place import Place, Problem, did_you_mean
from zatools.server.api.bunch import bunchify
from zatools.server.api.exceptions import LACKS
from zatools.server.api.modules import MODULES, SHIPPED
from zatools.server.api.service import Service
from zatools.server.api.supported import Lacking
from zatools.server.call import Call, NoServiceError
from zatools.server.failing import log_failure
from zatools.server.jobs.background import Background
from zatools.server.parts import Parts
from zatools.server.project.config import Config
from zatools.server.project.layouts import Folders
from zatools.server.project.loader import Deployed, Loader, deployed, handles
from zatools.server.project.names import name_of
from zatools.server.runtime import Runtime
from zatools.testing.played import StageCaches, play
from zatools.testing.responses import Responses

if TYPE_CHECKING:
    from zatools.server.topics.broker import Topics

#: The CIDs that services of zato-testing get.
CID, ASYNC_CID = 'test-cid-12345', 'async-cid-12345'


class Inline(Background):
    """What services start and do not wait for: run at once, so that a test sees what it did."""

    def start(self, what: str, cid: str, run: Callable[[], Any]) -> Future[Any]:
        """Runs something now; what it raises is logged."""
        future: Future[Any] = Future()
        try:
            future.set_result(run())
        # Any exception at all: on the server nobody waits for it either.
        except BaseException as error:
            log_failure(what, error, cid)
            future.set_result(None)
        return future


class StageParts(Parts):
    """Parts of the server of a test, which leaves no file."""

    def __init__(self, server: Runtime, responses: Responses) -> None:
        super().__init__(server, Path(':memory:'))
        self._responses = responses

    @property
    def topics(self) -> Topics:
        """The topics."""
        from zatools.testing.topics import PlayedTopics

        found: Topics = self._part('topics', lambda: PlayedTopics(self._server, self._responses))
        return found


class StageRuntime(Runtime):
    """Runs services as the server does, or, where it is not `strict`, only their `handle`, as zato-testing does."""

    def __init__(self, folders: Folders, config: Config, responses: Responses, is_strict: bool = True) -> None:
        self.problems: list[Problem] = []
        super().__init__(loader_of(folders), config, self.problems.append)
        self.background = Inline()
        self.parts = StageParts(self, responses)
        self._responses, self._is_strict = responses, is_strict
        self._attributes = play(responses)
        self.out = self._attributes.pop('out')
        self.opened.update({}, self.generation, {})
        if is_strict:
            # Services find what they find on the server of their generation.
            self.caches = StageCaches(self.opened, self._attributes.pop('cache'))
        self._folders = folders
        #: The service that was called from outside last, and those that it called.
        self.ran: list[Service] = []

    def _named(self, what: str) -> Deployed:
        if what not in self.services:
            found = [cls for cls in _known() if name_of(cls, _path_of(cls)) == what]
            if found:
                # Of a class that was defined again, the last one counts.
                return self._of_class(found[-1])
            self._load()
        return super().deployed(what)

    def _name_of(self, what: Any) -> str:
        if isinstance(what, str):
            return what
        return self._of_class(what).name

    def _of_class(self, cls: Any) -> Deployed:
        if not (isinstance(cls, type) and issubclass(cls, Service)):
            raise TypeError(f'{cls!r} is no service: give its class or its name')
        if not handles(cls):
            raise TypeError(f'{cls.__name__} has no handle: it is no service')
        path = _path_of(cls)
        one = deployed(cls, path, Place(str(path), 1, 1))
        self.services[one.name] = one
        return one

    def _load(self) -> None:
        if self._folders.services == self._folders.root:
            # Nothing says that the files there are services, and loading runs them.
            return
        with legacy.resolving(MODULES, SHIPPED, LACKS):
            self.problems += self.loader.load()
        self.services = {**self.loader.services(), **self.services}

    def deployed(self, name: Any) -> Deployed:
        """Returns a service by its class or its name. Raises NoServiceError, DeclarationError, TypeError."""
        if not isinstance(name, str):
            return self._of_class(name)
        try:
            return self._named(name)
        except NoServiceError as error:
            names = [*self.services, *(name_of(cls, _path_of(cls)) for cls in _known())]
            hint = did_you_mean(name, names) or f"a test plays it by set_response('service:{name}', …)"
            broken = [str(problem) for _, problem in self.loader.broken.values()]
            raise NoServiceError('; '.join([str(error).partition(';')[0], hint, *broken])) from None

    def call(self, deployed: Deployed, call: Call, response: Any = None) -> Any:
        """Runs a service and returns its response."""
        if not self._is_strict:
            deployed = replace(
                deployed, input=(), output=(), verbs=frozenset(), hooks=frozenset(), input_model=None, output_model=None
            )
            call = replace(call, cid=CID)
        return super().call(deployed, call, response)

    def _input(self, deployed: Deployed, call: Call, service: Service) -> Any:
        if not self._is_strict and isinstance(call.payload, dict):
            return bunchify(call.payload)
        return super()._input(deployed, call, service)

    def _run(self, service: Service, hooks: frozenset[str], handler: str) -> None:
        self.ran.append(service)
        for name, value in self._attributes.items():
            if isinstance(inspect.getattr_static(type(service), name, None), (Lacking, cached_property)):
                setattr(service, name, value)
        super()._run(service, hooks, handler)

    def invoke_for(self, caller: Service, name: Any, payload: Any = '', **kwargs: Any) -> Any:
        """Invokes a service for another, or returns what a test has set for it."""
        wanted = self._name_of(name)
        if self._responses.has('service', wanted):
            options = kwargs
            if isinstance(payload, dict):
                options = {**payload, **kwargs}
            return self._responses.called('service', wanted, 'invoke', (payload,), options)
        return super().invoke_for(caller, wanted, payload, **kwargs)

    def invoke_async_for(self, caller: Service, name: Any, payload: Any = '', **kwargs: Any) -> str:
        """Runs a service for another at once; what it raises is in the log."""
        wanted = self._name_of(name)
        if self._responses.has('service', wanted):
            self._responses.called('service', wanted, 'invoke', (payload,), kwargs)
            return ASYNC_CID
        cid = super().invoke_async_for(caller, wanted, payload, **kwargs)
        if self._is_strict:
            return cid
        return ASYNC_CID


def _known() -> list[type[Service]]:
    return [cls for cls in _below(Service) if handles(cls)]


def _below(cls: type[Service]) -> list[type[Service]]:
    found = []
    for child in cls.__subclasses__():
        found += [child, *_below(child)]
    return found


def _path_of(cls: type[Service]) -> Path:
    return Path(getattr(sys.modules.get(cls.__module__), '__file__', None) or f'{cls.__module__}.py')


@cache
def loader_of(folders: Folders) -> Loader:
    """Returns the loader of a project: one a process, since it loads again only what has changed."""
    return Loader(folders.services, folders.root, folders.base, takes_imported=True)
