"""An AMQP broker that a test plays: it takes what is published, and delivers nothing. Its frames are made by pika."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pika import exceptions, frame, spec

from zatools.apitest.systems.amqp import message_of
from zatools.apitest.systems.listener import HOST, bound
from zatools.apitest.systems.message import Message

#: Bytes of a frame and of a message, connections, channels of each, messages and bytes of messages that are kept.
FRAME, BODY, CONNECTIONS, CHANNELS, KEPT, KEPT_BYTES = 131_072, 4_000_000, 100, 256, 10_000, 64_000_000
#: Seconds in which a client must have introduced itself, and must take what it is sent.
PATIENCE = 10.0
TOO_LARGE, NOT_IMPLEMENTED = 311, 540
CAPABILITIES = {'publisher_confirms': True, 'basic.nack': True, 'authentication_failure_close': True}


def _declared(method: Any) -> Any:
    # A queue without a name gets one.
    return spec.Queue.DeclareOk(method.queue or 'zato-mock', 0, 0)


#: What is answered to a method; whatever is declared or bound is there.
ANSWERS: dict[type, Callable[[Any], Any]] = {
    spec.Channel.Flow: lambda method: spec.Channel.FlowOk(method.active),
    spec.Confirm.Select: lambda method: spec.Confirm.SelectOk(),
    spec.Exchange.Declare: lambda method: spec.Exchange.DeclareOk(),
    spec.Exchange.Delete: lambda method: spec.Exchange.DeleteOk(),
    spec.Exchange.Bind: lambda method: spec.Exchange.BindOk(),
    spec.Exchange.Unbind: lambda method: spec.Exchange.UnbindOk(),
    spec.Queue.Declare: _declared,
    spec.Queue.Bind: lambda method: spec.Queue.BindOk(),
    spec.Queue.Unbind: lambda method: spec.Queue.UnbindOk(),
    spec.Queue.Purge: lambda method: spec.Queue.PurgeOk(0),
    spec.Queue.Delete: lambda method: spec.Queue.DeleteOk(0),
    spec.Basic.Qos: lambda method: spec.Basic.QosOk(),
    spec.Basic.Get: lambda method: spec.Basic.GetEmpty(),
    spec.Basic.Consume: lambda method: spec.Basic.ConsumeOk(method.consumer_tag or 'zato-mock'),
    spec.Basic.Cancel: lambda method: spec.Basic.CancelOk(method.consumer_tag),
    spec.Tx.Select: lambda method: spec.Tx.SelectOk(),
    spec.Tx.Commit: lambda method: spec.Tx.CommitOk(),
    spec.Tx.Rollback: lambda method: spec.Tx.RollbackOk(),
}
#: What needs no answer.
SILENT = (spec.Channel.CloseOk, spec.Channel.FlowOk, spec.Basic.Ack, spec.Basic.Nack, spec.Basic.Reject)


class AmqpBroker:
    """A broker that listens on this machine alone."""

    def __init__(self, name: str, port: int = 0, told: Callable[[Message], None] = lambda message: None) -> None:
        self.name = name
        self._told = told
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque()
        self._size = 0
        self._open: set[socket.socket] = set()
        self._listening = bound(port)
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, name=f'broker {self.port}', daemon=True).start()

    @property
    def address(self) -> str:
        """Its URL."""
        return f'amqp://{HOST}:{self.port}'

    def messages(self) -> list[Message]:
        """Returns what was published."""
        with self._lock:
            return list(self._messages)

    def reset(self) -> None:
        """Forgets what was published."""
        with self._lock:
            self._messages.clear()
            self._size = 0

    def take(self, message: Message) -> None:
        """Keeps a message."""
        with self._lock:
            self._messages.append(message)
            self._size += len(message.text)
            while self._size > KEPT_BYTES or len(self._messages) > KEPT:
                self._size -= len(self._messages.popleft().text)
        self._told(message)

    def close(self) -> None:
        """Ends the broker and all connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                is_full = len(self._open) >= CONNECTIONS
                if not is_full:
                    self._open.add(client)
            if is_full:
                client.close()
            else:
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # Whatever a client sends, it is its own connection alone that ends.
        try:
            with suppress(OSError, EOFError, exceptions.AMQPError, LookupError, TypeError, ValueError, struct.error):
                _Session(client, self.take).run()
        finally:
            with self._lock:
                self._open.discard(client)
            client.close()


@dataclass
class _Publishing:
    """A message whose parts are still coming in."""

    method: Any
    header: Any = None
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    received: int = 0


class _Session:
    """A connection of a client."""

    def __init__(self, client: socket.socket, take: Callable[[Message], None]) -> None:
        self._client, self._take = client, take
        self._data, self._is_known = b'', False
        # The channels, each with the number of the last message that it confirmed; None where it confirms none.
        self._confirmed: dict[int, int | None] = {}
        self._publishing: dict[int, _Publishing] = {}

    def run(self) -> None:
        """Serves the client until it leaves."""
        self._client.settimeout(PATIENCE)
        if not isinstance(self._next(), frame.ProtocolHeader):
            # So a broker says which protocol it speaks.
            self._client.sendall(b'AMQP\x00\x00\x09\x01')
            return
        product = {'product': 'zato mock', 'capabilities': CAPABILITIES}
        self._send(0, spec.Connection.Start(0, 9, product, 'PLAIN AMQPLAIN', 'en_US'))
        self._expect(spec.Connection.StartOk)
        self._send(0, spec.Connection.Tune(CHANNELS, FRAME, 0))
        heartbeat = self._expect(spec.Connection.TuneOk).heartbeat
        self._expect(spec.Connection.Open)
        self._send(0, spec.Connection.OpenOk())
        # A client that wants heartbeats gets them; any other one may be silent as long as it likes.
        self._client.settimeout(heartbeat / 2 or None)
        self._is_known = True
        while self._handle(self._next()):
            pass

    def _expect(self, kind: type) -> Any:
        found = self._next()
        if not isinstance(getattr(found, 'method', None), kind):
            raise EOFError
        return found.method

    def _send(self, number: int, method: Any) -> None:
        self._client.sendall(frame.Method(number, method).marshal())

    def _next(self) -> Any:
        while True:
            if self._data[:4] != b'AMQP' and len(self._data) >= 7 and int.from_bytes(self._data[3:7]) > FRAME:
                raise EOFError
            used, found = frame.decode_frame(self._data)
            if found is not None:
                self._data = self._data[used:]
                return found
            try:
                received = self._client.recv(65_536)
            except TimeoutError:
                if not self._is_known:
                    raise
                self._client.sendall(frame.Heartbeat().marshal())
                continue
            if not received:
                raise EOFError
            self._data += received

    def _handle(self, found: Any) -> bool:
        # Returns whether the connection goes on.
        number = found.channel_number
        if isinstance(found, frame.Heartbeat):
            return True
        if isinstance(found, frame.Header):
            self._head(number, found)
        elif isinstance(found, frame.Body):
            self._part(number, found.fragment)
        elif isinstance(found.method, spec.Connection.Close):
            self._send(0, spec.Connection.CloseOk())
            return False
        else:
            self._method(number, found.method)
        return True

    def _method(self, number: int, method: Any) -> None:
        if isinstance(method, spec.Channel.Open) and len(self._confirmed) < CHANNELS:
            self._confirmed[number] = None
            self._send(number, spec.Channel.OpenOk())
        elif isinstance(method, spec.Channel.Close):
            self._confirmed.pop(number, None)
            self._publishing.pop(number, None)
            self._send(number, spec.Channel.CloseOk())
        elif isinstance(method, spec.Basic.Publish) and number in self._confirmed:
            self._publishing[number] = _Publishing(method)
        elif (answer := ANSWERS.get(type(method))) and number in self._confirmed:
            if isinstance(method, spec.Confirm.Select):
                self._confirmed[number] = 0
            if not getattr(method, 'nowait', False):
                self._send(number, answer(method))
        elif not isinstance(method, SILENT):
            self._refuse(number, NOT_IMPLEMENTED, f'zato mock does not know {method.NAME}')

    def _refuse(self, number: int, code: int, text: str) -> None:
        self._publishing.pop(number, None)
        self._confirmed.pop(number, None)
        self._send(number, spec.Channel.Close(code, text, 0, 0))

    def _head(self, number: int, found: Any) -> None:
        one = self._publishing[number]
        if found.body_size > BODY:
            self._refuse(number, TOO_LARGE, f'a message has at most {BODY} bytes here')
            return
        one.header, one.size = found, found.body_size
        self._part(number, b'')

    def _part(self, number: int, part: bytes) -> None:
        one = self._publishing.get(number)
        if one is None or one.header is None:
            # The rest of a message that was refused.
            return
        if part:
            one.parts.append(part)
            one.received += len(part)
        if one.received < one.size:
            return
        body = b''.join(one.parts)[: one.size]
        del self._publishing[number]
        self._take(message_of(one.method, one.header.properties, body))
        confirmed = self._confirmed[number]
        if confirmed is not None:
            self._confirmed[number] = confirmed + 1
            self._send(number, spec.Basic.Ack(confirmed + 1))
