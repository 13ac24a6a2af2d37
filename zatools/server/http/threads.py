"""The threads that services run in, and more of them while all wait: for systems, or for calls of this very server."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

log = logging.getLogger('zatools.server')
#: Seconds for which the first request that waits is left waiting, before there are more threads.
STALL = 0.15
#: Seconds without a request that waits, after which the further threads go again.
CALM = 30.0
#: Seconds between two lines of the log about it.
QUIET = 10.0


class Threads:
    """Looks after the threads of waitress: `usual` of them, `most` where requests wait for each other."""

    def __init__(self, dispatcher: Any, usual: int, most: int) -> None:
        self._dispatcher, self._usual, self._most = dispatcher, usual, most
        self._first: Any = None
        self._since = self._said = 0.0

    def look(self) -> float:
        """Adds threads where no thread took a request for a while. Returns the seconds until it wants to look again."""
        first, now = self._next(), monotonic()
        if first is not self._first or not self._since:
            self._first, self._since = first, now
        waited = now - self._since
        if first is not None and waited >= STALL:
            self._add(now)
        elif first is None and waited >= CALM and len(self._dispatcher.threads) > self._usual:
            self._dispatcher.set_thread_count(self._usual)
        if first is None:
            return 0.5
        return STALL / 3

    def replace_one(self) -> None:
        """Adds a thread for one that will not come back."""
        self._usual += 1
        self._most += 1
        self._dispatcher.set_thread_count(len(self._dispatcher.threads) + 1)

    def _next(self) -> Any:
        # The threads take from the queue meanwhile.
        try:
            return self._dispatcher.queue[0]
        except IndexError:
            return None

    def _add(self, now: float) -> None:
        busy, waiting = len(self._dispatcher.threads), len(self._dispatcher.queue)
        more = min(busy, waiting, self._most - busy)
        if now - self._said >= QUIET:
            self._said = now
            outcome = f'{more} more take them'
            if more <= 0:
                outcome = 'they wait for one that ends'
            log.warning('all %d threads are busy and %d requests wait: %s', busy, waiting, outcome)
        self._since = now
        if more > 0:
            self._dispatcher.set_thread_count(busy + more)
