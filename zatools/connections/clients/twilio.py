"""Twilio: the account for pings, and text messages for services, with its own library's client besides."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from requests import Response

from zatools.connections.clients import api
from zatools.connections.clients.api import REFUSED, ApiError, ApiView, Line, dict_of, text_of
from zatools.connections.pong import Attempt, brief

JSON = ('application/json', 'application/scim+json')


@dataclass(frozen=True)
class Peer(api.Api):
    """Twilio's API, for one account."""

    word = 'Twilio'
    user = 'account_sid'
    home = 'https://api.twilio.com'
    variable = 'ZATO_TWILIO_ADDRESS'
    address = variable
    blamed = {'client-token': 'auth_token'}

    @property
    def account(self) -> str:
        """The path of the account."""
        return f'/2010-04-01/Accounts/{quote(self.login, safe="")}'

    def call(self, line: Line, attempt: Attempt, method: str, path: str = '', **options: Any) -> dict[str, Any]:
        """Calls a path of the account and returns what is answered. Raises ApiError where that is an error."""
        pair = f'{self.login}:{self.key("auth_token")}'.encode()
        headers = {'Authorization': b'Basic ' + b64encode(pair)}
        return answer_of(line.sent(attempt, method, f'{self.account}{path}.json', headers=headers, **options))

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Asks for the account."""
        found = self.call(client, attempt, 'GET')
        name, status = (brief(found.get(one)) for one in ('friendly_name', 'status'))
        attempt.facts.update(account=name, account_status=status)
        return f"Twilio, account '{name}' {status}".strip()


def answer_of(response: Response) -> dict[str, Any]:
    """Returns what an answer of Twilio says. Raises ApiError for an error."""
    found, status = dict_of(response), response.status_code
    if status >= 400:
        raise ApiError(str(found.get('message') or f'HTTP {status}'), found, status, status in REFUSED)
    return found


class Twilio(ApiView):
    """`self.out.sms.twilio['Alerts'].conn`."""

    called = 'self.out.sms.twilio[…].conn'

    def send(self, body: str, to: str = '', from_: str = '') -> dict[str, Any]:
        """Sends a text message and returns what Twilio says of it, its `sid` for one.

        Who sends and receives is what the definition says, unless given. Raises ApiError, ConnectionError.
        """
        about = self._peer.about
        message = {'To': to or about.text('default_to'), 'From': from_ or about.text('default_from'), 'Body': body}
        found: dict[str, Any] = self._call('POST', '/Messages', data=message)
        return found

    @property
    def messages(self) -> Any:
        """The messages of the account, as twilio has them: `messages.create(to=…, from_=…, body=…)`."""
        return self._made().messages

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a Client of twilio. Its calls raise twilio's exceptions, and ConnectionError."""
        yield self._made()

    def _made(self) -> Any:
        self._library()
        from twilio.rest import Client

        # No region that the environment of this machine names.
        names = {'TWILIO_REGION': ''}
        return Client(self._peer.login, self._key('auth_token'), http_client=_http(self), environment=names)


def _http(view: Twilio) -> Any:
    from twilio.http import HttpClient
    from twilio.http.response import Response as Answer

    class Http(HttpClient):  # type: ignore[misc]
        # Its requests go our way: their deadline is that of the connection.
        def request(self, method: str, url: str, headers: Any = None, **options: Any) -> Any:
            """Sends a request."""
            sent = {name: options.get(name) for name in ('params', 'data', 'auth')}
            if (headers or {}).get('Content-Type') in JSON:
                sent['json'] = sent.pop('data')
            found = view._sent(method, view._peer.moved(url), headers=headers or {}, **sent)
            return Answer(found.status_code, text_of(found), found.headers)

    return Http(logging.getLogger(__name__), False)
