"""A temporary queue at a broker, bound to an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import pika

from zatools.connections.amqp import AmqpConnection
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong
from zatools.state import Item, State


class Inbox:
    """Receives messages that are published to its exchange with its routing key."""

    def __init__(self, channel: Any, queue: str) -> None:
        self._channel, self._queue = channel, queue

    def receive(self, seconds: float) -> str:
        """Returns the next message; '' where none comes in time."""
        until = monotonic() + seconds
        while monotonic() < until:
            method, _, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method:
                return str(body.decode('utf-8', 'replace'))
            self._channel.connection.sleep(0.02)
        return ''


def reachable(item: Item, state: State) -> Pong:
    """Pings the broker of a definition's connection."""
    connection = connect(item, state)
    return connection.ping(Attempt(min(connection.timeout, 2.0)))


@contextmanager
def inbox(item: Item, state: State, exchange: str, routing_key: str) -> Iterator[Inbox]:
    """Declares a queue, and the exchange if it is missing; both are removed at the end."""
    connection = connect(item, state)
    assert isinstance(connection, AmqpConnection)
    with connection.opened(Attempt()) as opened:
        is_made = _declare(opened, exchange)
        channel = opened.channel()
        queue = channel.queue_declare('', exclusive=True).method.queue
        channel.queue_bind(queue, exchange, routing_key)
        try:
            yield Inbox(channel, queue)
        finally:
            with suppress(Exception):
                channel.queue_delete(queue)
                if is_made:
                    channel.exchange_delete(exchange, if_unused=True)


def _declare(opened: Any, exchange: str) -> bool:
    try:
        opened.channel().exchange_declare(exchange, passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        opened.channel().exchange_declare(exchange)
        return True
    return False
