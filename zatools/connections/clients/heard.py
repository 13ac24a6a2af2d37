"""A WebSocket that is kept open, so that its messages are heard: when it breaks it is opened again, after a while."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import uuid4

from zatools.connections.clients.peer import ClientConnection
from zatools.connections.pong import Attempt, printable

#: Seconds before the second try, the longest pause between tries, and how long a connection must last to count.
FIRST, LONGEST, LASTS = 0.5, 60.0, 10.0
#: Bytes of a message.
BIGGEST = 10 * 1024 * 1024
#: Seconds to say goodbye, and those to wait for data where no pings are sent.
GOODBYE, SILENT = 1.0, 45
#: Letters of a reason to close that are shown.
SHOWN = 100
#: The code of a connection that ended without a word (RFC 6455, 7.1.5).
ABNORMAL = 1006
TOO_BIG = 1009


class Events(NamedTuple):
    """What is called when it is connected, with each message, with the code and reason of its end, and with a line."""

    connected: Callable[[], None]
    message: Callable[[Any], None]
    closed: Callable[[int, str], None]
    warn: Callable[[str], None]


class ClosedError(Exception):
    """The other side has said goodbye: its code and reason."""


class Heard:
    """A connection with a thread that reads it. What services send goes by it, too."""

    def __init__(self, connection: ClientConnection, events: Events) -> None:
        self._connection, self._events = connection, events
        self._about = connection.peer.about
        self._client: Any = None
        self._stop = threading.Event()
        self._answers: dict[str, Future[Any]] = {}
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f'wsx {connection.item.name}', daemon=True)

    def start(self) -> None:
        """Connects, and goes on until it is closed."""
        self._thread.start()

    @property
    def token(self) -> str:
        """The token of a session at another Zato, '' without one. Raises ConnectionError while it is not connected."""
        return str(getattr(self._opened(), 'zato_token', ''))

    def _opened(self) -> Any:
        client = self._client
        if client is None:
            raise ConnectionError(f"'{self._connection.item.name}': it is not connected at this time; the log says why")
        return client

    def send(self, text: str | bytes) -> None:
        """Sends a message. Raises ConnectionError where it is not connected."""
        client = self._opened()
        try:
            with self._sending:
                client.send(text)
        # The library raises what it likes; the thread that reads finds out, too.
        except Exception as error:
            raise self._told(error) from None

    def asked(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Sends a message of Zato's own protocol, and returns the answer. Raises ConnectionError, TimeoutError."""
        id_, answer = uuid4().hex, Future[Any]()
        message['meta'] |= {'id': id_, 'token': self.token}
        self._answers[id_] = answer
        try:
            self.send(json.dumps(message))
            found: dict[str, Any] = answer.result(seconds)
            return found
        except TimeoutError:
            raise TimeoutError(f"'{self._connection.item.name}': no answer within {seconds:g} s") from None
        finally:
            self._answers.pop(id_, None)

    def _told(self, error: Exception) -> ConnectionError:
        attempt = Attempt()
        attempt.stage = 'answer'
        return ConnectionError(f"'{self._connection.item.name}': {self._connection.failed(error, attempt).sentence}")

    def close(self) -> None:
        """Says goodbye."""
        self._stop.set()
        client = self._client
        if client is not None:
            # Who takes nothing gets no goodbye.
            if self._sending.acquire(timeout=GOODBYE):
                with suppress(Exception):
                    client.sock.settimeout(GOODBYE)
                    client.send_close()
                self._sending.release()
            _cut(client)

    def _keep(self) -> None:
        pause = FIRST
        while not self._stop.is_set():
            started = time.monotonic()
            why = self._once()
            if self._stop.is_set():
                return
            if not self._about.get('has_auto_reconnect'):
                self._events.warn(f'{why}; it is not connected again, since has_auto_reconnect is false')
                return
            if time.monotonic() - started > LASTS:
                pause = FIRST
            self._events.warn(f'{why}; next try in {pause:g} s')
            self._stop.wait(pause)
            pause = min(pause * 2, LONGEST)

    def _once(self) -> str:
        # One connection, from its beginning to its end; returns how it ended.
        attempt = Attempt(self._connection.timeout)
        try:
            client = self._connection.peer.open(attempt.remaining)
        except Exception as error:
            return self._connection.failed(error, attempt).sentence
        attempt.stage = 'answer'
        self._client = client
        if self._stop.is_set():
            _cut(client)
            return ''
        try:
            self._events.connected()
            code, reason, why = self._read(client, attempt)
        finally:
            self._forget(client)
        if not self._stop.is_set():
            self._events.closed(code, reason)
        return why

    def _forget(self, client: Any) -> None:
        self._client = None
        _cut(client)
        for answer in list(self._answers.values()):
            if not answer.done():
                answer.set_exception(ConnectionError(f"'{self._connection.item.name}': the connection is gone"))

    def _read(self, client: Any, attempt: Attempt) -> tuple[int, str, str]:
        reader = Reader(client, self._about.number('ping_interval'), self._about.number('pings_missed_threshold'))
        try:
            while not self._stop.is_set():
                self._take(reader.message(self._sending))
        except ClosedError as error:
            code, reason = error.args
            return code, reason, f'the other side closed it ({code} {printable(reason, SHOWN)})'.replace(' )', ')')
        # The library raises what it likes for whatever the other side sends.
        except Exception as error:
            return ABNORMAL, '', self._connection.failed(error, attempt).sentence
        return ABNORMAL, '', ''

    def _take(self, data: str | bytes) -> None:
        if not self._about.get('is_zato'):
            self._events.message(data)
            return
        try:
            found = json.loads(data)
            meta = found['meta']
        except (ValueError, RecursionError, TypeError, KeyError):
            self._events.warn('a message is no JSON object with meta: it is left out')
            return
        answer = self._answers.get(str(meta.get('in_reply_to'))) if isinstance(meta, dict) else None
        if answer is not None:
            if not answer.done():
                answer.set_result(found)
        elif isinstance(meta, dict) and not meta.get('in_reply_to'):
            self._events.message(found)


class Reader:
    """Reads messages frame by frame, as far as they are not too big; answers pings, and sends its own."""

    def __init__(self, client: Any, interval: int, missed: int) -> None:
        self._client, self._interval, self._most_missed, self._missed = client, interval, missed, 0
        self._parts: list[bytes] = []
        self._opcode = 0
        client.sock.settimeout(interval or SILENT)
        strict = client.frame_buffer.recv_strict

        def limited(size: int) -> bytes:
            # The library takes any length that a frame says it has.
            if size + sum(len(part) for part in self._parts) > BIGGEST:
                with suppress(Exception):
                    client.send_close(TOO_BIG)
                raise ClosedError(TOO_BIG, 'a message is too big')
            found: bytes = strict(size)
            return found

        client.frame_buffer.recv_strict = limited

    def message(self, sending: threading.Lock) -> str | bytes:
        """Returns the next message, a text as such. Raises ClosedError, and what the library raises."""
        while True:
            frame = self._frame(sending)
            if frame.opcode in (1, 2) or (frame.opcode == 0 and self._opcode):
                self._opcode = frame.opcode or self._opcode
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    data, self._parts = b''.join(self._parts), []
                    is_text, self._opcode = self._opcode == 1, 0
                    return data.decode() if is_text else data
            elif frame.opcode == 8:
                code = int.from_bytes(frame.data[:2]) if len(frame.data) > 1 else 1005
                with suppress(Exception), sending:
                    self._client.send_close()
                raise ClosedError(code, bytes(frame.data[2:]).decode('utf-8', 'replace'))
            elif frame.opcode == 9:
                with sending:
                    self._client.pong(frame.data)

    def _frame(self, sending: threading.Lock) -> Any:
        import websocket

        while True:
            try:
                found = self._client.recv_frame()
            except websocket.WebSocketTimeoutException:
                if not self._interval:
                    continue
                self._missed += 1
                if self._missed > self._most_missed + 1:
                    raise
                with sending:
                    self._client.ping()
            else:
                self._missed = 0
                return found


def _cut(client: Any) -> None:
    # What is being read in another thread ends, too.
    with suppress(Exception):
        client.sock.shutdown(socket.SHUT_RDWR)
    with suppress(Exception):
        client.shutdown()
