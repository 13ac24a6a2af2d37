"""Queues of an AMQP broker that steps look into, and messages that they publish, by pika."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.systems.message import Message

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel

#: Seconds until a broker must have answered.
WAIT = 10
NOT_FOUND = 404
HINT = 'is it up, and are user, password and virtual host right?'
#: The reason that a broker has given.
QUOTED = re.compile(r"\(\d+\) '([^']*)'")
#: Properties of a message that steps may ask for.
PROPERTIES = (
    'content_type', 'content_encoding', 'delivery_mode', 'priority', 'correlation_id', 'reply_to', 'expiration',
    'message_id', 'timestamp', 'type', 'user_id', 'app_id',
)  # fmt: skip


class Broker:
    """A connection to a broker."""

    def __init__(self, address: str) -> None:
        self.shown = _shown(address)
        self._parameters = _parameters(address, self.shown)
        self._connection: Any = None
        self._channel: BlockingChannel | None = None

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Closes the connection."""
        import pika

        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            # What is gone needs no end.
            with suppress(pika.exceptions.AMQPError, OSError):
                connection.close()

    def channel(self) -> BlockingChannel:
        """Returns an open channel; raises StepBroken where the broker does not answer."""
        import pika

        if self._channel is not None and self._channel.is_open:
            return self._channel
        # pika would tell each refusal on the screen too.
        logging.getLogger('pika').setLevel(logging.CRITICAL)
        try:
            if self._connection is None or not self._connection.is_open:
                self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
        except (pika.exceptions.AMQPError, OSError) as error:
            raise StepBroken(f'{self.shown} does not answer: {_reason(error)}', at='address', hint=HINT) from None
        return self._channel

    @contextmanager
    def guarded(self, at: str) -> Iterator[None]:
        """Turns what the broker refuses into StepBroken."""
        import pika

        try:
            yield
        except pika.exceptions.ChannelClosedByBroker as error:
            hint = ''
            if error.reply_code == NOT_FOUND:
                hint = 'the service, or a step, must declare it first'
            raise StepBroken(f'the broker says: {error.reply_text}', at=at, hint=hint) from None
        except (pika.exceptions.AMQPError, OSError) as error:
            raise StepBroken(f'{self.shown} does not answer any more: {_reason(error)}', at='-') from None

    def publish(self, exchange: str, key: str, text: str) -> None:
        """Publishes a message, and waits until the broker has it."""
        import pika

        properties = pika.BasicProperties(content_type='application/json', delivery_mode=2)
        if not text.lstrip().startswith(('{', '[')):
            properties.content_type = 'text/plain'
        channel = self.channel()
        with self.guarded('exchange'):
            channel.basic_publish(exchange, key, text.encode(), properties)


class Queue:
    """A queue that steps look into. One that was not there is removed at the end; another is given back as it was."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._broker, self.name = broker, name
        self._is_ours = False
        self._bindings: list[tuple[str, str]] = []
        self._before = 0
        self._found: list[Message] = []

    def open(self) -> None:
        """Looks for the queue, and makes it where it is not there."""
        self._declare()
        self._fetch()
        # Messages that were there before the test are none of its own.
        self._before = len(self._found)

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def _declare(self) -> None:
        import pika

        channel = self._broker.channel()
        try:
            channel.queue_declare(self.name, passive=True)
            return
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != NOT_FOUND:
                raise StepBroken(f'the broker says: {error.reply_text}', at='queue') from None
        channel = self._broker.channel()
        # Ctrl-C may come when the broker has made it, and before its answer is here.
        self._is_ours = True
        with self._broker.guarded('queue'):
            # It goes with the connection, should this process not live to remove it.
            channel.queue_declare(self.name, auto_delete=False, arguments={'x-expires': 3_600_000})

    def bind(self, exchange: str, key: str) -> None:
        """Binds the queue to an exchange."""
        channel = self._broker.channel()
        with self._broker.guarded('exchange'):
            channel.queue_bind(self.name, exchange, key)
        self._bindings.append((exchange, key))

    def messages(self) -> list[Message]:
        """Returns the messages that came since the queue was named."""
        self._fetch()
        return self._found[self._before :]

    def _fetch(self) -> None:
        channel = self._broker.channel()
        with self._broker.guarded('queue'):
            while True:
                method, properties, body = channel.basic_get(self.name)
                if method is None:
                    return
                self._found.append(message_of(method, properties, body))

    def close(self) -> None:
        """Removes the queue where it was made here, else its bindings; unread messages go back to it."""
        import pika

        try:
            channel = self._broker.channel()
            if self._is_ours:
                channel.queue_delete(self.name)
            for exchange, key in self._bindings:
                if not self._is_ours:
                    channel.queue_unbind(self.name, exchange, key)
        except (StepBroken, pika.exceptions.AMQPError, OSError):
            # The broker is gone; a queue of ours expires there.
            pass
        self._broker.close()


def message_of(method: Any, properties: Any, body: bytes) -> Message:
    """Returns the message that was delivered or published; its exchange is one of its properties."""
    values = {name: getattr(properties, name) for name in PROPERTIES if getattr(properties, name) is not None}
    values['exchange'] = method.exchange
    return Message(body.decode('utf-8', 'replace'), method.routing_key, dict(properties.headers or {}), values)


def _parameters(address: str, shown: str) -> Any:
    try:
        import pika

        if not address.startswith(('amqp://', 'amqps://')):
            raise ValueError(address)
        parameters = pika.URLParameters(address)
    except (ValueError, TypeError):
        hint = 'amqp://user:password@host:5672/vhost; better in a variable: "$BROKER"'
        raise StepBroken('this is no address of a broker', at='address', hint=hint) from None
    parameters.socket_timeout = parameters.blocked_connection_timeout = parameters.stack_timeout = WAIT
    parameters.connection_attempts = 1
    # Between steps nobody answers the broker's heartbeats.
    parameters.heartbeat = 0
    return parameters


def _shown(address: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(address)
        return f'{parts.scheme}://{parts.hostname or ""}:{parts.port or 5672}{parts.path}'
    return 'the broker'


def _reason(error: BaseException) -> str:
    # pika wraps the reason in errors of its own, and quotes that of the broker.
    inner: Any = getattr(error, 'exception', None) or next(iter(error.args), None)
    if isinstance(inner, BaseException):
        return _reason(inner)
    if match := QUOTED.search(str(inner)):
        return match[1]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return ' '.join(str(error).split()) or type(error).__name__
