"""Salesforce: a login for pings, and calls of its REST API for services."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from requests import Response

from zatools.connections.clients import api
from zatools.connections.clients.api import REFUSED, ApiError, ApiView, Line, bearer, dict_of, json_of
from zatools.connections.clients.peer import ClientConnection, RefusedError
from zatools.connections.pong import Attempt, printable, spot

#: Where tokens are, and what gets one: the field of a definition for each.
TOKENS = '/services/oauth2/token'
FIELDS = {
    'client_id': 'consumer_key',
    'client_secret': 'consumer_secret',
    'username': 'username',
    'password': 'password',
}
#: How a refusal begins that is about the application, not about the user.
CLIENT = 'invalid_client'
EXPIRED = 401


@dataclass(frozen=True)
class Peer(api.Api):
    """An organisation at Salesforce."""

    word = 'Salesforce'
    address = 'address'
    secret_word = 'password'
    blamed = {'client-token': 'password'}

    @property
    def base(self) -> str:
        """The URL of the definition."""
        return self.about.text('address').rstrip('/')

    def path(self, path: str) -> str:
        """Returns a path of this version of the API; one from the root is left as it is."""
        if path.startswith('/services/'):
            return path
        version = quote(self.about.text('api_version').removeprefix('v'), safe='')
        return f'/services/data/v{version}/{path.removeprefix("/")}'

    def token(self, line: Line, attempt: Attempt) -> str:
        """Logs in and returns a token. Raises RefusedError."""
        sent = {'grant_type': 'password'}
        for name, field in FIELDS.items():
            sent[name] = self.about.secret(field)
            if not sent[name]:
                raise RefusedError('client-secret', secret=field, field=spot(self.about.item, field))
        response = line.sent(attempt, 'POST', TOKENS, data=sent)
        found = dict_of(response)
        if response.status_code == 200 and found.get('access_token'):
            return str(found['access_token'])
        code = str(found.get('error') or f'HTTP {response.status_code}')
        reason = printable(f'{code} {found.get("error_description") or ""}'.strip())
        if response.status_code >= 500:
            raise RefusedError('client-refused', reason=reason)
        field = 'password'
        if code.startswith(CLIENT):
            field = 'consumer_key'
        raise RefusedError('client-token', secret='login', reason=reason, field=spot(self.about.item, field))

    def call(self, line: Line, attempt: Attempt, token: str, method: str, path: str, **options: Any) -> Any:
        """Calls the API and returns what is answered, None for nothing. Raises ApiError."""
        headers = {**bearer(token), 'Accept': 'application/json'}
        return answer_of(line.sent(attempt, method, self.path(path), headers=headers, **options))

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Logs in, and asks for what this version of the API has."""
        version = self.about.text('api_version')
        self.call(client, attempt, self.token(client, attempt), 'GET', '')
        attempt.facts.update(version=printable(version, 40))
        return f'{self.word}, API {version}'


def answer_of(response: Response) -> Any:
    """Returns what an answer of Salesforce says. Raises ApiError for an error."""
    found, status = json_of(response), response.status_code
    if status < 400:
        return found
    first: Any = found
    if isinstance(found, list) and found:
        first = found[0]
    why = f'HTTP {status}'
    if isinstance(first, dict):
        why = f'{first.get("errorCode") or why}: {first.get("message") or "no reason is given"}'
    raise ApiError(why, found, status, status in REFUSED)


class Salesforce(ApiView):
    """`self.salesforce['CRM']` of 4.1, and what `self.cloud.salesforce['CRM'].conn.client()` of 3.2 yields.

    A path is one of the version of the API that the definition names: `/sobjects/Lead`, `/query`.
    """

    called = 'self.salesforce[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._token = ''
        self._logging_in = threading.Lock()
        if self._peer.about.generation == '3.2':
            self.called = 'self.cloud.salesforce[…].conn'

    @contextmanager
    def client(self) -> Iterator[Self]:
        """Yields the connection itself."""
        yield self

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Returns what is at a path."""
        return self._called('GET', path, params=params)

    def post(self, path: str, data: Any = None) -> Any:
        """Sends what is new, and returns the answer, which has its `id`."""
        return self._called('POST', path, json=data)

    def patch(self, path: str, data: Any = None) -> Any:
        """Sends what changes."""
        return self._called('PATCH', path, json=data)

    def delete(self, path: str) -> Any:
        """Deletes what is at a path."""
        return self._called('DELETE', path)

    def _called(self, method: str, path: str, **options: Any) -> Any:
        token = self._logged_in()
        try:
            return self._call(token, method, path, **options)
        except ApiError as error:
            if error.status != EXPIRED:
                raise
        # The token ended, as they do after hours: a new one gets one more try.
        with self._logging_in:
            if self._token == token:
                self._token = ''
        return self._call(self._logged_in(), method, path, **options)

    def _logged_in(self) -> str:
        with self._logging_in:
            self._token = self._token or self._tried(self._peer.token)
            return self._token
