"""Work that is done in the order in which it came, by a thread of its own, while others go on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class FullError(Exception):
    """More waits than may wait."""


class Lane:
    """A thread that does one thing after another. It comes into being with the first, and ends when it is closed."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._waiting: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._is_closed = self._is_working = False
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done, or waits."""
        with self._changed:
            return self._is_working or bool(self._waiting)

    def add(self, run: Callable[[], None], seconds: float = 0.0) -> None:
        """Has something done, which must not raise. Raises FullError where there is no room within `seconds`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_closed or len(self._waiting) < self._most, seconds):
                raise FullError
            if self._is_closed:
                return
            self._waiting.append(run)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Does nothing more; what is being done goes on."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while run := self._next():
            run()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._is_working = False
            self._changed.wait_for(lambda: self._is_closed or self._waiting)
            if self._is_closed:
                return None
            self._is_working = True
            self._changed.notify_all()
            return self._waiting.popleft()
