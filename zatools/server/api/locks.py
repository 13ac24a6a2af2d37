"""`self.lock`: one call at a time, within this server."""

from __future__ import annotations

import threading
from time import monotonic
from types import TracebackType
from typing import Any

from zatools.server.api.supported import Supported


class LockTimeout(Exception):  # noqa: N818
    """A lock was not free in time."""


class Locks:
    """All locks of a server, by name: who holds each, and until when."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._held: dict[str, tuple[object, float]] = {}

    def take(self, name: str, ttl: float, block: float) -> object:
        """Takes a lock; of one that is held longer than its time the next one takes over. Raises LockTimeout."""
        end = monotonic() + block
        with self._free:
            while name in self._held and self._held[name][1] > monotonic():
                left = min(end, self._held[name][1]) - monotonic()
                if monotonic() >= end:
                    raise LockTimeout(f"lock '{name}' was not free within {block:g} s")
                self._free.wait(max(left, 0.001))
            holder = object()
            self._held[name] = holder, monotonic() + ttl
            return holder

    def give_back(self, name: str, holder: object) -> None:
        """Frees a lock, unless somebody else holds it by now."""
        with self._free:
            if name in self._held and self._held[name][0] is holder:
                del self._held[name]
                self._free.notify_all()


class Lock(Supported):
    """One lock: for `with`, or by `acquire` and `release`."""

    called = 'self.lock()'
    namespace = 'zato'

    def __init__(self, locks: Locks, name: str, ttl: float, block: float) -> None:
        self._locks, self.name, self.ttl, self._block = locks, name, ttl, block
        self._holder: Any = None

    @property
    def acquired(self) -> bool:
        """Whether it was taken and not given back."""
        return self._holder is not None

    def acquire(self) -> Lock:
        """Takes it. Raises LockTimeout."""
        self._holder = self._locks.take(self.name, self.ttl, self._block)
        return self

    def release(self) -> None:
        """Gives it back."""
        self._locks.give_back(self.name, self._holder)
        self._holder = None

    def __enter__(self) -> Lock:
        return self.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
