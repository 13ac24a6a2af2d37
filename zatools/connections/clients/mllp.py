"""HL7 over MLLP: connections are made for pings, and services send messages, whose answers they get."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from zatools.connections import tls
from zatools.connections.clients import peer
from zatools.connections.clients.peer import Conn, Named, RefusedError, context_of
from zatools.connections.frames import FrameError, Frames
from zatools.connections.pong import Attempt, printable, spot

log = logging.getLogger('zatools.server')
#: Bytes that are read at once.
PIECE = 65536
#: What a connection over TLS names any of.
FILES = ('tls_ca_path', 'tls_cert_path', 'tls_key_path')


@dataclass(frozen=True)
class Peer(peer.Peer):
    """Who takes messages."""

    word = 'MLLP'
    address = 'address'
    blamed = {'client-tls-none': 'tls_ca_path', 'ca-certificate': 'tls_ca_path', 'client-certificate': 'tls_cert_path'}

    @property
    def host(self) -> str:
        """The host of the address."""
        return self._parts()[0]

    @property
    def port(self) -> int:
        """The port of the address; 0 where it has none."""
        return self._parts()[1]

    @property
    def target(self) -> str:
        """The address."""
        return printable(f'mllp://{self.about.text("address")}')

    def _parts(self) -> tuple[str, int]:
        try:
            parts = urlsplit(f'//{self.about.text("address")}')
            return parts.hostname or '', parts.port or 0
        except ValueError:
            return '', 0

    def open(self, seconds: float) -> socket.socket:
        """Connects, over TLS where the definition has files for it. Raises OSError, RefusedError."""
        if not self.host or not self.port:
            raise RefusedError('client-setting', setting=self.target, advice='as in hl7.example.com:2575')
        found = socket.create_connection((self.host, self.port), seconds)
        if not any(self.about.text(name) for name in FILES):
            return found
        try:
            context = context_of(True, *(self.about.text(name) for name in FILES))
            return context.wrap_socket(found, server_hostname=self.host)
        except BaseException:
            found.close()
            raise

    def greet(self, client: socket.socket, attempt: Attempt) -> str:
        """Says that there is a connection: without a message nobody says more."""
        attempt.facts.update(tls.facts_of(client))
        return 'connected'

    def frames(self) -> Frames:
        """Returns what takes the frames of a connection. Raises RefusedError where they can't be made."""
        about = self.about
        try:
            return Frames(about.text('start_seq'), about.text('end_seq'), about.number('max_msg_size') or peer.LARGEST)
        except ValueError:
            setting = f'{about.text("start_seq")} … {about.text("end_seq")}'
            raise RefusedError('client-setting', setting=printable(setting), advice='as in 0b … 1c 0d') from None

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells answers that are no frames, and how long one is waited for."""
        if isinstance(error, FrameError):
            return 'client-failed', {'reason': str(error)}
        if isinstance(error, TimeoutError):
            return 'read-timeout', {'timeout': spot(self.about.item, 'max_wait_time')}
        return '', {}


class Mllp(Named):
    """`self.mllp['Ward']`."""

    called = 'self.mllp[…]'

    def send(self, message: Any) -> str:
        """Sends a message (a text in ER7, bytes, or what has to_er7) and returns its answer.

        Raises ConnectionError where there is none in `max_wait_time`, ValueError for what would be two messages.
        """
        peer: Any = self._connection.peer
        data = _bytes(message)
        attempt = Attempt(peer.about.number('max_wait_time') or self._connection.timeout)
        try:
            frames = peer.frames()
            framed = frames.framed(data)
        except FrameError as error:
            raise ValueError(f"'{self.name}': {error}") from None
        except RefusedError as error:
            raise self._told(error, attempt) from None
        if peer.about.get('should_log_messages'):
            log.info("'%s': %s", self.name, printable(data.decode('utf-8', 'replace'), len(data)))
        try:
            with self._connection.opened(attempt) as client:
                return _answer(client, framed, frames, attempt).decode('utf-8', 'replace')
        except (OSError, RefusedError, FrameError) as error:
            raise self._told(error, attempt) from None


class Older(Mllp, Conn):
    """`self.out.hl7.mllp['Ward'].conn`."""

    called = 'self.out.hl7.mllp[…].conn'

    @contextmanager
    def client(self) -> Iterator[Older]:
        """Yields what sends; each message has a connection of its own."""
        yield self


def _bytes(message: Any) -> bytes:
    if hasattr(message, 'to_er7'):
        message = message.to_er7()
    if isinstance(message, (bytes, bytearray)):
        return bytes(message)
    if isinstance(message, str):
        return message.encode()
    raise TypeError(f'a message is a text in ER7, not {type(message).__name__}')


def _answer(client: socket.socket, framed: bytes, frames: Frames, attempt: Attempt) -> bytes:
    client.settimeout(attempt.remaining)
    client.sendall(framed)
    while attempt.took < attempt.timeout:
        client.settimeout(attempt.remaining)
        data = client.recv(PIECE)
        if not data:
            raise ConnectionResetError
        for answer in frames.taken(data):
            return answer
    raise TimeoutError
