"""ZeroMQ, with pyzmq: a handshake for pings, and messages that services send."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Named, RefusedError
from zatools.connections.pong import Attempt, printable

#: How a connection waits for others, rather than going to them.
BIND = 'bind'
#: Milliseconds that messages have to leave when a socket is closed, and that somebody has to take one.
LINGER, PATIENCE = 500, 5000


class Opened(NamedTuple):
    """A socket, and what tells what becomes of its connections."""

    socket: Any
    monitor: Any


@dataclass(frozen=True)
class Peer(peer.Peer):
    """The other end of a socket."""

    word = 'ZeroMQ'
    address = 'address'

    @property
    def target(self) -> str:
        """The address."""
        return printable(self.about.text('address'))

    @property
    def host(self) -> str:
        """The host of the address."""
        return self._parts()[0]

    @property
    def port(self) -> int:
        """The port of the address."""
        return self._parts()[1]

    def _parts(self) -> tuple[str, int]:
        try:
            parts = urlsplit(self.about.text('address'))
            return parts.hostname or '', parts.port or 0
        except ValueError:
            return '', 0

    def reason_to_skip(self) -> str:
        """Says that there is nobody to be asked."""
        if self.about.text('socket_method') == BIND:
            return 'it waits for others (socket_method: bind), so there is nobody to ping'
        return ''

    def open(self, seconds: float) -> Opened:
        """Goes to the other end. Raises ZMQError, OSError, RefusedError."""
        if not self.about.text('address').startswith('tcp://') or not self.port:
            raise RefusedError('client-setting', setting=self.target, advice='as in tcp://mq.example.com:5555')
        # ZeroMQ tries for ever, also where nobody listens.
        socket.create_connection((self.host, self.port), seconds).close()
        found = made(self.about.text('socket_type'))
        monitor = found.get_monitor_socket()
        try:
            found.connect(self.about.text('address'))
        except BaseException:
            found.close(0)
            raise
        return Opened(found, monitor)

    def greet(self, client: Opened, attempt: Attempt) -> str:
        """Waits for the handshake."""
        import zmq
        from zmq.utils.monitor import recv_monitor_message

        attempt.stage = 'look-up'
        failed = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_DISCONNECTED
        while client.monitor.poll(max(1, int(attempt.remaining * 1000) - 100)):
            event = recv_monitor_message(client.monitor)['event']
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return 'ZeroMQ'
            if event & failed:
                raise RefusedError('client-protocol')
        raise TimeoutError

    def close(self, client: Opened) -> None:
        """Closes the socket."""
        client.socket.disable_monitor()
        client.monitor.close(0)
        client.socket.close(0)


def made(socket_type: str) -> Any:
    """Returns a socket of a type, as definitions name it. Raises ZMQError."""
    import zmq

    found: Any = zmq.Context.instance().socket(getattr(zmq, socket_type))
    found.setsockopt(zmq.LINGER, LINGER)
    return found


class Zmq(Named):
    """`self.out.zmq['Bus']`, which `self.out.zmq.send(message, 'Bus')` sends with."""

    called = 'self.out.zmq[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        # A socket is one of a thread; calls come from many.
        self._sending = threading.Lock()
        self._socket: Any = None

    def send(self, message: Any) -> None:
        """Sends a message; what is no text is sent as JSON. Raises ConnectionError where nobody takes it."""
        import zmq

        about = self._connection.peer.about
        with self._sending:
            try:
                self._socket = self._socket or _opened(about)
                until = monotonic() + PATIENCE / 1000
                self._socket.send(_bytes(message))
            except zmq.Again:
                took = monotonic() - until + PATIENCE / 1000
                raise ConnectionError(f"'{self.name}': nobody took the message in {took:.0f} s") from None
            except zmq.ZMQError as error:
                reason = printable(str(error)).lower()
                raise ConnectionError(f"'{self.name}': {reason}: {printable(about.text('address'))}") from None

    def close(self) -> None:
        """Closes the socket; what was sent has half a second to leave."""
        with self._sending:
            if self._socket is not None:
                self._socket.close()
                self._socket = None


def _opened(about: peer.Definition) -> Any:
    import zmq

    found = made(about.text('socket_type'))
    found.setsockopt(zmq.SNDTIMEO, PATIENCE)
    try:
        if about.text('socket_method') == BIND:
            found.bind(about.text('address'))
        else:
            # Nothing is taken for one that nobody has reached yet, so a service learns of it.
            found.setsockopt(zmq.IMMEDIATE, 1)
            found.connect(about.text('address'))
    except BaseException:
        found.close(0)
        raise
    return found


def _bytes(message: Any) -> bytes:
    if isinstance(message, (bytes, bytearray)):
        return bytes(message)
    if isinstance(message, str):
        return message.encode()
    return json.dumps(message).encode()
