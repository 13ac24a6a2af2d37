"""Listeners that fail in one way each."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def listening(
    serve: Callable[[socket.socket], None], backlog: int = 16, family: socket.AddressFamily = socket.AF_INET
) -> Iterator[str]:
    """Hands each connection to `serve`, in a thread of its own."""
    host, shown = ('::1', '[::1]') if family == socket.AF_INET6 else ('127.0.0.1', '127.0.0.1')
    server = socket.create_server((host, 0), backlog=backlog, family=family)
    server.settimeout(0.05)
    is_over = threading.Event()

    def accept() -> None:
        while not is_over.is_set():
            with suppress(TimeoutError):
                connection, _ = server.accept()
                connection.settimeout(30)
                threading.Thread(target=_served, args=(serve, connection), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f'{shown}:{server.getsockname()[1]}'
    finally:
        is_over.set()
        thread.join()
        server.close()


def _served(serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with connection, suppress(OSError):
        serve(connection)


def deaf(connection: socket.socket) -> None:
    """Takes what it is sent, and never answers."""
    while connection.recv(65536):
        pass


def resetting(connection: socket.socket) -> None:
    """Waits for a request, then resets the connection."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


def trickling(connection: socket.socket) -> None:
    """Answers byte by byte, so that each read is in time and the whole never is."""
    connection.recv(65536)
    for char in f'HTTP/1.1 200 OK\r\nX-Padding: {"." * 1000}\r\n\r\n'.encode():
        connection.sendall(bytes([char]))
        time.sleep(0.05)


def dripping(connection: socket.socket) -> None:
    """Answers at once that it is well, and sends the body byte by byte, without end."""
    connection.recv(65536)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    for _ in range(100):
        connection.sendall(b' ')
        time.sleep(0.1)


def babbling(connection: socket.socket) -> None:
    """Speaks something that is no HTTP."""
    connection.recv(65536)
    connection.sendall(b'220 mail.example.com ESMTP\r\n')


@contextmanager
def full() -> Iterator[str]:
    """A listener whose queue is full: connections to it are never made."""
    with socket.create_server(('127.0.0.1', 0), backlog=0) as server, ExitStack() as stack:
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield f'127.0.0.1:{server.getsockname()[1]}'


@contextmanager
def nobody() -> Iterator[str]:
    """A port that nothing listens on, and that nobody else gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        yield f'127.0.0.1:{taken.getsockname()[1]}'
