"""The HTTP side: a request, the channel that it is for, the service, and what is answered."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from zatools.connections.pong import printable
from zatools.server.admin import PING, Admin
from zatools.server.channels import Channel
from zatools.server.exceptions import HTTPException
from zatools.server.formats import parsed, written
from zatools.server.runtime import Call, NoServiceError, Runtime, because, new_cid, without_ours
from zatools.server.service import Http

log = logging.getLogger('zatools.server')
access = logging.getLogger('zatools.server.access')
METHODS = frozenset({'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'})
JSON = 'application/json'
NO_CHANNEL = Mapping[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = 'text/plain'
    headers: Mapping[str, str] = {}


@dataclass
class Running:
    """A call that is under way: what is known of it to whoever finds that it takes too long."""

    service: str
    cid: str
    thread: int
    environ: Mapping[str, Any]
    started: float = field(default_factory=monotonic)
    is_given_up: bool = False


def error(
    status: int, cid: str, details: Any, is_json: bool = True, headers: Mapping[str, str] | None = None
) -> Answer:
    """Returns the answer to what went wrong, in the platform's shape."""
    if not is_json:
        text = details if isinstance(details, str) else json.dumps(details)
        return Answer(status, text.encode(), 'text/plain', headers or {})
    shape = {'result': 'Error', 'cid': cid, **({'details': details} if details else {})}
    return Answer(status, json.dumps(shape).encode(), JSON, headers or {})


@lru_cache(128)
def status_line(status: int) -> str:
    """Returns a status and its words: 404 Not Found."""
    try:
        return f'{status} {HTTPStatus(status).phrase}'
    except ValueError:
        return f'{status} Unknown'


@dataclass
class Front:
    """The WSGI application."""

    runtime: Runtime
    admin: Admin
    is_verbose: bool = False
    running: dict[int, Running] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        cid = new_cid()
        started = monotonic()
        answer = self._answer(environ, cid)
        body = b'' if environ['REQUEST_METHOD'] == 'HEAD' else answer.body
        headers = [('X-Zato-CID', cid), *((name, _line(value)) for name, value in answer.headers.items())]
        if answer.body or answer.content_type != 'text/plain':
            headers.append(('Content-Type', answer.content_type))
        if environ['REQUEST_METHOD'] != 'HEAD':
            headers.append(('Content-Length', str(len(body))))
        start_response(status_line(answer.status), headers)
        running = environ.get('zatools.running')
        if not running or not running.is_given_up:
            self.note(environ, answer.status, started, cid)
        return [body]

    def note(self, environ: Mapping[str, Any], status: int, started: float, cid: str) -> None:
        """Logs what a request was answered, and how long that took, if that is wanted."""
        if self.is_verbose:
            took = (monotonic() - started) * 1000
            path = printable(environ.get('zatools.path', environ['PATH_INFO']))
            access.info('%s %s %s, %.0f ms (CID %s)', environ['REQUEST_METHOD'], path, status, took, cid)

    def _answer(self, environ: dict[str, Any], cid: str) -> Answer:
        method, path = environ['REQUEST_METHOD'], environ['PATH_INFO']
        if not path.isascii():
            path = path.encode('latin-1').decode('utf-8', 'replace')
        environ['zatools.path'] = path
        if method not in METHODS:
            return error(405, cid, 'Unsupported HTTP method')
        if path.startswith('/zato/'):
            found = self._platform(path, environ, cid)
            if found is not None:
                return found
        channel, params, allowed = self.runtime.router.find(path, method, environ.get('HTTP_ACCEPT', '*/*'))
        if channel is not None:
            return self._channel(channel, params, environ, cid)
        if allowed and self.runtime.generation != '3.2':
            return error(405, cid, 'Method not allowed', headers={'Allow': ', '.join(allowed)})
        return error(404, cid, f'URL not found (CID:{cid})')

    def _platform(self, path: str, environ: Mapping[str, Any], cid: str) -> Answer | None:
        if path == PING:
            return Answer(200, json.dumps(self.admin.pong(cid)).encode(), JSON)
        if not self.admin.has(path):
            return None
        if not self.admin.is_let_in(environ):
            return error(401, cid, f'Unauthorized; cid={cid}', headers={'WWW-Authenticate': 'Basic realm="zato"'})
        try:
            found = self.admin.invoke(path, environ['wsgi.input'].read(), cid)
            return Answer(200, written(found)[0], JSON)
        except (NoServiceError, ConnectionError, ValueError, KeyError, HTTPException) as problem:
            message = printable(str(problem))
            return error(self.admin.status_of(problem), cid, message, headers={'X-Zato-Message': message})
        except Exception as problem:
            log.exception('%s failed (CID %s)', path, cid)
            return error(500, cid, printable(f'{type(problem).__name__}: {problem}'))

    def _channel(self, channel: Channel, params: Mapping[str, str], environ: dict[str, Any], cid: str) -> Answer:
        is_json = channel.data_format == 'json'
        denied = channel.guard(environ) if channel.guard else None
        if denied:
            details = f'Unauthorized; cid={cid}' if denied.challenge else denied.details
            challenge = {'WWW-Authenticate': denied.challenge} if denied.challenge else {}
            return error(denied.status, cid, details, is_json, challenge)
        deployed = self.runtime.services.get(channel.service)
        if deployed is None:
            log.error("channel '%s': no service '%s' (CID %s)", channel.name, channel.service, cid)
            return error(404, cid, f"No service '{channel.service}'", is_json)
        thread = threading.get_ident()
        self.running[thread] = environ['zatools.running'] = Running(channel.service, cid, thread, environ)
        headers: dict[str, str] = {}
        try:
            call = _call(channel, params, environ, cid)
            response = self.runtime.call(deployed, call)
            body, content_type = written(response.payload)
            content_type = response.content_type or content_type or (JSON if is_json else 'text/plain')
            return Answer(int(response.status_code), body, content_type, response.headers)
        except HTTPException as problem:
            return error(problem.status, cid, problem.details, is_json, headers)
        except Exception as problem:
            why = because(problem)
            log.error("service '%s' failed%s (CID %s)", channel.service, why, cid, exc_info=without_ours(problem))
            first = (str(problem).splitlines() or [''])[0]
            return error(500, cid, [printable(f'{type(problem).__name__}: {first}') + why], is_json, headers)
        finally:
            self.running.pop(thread, None)


def _line(value: Any) -> str:
    # A line break in a header would end it; letters beyond latin-1 can't be sent.
    return str(value).replace('\r', ' ').replace('\n', ' ').encode('latin-1', 'replace').decode('latin-1')


def _call(channel: Channel, path_params: Mapping[str, str], environ: dict[str, Any], cid: str) -> Call:
    raw = environ['wsgi.input'].read()
    query = environ.get('QUERY_STRING')
    params: dict[str, Any] = {}
    if channel.merges and (query or path_params):
        pairs = dict(parse_qsl(query or '', keep_blank_values=True))
        params = {**pairs, **path_params} if channel.is_path_first else {**path_params, **pairs}
    payload = parsed(raw, channel.data_format, cid)
    if channel.data_format == 'form' or environ.get('CONTENT_TYPE'):
        # For whoever asks for the form: the body can be read once only.
        environ['wsgi.input'] = _Again(raw)
    http = Http(environ, params, path_params)
    about = {'name': channel.name, 'type': 'http-soap', 'data_format': channel.data_format, 'is_internal': False}
    login = channel.login
    security = {'name': login.name, 'type': login.kind.type, 'username': login.values.get('username')} if login else {}
    about['security'] = about['sec'] = security
    return Call(cid, payload, raw, http, params, about, environ)


class _Again:
    # A body that was read, to be read again.

    def __init__(self, raw: bytes) -> None:
        from io import BytesIO

        self._stream = BytesIO(raw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
