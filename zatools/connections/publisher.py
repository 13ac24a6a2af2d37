"""Outgoing AMQP connections that services publish through: kept open, and opened again when they break."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pika
from pika.exceptions import UnroutableError

from zatools.connections.amqp import AmqpConnection, Message
from zatools.connections.pong import Attempt, Pong

#: Seconds between two looks at a connection, which answer its heartbeats.
BEAT = 0.25
#: Seconds before the second try, and the longest pause between tries.
FIRST, LONGEST = 0.5, 15.0
Tell = Callable[[str], None]
#: Messages for services mention no options of a command line.
WITHOUT_OPTIONS = {'or_exchange': '', 'or_key': ''}


class Publisher:
    """One connection to a broker that all threads publish through, kept by a thread of its own."""

    def __init__(self, connection: AmqpConnection, warn: Tell) -> None:
        self.connection = connection
        self._warn = warn
        self._lock = threading.Lock()
        self._opened: pika.BlockingConnection | None = None
        self._channel: Any = None
        self._stop = threading.Event()
        threading.Thread(target=self._keep, name=f'amqp {connection.item.name}', daemon=True).start()

    def publish(self, message: Message) -> Pong | None:
        """Publishes a message and waits until the broker confirms it. Returns the pong of a failure, else None."""
        attempt = Attempt(self.connection.timeout)
        words = {'exchange': message.exchange, 'key': message.routing_key, **WITHOUT_OPTIONS}
        refused = self.connection.refused(message, attempt)
        if refused:
            return refused
        with self._lock:
            try:
                self._open(attempt)
                self._send(message)
            except UnroutableError as error:
                # Zato's servers log this, too, and don't raise it in services. The broker drops the message.
                self._warn(self.connection.failed(error, attempt, **words).sentence)
            # pika raises any exception of Python's for what it can't decode.
            except Exception as error:
                self._forget()
                return self.connection.failed(error, attempt, **words)
        return None

    def _send(self, message: Message) -> None:
        properties = pika.BasicProperties(**self.connection.properties(message.properties))
        self._channel.basic_publish(message.exchange, message.routing_key, message.body, properties, mandatory=True)

    def _open(self, attempt: Attempt) -> None:
        if self._opened is not None:
            # A connection that fails here is replaced by a new one.
            with suppress(Exception):
                self._opened.process_data_events(0)
                if self._opened.is_open and self._channel.is_open:
                    return
            self._forget()
        self._opened = self.connection.opened(attempt).connection
        self._channel = self._opened.channel()
        self._channel.confirm_delivery()

    def _forget(self) -> None:
        opened, self._opened, self._channel = self._opened, None, None
        if opened is not None:
            # A connection that broke can't be closed.
            with suppress(Exception):
                opened.close()

    def _keep(self) -> None:
        pause = FIRST
        while not self._stop.is_set():
            attempt = Attempt(self.connection.timeout)
            try:
                with self._lock:
                    if not self._stop.is_set():
                        self._open(attempt)
                pause = FIRST
                self._stop.wait(BEAT)
            # As in `publish`. The thread has to go on.
            except Exception as error:
                pong = self.connection.failed(error, attempt)
                self._warn(f'{pong.sentence}; next try in {pause:g} s')
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST)

    def close(self) -> None:
        """Closes the connection, once the message that is being published is confirmed."""
        self._stop.set()
        with self._lock:
            self._forget()
