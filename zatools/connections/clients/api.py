"""Vendors' APIs over HTTP: one way of calling them, for pings, for services, and for the vendors' own libraries."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import requests
from requests.utils import select_proxy

from zatools.connections import http
from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Conn, RefusedError
from zatools.connections.pong import Attempt, printable, shown_url, spot
from zatools.connections.tls import Trust

#: Bytes of an answer that are read; one with more is none.
LARGEST = 16 * 1024 * 1024
#: Statuses that refuse a login.
REFUSED = (401, 403)


class ApiError(Exception):
    """The other side can't or won't: the text has its reason, `answer` what it sent, `status` that of HTTP.

    One that `is_login` refuses the login.
    """

    def __init__(self, reason: str, answer: Any = None, status: int = 0, is_login: bool = False) -> None:
        super().__init__(printable(reason))
        self.answer, self.status, self.is_login = answer, status, is_login


@dataclass(frozen=True)
class Api(peer.Peer):
    """An API at its vendor's URL, its `home`, or at the one that an environment variable names."""

    home: ClassVar[str] = ''
    variable: ClassVar[str] = ''
    secret_word = 'token'
    advice = "what do its vendor's pages say of that?"
    package_is_for_services = True

    @property
    def base(self) -> str:
        """The URL that paths are added to."""
        return (os.environ.get(self.variable) or self.home).rstrip('/')

    @property
    def host(self) -> str:
        """The host of the URL; '' where that is none."""
        return self._where()[0]

    @property
    def port(self) -> int:
        """The port of the URL."""
        return self._where()[1]

    @property
    def target(self) -> str:
        """The URL."""
        return shown_url(self.base)

    @property
    def proxies(self) -> Mapping[str, str] | None:
        """Proxies of the definition, by scheme; None where it has none, and those of the environment count."""
        found = {scheme: self.about.lines(f'{scheme}_proxy_list')[:1] for scheme in ('http', 'https')}
        return {scheme: lines[0] for scheme, lines in found.items() if lines} or None

    @property
    def trust(self) -> Trust:
        """Whom it trusts: this machine's authorities, which are not read where nothing needs them.

        Raises RefusedError where the URL is none.
        """
        if not self.host:
            raise RefusedError('url', target=self.target)
        return Trust(any(url.lower().startswith('https:') for url in (self.base, self._proxy())))

    def _where(self) -> tuple[str, int]:
        try:
            return http.where_of(self.base)
        except ValueError:
            return '', 0

    def key(self, *names: str) -> str:
        """Returns the first secret of these fields that there is. Raises RefusedError where there is none."""
        for name in names:
            found = self.about.secret(name)
            if found:
                return found
        raise RefusedError('client-secret', secret=self.secret_word, field=spot(self.about.item, names[0]))

    def moved(self, url: str) -> str:
        """Returns a vendor's URL, at the place of the environment variable where there is one."""
        if not os.environ.get(self.variable):
            return url
        path = url.partition('://')[2].partition('/')[2]
        return f'{self.base}/{path}'

    def open(self, seconds: float) -> Line:
        """Returns what calls it. Raises RefusedError where the definition can't be used."""
        return Line(self, http.session_for(self.trust))

    def close(self, client: Any) -> None:
        """Does nothing: each call is one of HTTP."""

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what HTTP says of an exception, and what the other side said."""
        if isinstance(error, ApiError):
            name = {True: 'client-token', False: 'client-refused'}[error.is_login]
            return name, {'reason': str(error), 'secret': self.secret_word}
        name, reason = http.name_of(error)
        if name == 'failed':
            # The texts of exceptions may have URLs in them, and those may hold secrets.
            name = 'client-failed'
        words = {'reason': reason, 'issuer': 'unknown', 'proxy': shown_url(self._proxy())}
        if self.home and self.base == self.home:
            words['field'] = f'{self.host} ({self.variable} can name another)'
        return name, words

    def _proxy(self) -> str:
        if self.proxies is None:
            return http.proxy_for(self.base)
        return str(select_proxy(self.base, dict(self.proxies)) or '')


@dataclass(frozen=True)
class Line:
    """A way to an API: its requests go by our HTTP, whoever makes them."""

    peer: Api
    session: requests.Session = field(repr=False)

    def sent(self, attempt: Attempt, method: str, url: str, **options: Any) -> requests.Response:
        """Sends a request and returns its response, read in full unless it is to `stream`. Raises what requests does.

        A URL that begins with a slash is a path below that of the API.
        """
        if url.startswith('/'):
            url = f'{self.peer.base}{url}'
        is_streamed = options.pop('stream', False)
        response = http.send(self.session, attempt, method, url, self.peer.proxies, **options)
        if not is_streamed:
            with response:
                _read(response, attempt)
        return response


def _read(response: requests.Response, attempt: Attempt) -> None:
    if not http.read_whole(response, LARGEST, attempt):
        raise RefusedError('client-refused', reason=f'its answer is longer than {LARGEST // 1024 // 1024} MB')


def text_of(response: requests.Response) -> str:
    """Returns the text of an answer, which is in UTF-8."""
    return response.content.decode('utf-8', 'replace')


def json_of(response: requests.Response) -> Any:
    """Returns what an answer in JSON says, None where it has nothing. Raises RefusedError for any other answer."""
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        status = f'HTTP {response.status_code}'
        raise RefusedError('client-refused', reason=f'{status}, and its answer is no JSON') from None


def dict_of(response: requests.Response) -> dict[str, Any]:
    """Returns what an answer in JSON says, which is a dict. Raises RefusedError for any other answer."""
    found = json_of(response)
    if not isinstance(found, dict):
        raise RefusedError('client-refused', reason=f'HTTP {response.status_code}, and its answer is no object in JSON')
    return found


def bearer(token: str) -> dict[str, bytes]:
    """Returns the header with a token."""
    return {'Authorization': f'Bearer {token}'.encode()}


class ApiView(Conn):
    """What services get of an API. Its calls raise ApiError where it refuses, ConnectionError where it isn't up."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        # Each API's own has calls of its own.
        self._peer = cast(Any, connection.peer)
        size = self._peer.about.number('pool_size') or http.POOL_SIZE
        self._line = Line(self._peer, http.new_session(self._peer.trust, size=size))

    def _call(self, *what: Any, **options: Any) -> Any:
        # What the peer makes of a call.
        return self._tried(self._peer.call, *what, **options)

    def _sent(self, method: str, url: str, **options: Any) -> requests.Response:
        # For libraries, which judge answers by themselves.
        found: requests.Response = self._tried(Line.sent, method, url, **options)
        return found

    def _tried(self, call: Callable[..., Any], *what: Any, **options: Any) -> Any:
        attempt = Attempt(self._connection.timeout)
        try:
            return call(self._line, attempt, *what, **options)
        except ApiError as error:
            raise ApiError(f"'{self.name}': {error}", error.answer, error.status, error.is_login) from None
        # What is not an answer is told as pings tell it.
        except Exception as error:
            raise self._told(error, attempt) from None

    def _library(self) -> None:
        # Raises ConnectionError where the vendor's library is missing.
        if self._connection.lacking:
            raise ConnectionError(f"'{self.name}': {self._connection.lacking}")

    def _key(self, *names: str) -> str:
        # A secret, for a library.
        try:
            found: str = self._peer.key(*names)
        except Exception as error:
            raise self._told(error) from None
        return found

    def close(self) -> None:
        """Closes what is open."""
        self._line.session.close()
