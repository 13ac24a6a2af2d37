"""Requests as waitress parses them, and refused where two programs could read them differently, or they have no end."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, RequestEntityTooLarge

#: What a client sends first that wants TLS: https:// in place of http://.
TLS = b'\x16\x03'
#: Bytes that the line before a chunk, and the headers after the last one, may have.
CHUNK_LINE, TRAILER = 1024, 16 * 1024


def cut(environ: Mapping[str, Any]) -> None:
    """Ends the connection of a request without an answer: its client sees a reset."""
    channel = environ['waitress.client_disconnected'].__self__
    with suppress(OSError):
        channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    channel.connected = False


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request. What is wrong with it is in `error`, and its connection is closed after the answer."""

    completed: bool

    def parse_header(self, header_plus: bytes) -> None:
        """Reads the head of a request. Raises ParsingError."""
        lines = header_plus.split(b'\r\n')[1:]
        if any(line.startswith((b' ', b'\t')) for line in lines):
            raise ParsingError('a header is folded over several lines')
        names = [line.partition(b':')[0].strip().lower() for line in lines]
        if names.count(b'host') > 1:
            raise ParsingError('two Host headers')
        if b'transfer-encoding' in names and b'content-length' in names:
            raise ParsingError('Content-Length beside Transfer-Encoding')
        super().parse_header(header_plus)
        # A request of HTTP/1.0 has no chunks, and waitress reads none: another program might.
        if names.count(b'transfer-encoding') > 1 or (b'transfer-encoding' in names and not self.chunked):
            raise ParsingError('a Transfer-Encoding that can be read in two ways')

    def received(self, data: bytes) -> int:
        """Takes bytes and returns how many of them belong to this request."""
        if self.body_rcv is None and not self.header_plus and data.startswith(TLS):
            # Else both sides would wait for each other.
            self.error, self.completed = BadRequest('its client wants TLS (https), and this is http'), True
            return len(data)
        consumed: int = super().received(data)
        if self.chunked and not self.completed and (problem := self._endless(self.body_rcv)):
            self.error, self.completed = problem, True
        return consumed

    def _endless(self, chunks: Any) -> Any:
        if len(chunks.control_line) > CHUNK_LINE or len(chunks.trailer) > TRAILER:
            return BadRequest('a line of the chunked body has no end')
        limit = self.adj.max_request_body_size
        if self.body_bytes_received + chunks.chunk_remainder >= limit:
            return RequestEntityTooLarge(f'exceeds max_body of {limit}')
        return None
