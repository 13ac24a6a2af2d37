"""Slack: a test of the token for pings, messages for services of 4.1, and slack_sdk's client for those of 3.2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

from requests import Response

from zatools.connections.clients import api
from zatools.connections.clients.api import ApiError, ApiView, Line, bearer, dict_of, text_of
from zatools.connections.pong import Attempt, brief

#: Without the charset, Slack warns in each answer.
JSON = 'application/json; charset=utf-8'
#: What Slack says of tokens that let nobody in.
TOKENS = ('invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'not_allowed_token_type')


@dataclass(frozen=True)
class Peer(api.Api):
    """Slack's Web API."""

    word = 'Slack'
    home = 'https://slack.com'
    variable = 'ZATO_SLACK_ADDRESS'
    address = variable
    blamed = {'client-token': 'secret'}

    @property
    def fields(self) -> list[str]:
        """The fields that the token may be in: 4.1 looks into two of them."""
        return [name for name in ('secret', 'token') if name in self.about.item.kind.by_name]

    def call(self, line: Line, attempt: Attempt, method: str, sent: Any = None) -> dict[str, Any]:
        """Calls a method of the API and returns what it says. Raises ApiError where that is not ok."""
        headers = {**bearer(self.key(*self.fields)), 'Content-Type': JSON}
        return answer_of(line.sent(attempt, 'POST', f'/api/{method}', headers=headers, json=sent or {}))

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Asks whose token it is."""
        found = self.call(client, attempt, 'auth.test')
        team, user = (brief(found.get(name)) for name in ('team', 'user'))
        attempt.facts.update(team=team, user=user)
        return f"Slack, {user} of '{team}'"


def answer_of(response: Response) -> dict[str, Any]:
    """Returns what an answer of Slack says. Raises ApiError where it is not ok, RefusedError where it is none."""
    if response.status_code >= 500:
        raise ApiError(f'HTTP {response.status_code}', text_of(response), response.status_code)
    found = dict_of(response)
    if found.get('ok') is not True:
        why = str(found.get('error') or f'HTTP {response.status_code}')
        raise ApiError(why, found, response.status_code, why in TOKENS)
    return found


class Slack(ApiView):
    """`self.im.slack['Team'].conn` of 3.2."""

    called = 'self.im.slack[…].conn'

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a WebClient of slack_sdk, whose `api_call` takes keywords too, as that of 3.2 does.

        Its calls raise slack_sdk's exceptions, and ConnectionError.
        """
        self._library()
        yield _client(self, self._key(*self._peer.fields))


def _client(view: Slack, token: str) -> Any:
    from slack_sdk import WebClient

    own = frozenset(signature(WebClient.api_call).parameters)

    class Client(WebClient):
        # Its requests go our way: the library's own reads answers of any length, and has a deadline for each packet.
        def _perform_urllib_http_request_internal(self, url: str, req: Any) -> dict[str, Any]:
            headers = {name: value.encode() for name, value in req.header_items()}
            response = view._sent(req.get_method(), url, headers=headers, data=req.data)
            return {'status': response.status_code, 'headers': response.headers, 'body': text_of(response)}

        def api_call(self, api_method: str, **options: Any) -> Any:
            given = {name: options.pop(name) for name in [*options] if name not in own}
            if given:
                options['params'] = {**(options.get('params') or {}), **given}
            return super().api_call(api_method, **options)

    return Client(token, base_url=f'{view._peer.base}/api/')


class Chat(ApiView):
    """`self.slack['Team']` of 4.1, which `self.slack.send('Team', …)` sends with."""

    called = 'self.slack[…]'

    def send(self, channel: str, text: str = '', blocks: Any = None) -> dict[str, Any]:
        """Posts a message to a channel, and returns what Slack says of it. Raises ApiError, ConnectionError."""
        message: dict[str, Any] = {'channel': channel, 'text': text}
        if blocks is not None:
            message['blocks'] = blocks
        found: dict[str, Any] = self._call('chat.postMessage', message)
        return found
