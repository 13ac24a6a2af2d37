"""The WSGI server: waitress on one core. It finishes what it is working on when it is told to stop."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic, time
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from zatools.connections.pong import printable
from zatools.errors import UsageError
from zatools.server.api.outgoing import THREADS
from zatools.server.call import new_cid
from zatools.server.failing import OURS
from zatools.server.http.answers import error, status_line
from zatools.server.http.front import Front, Running
from zatools.server.http.parsing import Parser
from zatools.server.http.threads import Threads
from zatools.signals import ENDING, HANGUP

log = logging.getLogger('zatools.server')
CONNECTIONS = 1000
#: Connections that wait to be accepted.
BACKLOG = 1024
#: Seconds that a connection may idle; fewer where no further one may be opened, so that others get their turn.
IDLE, IDLE_WHEN_FULL = 60, 2
#: Seconds that requests have to finish when the server stops.
DRAIN = 9.0
FORMS = {400: 'Bad request', 413: 'Request body too large', 431: 'Request headers too large'}


@dataclass(frozen=True)
class Limits:
    """Limits of a request: bytes of its body, seconds of its service (0 is none); and whether one core is used."""

    body: int = 10 * 1024 * 1024
    seconds: float = 0
    is_pinned: bool = True


class _Refusal(ErrorTask):  # type: ignore[misc]
    # The answer to a request that waitress itself refuses, in the platform's shape and with a CID.

    def execute(self) -> None:
        cid = new_cid()
        code = self.request.error.code
        details = FORMS.get(code, self.request.error.reason)
        _log_refusal(self.request, code, self.channel.adj.max_request_body_size, cid)
        body = error(code, cid, details).body
        self.status = status_line(code)
        self.response_headers += [('X-Zato-CID', cid), ('Content-Type', 'application/json'), ('Connection', 'close')]
        self.close_on_finish = True
        self.content_length = len(body)
        self.write(body)


def _log_refusal(request: Any, code: int, limit: int, cid: str) -> None:
    # Of a head that was not understood there is no method and no path.
    what = printable(f'{getattr(request, "command", "")} {getattr(request, "path", "")}').strip() or 'a request'
    why = printable(str(request.error.body))
    if code == 413:
        size = max(request.content_length, request.body_bytes_received)
        why = f'its body has {size:,} bytes, {limit:,} are too many; --max-body allows more'
    log.warning('%s: refused with %s: %s (CID %s)', what, code, why, cid)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal
    parser_class = Parser


def pin(number: int = 0) -> None:
    """Keeps the process on one core, where its threads don't fight over the interpreter's lock; workers on one each."""
    if hasattr(os, 'sched_setaffinity'):
        cores = sorted(os.sched_getaffinity(0))
        with suppress(OSError):
            os.sched_setaffinity(0, {cores[(os.getpid() + number) % len(cores)]})


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket that listens, for several processes. Raises UsageError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, ValueError) as problem:
        raise UsageError(*_reason_and_hint(ValueError(str(problem)), host, port)) from None
    if len(found) > 1:
        raise UsageError(*_several(host))
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise UsageError(*_reason_and_hint(problem, host, port)) from None
    return listener


def _several(host: str) -> tuple[str, str]:
    return f"'{host}' is several addresses", 'give one: --host 127.0.0.1'


class Serving:
    """A server that listens at `address`. It answers from `run` until it is told to stop."""

    def __init__(
        self, front: Front, host: str, port: int, limits: Limits, listener: socket.socket | None = None
    ) -> None:
        logging.getLogger('waitress').setLevel(logging.ERROR)
        self._front, self._limits = front, limits
        # Remembered, since services may change the working folder.
        self._folder = os.getcwd()
        where: dict[str, Any] = {'host': host, 'port': port}
        if listener:
            where = {'sockets': [listener]}
        try:
            self._server: Any = create_server(
                front,
                **where,
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
            raise UsageError(*_reason_and_hint(problem, host, port)) from None
        if not hasattr(self._server, 'socket'):
            self._server.close()
            raise UsageError(*_several(host))
        self._server.channel_class = _Channel
        self._threads = Threads(self._server.task_dispatcher, THREADS, CONNECTIONS)
        self._is_stopping = False

    @property
    def address(self) -> str:
        """The URL that it answers at."""
        host, port = self._server.effective_host, self._server.effective_port
        if ':' in host:
            host = f'[{host}]'
        return f'http://{host}:{port}'

    @property
    def is_local(self) -> bool:
        """Tells whether only this machine reaches it."""
        try:
            return ip_address(self._server.effective_host.partition('%')[0]).is_loopback
        except ValueError:
            return bool(self._server.effective_host == 'localhost')

    def run(self, on_stop: Callable[[], None] = lambda: None) -> None:
        """Answers until a signal comes; then calls `on_stop` and gives running requests some seconds to finish."""
        for number in ENDING:
            signal.signal(number, self._stop)
        if self._limits.seconds:
            threading.Thread(target=self._watch, name='timeouts', daemon=True).start()
        sockets = self._server._map
        while not self._is_stopping:
            wasyncore.loop(timeout=self._threads.look(), use_poll=True, map=sockets, count=1)
            if self._server.in_connection_overflow:
                # maintenance() closes connections idle for `IDLE` seconds at the time given: a time to come ends more.
                self._server.maintenance(time() + IDLE - IDLE_WHEN_FULL)
        on_stop()
        self._drain()

    def _stop(self, number: int, frame: Any) -> None:
        if self._is_stopping:
            # The second signal ends the process at once. A hangup does not count: a terminal that closes may send two,
            # its own and its shell's.
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
            # A copy, since threads of requests change the dict.
            channels = list(server.active_channels.values())
            if not any(map(_is_busy, channels)):
                break
            wasyncore.loop(timeout=0.05, use_poll=True, map=server._map, count=1)
        left = len(self._front.running)
        if left:
            plural = 's' if left > 1 else ''
            log.warning('%d request%s not finished in time', left, plural)

    def _watch(self) -> None:
        # A thread can't be ended. So its caller gets an answer, and a further thread takes its place.
        while not self._is_stopping:
            threading.Event().wait(min(0.5, self._limits.seconds / 4))
            for call in list(self._front.running.values()):
                if not call.is_given_up and monotonic() - call.started > self._limits.seconds:
                    call.is_given_up = True
                    self._give_up(call)

    def _give_up(self, call: Running) -> None:
        place = _place_of(call.thread, self._folder)
        seconds = f'{self._limits.seconds:g} s'
        log.error("service '%s' has not returned in %s, it is at %s (CID %s)", call.service, seconds, place, call.cid)
        body = json.dumps({'result': 'Error', 'cid': call.cid, 'details': f'No response in {seconds}'})
        channel = call.environ['waitress.client_disconnected'].__self__
        head = f'HTTP/1.1 504 Gateway Timeout\r\nX-Zato-CID: {call.cid}\r\nContent-Type: application/json\r\n'
        with suppress(Exception):
            channel.write_soon(f'{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}'.encode())
            channel.close_when_flushed = True
            self._server.pull_trigger()
        self._front.note(call.environ, 504, call.started, call.cid)
        self._threads.replace_one()


def _is_busy(channel: Any) -> bool:
    return bool(channel.requests or channel.request or channel.total_outbufs_len)


def _place_of(thread: int, folder: str) -> str:
    frame = sys._current_frames().get(thread)
    if frame is None:
        return 'an unknown place'
    # The innermost frame that is neither ours nor a library's is in a user's file.
    for entry in reversed(traceback.extract_stack(frame)):
        if not _is_library(entry.filename):
            return f'{os.path.relpath(entry.filename, folder)}:{entry.lineno}'
    return 'an unknown place'


def _is_library(filename: str) -> bool:
    if f'{os.sep}site-packages{os.sep}' in filename:
        return True
    return filename.startswith((OURS, os.path.dirname(threading.__file__), sys.base_prefix, '<'))


def _reason_and_hint(problem: OSError | ValueError, host: str, port: int) -> tuple[str, str]:
    if isinstance(problem, ValueError):
        return f"--host: there is no address '{printable(host)}'", 'give one of this machine: --host 127.0.0.1'
    if problem.errno == errno.EADDRINUSE:
        return f'port {port} of {host} is taken', 'choose another: --port 17011, or --port 0 for a free one'
    if problem.errno == errno.EACCES:
        return f'port {port} may not be listened on', 'choose one above 1023: --port 17010'
    reason = (problem.strerror or 'no such address').lower()
    return f"{host}:{port} can't be listened on: {reason}", 'is --host an address of this machine?'
