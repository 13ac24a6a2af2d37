"""REST and SOAP outgoing connections."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import requests

from zatools.connections import http, tls
from zatools.connections.failures import fail
from zatools.connections.login import (
    AUTHORITIES,
    Login,
    endpoint_of,
    is_per_connection,
    login_of,
    needs_token,
    password_spot,
    secret_field,
    token_request,
    trusting,
    user_of,
)
from zatools.connections.pong import (
    Attempt,
    Pong,
    Verdict,
    brief,
    duration,
    number_of,
    printable,
    seconds_of,
    shown_url,
    spot,
)
from zatools.connections.tls import Trust
from zatools.errors import ZatoolsError
from zatools.kinds.authorities import AUTHORITY
from zatools.kinds.security import CERTIFICATE_LOGIN, WSS_LOGIN
from zatools.kinds.traits import VERIFIES, Asked
from zatools.state import Item

PLACEHOLDER = re.compile(r'\{[^{}/]*\}')
SEGMENT = re.compile(r'/\{[^{}/]*\}(?=/|$)')
LIMIT = 1024 * 1024
METHODS = frozenset(['HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'])


@dataclass(frozen=True)
class RestConnection:
    """An outgoing REST or SOAP connection; `expected` are the statuses that alone are ok, none for the usual ones."""

    item: Item
    url: str
    method: str
    login: Item | None = None
    left_out: tuple[str, ...] = ()
    expected: frozenset[int] = field(default=frozenset())
    authority: str = field(default='', repr=False)

    @property
    def target(self) -> str:
        """Method and URL, as users see them."""
        return f'{self.method} {shown_url(self.url)}'

    @property
    def timeout(self) -> float:
        """Seconds that its definition allows."""
        return seconds_of(self.item)

    def ping(self, attempt: Attempt) -> Pong:
        """Sends the request of a ping and judges the answer."""
        if self.method not in METHODS:
            name = asked_of(self.item).field_of(asked_of(self.item).method)
            return self._fail('method', attempt, method=printable(self.method, 60), field=spot(self.item, name))
        try:
            http.where_of(self.url)
            session = self.session()
        except ValueError:
            return self._not_a_url(attempt)
        except tls.AuthorityError as error:
            return self._fail('ca-certificate', attempt, reason=str(error), field=self._authority_spot())
        except OSError as error:
            reason = (error.strerror or 'no certificate and key in PEM').lower()
            return self._fail('client-certificate', attempt, reason=reason, field=self._certificate_spot())
        try:
            found = self.log_in(attempt)
            if isinstance(found, Pong):
                return found
            response = self._request(session, attempt, found)
            attempt.facts.update(named_in(response, asked_of(self.item).named, attempt))
        except ZatoolsError as error:
            return self._fail('sealed', attempt, reason=error.text)
        # Besides http.ERRORS there are those of requests_ntlm, which decodes what the server sends with a library of
        # its own.
        except Exception as error:
            return self.failed(error, attempt)
        with response:
            return judge(self, response, attempt)

    def session(self) -> requests.Session:
        """Returns a session with its TLS settings. Raises OSError where the client certificate can't be read."""
        if self.login is not None and is_per_connection(self.login):
            # Nobody else may get hold of a connection that is logged in.
            return http.new_session(self._trust())
        return http.session_for(self._trust())

    def kept_session(self, callers: int = 1) -> requests.Session:
        """Returns a session of its own whose connections are used again, as many as `callers` need at once."""
        size = max(callers, number_of(self.item, 'pool_size') or http.POOL_SIZE)
        return http.new_session(self._trust(), size=size)

    def _unverified(self) -> list[str]:
        # What a kind has no field for can't be switched off.
        return [f'{name}: false{_place(self.item)}' for name in self.item.kind.meaning(VERIFIES)]

    def _authority_spot(self) -> str:
        names = [ref.name for ref in self.item.kind.refs if ref.ref == AUTHORITY.section]
        if self.login is not None and self.login.values.get(AUTHORITIES):
            return spot(self.login, AUTHORITIES)
        return next((spot(self.item, name) for name in names if self.item.values.get(name)), '')

    def _trust(self) -> Trust:
        values = self.item.values
        cert, key = str(values.get('tls_client_cert') or ''), str(values.get('tls_client_key') or '')
        return trusting(self.login, Trust(_needs_cas(self.item, self.url), cert, key, self.authority))

    def _certificate_spot(self) -> str:
        login = self.login
        if login is None or login.kind.login != CERTIFICATE_LOGIN:
            return spot(self.item, 'tls_client_cert')
        return spot(login, next((name for name in ('auth_data', 'cert_path') if name in login.values), 'key_path'))

    def _request(self, session: requests.Session, attempt: Attempt, login: Login) -> requests.Response:
        headers, auth = carried(login)
        headers = {**headers_of(self.item), **headers}
        body: dict[str, Any] = {}
        if asked_of(self.item).body:
            body['data'] = asked_of(self.item).body.encode()
        return http.send(session, attempt, self.method, self.url, headers=headers, auth=auth, **body)

    def log_in(self, attempt: Attempt) -> Login | Pong:
        """Returns what a request carries, fetching a token where one is needed; or why there is none."""
        if self.login is None:
            return Login()
        if not needs_token(self.login):
            return login_of(self.login)
        attempt.stage = 'token'
        token = self._token(attempt)
        attempt.stage = 'look-up'
        attempt.facts.clear()
        if isinstance(token, Pong):
            return token
        return Login({'Authorization': f'Bearer {token}'})

    def _token(self, attempt: Attempt) -> str | Pong:
        assert self.login is not None
        wanted = token_request(self.login)
        body: dict[str, Any] = {'json' if wanted.is_json else 'data': wanted.fields}
        headers = {'Cache-Control': 'no-cache'}
        try:
            with http.send(http.session_for(), attempt, 'POST', wanted.url, headers=headers, **body) as response:
                if not response.ok:
                    return self._no_token(attempt, status_of(response), password_spot(self.login))
                http.read_whole(response, LIMIT, attempt)
                answer = response.content
        except requests.exceptions.RequestException as error:
            return self._no_token(attempt, http.reason_of(error))
        try:
            return str(json.loads(answer)['access_token'])
        except (ValueError, RecursionError, KeyError, TypeError):
            return self._no_token(attempt, 'its answer has no access_token')

    def _no_token(self, attempt: Attempt, reason: str, culprit: str = '') -> Pong:
        assert self.login is not None
        return self._fail('token', attempt, reason=reason, culprit=culprit or spot(self.login, 'auth_endpoint'))

    def failed(self, error: Exception, attempt: Attempt) -> Pong:
        """Returns what an exception means, in words."""
        name, reason = http.name_of(error)
        # A server of HTTP/2 may close what it does not understand, without a word.
        is_silent = name == 'reset' and self.url.lower().startswith('https:') and not http.proxy_for(self.url)
        if is_silent and tls.is_http2_only(*http.where_of(self.url), attempt.remaining):
            name = 'http2'
        more: dict[str, str] = {}
        if name in ('tls-name', 'tls-ca', 'tls-expired'):
            more = tls.described(*http.where_of(self.url), attempt.remaining)
        return self._fail(name, attempt, reason=reason, **more)

    def _not_a_url(self, attempt: Attempt) -> Pong:
        port = http.bad_port(self.url)
        if port:
            return self._fail('port', attempt, port=printable(port))
        return self._fail('url', attempt)

    def _fail(self, name: str, attempt: Attempt, **values: Any) -> Pong:
        field_name = asked_of(self.item).address
        if name.endswith('timeout'):
            field_name = asked_of(self.item).timeout
        elif name == 'method':
            field_name = asked_of(self.item).field_of(asked_of(self.item).method)
        return fail(name, attempt, self.item.place_of(field_name), **{**self.words(), **values})

    def words(self) -> dict[str, str]:
        """Returns what sentences about this connection need."""
        try:
            host, port = http.where_of(self.url)
            proxy = http.proxy_for(self.url)
        except ValueError:
            host, port, proxy = '', 0, ''
        asked = asked_of(self.item)
        words = {
            'host': printable(host),
            'where': f'{printable(host)}:{port}',
            'target': shown_url(self.url),
            'field': spot(self.item, asked.address),
            'timeout': f'{spot(self.item, asked.timeout)} or --timeout',
            'tls': next(iter(self._unverified()), 'have it signed by another'),
            'proxy': shown_url(proxy),
            'plain': 'http',
            # Without a login, these are what headers are made of.
            'password': ' or '.join(asked.headed),
        }
        if self.login is not None:
            words['login'] = printable(self.login.name)
            words['password'] = password_spot(self.login)
            words['endpoint'] = endpoint_of(self.login)
        return words


def _place(item: Item) -> str:
    if item.place is None or not item.place.path:
        return ''
    return f' ({item.place.short})'


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Else a user in the URL would take the place of the security definition.
    return request


def carried(login: Login) -> tuple[dict[str, Any], Any]:
    """Returns a login's headers, and what it does to a request."""
    if not login.headers:
        return {}, login.auth
    return {name: _header(value) for name, value in login.headers.items()}, _unchanged


def _header(value: str) -> bytes:
    # Secrets are sent as UTF-8, as curl does; requests would send latin-1, or fail.
    return value.encode()


def asked_of(item: Item) -> Asked:
    """Returns how the kind of a connection is asked."""
    assert item.kind.asked
    return item.kind.asked


def headers_of(item: Item) -> dict[str, str]:
    """Returns the headers of every request of a connection, login apart."""
    return {
        'X-Zato-CID': uuid4().hex[:24],
        'X-Zato-Component': 'zatools',
        'X-Zato-Msg-TS': datetime.now(UTC).isoformat(),
        **asked_of(item).headers(item.values),
    }


def rest_connection(item: Item, login: Item | None, expected: frozenset[int], authority: str = '') -> RestConnection:
    """Returns the connection of a definition; placeholders of its path are left out.

    `authority` is a text in PEM: certificates to trust besides this machine's.
    """
    asked = asked_of(item)
    path = asked.text_of(asked.path, item.values)
    left_out = tuple(PLACEHOLDER.findall(path))
    bare = PLACEHOLDER.sub('', SEGMENT.sub('', path))
    method = (asked.text_of(asked.method, item.values) or 'HEAD').upper()
    address = str(item.values.get(asked.address, ''))
    if bare.startswith('/'):
        address = address.removesuffix('/')
    return RestConnection(item, f'{address}{bare}', method, login, left_out, expected, authority)


def _needs_cas(item: Item, url: str) -> bool:
    # To read all CAs takes longer than most pings.
    is_secure = any(one.lower().startswith('https:') for one in (url, *http.proxies_for(url).values()))
    return is_secure and all(item.values.get(name, True) is not False for name in item.kind.meaning(VERIFIES))


def status_of(response: requests.Response) -> str:
    """Returns status and reason: 404 Not Found."""
    return f'{response.status_code} {printable(str(response.reason or ""), 60)}'.strip()


def named_in(response: requests.Response, keys: tuple[str, ...], attempt: Attempt) -> dict[str, str]:
    """Returns what an answer in JSON has below some keys, as the fact `named`. Raises what reading it does."""
    if not keys or not response.ok:
        return {}
    if not http.read_whole(response, LIMIT, attempt):
        return {}
    try:
        found = json.loads(response.content)
        for key in keys:
            found = found[key]
    except (ValueError, RecursionError, LookupError, TypeError):
        # It is up, and answers something else.
        return {}
    if not isinstance(found, str) or not found:
        return {}
    return {'named': brief(found)}


def verdict_of(status: int, has_login: bool, expected: frozenset[int] = frozenset()) -> Verdict:
    """Judges a status: whether the other side is up, lets us in, and knows what we ask."""
    if expected:
        if status in expected:
            return Verdict.OK
        return Verdict.FAILED
    if status < 400 or (status in (401, 403) and not has_login):
        return Verdict.OK
    if status in (401, 403, 407) or (status >= 500 and status != 501):
        return Verdict.FAILED
    return Verdict.WARN


def judge(connection: RestConnection, response: requests.Response, attempt: Attempt) -> Pong:
    """Returns the pong of an answer."""
    status = response.status_code
    shown = status_of(response)
    attempt.facts.update(status=status, reason=printable(str(response.reason or '')))
    if 'location' in response.headers and 300 <= status < 400:
        attempt.facts['location'] = shown_url(response.headers['location'])
        shown += f' -> {attempt.facts["location"]}'
    # WS-Security is in messages, and a ping sends none.
    is_carried = connection.login is not None and connection.login.kind.login != WSS_LOGIN
    has_login = is_carried or '@' in connection.url.partition('://')[2].partition('/')[0]
    verdict = verdict_of(status, has_login, connection.expected)
    if verdict is Verdict.FAILED:
        return _refused(connection, shown, status, attempt)
    took = attempt.took
    place, advice = None, ''
    if verdict is Verdict.WARN:
        place, advice = _advice(connection, status)
    parts = [shown, attempt.facts.get('named', ''), duration(took), *tls.words_of(attempt.facts)]
    text = ', '.join(part for part in parts if part)
    if status in (401, 403) and verdict is Verdict.OK and not connection.expected:
        text += ': up, and wants a login'
    if connection.left_out:
        text += f' (asked without {", ".join(connection.left_out)})'
    return Pong(verdict, f'{text}{advice}', took, place=place, facts=dict(attempt.facts))


def _advice(connection: RestConnection, status: int) -> tuple[Any, str]:
    item, method, asked = connection.item, connection.method, asked_of(connection.item)
    name, what = asked.field_of(asked.path), 'this request'
    if status == 404:
        what = 'this path'
    elif status in (405, 501):
        name, what = asked.field_of(asked.method), method
    advice = f': it answers, but not to {what}'
    if status == 404:
        advice += f'; {spot(item, name)}?'
    elif status in (405, 501) and name != asked.address:
        other = 'GET'
        if method == 'GET':
            other = 'HEAD'
        advice += f'; {name}: {other}?'
        place = item.place_of(name)
        if place and place.path:
            advice += f' ({place.short})'
    return item.place_of(name), advice


def _refused(connection: RestConnection, shown: str, status: int, attempt: Attempt) -> Pong:
    values = {**connection.words(), 'status': shown}
    item = connection.item
    if connection.expected:
        wanted = ', '.join(map(str, sorted(connection.expected)))
        return fail('unexpected-status', attempt, item.place, **values, expected=wanted)
    if status == 407 and (values['proxy'] or connection.login is None):
        return fail('proxy-login', attempt, item.place, **values)
    if status >= 500:
        return fail('server', attempt, item.place, **values)
    if connection.login is None:
        where = asked_of(item).address
        values.update(user=f'the user in {where}', password=where)
        return fail('login', attempt, item.place_of(where), **values)
    values['user'] = user_of(connection.login)
    return fail('login', attempt, connection.login.place_of(secret_field(connection.login)), **values)
