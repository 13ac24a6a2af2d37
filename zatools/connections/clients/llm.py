"""Language models: their list for pings, questions and chats for services, in either of the two usual forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from zatools.connections.clients import api
from zatools.connections.clients.api import REFUSED, ApiError, ApiView, Line, bearer, dict_of
from zatools.connections.clients.peer import ClientConnection, RefusedError
from zatools.connections.pong import Attempt, printable

Messages = list[dict[str, str]]
MODELS = '/models'
#: What APIs without a list of models answer.
NO_LIST = (404, 405, 501)
#: Where a path of an address is that has none.
USUAL = '/v1'
VERSION = '2023-06-01'


class Form(NamedTuple):
    """How an API is asked: its path, headers made of a key, where an answer has its text, what it calls tokens."""

    path: str
    headers: Callable[[str], dict[str, Any]]
    text: Callable[[Mapping[str, Any]], str]
    tokens: tuple[str, str]


def _of_messages(key: str) -> dict[str, Any]:
    return {'x-api-key': key.encode(), 'anthropic-version': VERSION}


def _blocks(found: Mapping[str, Any]) -> str:
    return ''.join(str(one['text']) for one in found['content'] if one['type'] == 'text')


def _choice(found: Mapping[str, Any]) -> str:
    return str(found['choices'][0]['message']['content'] or '')


MESSAGES = Form('/messages', _of_messages, _blocks, ('input_tokens', 'output_tokens'))
COMPLETIONS = Form('/chat/completions', bearer, _choice, ('prompt_tokens', 'completion_tokens'))
FORMS = (MESSAGES, COMPLETIONS)
#: How names of models begin that have an API of messages.
CLAUDE = 'claude'


@dataclass(frozen=True)
class Peer(api.Api):
    """A language model behind an API."""

    word = 'LLM'
    address = 'address'
    secret_word = 'key'
    blamed = {'client-token': 'secret'}

    @property
    def base(self) -> str:
        """The URL that paths are added to: that of the definition, without a path of a form."""
        address = self.about.text('address').rstrip('/')
        for form in FORMS:
            address = address.removesuffix(form.path)
        try:
            has_path = bool(urlsplit(address).path)
        except ValueError:
            return address
        if has_path:
            return address
        return f'{address}{USUAL}'

    @property
    def form(self) -> Form:
        """The form that the address names, or else the model."""
        address = self.about.text('address').rstrip('/')
        named = [form for form in FORMS if address.endswith(form.path)]
        if named:
            return named[0]
        if self.about.text('model').startswith(CLAUDE):
            return MESSAGES
        return COMPLETIONS

    def _headers(self) -> dict[str, Any]:
        # Models on one's own machine want no key.
        key = self.about.secret('secret')
        if not key:
            return {}
        return self.form.headers(key)

    def call(self, line: Line, attempt: Attempt, messages: Messages) -> dict[str, Any]:
        """Asks the model, and returns the text and how many tokens it took. Raises ApiError."""
        sent: dict[str, Any] = {'model': self.about.text('model'), 'messages': messages}
        if self.about.number('max_tokens'):
            sent['max_tokens'] = self.about.number('max_tokens')
        response = line.sent(attempt, 'POST', self.form.path, headers=self._headers(), json=sent)
        found = _checked(dict_of(response), response.status_code)
        try:
            text = self.form.text(found)
        except (KeyError, IndexError, TypeError):
            raise RefusedError('client-refused', reason='its answer has no text') from None
        usage = found.get('usage') or {}
        numbers = zip(('input_tokens', 'output_tokens'), self.form.tokens, strict=True)
        return {'text': text, 'usage': {name: usage.get(theirs, 0) for name, theirs in numbers}}

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Asks which models there are: no question is put, since questions cost."""
        model = printable(self.about.text('model'), 40)
        attempt.facts.update(model=model)
        response = client.sent(attempt, 'GET', MODELS, headers=self._headers())
        if response.status_code in NO_LIST:
            return f'{self.word} without a list of models'
        found = _checked(dict_of(response), response.status_code).get('data')
        names = [one.get('id') for one in found or () if isinstance(one, dict)]
        if names and self.about.text('model') not in names:
            return f"{self.word}, which does not list '{model}'"
        return f'{self.word}, {model}'


def _checked(found: dict[str, Any], status: int) -> dict[str, Any]:
    if status < 400:
        return found
    error = found.get('error')
    if isinstance(error, dict):
        error = error.get('message') or error.get('type')
    raise ApiError(str(error or f'HTTP {status}'), found, status, status in REFUSED)


class Llm(ApiView):
    """`self.llm['Model']`, whose chats are kept in Redis."""

    called = 'self.llm[…]'

    def __init__(self, connection: ClientConnection, redis: Callable[[], Any]) -> None:
        super().__init__(connection)
        self._redis = redis

    def invoke(self, text: str, skill: str = '') -> dict[str, Any]:
        """Asks the model, and returns its `text` and `usage`. Raises ApiError, ConnectionError."""
        return self._answered(skill, [_said('user', text)])

    def chat(self, text: str, chat_id: str = '', skill: str = '') -> dict[str, Any]:
        """Does the same with what was said in the chat before; without an id it is as `invoke`."""
        turns = self._peer.about.number('max_history_turns')
        if not chat_id or not turns:
            return self.invoke(text, skill)
        client, key, asked = self._redis(), f'zato.llm.chat.{self.name}.{chat_id}', _said('user', text)
        before = [json.loads(one) for one in client.lrange(key, -2 * turns, -1)]
        found = self._answered(skill, [*before, asked])
        with client.pipeline() as kept:
            kept.rpush(key, json.dumps(asked), json.dumps(_said('assistant', found['text'])))
            kept.ltrim(key, -2 * turns, -1)
            if self._peer.about.number('chat_expiry'):
                kept.expire(key, self._peer.about.number('chat_expiry'))
            kept.execute()
        return found

    def _answered(self, skill: str, messages: Messages) -> dict[str, Any]:
        if skill:
            raise NotImplementedError(f"'{self.name}': skills are not supported by the local server")
        found: dict[str, Any] = self._call(messages)
        return found


def _said(role: str, text: str) -> dict[str, str]:
    return {'role': role, 'content': text}
