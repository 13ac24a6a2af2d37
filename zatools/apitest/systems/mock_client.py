"""A running `zato mock`, asked by the runner: rules are given to it, and what its systems were asked is fetched."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.systems.message import Message
from zatools.apitest.systems.played import Call, Rule
from zatools.place import did_you_mean

#: Without it nothing is done: no page in a browser can send it to another origin.
HEADER = 'X-Zato-Mock'
#: Seconds until it must have answered.
WAIT = 10
HINT = 'start it: zato mock definitions.yaml; it says its address'


def as_data(clauses: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Returns clauses as JSON has them."""
    return [[mode, words, list(values), part, shown] for mode, words, values, part, shown in clauses]


def call_as_data(call: Call, status: int) -> dict[str, Any]:
    """Returns a call as JSON has it."""
    return {
        'method': call.method,
        'path': call.path,
        'query': call.query,
        'headers': dict(call.headers),
        'body': base64.b64encode(call.body).decode(),
        'status': status,
    }


def _call(data: Mapping[str, Any]) -> tuple[Call, int]:
    body = base64.b64decode(data['body'])
    return Call(data['method'], data['path'], data['query'], data['headers'], body), int(data['status'])


class MockClient:
    """A running mock; each scenario begins with no calls and with the mock's own rules."""

    def __init__(self, address: str) -> None:
        import requests

        parts = urlsplit(address)
        if parts.scheme != 'http' or not parts.hostname:
            raise StepBroken('this is no address of a zato mock', at='address', hint='"http://127.0.0.1:PORT"')
        self._address = address.rstrip('/')
        self._session = requests.Session()
        # It runs on this machine: no proxy is asked.
        self._session.trust_env = False
        self._systems: dict[str, str] = self.ask('GET', '/systems')

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario: what was asked before is forgotten, and what scenarios have said."""
        self.ask('POST', '/reset')

    def end(self) -> None:
        """Ends a scenario: what it has said is forgotten, whoever calls next."""
        # A mock that is gone has forgotten all.
        with suppress(StepBroken):
            self.ask('POST', '/reset')

    def close(self) -> None:
        """Ends the connection."""
        self._session.close()

    def system(self, name: str) -> PlayedThere:
        """Returns a system that it plays; raises StepBroken for one that it does not know."""
        if name not in self._systems:
            hint = did_you_mean(name, self._systems) or f'it plays: {", ".join(self._systems)}'
            raise StepBroken(f"zato mock plays no system '{name}'", at='system', hint=hint)
        return PlayedThere(self, name, self._systems[name])

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """Returns what the mock answers; raises StepBroken where it does not."""
        import requests

        options = {'headers': {HEADER: '1'}, 'timeout': WAIT, 'allow_redirects': False}
        try:
            answer = self._session.request(method, f'{self._address}{path}', json=content, **options)  # type: ignore[arg-type]
            found = answer.json()
        except (requests.RequestException, ValueError):
            raise StepBroken('no zato mock answers there', at='address', hint=HINT) from None
        if answer.status_code != 200 or not isinstance(found, dict):
            raise StepBroken(f'zato mock says: {found}', at='clauses')
        return found['result']


class PlayedThere:
    """A system that a running mock plays."""

    def __init__(self, mock: MockClient, name: str, address: str) -> None:
        self._mock, self._name, self.address = mock, name, address

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario; the mock does that for all of its systems."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Ends nothing: the mock goes on."""

    def add(self, rule: Rule, clauses: object) -> None:
        """Adds a rule."""
        self._mock.ask('POST', '/rules', system=self._name, clauses=clauses, written=rule.written)

    def calls(self) -> list[tuple[Call, int]]:
        """Returns the calls, and the statuses that they were answered with."""
        return [_call(data) for data in self._mock.ask('POST', '/calls', system=self._name)]

    def messages(self) -> list[Message]:
        """Returns the messages that were published to it."""
        return [Message(**data) for data in self._mock.ask('POST', '/messages', system=self._name)]


def message_as_data(message: Message) -> dict[str, Any]:
    """Returns a message as JSON has it."""
    values = {'headers': dict(message.headers), 'properties': dict(message.properties)}
    return {'text': message.text, 'key': message.key, **json.loads(json.dumps(values, default=str))}
