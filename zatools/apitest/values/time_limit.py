"""A limit of time for what can't be stopped otherwise: an exchange that trickles, a pattern that never ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class OutOfTimeError(Exception):
    """The time is over."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises OutOfTimeError after so many seconds; within the main thread alone, which has the process's signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
