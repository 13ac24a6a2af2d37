"""Messages that a `zato mock` took in place of a broker."""

from __future__ import annotations

from time import monotonic, sleep

import requests

#: The header that its own requests have, and seconds until it must have answered.
HEADER, WAIT = 'X-Zato-Mock', 10


class MockInbox:
    """Receives messages that were published through a connection; `control` is the mock's address for features."""

    def __init__(self, control: str, name: str) -> None:
        self._url, self._name = f'{control}/messages', name
        self._seen = 0

    def receive(self, seconds: float) -> str:
        """Returns the next message; '' where none comes in time."""
        until = monotonic() + seconds
        while True:
            found = self._messages()
            # A feature that begins has the mock forget what was there.
            self._seen = min(self._seen, len(found))
            if len(found) > self._seen:
                self._seen += 1
                return found[self._seen - 1]
            if monotonic() >= until:
                return ''
            sleep(0.05)

    def _messages(self) -> list[str]:
        with requests.Session() as session:
            session.trust_env = False
            asked = {'json': {'system': self._name}, 'headers': {HEADER: '1'}, 'timeout': WAIT}
            answer = session.post(self._url, **asked)  # type: ignore[arg-type]
            return [str(message['text']) for message in answer.json()['result']]
