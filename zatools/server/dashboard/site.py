"""The pages themselves: who may see them, what their buttons do, and how they are written."""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict, printable
from zatools.server.api.exceptions import HTTPException
from zatools.server.api.outgoing import NoConnectionError
from zatools.server.api.response import Response
from zatools.server.call import Call, NoServiceError
from zatools.server.dashboard import view
from zatools.server.dashboard.recent import Asked, Lines, Recent, body_of
from zatools.server.failing import about_option, log_failure, summary_of, text_of
from zatools.server.http.admin import Admin
from zatools.server.http.answers import JSON, Answer
from zatools.server.http.formats import written
from zatools.server.http.front import DASHBOARD, Running
from zatools.server.runtime import Runtime

FOLDER = Path(__file__).parent / 'templates'
FILES = {'dashboard.css': 'text/css', 'dashboard.js': 'text/javascript'}
#: Outcomes of buttons that are kept until their page is loaded, and bytes of a form.
OUTCOMES, FORM = 20, 1_000_000
HERE = frozenset({'localhost', '127.0.0.1', '[::1]', '::1'})
HEADERS = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
}


class Outcome(NamedTuple):
    """What came of a button: a sentence, and whether it is good."""

    is_fine: bool
    text: str


@dataclass(frozen=True)
class Differences:
    """What files of definitions say and the server does not run: a line each; `about` names the files."""

    about: str
    lines: Iterable[str] = ()


@dataclass
class Dashboard:
    """The pages at `/zato/dashboard`. `mask` masks secrets, `differing` reads the files of definitions anew."""

    runtime: Runtime
    admin: Admin
    recent: Recent
    lines: Lines
    running: dict[int, Running]
    mask: Callable[[str], str]
    differing: Callable[[], Differences]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    outcomes: OrderedDict[str, Outcome] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, environ: Mapping[str, Any], path: str, cid: str) -> Answer:
        """Answers a request for a page, a file of it, or one of its buttons."""
        if not _is_local(environ):
            return _text(403, 'The dashboard answers on the machine that it runs on, by the name localhost.')
        if not self.admin.is_let_in(environ):
            challenge = {'WWW-Authenticate': 'Basic realm="zato"'}
            return _text(401, f'Unauthorized; cid={cid}', challenge)
        where = path.removeprefix(DASHBOARD).strip('/')
        if environ['REQUEST_METHOD'] == 'POST':
            return self._button(where, environ, cid)
        if where in FILES:
            return Answer(200, (FOLDER / where).read_bytes(), FILES[where], HEADERS)
        return self._page(where, dict(parse_qsl(environ.get('QUERY_STRING') or '')))

    # Pages

    def _page(self, where: str, query: Mapping[str, str]) -> Answer:
        name, _, rest = where.partition('/')
        if name == 'lines':
            return self._new_lines(query)
        make = PAGES.get(name)
        if make is None or (rest and name != 'requests'):
            return _text(404, 'There is no such page.')
        values = make(self, rest, query)
        if values is None:
            return _text(404, 'This request is not kept any more: only the last ones are.')
        outcome = self.outcomes.get(query.get('outcome', ''))
        template = self._environment.get_template(f'{name or "overview"}{"-one" if rest else ""}.html')
        text = template.render(
            **values,
            here=name,
            root=DASHBOARD,
            token=self.token,
            outcome=outcome,
            title=self.runtime.generation,
            services_known=sorted(self.runtime.services),
        )
        return Answer(200, text.encode('utf-8', 'replace'), 'text/html; charset=utf-8', HEADERS)

    @cached_property
    def _environment(self) -> Any:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        made = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters['clock'] = lambda when: when.astimezone().strftime('%H:%M:%S')
        return made

    def overview(self, rest: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Returns what the first page shows."""
        return {
            'channels': view.channels(self.runtime),
            'services': view.services(self.runtime),
            'connections': view.connections(self.runtime),
            'jobs': view.jobs(self.runtime),
            'topics': view.topics(self.runtime),
            'others': view.others(self.runtime),
            'broken': [str(problem) for _, problem in self.runtime.loader.broken.values()],
        }

    def requests(self, cid: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """Returns what the page of the last calls shows, or that of one of them."""
        if not cid:
            again = {'service': query.get('service', ''), 'payload': query.get('payload', '')}
            return {'calls': list(self.recent.calls)[::-1], 'again': again}
        asked = self.recent.find(cid)
        if asked is None:
            return None
        return {
            'asked': asked,
            'query': view.query_of(asked, self.mask),
            'headers': [(name, self.mask(value)) for name, value in view.headers(asked)],
            'sent': view.text_of(asked.body, self.mask),
            'answered': view.text_of(asked.answer, self.mask),
            'lines': self.lines.of(cid),
        }

    def log(self, rest: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Returns what the page of the log shows."""
        lines = self.lines.after(0)
        return {'lines': lines, 'last': lines[-1].number if lines else 0}

    def differences(self, rest: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Returns what the page of differences shows."""
        found = self.differing()
        return {'about': found.about, 'found': [self.mask(line) for line in found.lines]}

    def _new_lines(self, query: Mapping[str, str]) -> Answer:
        after = query.get('after', '')
        lines = self.lines.after(int(after) if after.isdecimal() and len(after) < 15 else 0)
        content = [
            {
                'number': line.number,
                'when': f'{line.when.astimezone():%H:%M:%S}',
                'level': line.level,
                'text': line.text,
            }
            for line in lines
        ]
        return Answer(200, json.dumps(content).encode(), JSON, HEADERS)

    # Buttons

    def _button(self, where: str, environ: Mapping[str, Any], cid: str) -> Answer:
        push = BUTTONS.get(where)
        if push is None:
            return _text(404, 'There is no such button.')
        body = environ['wsgi.input'].read(FORM + 1)
        if len(body) > FORM:
            return _text(413, f'A form takes {FORM} bytes.')
        form = dict(parse_qsl(body.decode('utf-8', 'replace'), keep_blank_values=True))
        # Browsers send the login along whoever asks: only a page of ours knows the token.
        if not secrets.compare_digest(form.get('token', '').encode(), self.token.encode()):
            return _text(403, 'This page is of a server that has stopped: load it again.')
        page, outcome = push(self, form, environ, cid)
        with self._lock:
            self.outcomes[cid] = outcome
            while len(self.outcomes) > OUTCOMES:
                self.outcomes.popitem(last=False)
        return Answer(303, b'', 'text/plain', {**HEADERS, 'Location': f'{DASHBOARD}{page}?outcome={cid}'})

    def invoke(self, form: Mapping[str, str], environ: Mapping[str, Any], cid: str) -> tuple[str, Outcome]:
        """Invokes a service with what is JSON, or a text."""
        name, text = form.get('service', ''), form.get('payload', '')
        if name not in self.runtime.services:
            return '/requests', Outcome(False, _sentence(_no_service(self.runtime, name)))
        started, thread = monotonic(), threading.get_ident()
        # So its lines of the log have its CID, and a limit of time counts here too.
        self.running[thread] = Running(name, cid, thread, environ)
        try:
            answer = self._invoked(name, text, cid)
        finally:
            self.running.pop(thread, None)
        took = (monotonic() - started) * 1000
        sent, answered = body_of(text.encode()), body_of(answer.body)
        now = datetime.now(UTC)
        asked = Asked(cid, now, f'invoke {name}', '', {}, sent, answer.status, answer.content_type, answered, took)
        self.recent.calls.append(asked)
        return f'/requests/{cid}', Outcome(answer.status < 400, f'{name} answered {answer.status} in {took:.0f} ms')

    def _invoked(self, name: str, text: str, cid: str) -> Answer:
        deployed = self.runtime.deployed(name)
        response = Response(bool(deployed.output))
        try:
            payload = json.loads(text)
        except (ValueError, RecursionError):
            payload = text
        try:
            self.runtime.call(deployed, Call(cid, payload, text.encode()), response)
            body, content_type = written(response.payload)
            return Answer(int(response.status_code), body, content_type or 'text/plain')
        except HTTPException as problem:
            return Answer(problem.status, text_of(problem).encode())
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as problem:
            log_failure(f"service '{name}'", problem, cid)
            return Answer(500, (summary_of(problem) + about_option(problem)).encode())

    def ping(self, form: Mapping[str, str], environ: Mapping[str, Any], cid: str) -> tuple[str, Outcome]:
        """Pings an outgoing connection."""
        item = self.runtime.state.get((form.get('section', ''), form.get('name', '')))
        if item is None:
            return '', Outcome(False, 'There is no such connection any more.')
        connection = connect(item, self.runtime.state)
        pong = connection.ping(Attempt(connection.timeout))
        return '', Outcome(pong.verdict is Verdict.OK, self.mask(f'{item.name}: {pong.sentence}'))

    def publish(self, form: Mapping[str, str], environ: Mapping[str, Any], cid: str) -> tuple[str, Outcome]:
        """Publishes a message through an outgoing AMQP connection."""
        name = form.get('name', '')
        where = form.get('exchange', ''), form.get('routing_key', '')
        try:
            self.runtime.out.amqp.send(form.get('message', ''), name, *where)
        except (ConnectionError, NoConnectionError) as problem:
            return '', Outcome(False, self.mask(_sentence(problem)))
        return '', Outcome(True, f'{name}: the broker has the message')

    def run(self, form: Mapping[str, str], environ: Mapping[str, Any], cid: str) -> tuple[str, Outcome]:
        """Runs a job now."""
        name = form.get('name', '')
        if not self.runtime.parts.is_made('jobs') or not self.runtime.parts.jobs.service_of(name):
            return '', Outcome(False, 'There is no such job any more.')
        try:
            self.runtime.parts.jobs.run(name)
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException as problem:
            log_failure(f"job '{name}'", problem, cid)
            return '', Outcome(False, self.mask(f'{name}: {summary_of(problem)}'))
        return '', Outcome(True, f'{name} has run')


def _no_service(runtime: Runtime, name: str) -> NoServiceError:
    try:
        runtime.deployed(name)
    except NoServiceError as problem:
        return problem
    return NoServiceError(name)


def _sentence(problem: BaseException) -> str:
    return printable(text_of(problem))


def _text(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, f'{text}\n'.encode(), 'text/plain; charset=utf-8', {**HEADERS, **(headers or {})})


def _is_local(environ: Mapping[str, Any]) -> bool:
    # A name of somebody's may lead to this machine: a page of theirs would read ours under that name.
    host = str(environ.get('HTTP_HOST', ''))
    name = host.rpartition(':')[0] if host.rpartition(':')[2].isdigit() else host
    try:
        is_near = ip_address(str(environ.get('REMOTE_ADDR', '')).partition('%')[0]).is_loopback
    except ValueError:
        is_near = False
    return is_near and name.lower() in HERE


PAGES: Mapping[str, Callable[[Dashboard, str, Mapping[str, str]], dict[str, Any] | None]] = {
    '': Dashboard.overview,
    'requests': Dashboard.requests,
    'log': Dashboard.log,
    'differences': Dashboard.differences,
}
BUTTONS: Mapping[str, Callable[[Dashboard, Mapping[str, str], Mapping[str, Any], str], tuple[str, Outcome]]] = {
    'invoke': Dashboard.invoke,
    'ping': Dashboard.ping,
    'publish': Dashboard.publish,
    'run': Dashboard.run,
}
