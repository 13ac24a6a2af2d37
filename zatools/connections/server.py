"""A running Zato server that is asked to ping and publish: its view of the network is the one that counts."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from zatools.connections import http
from zatools.connections.clients import CLIENTS
from zatools.connections.envelope import (
    LoginRefusedError,
    NoServerError,
    RefusedByServerError,
    answer_of,
    headers_of,
    read,
    request_of,
)
from zatools.connections.failures import fail
from zatools.connections.pong import TIMEOUT, Attempt, Pong, Verdict, duration, printable, shown_url
from zatools.connections.pool import within
from zatools.connections.rest import status_of, verdict_of
from zatools.errors import FailedError
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.kinds.traits import OUTGOING
from zatools.secret import Secret
from zatools.state import Item

CID = re.compile(r'[0-9a-f]{24}')
UNAWARE = ("'NoneType' object has no attribute 'ping'", 'No such outgoing connection on this server')
LIMIT = 64 * 1024 * 1024
#: Seconds that a server has beyond the timeout of a connection, to say how its ping went.
PATIENCE = 5.0


@dataclass(frozen=True)
class RunningServer:
    """Where a server is, what it is called, its generation, and whom we are there."""

    url: str
    name: str
    generation: str
    user: str
    password: Secret

    @property
    def title(self) -> str:
        """The server in the line that says from where."""
        return f'{self.name} ({self.generation})'

    @property
    def where(self) -> str:
        """The server in a sentence that says what is wrong with it: its name, unless that is its address, and URL."""
        url = shown_url(self.url)
        if self.name in url:
            return url
        return f'{self.name} at {url}'

    def call(
        self, service: str, payload: Mapping[str, Any], attempt: Attempt, session: requests.Session | None = None
    ) -> Any:
        """Invokes a service and returns its output. Raises RefusedByServerError, or what requests raises."""
        path, body = request_of(self.generation, service, payload)
        headers = headers_of(self.user, self.password)
        # A server of one's own is not asked through proxies: they would see the password.
        with http.send(
            session or http.session_for(),
            attempt,
            'POST',
            self.url + path,
            proxies=http.DIRECT,
            headers=headers,
            data=body,
        ) as response:
            is_whole = http.read_whole(response, LIMIT, attempt)
        if not is_whole:
            raise RefusedByServerError(f'its answer is longer than {LIMIT >> 20} MB')
        try:
            content = response.content
            return answer_of(self.generation, response.status_code, response.headers, content, self.password)
        except LoginRefusedError:
            raise LoginRefusedError(
                f"401: user '{self.user}' refused; ZATO_SERVER_USER and ZATO_SERVER_PASSWORD say who it is"
            ) from None
        except NoServerError as error:
            raise NoServerError(_with_status(response, status_of(response), error)) from None
        except RefusedByServerError as error:
            raise RefusedByServerError(_with_status(response, str(response.status_code), error)) from None


def _with_status(response: requests.Response, status: str, error: Exception) -> str:
    if response.status_code == 200:
        return str(error)
    return f'{status}: {error}'


class ServiceFailedError(FailedError):
    """The server was reached and let us in, but its service failed."""


#: What to do about a server that can't be asked, where that is not to see whether it is up.
HINTS = {'read-timeout': 'it may still be at it: see its log', 'tls-ca': 'REQUESTS_CA_BUNDLE names a file of CAs'}


class SilentError(FailedError):
    """Nothing that could be a server's answer came: the server may be gone, or still be at it."""


@contextmanager
def _in_sentences(server: RunningServer, service: str) -> Iterator[None]:
    try:
        yield
    except LoginRefusedError as error:
        raise FailedError(f'{server.where}: {error}') from None
    except NoServerError as error:
        raise SilentError(f'{server.where}: {error}') from None
    except RefusedByServerError as error:
        raise ServiceFailedError(f'{server.where}: {service}: {error}') from None
    except http.ERRORS as error:
        hint = HINTS.get(http.name_of(error)[0], 'is the server up?')
        raise SilentError(f'{server.where}: {http.reason_of(error)}', hint) from None


def asked(server: RunningServer, service: str, payload: Mapping[str, Any], attempt: Attempt) -> Any:
    """Invokes a service; raises FailedError, a sentence, where the server can't be asked."""
    with _in_sentences(server, service):
        return within(attempt, lambda: server.call(service, payload, attempt))


class Line:
    """A running server whose services are invoked again and again: each thread keeps a connection of its own open."""

    def __init__(self, server: RunningServer, seconds: float) -> None:
        self.server = server
        self.seconds = seconds
        self._threads = threading.local()

    def ask(self, service: str, payload: Mapping[str, Any]) -> Any:
        """Invokes a service and returns its output; raises FailedError, a sentence, where that fails."""
        if not hasattr(self._threads, 'session'):
            self._threads.session = http.new_session()
        with _in_sentences(self.server, service):
            return self.server.call(service, payload, Attempt(self.seconds), self._threads.session)


def _said_by(url: str, attempt: Attempt) -> Any:
    with http.send(http.session_for(), attempt, 'GET', f'{url}/zato/ping', proxies=http.DIRECT) as response:
        http.read_whole(response, LIMIT, attempt)
        return read(response.content)


def generation_of(url: str, attempt: Attempt) -> str:
    """Asks a server which generation it is of. Raises FailedError where it doesn't say."""
    shown = shown_url(url)
    try:
        http.where_of(url)
        found = within(attempt, lambda: _said_by(url, attempt))
    except ValueError:
        raise FailedError(f'{shown} is no URL of a server', 'as in http://127.0.0.1:17010') from None
    except RefusedByServerError:
        found = None
    except http.ERRORS as error:
        raise FailedError(f'{shown}: {http.reason_of(error)}', 'is the server up?') from None
    if isinstance(found, dict) and found.get('pong') == 'zato':
        return '3.2'
    if isinstance(found, dict) and 'is_ok' in found:
        return '4.1'
    raise FailedError(f'{shown} answers, but not as a Zato server', 'its /zato/ping says who it is')


#: The services that ping, by the protocol that a kind speaks.
PINGS = dict.fromkeys(('rest', 'soap'), 'zato.http-soap.ping')
#: The kinds that servers are asked to list.
LISTED = tuple(
    kind for kind in KINDS if kind.role == OUTGOING and kind.protocol and kind.admin and kind.protocol not in CLIENTS
)


def has_ping(kind: Kind) -> bool:
    """Tells whether servers can ping objects of a kind."""
    return kind.protocol in PINGS


@dataclass(frozen=True)
class ServerConnection:
    """A connection as a running server has it: pinged there, by its id."""

    item: Item
    server: RunningServer
    id: int
    expected: frozenset[int] = frozenset()
    timeout: float = TIMEOUT

    @property
    def target(self) -> str:
        """Method and URL, as users see them."""
        values = self.item.values
        if not has_ping(self.item.kind):
            return ''
        return f'{values["ping_method"]} {shown_url(values["host"] + values["url_path"])}'

    def ping(self, attempt: Attempt) -> Pong:
        """Asks the server to ping; any status is fine with it, so its answer is judged here as well."""
        attempt.stage = 'answer'
        try:
            found = self.server.call(PINGS[self.item.kind.protocol], {'id': self.id}, attempt)
        except RefusedByServerError as error:
            return self._fail('server-failed', attempt, reason=str(error))
        except http.ERRORS as error:
            return self._fail('server-silent', attempt, reason=http.reason_of(error))
        if not isinstance(found, dict):
            return self._fail('server-failed', attempt, reason='nothing that can be read')
        info = str(found.get('info', ''))
        attempt.facts['server_ok'] = bool(found.get('is_success'))
        if not found.get('is_success'):
            return self._unsuccessful(info, attempt)
        return self._judge(info, attempt)

    def _unsuccessful(self, info: str, attempt: Attempt) -> Pong:
        if CID.fullmatch(info.strip()):
            return self._fail('server-timeout', attempt, cid=info.strip())
        if any(text in info for text in UNAWARE):
            return self._fail('server-unaware', attempt)
        return self._fail('server-failed', attempt, reason=printable(info) or 'no reason')

    def _judge(self, info: str, attempt: Attempt) -> Pong:
        code = re.search(r'^Code: (\d+)', info, re.MULTILINE)
        took = re.search(r'^Response time: (\d+):(\d+):([\d.]+)', info, re.MULTILINE)
        if code is None:
            return self._fail('server-failed', attempt, reason=printable(info))
        status = int(code[1])
        attempt.facts['status'] = status
        seconds = attempt.took
        if took:
            seconds = int(took[1]) * 3600 + int(took[2]) * 60 + float(took[3])
        verdict = verdict_of(status, bool(self.item.kind.login_in(self.item.values)), self.expected)
        says = f'{self.server.name} itself says ok'
        if verdict is not Verdict.OK:
            says += ', as it does of any status'
        text = f'{status}, {duration(seconds)} ({says})'
        return Pong(verdict, text, seconds, facts=dict(attempt.facts))

    def _fail(self, name: str, attempt: Attempt, **values: Any) -> Pong:
        return fail(name, attempt, None, **{**self.words(), **values})

    def words(self) -> dict[str, str]:
        """Returns what sentences about this connection need."""
        return {
            'server': self.server.name,
            'where': self.server.name,
            'host': self.server.name,
            'timeout': '--timeout',
            'field': '--server-url',
        }


def connections_of(
    server: RunningServer, attempt: Attempt, expected: frozenset[int] = frozenset()
) -> list[ServerConnection]:
    """Returns the outgoing connections that a server lists. Raises FailedError where it can't be asked."""
    found = []
    for kind in LISTED:
        # What tells the rows of a kind tells its list as well.
        rows = asked(server, f'{kind.admin}.get-list', {'cluster_id': 1, **kind.rows[0].match}, attempt)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and not row.get('is_internal') and row.get('name'):
                seconds = float(row.get('timeout') or TIMEOUT) + PATIENCE
                found.append(ServerConnection(_item(kind, row), server, int(row.get('id') or 0), expected, seconds))
    return found


def _item(kind: Kind, row: Mapping[str, Any]) -> Item:
    # What is listed may have a password in clear text: only what is named here is kept.
    values: dict[str, Any] = {
        'name': str(row['name']),
        'is_active': bool(row.get('is_active', True)),
        'host': str(row.get('host') or ''),
        'url_path': str(row.get('url_path') or ''),
        'ping_method': str(row.get('ping_method') or 'HEAD'),
    }
    if row.get('security_name') or row.get('security_id') not in (None, '', 'ZATO_NONE'):
        values.update({field.name: str(row.get('security_name') or row['security_id']) for field in kind.accepting})
    return Item(kind, values)


def publish(server: RunningServer, name: str, exchange: str, routing_key: str, message: str, attempt: Attempt) -> Pong:
    """Asks a server to publish. 3.2 does it later and says OK to everything: that is accepted, not confirmed."""
    payload = {'request_data': message, 'conn_name': name, 'exchange': exchange, 'routing_key': routing_key}
    attempt.stage = 'answer'
    words = {'server': server.name, 'where': server.name, 'timeout': '--timeout'}
    try:
        found = within(attempt, lambda: server.call('zato.outgoing.amqp.publish', payload, attempt))
    except RefusedByServerError as error:
        return fail('server-failed', attempt, None, **words, reason=str(error))
    except http.ERRORS as error:
        return fail('server-silent', attempt, None, **words, reason=http.reason_of(error))
    result = _result_of(found)
    if not isinstance(result, dict) or result.get('result') != 'OK':
        return fail('server-failed', attempt, None, **words, reason='nothing that can be read')
    took = attempt.took
    done = 'published'
    if server.generation == '3.2':
        done = 'accepted'
    text = (
        f"{done.capitalize()} by {server.name} for exchange '{printable(exchange)}', "
        f"routing key '{printable(routing_key)}', not confirmed by the broker, in {duration(took)}"
    )
    return Pong(Verdict.OK, text, took, facts={'confirmed': False})


def _result_of(answer: Any) -> Any:
    # 3.2 has the result as JSON within JSON.
    if not isinstance(answer, dict):
        return None
    result = answer.get('response_data')
    if isinstance(result, str):
        return read(result)
    return result
