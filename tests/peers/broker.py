"""RabbitMQ on this machine, a virtual host in it, and what stands before it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.peers.sockets import deaf

BROKER = '127.0.0.1:5672'
MANAGEMENT = 'http://127.0.0.1:15672/api'


def has_broker() -> bool:
    """Tells whether RabbitMQ listens on its port here."""
    with suppress(OSError), socket.create_connection(('127.0.0.1', 5672), 2):
        return True
    return False


def need_broker() -> None:
    """Skips the test where there is no broker; in CI it must be there."""
    if not has_broker():
        _lack(f'no RabbitMQ at {BROKER}')


def need_management() -> None:
    """Skips the test where the broker's management API is not on; in CI it must be."""
    need_broker()
    try:
        manage('GET', '/overview')
    except URLError:
        _lack("RabbitMQ's management plugin is off")


def _lack(reason: str) -> NoReturn:
    if os.environ.get('CI'):
        pytest.fail(f'{reason}: .ci/run starts it')
    pytest.skip(reason)


def manage(method: str, path: str, body: object = None) -> Any:
    """Asks the management API of the broker; raises URLError where it is not on."""
    data = None if body is None else json.dumps(body).encode()
    login = b64encode(b'guest:guest').decode()
    headers = {'Authorization': f'Basic {login}', 'Content-Type': 'application/json'}
    with urlopen(Request(f'{MANAGEMENT}{path}', data, headers, method=method), timeout=10) as response:
        text = response.read()
    return json.loads(text) if text else None


def _control(*arguments: str) -> None:
    subprocess.run(['rabbitmqctl', '-q', *arguments], check=True, capture_output=True, timeout=60)


@contextmanager
def vhost(suffix: str = '') -> Iterator[str]:
    """Makes a virtual host `tutorial-…` of our own, by the management API, else by rabbitmqctl."""
    need_broker()
    name = f'tutorial-{os.getpid():07}{suffix}'
    try:
        manage('PUT', f'/vhosts/{name}')
        manage('PUT', f'/permissions/{name}/guest', {'configure': '.*', 'write': '.*', 'read': '.*'})
        remove: Callable[[], object] = lambda: manage('DELETE', f'/vhosts/{name}')  # noqa: E731
    except URLError:
        try:
            _control('add_vhost', name)
            _control('set_permissions', '-p', name, 'guest', '.*', '.*', '.*')
        except (OSError, subprocess.CalledProcessError):
            _lack("RabbitMQ's management plugin is off, and rabbitmqctl can't be used")
        remove = lambda: _control('delete_vhost', name)  # noqa: E731
    try:
        yield name
    finally:
        # A test may have deleted it.
        with suppress(HTTPError):
            remove()


OPEN_OK = struct.pack('>HH', 10, 41)
PUBLISH = struct.pack('>HH', 60, 40)


def _relayed(interrupt: Callable[[bytes, socket.socket], bool]) -> Callable[[socket.socket], None]:
    # Between a client and the broker; `interrupt` sees each piece from the client and may keep it.

    def serve(client: socket.socket) -> None:
        with socket.create_connection(('127.0.0.1', 5672)) as broker:
            threading.Thread(target=_pump, args=(broker, client), daemon=True).start()
            while data := client.recv(65536):
                if interrupt(data, client):
                    deaf(client)
                    return
                broker.sendall(data)

    return serve


def _pump(broker: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while data := broker.recv(65536):
            client.sendall(data)


def _blocks(data: bytes, client: socket.socket) -> bool:
    if PUBLISH not in data:
        return False
    reason = b'low on memory'
    method = struct.pack('>HHB', 10, 60, len(reason)) + reason
    client.sendall(struct.pack('>BHI', 1, 0, len(method)) + method + b'\xce')
    return True


def _freezes(data: bytes, client: socket.socket) -> bool:
    return PUBLISH in data


def frozen(is_sent: threading.Event | None = None) -> Callable[[socket.socket], None]:
    """The broker, until a message is published; it sets the event, and nothing comes back any more."""

    def serve(client: socket.socket) -> None:
        is_frozen = threading.Event()
        with socket.create_connection(('127.0.0.1', 5672)) as broker:

            def pump() -> None:
                with suppress(OSError):
                    while data := broker.recv(65536):
                        if is_frozen.is_set():
                            continue
                        client.sendall(data)

            threading.Thread(target=pump, daemon=True).start()
            while data := client.recv(65536):
                if PUBLISH in data:
                    is_frozen.set()
                    if is_sent:
                        is_sent.set()
                if not is_frozen.is_set():
                    broker.sendall(data)

    return serve


def gone(name: str) -> Callable[[socket.socket], None]:
    """The broker, until a message is published: then the virtual host is deleted, which closes its connections."""

    def deletes(data: bytes, client: socket.socket) -> bool:
        if PUBLISH in data:
            manage('DELETE', f'/vhosts/{name}')
        return PUBLISH in data

    return _relayed(deletes)


def secured(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """The broker behind TLS."""

    def serve(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            relayed()(wrapped)

    return serve


def relayed() -> Callable[[socket.socket], None]:
    """The broker as it is, at another address."""
    return _relayed(lambda data, client: False)


def blocking() -> Callable[[socket.socket], None]:
    """The broker, until a message is published: then it blocks, as one that is short of memory does."""
    return _relayed(_blocks)
