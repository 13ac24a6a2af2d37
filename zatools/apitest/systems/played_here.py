"""Systems that the runner itself plays, each on a port of this machine, while a feature runs."""

from __future__ import annotations

import threading

from zatools.apitest.systems.listener import Listener
from zatools.apitest.systems.message import Message
from zatools.apitest.systems.played import Call, Played, Rule, application


class PlayedHere:
    """A system that is played here; its rules and its calls are those of one scenario."""

    def __init__(self, name: str, port: int = 0) -> None:
        self._over = threading.Event()
        self._played = Played(name)
        self._listener = Listener(application(self._played.answer, self._over.wait), port)
        self.address = self._listener.address

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""
        self._played.reset()

    def end(self) -> None:
        """Ends a scenario; what was asked can still be looked at."""

    def close(self) -> None:
        """Ends the system."""
        self._over.set()
        self._listener.close()

    def add(self, rule: Rule, clauses: object) -> None:
        """Adds a rule."""
        self._played.add(rule)

    def calls(self) -> list[tuple[Call, int]]:
        """Returns the calls, and the statuses that they were answered with."""
        return self._played.calls()

    def messages(self) -> list[Message]:
        """Returns no messages: what is played here is called by HTTP."""
        return []
