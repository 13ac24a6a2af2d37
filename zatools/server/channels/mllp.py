"""HL7 MLLP channels: frames of bytes at a port, a message in each, and an answer to each."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from socketserver import BaseRequestHandler, ThreadingTCPServer
from time import monotonic
from typing import TYPE_CHECKING, Any

from zatools.connections.frames import FrameError, Frames
from zatools.connections.pong import printable
from zatools.server.api.exceptions import HTTPException
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.channels.hl7 import (
    ACCEPTED,
    BATCHES,
    ERROR,
    REJECTED,
    Header,
    Seen,
    acknowledged,
    channel_of,
    decoded,
    header_of,
    parsed,
)
from zatools.server.channels.listening import address_of, shown
from zatools.server.failing import log_failure, summary_of
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: The variable with the port that 4.1's channels share, and the port where it says none.
PORT, USUAL = 'ZATO_MLLP_PORT', 30901
#: Clients of a port; seconds that one may be silent, and that a message may take from its first byte to its last.
MOST, IDLE, SLOWEST = 200, 300.0, 30.0
#: Bytes that are read at once; seconds that services have to end when the server stops.
PIECE, LAST = 65536, 4.0
SIZES = {'kb': 1024, 'mb': 1024 * 1024}
UNTOLD = 'Internal processing error'


def frames_of(values: Mapping[str, Any], is_older: bool) -> Frames:
    """Returns what takes the frames of a channel. Raises ValueError."""
    unit = 1 if is_older else SIZES[str(values.get('max_msg_size_unit') or 'mb')]
    biggest = int(values.get('max_msg_size') or (1_000_000 if is_older else 2)) * unit
    return Frames(str(values.get('start_seq') or '0b'), str(values.get('end_seq') or '1c 0d'), biggest)


def place_of(item: Item, server: Runtime) -> tuple[str, int] | str:
    """Returns where a channel listens: 3.2's at their addresses, 4.1's at the port that they share."""
    address = str(item.values.get('address') or '')
    try:
        return address_of(address or f':{server.config.environ.get(PORT) or USUAL}', server.parts.host)
    except ValueError as error:
        return str(error)


def opened(server: Runtime, place: tuple[str, int] | str, items: list[Item]) -> Port:
    """Opens a port for the channels that share it. Raises OSError, ValueError, ImportError."""
    if isinstance(place, str):
        raise ValueError(place)
    if any(item.values.get('should_parse_on_input', True) for item in items) and find_spec('hl7apy') is None:
        raise ImportError('it needs hl7apy: the extra hl7, or pip install hl7apy; or should_parse_on_input: false')
    port = Port(server, place, items)
    where = shown(port.server_address)
    heard = items
    if port.is_older:
        heard = items[:1]
        for item in items[1:]:
            log.error("MLLP channel '%s' gets nothing: '%s' has its address", item.name, items[0].name)
    for item in heard:
        log.info("MLLP channel '%s' at %s", item.name, where)
        if item.values.get('destinations'):
            log.warning("MLLP channel '%s': its destinations get nothing here, its service does", item.name)
    return port


class Port(ThreadingTCPServer):
    """A port with the channels that share it."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, server: Runtime, place: tuple[str, int], items: list[Item]) -> None:
        self.runtime, self.items = server, items
        self.is_older = server.generation == '3.2'
        self.seen = {item.key: Seen(item.values) for item in items}
        self.clients: set[Client] = set()
        if ':' in place[0]:
            self.address_family = socket.AF_INET6
        # A definition that can't be read is no reason to find that out with the first message.
        self.frames()
        super().__init__(place, Client)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.2,), name='mllp', daemon=True)
        self._thread.start()

    def frames(self) -> Frames:
        """Returns what takes the frames of a new client."""
        return frames_of(self.items[0].values, self.is_older)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Lets a client in while there are not too many."""
        if len(self.clients) < MOST:
            return True
        log.warning('MLLP %s: %d clients are there, no more are let in', shown(self.server_address), MOST)
        return False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs what is a bug of ours."""
        problem = sys.exc_info()[1]
        if problem:
            log_failure(f'MLLP {shown(self.server_address)}', problem, new_cid())

    def stop(self) -> None:
        """Takes no more clients."""
        self.shutdown()
        self.socket.close()

    def close(self) -> None:
        """Ends the connections, once those that wait for an answer have it."""
        end = monotonic() + LAST
        while any(client.is_busy for client in list(self.clients)) and monotonic() < end:
            time.sleep(0.05)
        for client in list(self.clients):
            with suppress(OSError):
                client.request.shutdown(socket.SHUT_RDWR)


class Client(BaseRequestHandler):
    """One connection: answers each message that comes, one after the other."""

    server: Port
    is_busy = False

    def handle(self) -> None:
        """Answers messages until the connection is closed."""
        frames = self.server.frames()
        self.server.clients.add(self)
        try:
            self._serve(frames)
        except FrameError as error:
            self._say(f'a client is cut off, {error}')
        except TimeoutError:
            self._say('a client is cut off, it sent nothing for too long, or a message too slowly')
        # Clients go when they like.
        except OSError:
            pass
        finally:
            self.server.clients.discard(self)

    def _say(self, text: str) -> None:
        log.info('MLLP %s: %s', shown(self.server.server_address), text)

    def _serve(self, frames: Frames) -> None:
        idle = float(self.server.items[0].values.get('idle_timeout') or IDLE)
        ends = 0.0
        while True:
            left = idle
            if frames.is_begun:
                ends = ends or monotonic() + SLOWEST
                left = min(idle, ends - monotonic())
            if left <= 0:
                raise TimeoutError
            self.request.settimeout(left)
            data = self.request.recv(PIECE)
            if not data:
                return
            for message in frames.taken(data):
                ends = 0.0
                self.is_busy = True
                try:
                    self.request.sendall(frames.framed(self._answer(message).encode('utf-8', 'replace')))
                finally:
                    self.is_busy = False

    def _answer(self, data: bytes) -> str:
        cid, items = new_cid(), self.server.items
        header = header_of(data.decode('latin-1'))
        peer = str(self.client_address[0])
        item: Item | None = items[0]
        if not self.server.is_older and header:
            item = channel_of(items, header, peer)
        if item is None or (header is None and data[:3].decode('latin-1') not in BATCHES):
            what = 'no channel takes the message' if header else f'a message begins with {printable(repr(data[:10]))}'
            self._say(f'{what} (CID {cid})')
            return '' if self.server.is_older else acknowledged(header, REJECTED, 'No channel takes the message')
        if header and (before := self.server.seen[item.key].answer(header)):
            return before
        answer = self._called(item, header, data, cid)
        if header and f'|{ACCEPTED}|' in answer:
            self.server.seen[item.key].add(header, answer)
        return answer

    def _called(self, item: Item, header: Header | None, data: bytes, cid: str) -> str:
        values, runtime = item.values, self.server.runtime
        name = str(values.get('service') or '')
        try:
            text = decoded(data, values)
            payload: Any = text
            if header and values.get('should_parse_on_input', True):
                payload = parsed(text, bool(values.get('should_validate', self.server.is_older)))
        except ValueError as error:
            log.error("MLLP channel '%s': a message can not be read: %s (CID %s)", item.name, error, cid)
            return self._failed(item, header, str(error))
        if values.get('should_log_messages'):
            log.info("MLLP channel '%s': %s (CID %s)", item.name, printable(text), cid)
        try:
            call = Call(cid, payload, text, channel=runtime.about('hl7-mllp', item))
            response = runtime.call(runtime.deployed(name), call).payload
            return self._written(header, response)
        except NoServiceError as error:
            log.error("MLLP channel '%s': %s (CID %s)", item.name, error, cid)
            return self._failed(item, header, str(error))
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as error:
            log_failure(f"MLLP channel '{item.name}': service '{name}'", error, cid)
            told = error.details if isinstance(error, HTTPException) else summary_of(error)
            return self._failed(item, header, told)

    def _written(self, header: Header | None, response: Any) -> str:
        if hasattr(response, 'to_er7'):
            response = response.to_er7()
        if isinstance(response, (bytes, bytearray)):
            response = bytes(response).decode()
        if self.server.is_older:
            return '' if response is None else str(response)
        if isinstance(response, str) and response.startswith('MSH'):
            return response
        return acknowledged(header, ACCEPTED)

    def _failed(self, item: Item, header: Header | None, why: str) -> str:
        # 3.2 sends an empty frame.
        if self.server.is_older:
            return ''
        return acknowledged(header, ERROR, why if item.values.get('should_return_errors') else UNTOLD)
