"""Dropbox: a check of the token for pings, and its own library's client for services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from zatools.connections.clients import api
from zatools.connections.clients.api import ApiError, ApiView, Line, bearer, dict_of, text_of
from zatools.connections.pong import Attempt

#: What a ping sends, and what comes back of it.
WORD = 'zatools'
#: How Dropbox says that a token is right, and is not for this.
SCOPE = 'missing_scope'


@dataclass(frozen=True)
class Peer(api.Api):
    """Dropbox's API, for one token."""

    word = 'Dropbox'
    home = 'https://api.dropboxapi.com'
    variable = 'ZATO_DROPBOX_ADDRESS'
    address = variable
    blamed = {'client-token': 'secret'}

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Has the token checked."""
        headers = bearer(self.key('secret'))
        found = client.sent(attempt, 'POST', '/2/check/user', headers=headers, json={'query': WORD})
        status = found.status_code
        if status == 400 or status >= 500:
            # It answers in plain text then.
            raise ApiError(text_of(found) or f'HTTP {status}', None, status)
        said = dict_of(found)
        why = str(said.get('error_summary') or '')
        if status != 200 and SCOPE not in why:
            raise ApiError(why.strip('./ ') or f'HTTP {status}', said, status, status == 401)
        return self.word


class Dropbox(ApiView):
    """`self.cloud.dropbox['Files'].conn`."""

    called = 'self.cloud.dropbox[…].conn'

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a Dropbox of its own library. Its calls raise the library's exceptions, and ConnectionError."""
        self._library()
        from dropbox import Dropbox as Library

        about = self._peer.about
        retries = about.number('max_retries_on_error')
        yield Library(
            self._key('secret'),
            max_retries_on_error=retries,
            max_retries_on_rate_limit=about.number('max_retries_on_rate_limit') or retries,
            user_agent=about.text('user_agent') or None,
            session=_Session(self),
            headers=_headers(about.lines('http_headers')) or None,
            timeout=self._connection.timeout,
        )


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition('=') for line in lines)
    return {name.strip(): value.strip() for name, mark, value in pairs if mark}


class _Session(requests.Session):
    # What the library sends goes our way.

    def __init__(self, view: Dropbox) -> None:
        super().__init__()
        self._view = view

    def request(self, method: Any, url: Any, *_: Any, **options: Any) -> requests.Response:
        """Sends a request."""
        sent = {name: options.get(name) for name in ('headers', 'data', 'params', 'json') if options.get(name)}
        return self._view._sent(method, self._view._peer.moved(url), stream=options.get('stream'), **sent)
