"""Outgoing REST connections as services call them: kept open, with placeholders filled and answers parsed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import requests
from requests.utils import check_header_validity
from urllib3.exceptions import HTTPError

from zatools.connections import http
from zatools.connections.login import Login, login_of, needs_token
from zatools.connections.pong import Attempt, Pong, printable
from zatools.connections.rest import PLACEHOLDER, RestConnection, carried, headers_of
from zatools.errors import ZatoolsError

#: Seconds that a bearer token is used for, unless a system refuses it before.
TOKEN_AGE = 60.0
#: Bytes of an answer that are read.
LARGEST = 256 * 1024 * 1024
FORM = 'application/x-www-form-urlencoded'


class CallFailedError(requests.exceptions.ConnectionError, ConnectionError):
    """A system could not be called. The text says why, in the words of pings.

    For services it is what requests raises, as on the platform, and what connections of other protocols raise here.
    """


class CallTimeoutError(requests.exceptions.Timeout, TimeoutError):
    """A system did not answer in time. The text is that of pings."""


@dataclass
class RestCalls:
    """An outgoing REST connection that services call; all threads share it."""

    connection: RestConnection
    session: requests.Session
    #: What values are sent as that JSON has no form for.
    plain: Callable[[Any], Any] | None = None
    _token: tuple[float, Login] | None = field(default=None, repr=False)

    def call(
        self,
        method: str,
        cid: str,
        data: Any = '',
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Sends a request and returns its response, with `data` parsed.

        Raises CallFailedError, CallTimeoutError, or ValueError for a placeholder without a value.
        """
        item = self.connection.item
        _check(item.name, method, headers or {})
        url, query = filled(f'{item.values.get("host", "")}{item.values.get("url_path", "")}', params or {})
        sent = {**headers_of(item), 'X-Zato-CID': cid, **(headers or {})}
        if query:
            options['params'] = query
        options['data'] = self._body(data, str(item.values.get('data_format') or ''), sent['Content-Type'])
        if options.get('files'):
            # Forms with files have a type of their own, which says where each of their parts ends.
            sent = {name: value for name, value in sent.items() if name.lower() != 'content-type'}
            options['data'] = data or None
        response = self.sent(method, url, sent, **options)
        response.data = _parsed(response, item.values.get('data_format') == 'json')  # type: ignore[attr-defined]
        return response

    def sent(self, method: str, url: str, headers: Mapping[str, str], **options: Any) -> requests.Response:
        """Sends a request to a URL with the login of the connection, and returns its response, read in full.

        Raises CallFailedError, CallTimeoutError. The login goes wherever the URL is.
        """
        attempt = Attempt(self.connection.timeout)
        try:
            response = self._sent(attempt, method, url, headers, options)
            is_whole = http.read_whole(response, LARGEST, attempt)
        except ZatoolsError as error:
            raise CallFailedError(f"'{self.connection.item.name}': {error.text}") from None
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            raise self._failure(self.connection.failed(error, attempt)) from None
        if not is_whole:
            response.close()
            raise CallFailedError(f"'{self.connection.item.name}': its answer is longer than {LARGEST >> 20} MB")
        return response

    def _body(self, data: Any, data_format: str, content_type: str) -> Any:
        if isinstance(data, str):
            return data.encode()
        if isinstance(data, bytes) or FORM in content_type:
            return data
        if data_format == 'json':
            return json.dumps(data, default=self.plain).encode()
        if data_format == 'form':
            return urlencode(data, doseq=True)
        return data

    def _sent(
        self, attempt: Attempt, method: str, url: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> requests.Response:
        login = self._login(attempt)
        own, auth = carried(login)
        response = http.send(self.session, attempt, method, url, headers={**headers, **own}, auth=auth, **options)
        if response.status_code == 401 and self._token:
            # The token may have expired early, so a new one gets one more try.
            response.close()
            self._token = None
            own, auth = carried(self._login(attempt))
            response = http.send(self.session, attempt, method, url, headers={**headers, **own}, auth=auth, **options)
        return response

    def _login(self, attempt: Attempt) -> Login:
        definition = self.connection.login
        if definition is None:
            return Login()
        if not needs_token(definition):
            return login_of(definition)
        if self._token and time.monotonic() - self._token[0] < TOKEN_AGE:
            return self._token[1]
        login = self.connection.log_in(attempt)
        if isinstance(login, Pong):
            raise self._failure(login)
        self._token = time.monotonic(), login
        return login

    def _failure(self, pong: Pong) -> CallFailedError | CallTimeoutError:
        text = f"'{self.connection.item.name}': {pong.sentence}"
        if 'timeout' in pong.failure or 'deadline' in pong.failure:
            return CallTimeoutError(text)
        return CallFailedError(text)


def _check(called: str, method: Any, headers: Mapping[str, Any]) -> None:
    # The errors of requests speak of its internals and quote values, so these checks come first.
    if not isinstance(method, str):
        raise CallFailedError(f"'{called}': the method of a call is a text, as in 'GET'")
    for name, value in headers.items():
        try:
            check_header_validity((name, value))
            for part, encoding in ((name, 'ascii'), (value, 'latin-1')):
                if isinstance(part, str):
                    part.encode(encoding)
        except (requests.exceptions.InvalidHeader, UnicodeError):
            text = f"header '{printable(str(name))}' can't be sent: headers are texts of one line, in latin-1"
            raise CallFailedError(f"'{called}': {text}") from None


def filled(url: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns a URL with its placeholders filled, and the remaining parameters for the query string."""
    names = [part[1:-1] for part in PLACEHOLDER.findall(url)]
    if not names:
        return url, dict(params)
    missing = [name for name in names if name not in params]
    if missing:
        raise ValueError(f'no value for {", ".join("{" + name + "}" for name in missing)} of {url}')
    address = PLACEHOLDER.sub(lambda match: quote(str(params[match[0][1:-1]]), safe=''), url)
    return address, {name: value for name, value in params.items() if name not in names}


def _parsed(response: requests.Response, is_json: bool) -> Any:
    if not is_json and 'application/json' not in response.headers.get('Content-Type', ''):
        return response.text
    if not response.content:
        return ''
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'Could not parse JSON response `{response.text[:500]}`; e:`{error}`') from None
