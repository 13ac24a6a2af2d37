"""Runs services in the process of a test: `Stage` is where, `service` one of them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from zatools.place import Problem
from zatools.server.api.dotdict import DotDict
from zatools.server.api.models import Model
from zatools.server.api.request import Http
from zatools.server.api.service import Service
from zatools.server.call import Call as ServiceCall, new_cid
from zatools.server.http.formats import written
from zatools.server.project.config import Config
from zatools.server.project.layouts import Folders, found_in
from zatools.server.project.sections import Section, Where
from zatools.testing.responses import Call, Message, Responses, split
from zatools.testing.runtime import StageRuntime

#: Names of what a project has in its folder, by which it is found above a test.
SIGNS = ('services', 'user-conf', 'config/user-conf', 'impl/src')


class Line(NamedTuple):
    """One line of the log: the name of its logger, which is that of the service, its level, and its text."""

    logger: str
    level: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What a service answered, as Python has it; `body` is what a client would be sent."""

    service: Service
    payload: Any
    status_code: Any
    headers: Mapping[str, Any]
    content_type: str

    @property
    def body(self) -> bytes:
        """The payload as bytes. Raises TypeError for what JSON has no form for."""
        return written(self.payload)[0]

    def json(self) -> Any:
        """Returns the body parsed as JSON."""
        return json.loads(self.body)


class _Heard(logging.Handler):
    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(Line(record.name, record.levelname, record.getMessage()))


class Stage:
    """Where a test runs services: responses of connections, configuration, the log, calls and messages.

    `folder` is the project, else the one that the working folder is in; `generation` is 3.2 or 4.1.
    """

    def __init__(self, folder: str | Path = '', generation: str = '3.2', is_strict: bool = True) -> None:
        if generation not in ('3.2', '4.1'):
            raise ValueError(f'generation is {generation!r}; it is 3.2 or 4.1')
        self.folders = project_of(Path(folder or os.getcwd()))
        self._config = Config(self.folders.config, self.folders.root, generation, os.environ)
        self._responses = Responses()
        self.runtime = StageRuntime(self.folders, self._config, self._responses, is_strict)
        self.logs: list[Line] = []
        self._raise_for(self._config.load())

    @property
    def calls(self) -> list[Call]:
        """The calls of connections, in their order."""
        return self._responses.calls

    @property
    def messages(self) -> list[Message]:
        """The messages that were sent, in their order."""
        return self._responses.messages

    @property
    def config(self) -> Section:
        """The user configuration that services see."""
        return self._config.values

    def service(self, what: type[Service] | str) -> Tested:
        """Returns a service, by its class or its name. Raises NoServiceError, TypeError."""
        return Tested(self, self.runtime.deployed(what).name)

    def set_response(
        self,
        conn: str,
        response: Any,
        *,
        method: str = 'GET',
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        request: Any = None,
    ) -> None:
        """Says what a connection answers: `rest:CRM`, `sql:My DB`, `service:crm.get-user`, or the name alone.

        A list, or a dict whose keys are numbers, has one item for each call. An exception is raised. `request` is what
        the options of a call must have, a dict or a list of those.
        """
        self._responses.set(conn, response, method, status_code, headers=headers, request=request)

    def set_connection(self, conn: str, connection: Any) -> None:
        """Puts an object in the place of a connection: a real one, or one of the test's own."""
        kind, name = split(conn)
        self._responses.real[kind or 'rest', name] = connection

    def set_config(self, name: str, value: Any) -> None:
        """Sets an option of the user configuration: 'users.limits.daily'."""
        *path, last = name.split('.')
        values: Any = self._config.values
        for depth, part in enumerate(path, 1):
            if part not in values:
                values[part] = Section({}, Where(f'user_config.{".".join(path[:depth])}', (), 'the test', {}))
            values = values[part]
        values[last] = value

    def invoke(
        self, what: type[Service] | str, payload: Any = '', *, method: str = '', params: Any = None, headers: Any = None
    ) -> Answer:
        """Invokes a service and returns its answer; what the service raises, it raises too.

        With a `method`, `params` or `headers` the call is one by HTTP: `handle_GET` and the like are called.
        """
        service = self.ran(what, payload, _http(payload, method, params, headers))
        response = service.response
        return Answer(service, response.payload, response.status_code, response.headers, response.content_type)

    def ran(self, what: type[Service] | str, payload: Any = '', http: Http | None = None, raw: Any = None) -> Service:
        """Invokes a service and returns its instance. Raises what the service raises."""
        deployed = self.runtime.deployed(what)
        if raw is None:
            raw = _raw(payload)
        params: Mapping[str, Any] = {}
        if http:
            params = http.params
        call = ServiceCall(new_cid(), payload, raw, http, params)
        # Models are of classes that know no server, and other stages may be of the other generation.
        Model.zato_generation = self.runtime.generation
        first = len(self.runtime.ran)
        with self._listening():
            self.runtime.call(deployed, call)
        return self.runtime.ran[first]

    @contextmanager
    def _listening(self) -> Iterator[None]:
        root, handler = logging.getLogger(), _Heard(self.logs)
        level = root.level
        root.addHandler(handler)
        root.setLevel(min(level, logging.INFO))
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.setLevel(level)

    def _raise_for(self, problems: list[Problem]) -> None:
        broken = [str(problem) for problem in problems if not problem.is_warning]
        if broken:
            raise ValueError('; '.join(broken))


@dataclass(frozen=True)
class Tested:
    """One service on its stage."""

    stage: Stage
    name: str

    def invoke(self, payload: Any = '', **options: Any) -> Answer:
        """Invokes it: see Stage.invoke."""
        return self.stage.invoke(self.name, payload, **options)

    @property
    def set_response(self) -> Any:
        """Says what a connection answers: see Stage.set_response."""
        return self.stage.set_response

    @property
    def set_config(self) -> Any:
        """Sets an option of the user configuration: see Stage.set_config."""
        return self.stage.set_config

    @property
    def logs(self) -> list[Line]:
        """The lines that it logged itself."""
        return [line for line in self.stage.logs if line.logger == self.name]

    @property
    def calls(self) -> list[Call]:
        """The calls of connections: see Stage.calls."""
        return self.stage.calls

    @property
    def messages(self) -> list[Message]:
        """The messages that were sent: see Stage.messages."""
        return self.stage.messages


def service(what: type[Service] | str, folder: str | Path = '', generation: str = '3.2') -> Tested:
    """Returns a service, by its class or its name, on a stage of its own. Raises NoServiceError, TypeError."""
    return Stage(folder, generation).service(what)


def project_of(start: Path) -> Folders:
    """Returns the folders of the project that a file or a folder is in; of none those of the folder."""
    start = start.resolve()
    here = start
    if not start.is_dir():
        here = start.parent
    for folder in (here, *here.parents):
        if any((folder / sign).is_dir() for sign in SIGNS):
            return found_in(folder)
        if (folder / '.git').exists():
            break
    return found_in(here)


def _raw(payload: Any) -> Any:
    if isinstance(payload, (dict, list)):
        return json.dumps(payload, default=str).encode()
    return payload


def _http(payload: Any, method: str, params: Any, headers: Any) -> Http | None:
    if not (method or params or headers):
        return None
    raw = _raw(payload)
    if isinstance(raw, str):
        raw = raw.encode()
    environ = {
        'REQUEST_METHOD': method.upper() or 'POST',
        'PATH_INFO': '/',
        'QUERY_STRING': urlencode(params or {}, doseq=True),
        'CONTENT_LENGTH': str(len(raw or b'')),
        'wsgi.input': BytesIO(raw or b''),
        'zatools.path': '/',
    }
    for name, value in (headers or {}).items():
        key = name.upper().replace('-', '_')
        if key != 'CONTENT_TYPE':
            key = f'HTTP_{key}'
        environ[key] = value
    return Http(environ, DotDict(params or {}), {})
