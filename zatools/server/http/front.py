"""The HTTP side: finds the channel of a request, calls its service, and answers."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from zatools.connections.pong import printable
from zatools.kinds.security import SESSION_LOGIN
from zatools.kinds.traits import DESCRIBED
from zatools.server.api.exceptions import BodyError, HTTPException, Unauthorized
from zatools.server.api.request import Http
from zatools.server.api.response import Response
from zatools.server.api.supported import About
from zatools.server.call import Call, NoServiceError, NotAcceptedError, new_cid
from zatools.server.failing import about_option, log_failure, summary_of, text_of
from zatools.server.http import jsonrpc
from zatools.server.http.admin import PING, Admin, ServiceFailedError
from zatools.server.http.answers import JSON, SOAP_TYPES, Answer, error, status_line
from zatools.server.http.channels import METHODS, Channel
from zatools.server.http.formats import parsed, written
from zatools.server.http.guards import Denied, Guard, UncheckedError
from zatools.server.http.near import near_miss
from zatools.server.http.packed import body_of
from zatools.server.http.parsing import cut
from zatools.server.http.roles import ALLOWS, CALLER
from zatools.server.http.sending import UnsendableError, headers_of, status_of, type_of
from zatools.server.project.loader import Deployed
from zatools.server.runtime import Runtime
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.http.limits import Refusal

log = logging.getLogger('zatools.server')
access = logging.getLogger('zatools.server.access')
#: Where paths of the platform itself begin; users' channels may too.
OURS = ('/zato/', '/pubsub/', '/openapi/')
#: Where callers log in and out.
JWT = '/zato/jwt/'
#: Where the pages of the server are.
DASHBOARD = '/zato/dashboard'
#: What callers are told that are not let in by a limit; 0: they are told nothing.
WORDS = {0: '', 403: 'Forbidden', 429: 'Too many requests'}
#: Statuses of exceptions that callers get from services of 3.2; others end in 500.
TOLD_32 = frozenset({400, 401, 403, 404, 405, 429})
#: What callers are told of what went wrong here.
UNTOLD = 'An error has occurred'
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Running:
    """A call that is under way, as far as the watcher of timeouts needs to know it."""

    service: str
    cid: str
    thread: int
    environ: Mapping[str, Any]
    started: float = field(default_factory=monotonic)
    is_given_up: bool = False


@dataclass
class Front:
    """The WSGI application."""

    runtime: Runtime
    admin: Admin
    is_verbose: bool = False
    running: dict[int, Running] = field(default_factory=dict)
    #: What answers requests for its pages, and what keeps the last calls for them; None where there are none.
    pages: Callable[[Mapping[str, Any], str, str], Answer] | None = None
    keep: Callable[[Mapping[str, Any], str, Answer, float], None] | None = None
    #: Bytes that a body may have once it is decompressed.
    max_body: int = 10 * 1024 * 1024

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        cid = new_cid()
        started = monotonic()
        try:
            answer = self._answer(environ, cid)
        # This is a bug of ours. The client still gets an answer, with a CID that is in the log.
        except BaseException as problem:
            log_failure(printable(f'{environ["REQUEST_METHOD"]} {environ["PATH_INFO"]}'), problem, cid)
            answer = error(500, cid, [summary_of(problem)])
        is_head = environ['REQUEST_METHOD'] == 'HEAD'
        body = answer.body
        if is_head:
            body = b''
        more = {**environ.get('zatools.headers', {}), **answer.headers}
        headers = [('X-Zato-CID', cid), *((name, _line(value)) for name, value in more.items())]
        if answer.body or answer.content_type != 'text/plain':
            headers.append(('Content-Type', answer.content_type))
        # Of HEAD too: that is what a GET would get.
        headers.append(('Content-Length', str(len(answer.body))))
        start_response(status_line(answer.status), headers)
        running = environ.get('zatools.running')
        if not running or not running.is_given_up:
            self.note(environ, answer.status, started, cid)
        if self.keep and not environ.get('zatools.path', '').startswith('/zato/'):
            self.keep(environ, cid, answer, started)
        return [body]

    def cid_of(self, thread: int) -> str:
        """Returns the CID of the call that a thread is working on; '' for none."""
        running = self.running.get(thread)
        return running.cid if running else ''

    def note(self, environ: Mapping[str, Any], status: int, started: float, cid: str) -> None:
        """Logs the answer to a request and the time it took, where the log is verbose."""
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
        if path.startswith(OURS):
            if self.pages and (path + '/').startswith(f'{DASHBOARD}/'):
                return self.pages(environ, path, cid)
            answer = self._platform(path, environ, cid)
            if answer is not None:
                return answer
        channel, params, allowed = self.runtime.router.find(
            path, method, environ.get('HTTP_ACCEPT', '*/*'), _action(environ)
        )
        if channel is not None:
            return self._channel(channel, params, environ, cid)
        if allowed and self.runtime.generation != '3.2':
            return error(405, cid, 'Method not allowed', headers={'Allow': ', '.join(allowed)})
        log.info(
            '%s %s: 404, %s (CID %s)', method, printable(path), near_miss(path, allowed, self.runtime.channels), cid
        )
        return error(404, cid, f'URL not found (CID:{cid})')

    def _platform(self, path: str, environ: dict[str, Any], cid: str) -> Answer | None:
        if path == PING:
            return Answer(200, json.dumps(self.admin.pong(cid)).encode(), JSON)
        if self.runtime.parts.takes(path):
            return self._topics(path, environ, cid)
        if path.startswith('/openapi/'):
            return self._described(path, environ, cid)
        if path.startswith(JWT):
            return self._session(path, environ, cid)
        if not self.admin.has(path):
            return None
        if not self.admin.is_let_in(environ):
            return error(401, cid, f'Unauthorized; cid={cid}', headers={'WWW-Authenticate': 'Basic realm="zato"'})
        try:
            output = self.admin.invoke(path, environ['wsgi.input'].read(), cid)
            return Answer(200, written(output)[0], JSON)
        except (NoServiceError, ServiceFailedError, ConnectionError, ValueError, KeyError, HTTPException) as problem:
            message = printable(text_of(problem))
            return error(self.admin.status_of(problem), cid, message, headers={'X-Zato-Message': message})
        # The answer of a service may be anything, so writing it may raise anything.
        except BaseException as problem:
            log_failure(path, problem, cid)
            return error(500, cid, summary_of(problem))

    def _described(self, path: str, environ: dict[str, Any], cid: str) -> Answer | None:
        if all(one.kind.served != DESCRIBED for one in self.runtime.state.values()):
            return None
        from zatools.server.openapi.served import answer

        return answer(self.runtime, environ, path, cid)

    def _session(self, path: str, environ: dict[str, Any], cid: str) -> Answer | None:
        if all(one.kind.login != SESSION_LOGIN for one in self.runtime.state.values()):
            return None
        from zatools.server.http.sessions import LOG_IN, LOG_OUT, answer

        return answer(self.runtime, environ, path, cid) if path in (LOG_IN, LOG_OUT) else None

    def _topics(self, path: str, environ: Mapping[str, Any], cid: str) -> Answer:
        from zatools.server.topics.calls import answer

        found = answer(self.runtime, environ, path, cid)
        return Answer(found.status, written(found.body)[0], JSON)

    def _channel(self, channel: Channel, params: Mapping[str, str], environ: dict[str, Any], cid: str) -> Answer:
        is_json = channel.data_format == 'json'
        gate = channel.gate
        if gate and (refusal := gate.before(environ)):
            return _limited(channel, refusal, environ, cid)
        if channel.guard and (refused := self._refused(channel, channel.guard, environ, cid)):
            return refused
        if gate and (refusal := gate.after(environ)):
            return _limited(channel, refusal, environ, cid)
        deployed = self.runtime.services.get(channel.service)
        if deployed is None and channel.service != jsonrpc.GATEWAY:
            log.error("channel '%s': no service '%s' (CID %s)", channel.name, channel.service, cid)
            return error(404, cid, f"No service '{channel.service}'", is_json)
        thread = threading.get_ident()
        self.running[thread] = environ['zatools.running'] = Running(channel.service, cid, thread, environ)
        try:
            if deployed is None:
                return self._methods(channel, environ, cid)
            call = partial(self._called, channel, deployed, params, environ, cid)
            if channel.soap and self.runtime.generation != '3.2':
                call = partial(self._enveloped, channel, deployed, environ, cid)
            if channel.cache is None:
                return call()
            return channel.cache.answer(environ, deployed, call)
        finally:
            self.running.pop(thread, None)

    def _refused(self, channel: Channel, guard: Guard, environ: dict[str, Any], cid: str) -> Answer | None:
        # Some credentials are in the body.
        environ['zatools.max_body'] = self.max_body
        is_json = channel.data_format == 'json'
        try:
            denied = guard(environ)
        except HTTPException as problem:
            return error(problem.status, cid, problem.details, is_json)
        except UncheckedError as problem:
            log.error("channel '%s': 500, %s (CID %s)", channel.name, problem, cid)
            return error(500, cid, UNTOLD, is_json)
        if denied is None:
            return None
        if denied.why:
            log.info("channel '%s': %s, %s (CID %s)", channel.name, denied.status, denied.why, cid)
        return _refusal(denied, cid, is_json)

    def _called(
        self, channel: Channel, deployed: Deployed, params: Mapping[str, str], environ: dict[str, Any], cid: str
    ) -> Answer:
        response = Response(bool(deployed.output))
        try:
            self.runtime.call(deployed, self._call(channel, params, environ, cid), response)
            return self._success(response, deployed, channel)
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as problem:
            return _failure(response, channel, problem, cid, self.runtime.generation)

    def _enveloped(self, channel: Channel, deployed: Deployed, environ: dict[str, Any], cid: str) -> Answer:
        from zatools.server.http import soap

        about = self.runtime.about('http-soap', channel.item, _caller(channel, environ))

        def tell(problem: BaseException) -> None:
            log_failure(f"service '{channel.service}'", problem, cid)

        def invoke(payload: Any, envelope: Any) -> soap.Given:
            response = Response(bool(deployed.output))
            call = Call(cid, payload, raw, Http(environ, {}, {}), {}, about, environ, envelope)
            output = self.runtime.call(deployed, call, response).payload
            return output, status_of(response.status_code), headers_of(response.headers)

        try:
            raw = body_of(environ, cid, self.max_body)
        except HTTPException as problem:
            return error(problem.status, cid, problem.details, False)
        # It was read, and a page may show it still.
        environ['wsgi.input'] = BytesIO(raw)
        return soap.answer(raw, _action(environ), _security(environ), tell, invoke)

    def _methods(self, channel: Channel, environ: dict[str, Any], cid: str) -> Answer:
        try:
            raw = body_of(environ, cid, self.max_body)
        except HTTPException as problem:
            return error(problem.status, cid, problem.details)
        # It was read, and a page may show it still.
        environ['wsgi.input'] = BytesIO(raw)
        about = self.runtime.about('json-rpc', channel.item, _caller(channel, environ))

        def invoke(name: str, payload: Any) -> Any:
            try:
                call = Call(cid, payload, payload, channel=about, environ=environ)
                output = self.runtime.call(self.runtime.deployed(name), call).payload
                return output if isinstance(output, str) else json.loads(written(output)[0] or b'null')
            except BaseException as problem:
                log_failure(f"JSON-RPC channel '{channel.name}': service '{name}'", problem, cid)
                raise

        def allows(name: str) -> bool:
            is_allowed = bool(environ.get(ALLOWS, _all)(name))
            if not is_allowed:
                log.info("channel '%s': no role of its caller may use '%s' (CID %s)", channel.name, name, cid)
            return is_allowed

        return jsonrpc.answer(channel, raw, cid, invoke, allows)

    def _success(self, response: Response, deployed: Deployed, channel: Channel) -> Answer:
        is_json, usual = channel.data_format == 'json', SOAP_TYPES.get(channel.soap, 'text/plain')
        body, written_type = written(deployed.wrapped(response.payload, self.runtime.generation))
        content_type = type_of(response.content_type, response.headers) or written_type
        if not content_type:
            content_type = JSON if is_json else usual
        return Answer(status_of(response.status_code), body, content_type, headers_of(response.headers))

    def _call(self, channel: Channel, path_params: Mapping[str, str], environ: dict[str, Any], cid: str) -> Call:
        raw = body_of(environ, cid, self.max_body)
        # The body can be read once only, and a service may still ask for the form.
        environ['wsgi.input'] = BytesIO(raw)
        query = environ.get('QUERY_STRING')
        params: dict[str, Any] = {}
        if channel.merges and (query or path_params):
            pairs = dict(parse_qsl(query or '', keep_blank_values=True))
            params = {**path_params, **pairs}
            if channel.is_path_first:
                params.update(path_params)
        http = Http(environ, params, path_params)
        is_multipart = environ.get('CONTENT_TYPE', '').lower().startswith('multipart/form-data')
        if channel.data_format == 'form' and is_multipart:
            payload = dict(http.POST)
        else:
            payload = parsed(raw, channel.data_format, cid)
        about = self.runtime.about('http-soap', channel.item, _caller(channel, environ))
        return Call(cid, payload, raw, http, params, about, environ)


def _security(environ: Mapping[str, Any]) -> About:
    # What the header of WS-Security said, where a definition of it guards the channel.
    nothing = {'mode': '', 'username': '', 'subject': '', 'issuer': ''}
    return About('self.request.soap.security', {**nothing, **environ.get('zatools.wss', {})})


def _all(service: str) -> bool:
    return True


def _caller(channel: Channel, environ: Mapping[str, Any]) -> Item | None:
    # Where roles say who may come in, the definition may be any.
    found: Item | None = channel.login or environ.get(CALLER)
    return found


def _action(environ: Mapping[str, Any]) -> str:
    # Of the header of SOAP 1.1, or of the content type of 1.2.
    if 'HTTP_SOAPACTION' not in environ and 'soap' not in environ.get('CONTENT_TYPE', ''):
        return ''
    from zatools.server.http.soap import action_of

    return action_of(environ)


def _limited(channel: Channel, refusal: Refusal, environ: Mapping[str, Any], cid: str) -> Answer:
    outcome = refusal.status or 'the connection is cut'
    log.info("channel '%s': %s, %s (CID %s)", channel.name, outcome, refusal.rule, cid)
    if not refusal.status:
        cut(environ)
    if channel.service == jsonrpc.GATEWAY:
        return jsonrpc.refused(refusal.status, cid)
    return error(refusal.status, cid, WORDS[refusal.status], channel.data_format == 'json', refusal.headers)


def _refusal(denied: Denied, cid: str, is_json: bool) -> Answer:
    if denied.challenge:
        headers = {'WWW-Authenticate': denied.challenge}
        return error(denied.status, cid, f'Unauthorized; cid={cid}', is_json, headers)
    return error(denied.status, cid, denied.details, is_json)


def _failure(response: Response, channel: Channel, problem: BaseException, cid: str, generation: str) -> Answer:
    is_json = channel.data_format == 'json'
    status, headers = 500, {}
    try:
        headers = headers_of(response.headers)
        if isinstance(problem, HTTPException):
            status = status_of(problem.status, f'{type(problem).__name__}.status')
        if isinstance(problem, Unauthorized) and problem.challenge:
            headers |= headers_of({'WWW-Authenticate': problem.challenge})
    except UnsendableError as other:
        problem = other
    if isinstance(problem, NotAcceptedError):
        return Answer(status, b'', headers=headers)
    # The status of a body that can't be read is the server's own.
    is_told = generation != '3.2' or status in TOLD_32 or isinstance(problem, BodyError)
    if isinstance(problem, HTTPException) and is_told:
        return error(status, cid, problem.details, is_json, headers)
    log_failure(f"service '{channel.service}'", problem, cid)
    return error(500, cid, [summary_of(problem) + about_option(problem)], is_json, headers)


def _line(value: Any) -> str:
    # A line break would end the header, and letters beyond latin-1 can't be sent.
    return str(value).replace('\r', ' ').replace('\n', ' ').encode('latin-1', 'replace').decode('latin-1')
