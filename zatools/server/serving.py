"""The WSGI server: waitress on one core, drained when it is told to stop."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, time
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from zatools.connections.pong import printable
from zatools.errors import UsageError
from zatools.server.failing import OURS
from zatools.server.front import Front, Running, error, status_line
from zatools.server.outgoing import THREADS
from zatools.server.runtime import new_cid
from zatools.signals import ENDING, HANGUP

log = logging.getLogger('zatools.server')
CONNECTIONS = 1000
#: Seconds that a connection may idle; and where there are as many as there may be, so that others get their turn.
IDLE, IDLE_WHEN_FULL = 60, 2
#: Seconds that requests have to finish when the server stops.
DRAIN = 9.0
FORMS = {400: 'Bad request', 413: 'Request body too large', 431: 'Request headers too large'}


@dataclass(frozen=True)
class Limits:
    """What requests may take: bytes of a body, seconds of a service (0 is any), and whether one core is used."""

    body: int = 10 * 1024 * 1024
    seconds: float = 0
    is_pinned: bool = True


class _Refusal(ErrorTask):  # type: ignore[misc]
    # What waitress itself refuses, in the platform's shape and with a CID.

    def execute(self) -> None:
        cid = new_cid()
        code = self.request.error.code
        details = FORMS.get(code, self.request.error.reason)
        body = error(code, cid, details).body
        self.status = status_line(code)
        self.response_headers += [('X-Zato-CID', cid), ('Content-Type', 'application/json'), ('Connection', 'close')]
        self.close_on_finish = True
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def pin() -> None:
    """Keeps the process on one core: there its threads don't fight over the interpreter's lock."""
    if hasattr(os, 'sched_setaffinity'):
        cores = sorted(os.sched_getaffinity(0))
        with suppress(OSError):
            os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


class Serving:
    """A server that listens: `address` is where. It answers from `run` until it is told to stop."""

    def __init__(self, front: Front, host: str, port: int, limits: Limits) -> None:
        logging.getLogger('waitress').setLevel(logging.ERROR)
        self._front, self._limits = front, limits
        # Services may change it.
        self._folder = os.getcwd()
        try:
            self._server: Any = create_server(
                front,
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                max_request_body_size=limits.body,
                channel_timeout=IDLE,
                clear_untrusted_proxy_headers=True,
                ident=None,
                asyncore_use_poll=True,
                _start=True,
            )
        except (OSError, ValueError) as problem:
            raise UsageError(*_why(problem, host, port)) from None
        if not hasattr(self._server, 'socket'):
            self._server.close()
            raise UsageError(f"'{host}' is several addresses", 'give one: --host 127.0.0.1')
        self._server.channel_class = _Channel
        self._is_stopping = False

    @property
    def address(self) -> str:
        """The URL that it answers at."""
        host, port = self._server.effective_host, self._server.effective_port
        return f'http://{f"[{host}]" if ":" in host else host}:{port}'

    def run(self, on_stop: Callable[[], None] = lambda: None) -> None:
        """Answers until a signal ends it; then calls `on_stop`, and what is running is finished, for some seconds."""
        for number in ENDING:
            signal.signal(number, self._stop)
        if self._limits.seconds:
            threading.Thread(target=self._watch, name='timeouts', daemon=True).start()
        sockets = self._server._map
        while not self._is_stopping:
            wasyncore.loop(timeout=0.5, use_poll=True, map=sockets, count=1)
            if self._server.in_connection_overflow:
                # It closes those that idle since `IDLE` seconds before the time that it is told.
                self._server.maintenance(time() + IDLE - IDLE_WHEN_FULL)
        on_stop()
        self._drain()

    def _stop(self, number: int, frame: Any) -> None:
        if self._is_stopping:
            # Asked twice: not another moment. A terminal that closes may tell twice, by itself and by its shell.
            if number != HANGUP:
                os._exit(130)
            return
        self._is_stopping = True
        self._server.pull_trigger()

    def _drain(self) -> None:
        server, until = self._server, monotonic() + DRAIN
        server.del_channel()
        server.socket.close()
        while monotonic() < until:
            busy = [one for one in list(server.active_channels.values()) if _is_busy(one)]
            if not busy:
                break
            wasyncore.loop(timeout=0.05, use_poll=True, map=server._map, count=1)
        left = len(self._front.running)
        if left:
            log.warning('%d request%s not finished in time', left, 's' if left > 1 else '')

    def _watch(self) -> None:
        # A thread can't be ended; its caller is answered, and another takes its place.
        while not self._is_stopping:
            threading.Event().wait(min(0.5, self._limits.seconds / 4))
            for one in list(self._front.running.values()):
                if not one.is_given_up and monotonic() - one.started > self._limits.seconds:
                    one.is_given_up = True
                    self._give_up(one)

    def _give_up(self, one: Running) -> None:
        place = _place_of(one.thread, self._folder)
        seconds = f'{self._limits.seconds:g} s'
        log.error("service '%s' has not returned in %s, it is at %s (CID %s)", one.service, seconds, place, one.cid)
        body = json.dumps({'result': 'Error', 'cid': one.cid, 'details': f'No response in {seconds}'})
        channel = one.environ['waitress.client_disconnected'].__self__
        head = f'HTTP/1.1 504 Gateway Timeout\r\nX-Zato-CID: {one.cid}\r\nContent-Type: application/json\r\n'
        with suppress(Exception):
            channel.write_soon(f'{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}'.encode())
            channel.close_when_flushed = True
            self._server.pull_trigger()
        self._front.note(one.environ, 504, one.started, one.cid)
        dispatcher = self._server.task_dispatcher
        dispatcher.set_thread_count(len(dispatcher.threads) + 1)


def _is_busy(channel: Any) -> bool:
    return bool(channel.requests or channel.request or channel.total_outbufs_len)


def _place_of(thread: int, folder: str) -> str:
    frame = sys._current_frames().get(thread)
    frames = traceback.extract_stack(frame) if frame else []
    # The last one that is neither ours nor a library's: users' files are no packages.
    libraries = (OURS, os.path.dirname(threading.__file__), sys.base_prefix, '<')
    own = [
        one
        for one in frames
        if os.sep + 'site-packages' + os.sep not in one.filename and not one.filename.startswith(libraries)
    ]
    return f'{os.path.relpath(own[-1].filename, folder)}:{own[-1].lineno}' if own else 'an unknown place'


def _why(problem: OSError | ValueError, host: str, port: int) -> tuple[str, str]:
    if isinstance(problem, ValueError):
        return f"--host: there is no address '{printable(host)}'", 'give one of this machine: --host 127.0.0.1'
    if problem.errno == errno.EADDRINUSE:
        return f'port {port} of {host} is taken', 'choose another: --port 17011, or --port 0 for a free one'
    if problem.errno == errno.EACCES:
        return f'port {port} may not be listened on', 'choose one above 1023: --port 17010'
    reason = (problem.strerror or 'no such address').lower()
    return f"{host}:{port} can't be listened on: {reason}", 'is --host an address of this machine?'
