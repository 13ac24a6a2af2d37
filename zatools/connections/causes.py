"""Finds the names of failures for exceptions of sockets and TLS, however libraries wrap them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any

from zatools.connections import tls

#: Errors of a look-up that say that there is no such host. All others say that the look-up itself failed.
UNKNOWN = frozenset({socket.EAI_NONAME, getattr(socket, 'EAI_NODATA', socket.EAI_NONAME)})
Names = tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...]

NAMES: Names = (
    (socket.gaierror, 'look-up'),
    (ssl.SSLError, 'tls'),
    (ConnectionRefusedError, 'refused'),
    (TimeoutError, 'read-timeout'),
    ((ConnectionResetError, BrokenPipeError), 'reset'),
)


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yields an exception and those that led to it: causes, arguments, and what libraries keep in attributes."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or any(cause is other for other in seen):
            continue
        seen.append(cause)
        yield cause
        attributes = (getattr(cause, 'reason', None), getattr(cause, 'exception', None))
        waiting += [*attributes, *getattr(cause, 'exceptions', ()), *cause.args, cause.__cause__, cause.__context__]


def name_of(error: BaseException, first: Names = (), last: Names = ()) -> tuple[str, str]:
    """Returns the name of an exception's failure, and the reason in words that can't hold a secret.

    The first entry that matches an exception anywhere in the chain counts.
    """
    causes = list(chain(error))
    for types, name in (*first, *NAMES, *last):
        cause = next((cause for cause in causes if isinstance(cause, types)), None)
        if isinstance(cause, ssl.SSLError):
            return tls.name_of(cause), tls.reason_of(cause)
        if isinstance(cause, socket.gaierror):
            return _failed_look_up(cause, name)
        if cause is not None:
            return name, ''
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return 'unreachable', str(cause.strerror).lower()
    return 'failed', type(error).__name__


def _failed_look_up(error: socket.gaierror, name: str) -> tuple[str, str]:
    if error.errno in UNKNOWN:
        return 'dns', ''
    return name, str(error.strerror).lower()
