"""Exceptions of sockets and TLS, however libraries wrap them -> names of failures."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any

from zatools.connections import tls

#: The answers of a look-up that there is no such host; all others are that there was none.
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
    """Yields an exception and all that it came from: causes, arguments, what libraries keep in attributes."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        attributes = (getattr(one, 'reason', None), getattr(one, 'exception', None))
        waiting += [*attributes, *getattr(one, 'exceptions', ()), *one.args, one.__cause__, one.__context__]


def name_of(error: BaseException, first: Names = (), last: Names = ()) -> tuple[str, str]:
    """Returns which failure an exception is, and the reason in words that can't hold a secret.

    The first entry that is found anywhere in the chain counts.
    """
    found = list(chain(error))
    for types, name in (*first, *NAMES, *last):
        one = next((one for one in found if isinstance(one, types)), None)
        if isinstance(one, ssl.SSLError):
            return tls.name_of(one), tls.reason_of(one)
        if isinstance(one, socket.gaierror):
            return ('dns', '') if one.errno in UNKNOWN else (name, str(one.strerror).lower())
        if one is not None:
            return name, ''
    system = next((one for one in found if isinstance(one, OSError) and one.strerror), None)
    if isinstance(system, OSError):
        return 'unreachable', str(system.strerror).lower()
    return 'failed', type(error).__name__
