"""An HTTP server in a thread of its own, by waitress: for systems that a test plays."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from zatools.apitest.failures import StepBroken

#: Threads that answer, connections that may be open, bytes of a request's body and head, seconds of an idle connection.
THREADS, CONNECTIONS, BODY, HEAD, IDLE = 16, 200, 4_000_000, 65_536, 30
HOST = '127.0.0.1'
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def bound(port: int) -> socket.socket:
    """Returns a socket of this machine that listens on a port, 0 for a free one; raises StepBroken where it can't."""
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        reason = (getattr(error, 'strerror', '') or 'there is no such port').lower()
        if getattr(error, 'errno', 0) == errno.EADDRINUSE:
            reason = 'it is taken'
        text = f"port {port} of {HOST} can't be listened on: {reason}"
        raise StepBroken(text, at='port', hint='name another one, or 0 for one that is free') from None


class Listener:
    """A server that listens on this machine alone, and answers until it is closed."""

    def __init__(self, application: Application, port: int = 0) -> None:
        from waitress import create_server

        logging.getLogger('waitress').setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        listening = bound(port)
        self.port = int(listening.getsockname()[1])
        self._server: Any = create_server(
            application,
            self._sockets,
            sockets=[listening],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            max_request_body_size=BODY,
            max_request_header_size=HEAD,
            channel_timeout=IDLE,
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        self._is_over = False
        self._thread = threading.Thread(target=self._answer, name=f'listener {self.port}', daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Its URL."""
        return f'http://{HOST}:{self.port}'

    def _answer(self) -> None:
        from waitress import wasyncore

        while not self._is_over:
            wasyncore.loop(timeout=0.5, use_poll=True, map=self._sockets, count=1)

    def close(self) -> None:
        """Ends it; answers that are still waited for are not sent."""
        from waitress import wasyncore

        self._is_over = True
        self._server.pull_trigger()
        self._thread.join(5)
        self._server.task_dispatcher.shutdown(timeout=0.2)
        wasyncore.close_all(self._sockets)
