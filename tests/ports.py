"""Ports for servers of tests that are told where to listen, and for addresses that nobody answers at."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

#: Below the ports that Linux gives to connections, one of which would take a free port before its server listens there.
FIRST, LAST = 18_000, 32_000


def free_port(count: int = 1) -> int:
    """Returns the first of so many ports in a row that nobody listens on."""
    while True:
        first = FIRST + secrets.randbelow(LAST - FIRST - count)
        try:
            with ExitStack() as stack:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(('127.0.0.1', port)))
            return first
        except OSError:
            continue
