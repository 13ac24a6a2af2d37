"""Telegram: its bot says who it is for pings, and services call methods of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from zatools.connections.clients import api
from zatools.connections.clients.api import REFUSED, ApiError, ApiView, Line, dict_of
from zatools.connections.clients.peer import RefusedError
from zatools.connections.pong import Attempt, brief

#: What a URL has a token and a method put in for. What Telegram answers to a token that it doesn't know is a 404, too.
TOKEN, METHOD = '{token}', '{method}'
UNKNOWN = 404


@dataclass(frozen=True)
class Peer(api.Api):
    """Telegram's API for bots. The token is in the path of its URLs, which nobody may see."""

    word = 'Telegram'
    address = 'address'
    blamed = {'client-token': 'secret'}

    @property
    def base(self) -> str:
        """Scheme and host: the path has the token, or may have it."""
        scheme, colon, rest = self.about.text('address').partition('://')
        return f'{scheme}{colon}{rest.partition("/")[0]}'

    @property
    def timeout(self) -> float:
        """Seconds for a connection and an answer together."""
        found = self.about.number('connect_timeout') + self.about.number('invoke_timeout')
        return float(found) or super().timeout

    def path(self, method: str) -> str:
        """Returns the path of a method. Raises RefusedError without a token, or without a place for the method."""
        path = self.about.text('address').removeprefix(self.base)
        if METHOD not in path:
            advice = f'an address ends in a place for the method: {METHOD}'
            raise RefusedError('client-setting', setting=self.target, advice=advice)
        token = ''
        if TOKEN in path:
            token = quote(self.key('secret'), safe=':')
        return path.replace(TOKEN, token).replace(METHOD, quote(method, safe=''))

    def call(self, line: Line, attempt: Attempt, method: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Calls a method and returns the answer. Raises ApiError where that is not ok."""
        response = line.sent(attempt, 'POST', self.path(method), json=sent)
        found, status = dict_of(response), response.status_code
        if found.get('ok') is not True:
            why = str(found.get('description') or f'HTTP {status}')
            raise ApiError(why, found, status, status in REFUSED or (status == UNKNOWN and method == 'getMe'))
        return found

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Asks which bot it is."""
        found = self.call(client, attempt, 'getMe', {}).get('result')
        user = ''
        if isinstance(found, dict):
            user = brief(found.get('username'))
        attempt.facts.update(user=user)
        return f'Telegram, bot {user}'.strip()


class Telegram(ApiView):
    """`self.im.telegram['Bot'].conn`."""

    called = 'self.im.telegram[…].conn'

    @contextmanager
    def client(self) -> Iterator[Self]:
        """Yields the connection itself, which has `invoke`."""
        yield self

    def invoke(self, method: str, data: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Calls a method of the API, `sendMessage` for one, and returns the answer, which has a `result`.

        Raises ApiError where Telegram refuses, ConnectionError where it isn't reached.
        """
        found: dict[str, Any] = self._call(method, {**(data or {}), **params})
        return found
