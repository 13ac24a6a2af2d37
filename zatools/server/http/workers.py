"""Several processes that answer at one port: a supervisor that serves nothing, and its workers."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from zatools.errors import Exit
from zatools.signals import ENDING, HANGUP

log = logging.getLogger('zatools.server')
#: A worker that fails within so many seconds would do so again: all end then.
EARLY = 5.0


class Workers:
    """The worker processes. Each gets a number, from 0; the first one does what only one may do."""

    def __init__(self, count: int, listener: socket.socket) -> None:
        self._count, self._listener = count, listener
        self._running: dict[int, tuple[int, float]] = {}
        self._signals = 0
        self.outcome = Exit.OK

    def run(self) -> int | None:
        """Starts the workers. Returns in each of them its number; here, at the end, None: see `outcome`."""
        for one in ENDING:
            signal.signal(one, self._stop)
        waiting = list(range(self._count))
        while waiting or self._running:
            for number in waiting:
                if self._fork(number):
                    return number
            waiting = self._ended()
        return None

    def _ended(self) -> list[int]:
        # The numbers of workers that ended and shouldn't have.
        pid, status = os.wait()
        number, started = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if self._signals:
            return []
        if time.monotonic() - started < EARLY:
            # It said why, and would do so again.
            self.outcome = _exit_of(code)
            self._stop(signal.SIGTERM, None)
            return []
        log.error('worker %d ended by itself (%s): another one takes its place', number + 1, _how(code))
        return [number]

    def _fork(self, number: int) -> bool:
        # A signal between the fork and the note of it would reach all but this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        parent, pid = os.getpid(), os.fork()
        if pid:
            self._running[pid] = number, time.monotonic()
        else:
            _begin(parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        return not pid

    def _stop(self, number: int, frame: Any) -> None:
        # To be told twice is to end at once; a terminal that closes may tell twice by itself.
        if self._signals and number == HANGUP:
            return
        self._signals += 1
        self._listener.close()
        for pid in list(self._running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _begin(parent: int) -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    # What is typed in the terminal goes to the supervisor, which tells each worker once.
    os.setpgrp()

    def end_with_it() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_it, name='supervisor', daemon=True).start()


def _how(code: int) -> str:
    if code < 0:
        return f'signal {-code}'
    return f'exit {code}'


def _exit_of(code: int) -> Exit:
    try:
        return Exit(code)
    except ValueError:
        return Exit.BUG
