"""Systems that a test plays: rules say what they answer, and what they were asked is kept."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from zatools.apitest.failures import StepBroken
from zatools.apitest.values import xml_text

#: Calls, and bytes of their bodies, that are kept of a system.
KEPT, KEPT_BYTES = 10_000, 64_000_000
#: Parameters of a request that are looked at.
PARAMETERS = 1000
NO_RULE = 501
ANY, SOAP = 'ANY', 'SOAP'


@dataclass(frozen=True)
class Call:
    """A request that a system got."""

    method: str
    path: str
    query: str = ''
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b''
    state: str = ''
    #: Values of the {names} in a rule's path.
    named: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode('utf-8', 'replace')

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of its query."""
        return _pairs(self.query)

    @cached_property
    def document(self) -> Any:
        """The JSON of its body, or the fields of its form, with the parameters of query and path."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            content = {}
            if self.headers.get('content-type', '').startswith('application/x-www-form-urlencoded'):
                content = _pairs(self.text)
        if isinstance(content, dict):
            return {**self.parameters, **self.named, **content}
        return content

    @property
    def action(self) -> str:
        """The SOAP action, of 1.1 or 1.2."""
        of_type = self.headers.get('content-type', '').partition('action=')[2].partition(';')[0]
        return (self.headers.get('soapaction') or of_type).strip().strip('"')

    @property
    def shown(self) -> str:
        """Method and path, as messages have them; the query may hold secrets."""
        return f'{self.method} {self.path}'


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=PARAMETERS))
    except ValueError:
        return {}


@dataclass(frozen=True)
class Condition:
    """What must be so of a call: `words` as they are written, `failure` says why it is not so, or ''."""

    words: str
    failure: Callable[[Call], str]


@dataclass(frozen=True)
class Reply:
    """What a system answers, after some seconds, so many times (0 is from then on), and the state that it has then."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b''
    after: float = 0
    times: int = 0
    state: str | None = None


@dataclass(frozen=True)
class Rule:
    """What a system answers to which calls; `written` and `place` are for messages."""

    method: str
    path: str
    conditions: tuple[Condition, ...]
    replies: tuple[Reply, ...]
    written: str = ''
    place: str = ''

    def failures(self, call: Call) -> list[str]:
        """Returns why it does not fit a call, what weighs most first."""
        found = []
        named = self._named(call)
        if named is None:
            found.append(f'the path is {call.path}')
        if self.method not in (ANY, SOAP, call.method):
            found.append(f'the method is {call.method}')
        if found:
            return found
        seen = _with(call, named or {})
        return [why for condition in self.conditions if (why := condition.failure(seen))]

    def _named(self, call: Call) -> dict[str, str] | None:
        # A path without a rule's words is any path; of SOAP the action, or the name of the element, is in its place.
        if self.method == SOAP:
            wanted = {call.action, call.action.rpartition('/')[2].rpartition('#')[2], _operation(call)}
            return {} if self.path in wanted - {''} else None
        if not self.path:
            return {}
        pieces, given = self.path.strip('/').split('/'), call.path.strip('/').split('/')
        if len(pieces) != len(given):
            return None
        named = {}
        for piece, value in zip(pieces, given, strict=True):
            if piece.startswith('{') and piece.endswith('}'):
                named[piece[1:-1]] = value
            elif piece != value:
                return None
        return named


def _with(call: Call, named: Mapping[str, str]) -> Call:
    if not named:
        return call
    return Call(call.method, call.path, call.query, call.headers, call.body, call.state, named)


def _operation(call: Call) -> str:
    # The name of the first element in the body of a SOAP envelope.
    try:
        tree = xml_text.parsed(call.text, 'the request', 'xpath')
    except StepBroken:
        return ''
    found = tree.xpath('string(local-name(//*[local-name()="Body"]/*[1]))')
    return str(found)


class Played:
    """A system that is played: it finds the last rule that fits a call, and keeps what it was asked."""

    def __init__(self, name: str, told: Callable[[Call, int, str], None] = lambda call, status, place: None) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._told = told
        self._rules: list[Rule] = []
        self._answered: Counter[int] = Counter()
        self._calls: deque[tuple[Call, int]] = deque()
        self._size = 0
        self._state = ''
        #: Answers what no rule does, and says by what; None where it does not either.
        self.beyond: Callable[[Call], tuple[Reply, str] | None] = lambda call: None

    def add(self, rule: Rule) -> None:
        """Adds a rule; it comes before those that there are."""
        with self._lock:
            self._rules.append(rule)

    def replace(self, count: int, rules: Sequence[Rule]) -> None:
        """Puts rules in place of the first so many; how often each has answered is forgotten."""
        with self._lock:
            self._rules[:count] = rules
            self._answered.clear()

    def mark(self) -> int:
        """Returns how many rules there are, for `reset`."""
        return len(self._rules)

    def reset(self, count: int = 0) -> None:
        """Forgets the calls, the state, and the rules after the first so many."""
        with self._lock:
            del self._rules[count:]
            self._answered.clear()
            self._calls.clear()
            self._size, self._state = 0, ''

    def calls(self) -> list[tuple[Call, int]]:
        """Returns the calls and the statuses that they were answered with; pings by HEAD are none."""
        with self._lock:
            return list(self._calls)

    def answer(self, call: Call) -> Reply:
        """Returns what is answered to a call."""
        with self._lock:
            seen = Call(call.method, call.path, call.query, call.headers, call.body, self._state)
            rules = list(enumerate(self._rules))
        found = next((pair for pair in reversed(rules) if not (self._is_spent(*pair) or pair[1].failures(seen))), None)
        if found is None and call.method == 'HEAD':
            # Pings ask whether it is up.
            return Reply()
        beyond = None
        if found is None:
            # It may take as long as a real system does.
            beyond = self.beyond(seen)
        with self._lock:
            reply, place = beyond or (self._no_rule(seen), '')
            if found:
                reply, place = self._next(*found), found[1].place
            self._keep(seen, reply.status)
        self._told(seen, reply.status, place)
        return reply

    def _is_spent(self, number: int, rule: Rule) -> bool:
        times = [reply.times for reply in rule.replies]
        return all(times) and self._answered[number] >= sum(times)

    def _next(self, number: int, rule: Rule) -> Reply:
        done = self._answered[number]
        self._answered[number] += 1
        reply = rule.replies[-1]
        for one in rule.replies:
            if done < one.times or not one.times:
                reply = one
                break
            done -= one.times
        if reply.state is not None:
            self._state = reply.state
        return reply

    def _keep(self, call: Call, status: int) -> None:
        self._calls.append((call, status))
        self._size += len(call.body)
        while self._size > KEPT_BYTES or len(self._calls) > KEPT:
            self._size -= len(self._calls.popleft()[0].body)

    def _no_rule(self, call: Call) -> Reply:
        content: dict[str, Any] = {'error': f'no rule of {self.name} answers {call.shown}'}
        if near := nearest(self._rules, call):
            rule, reasons = near
            content |= {'nearest': rule.written, 'why not': reasons}
            if rule.place:
                content['place'] = rule.place
        body = json.dumps(content, indent=2, ensure_ascii=False).encode('utf-8', 'replace')
        return Reply(NO_RULE, (('Content-Type', 'application/json'),), body)


def nearest(rules: Sequence[Rule], call: Call) -> tuple[Rule, list[str]] | None:
    """Returns the rule that fits a call best, and why it does not fit."""
    found = [(rule, rule.failures(call)) for rule in reversed(rules)]
    # One of another path is further away than one whose conditions do not hold.
    return min(found, key=lambda pair: (_is_elsewhere(pair[0], call), len(pair[1])), default=None)


def _is_elsewhere(rule: Rule, call: Call) -> int:
    return sum(why.startswith(('the path is ', 'the method is ')) for why in rule.failures(call)[:2])


def application(answer: Callable[[Call], Reply], wait: Callable[[float], object]) -> Any:
    """Returns the WSGI application of a system."""

    def respond(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        reply = answer(call_of(environ))
        if reply.after:
            wait(reply.after)
        headers = [*reply.headers, ('Content-Length', str(len(reply.body)))]
        try:
            reason = HTTPStatus(reply.status).phrase
        except ValueError:
            reason = 'Status'
        if reply.status in (204, 304):
            headers = list(reply.headers)
        start_response(f'{reply.status} {reason}', headers)
        if environ['REQUEST_METHOD'] == 'HEAD' or reply.status in (204, 304):
            return [b'']
        return [reply.body]

    return respond


def call_of(environ: Mapping[str, Any]) -> Call:
    """Returns the call of a WSGI request."""
    headers = {
        name.removeprefix('HTTP_').replace('_', '-').lower(): str(value)
        for name, value in environ.items()
        if name.startswith('HTTP_') or name in ('CONTENT_TYPE', 'CONTENT_LENGTH')
    }
    # WSGI has the bytes of a path as Latin-1.
    path = environ.get('PATH_INFO', '/').encode('latin-1', 'replace').decode('utf-8', 'replace')
    body = environ['wsgi.input'].read()
    return Call(environ['REQUEST_METHOD'], path, environ.get('QUERY_STRING', ''), headers, body)
