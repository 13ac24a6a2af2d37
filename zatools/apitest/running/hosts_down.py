"""Hosts that don't answer: after some calls in vain, the scenarios that need such a host are not run."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from zatools.apitest.failures import CallFailed, StepBroken
from zatools.apitest.http.unanswered import peer
from zatools.apitest.report.results import NOT_RUN

#: Kinds of failed calls after which a server may be down; one whose certificate isn't trusted is up.
DOWN = frozenset({'connection', 'timeout'})
#: Calls in a row that may fail, before one more is the last.
PATIENCE = 3


class HostDown(StepBroken):
    """A call was not made, since its host is taken for down."""

    status = NOT_RUN


class Health:
    """The number of calls in a row that each host has left without an answer."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._waited: set[str] = set()

    def failed(self, where: str) -> None:
        """Counts a call without an answer."""
        self._failures[where] = self._failures.get(where, 0) + 1

    def answered(self, url: str) -> None:
        """Forgets the calls without an answer, since the host has answered."""
        if self._failures:
            self._failures.pop(peer(url), None)

    def guard(self, seconds: float) -> Callable[[str], None]:
        """Returns a function for the time before each call: it raises HostDown, or waits for a host's first connection.

        `seconds` is how long it waits at most.
        """

        def before_call(url: str) -> None:
            if not self._failures and not seconds:
                return
            where = peer(url)
            if self._failures.get(where, 0) > PATIENCE:
                text = f'not run: {where} did not answer {PATIENCE + 1} calls in a row'
                raise HostDown(text, hint='start it, or wait for it: --wait 60s')
            if seconds and where not in self._waited:
                self._waited.add(where)
                _wait(url, where, seconds)

        return before_call


def _wait(url: str, where: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    parts = urlsplit(url)
    while True:
        try:
            socket.create_connection((parts.hostname or '', int(where.rpartition(':')[2])), 1).close()
            return
        except OSError:
            # A server that is starting refuses connections at first.
            if time.monotonic() >= end:
                text = f'{where} took no connection within {seconds:g} s'
                raise CallFailed(text, kind='connection', peer=where, hint='is the server running?') from None
            time.sleep(0.2)
