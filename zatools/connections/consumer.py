"""AMQP channels: hands each message of a queue to a function, and acknowledges it when that returns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from zatools.connections.amqp import AmqpConnection
from zatools.connections.pong import Attempt, printable
from zatools.connections.publisher import BEAT, FIRST, LONGEST, Tell

#: Messages that are taken at once where a channel sets no limit.
MOST = 500
#: Seconds that messages have to finish when a channel stops.
PATIENCE = 5.0
#: Gets a message's body and its properties; tells whether the message could be used.
Handle = Callable[[bytes, Any], bool]


class NotNowError(Exception):
    """A message can't be handled here at this time: it goes back to the queue."""


def _nothing() -> None:
    pass


class Consumer:
    """Takes messages from a queue until it is closed; connects again when the connection breaks."""

    def __init__(self, connection: AmqpConnection, handle: Handle, say: Tell, warn: Tell) -> None:
        self.connection = connection
        self._handle, self._say, self._warn = handle, say, warn
        self._stop = threading.Event()
        self._running = 0
        values = connection.item.values
        self.queue = str(values.get('queue', ''))
        self._is_rejecting = values.get('ack_mode') == 'reject'
        self._workers = ThreadPoolExecutor(int(values.get('pool_size') or 10), f'amqp {connection.item.name}')
        self._thread = threading.Thread(target=self._keep, name=f'amqp {connection.item.name}', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops taking messages. Those being worked on may finish; what isn't acknowledged stays in the queue."""
        self._stop.set()
        self._thread.join(PATIENCE + 1)
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _keep(self) -> None:
        pause = FIRST
        while not self._stop.is_set():
            attempt = Attempt(self.connection.timeout)
            try:
                with self.connection.opened(attempt) as opened:
                    self._consume(opened)
                    pause = FIRST
                    self._say(f'consuming from {self.connection.target}')
                    while not self._stop.is_set():
                        opened.process_data_events(BEAT)
                    self._finish(opened)
            # pika raises any exception of Python's for what it can't decode. The thread has to go on.
            except Exception as error:
                if self._stop.is_set():
                    return
                pong = self.connection.failed(error, attempt, queue=printable(self.queue))
                self._warn(f'{pong.sentence}; next try in {pause:g} s')
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST)

    def _consume(self, opened: Any) -> None:
        values = self.connection.item.values
        self._running = 0
        self._channel = opened.channel()
        self._channel.basic_qos(prefetch_count=int(values.get('prefetch_count') or MOST))
        tag = f'{values.get("consumer_tag_prefix") or "zatools"}-{uuid4().hex[:12]}'
        self._tag = self._channel.basic_consume(self.queue, partial(self._taken, opened), False, False, tag)

    def _taken(self, opened: Any, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        # Services run in other threads, since this one has to answer heartbeats meanwhile.
        self._running += 1
        self._workers.submit(self._work, opened, channel, method, properties, body)

    def _work(self, opened: Any, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        if not opened.is_open:
            # The connection broke, so the broker has put the message back into the queue.
            return
        if self._stop.is_set():
            # Nothing ran yet, and without an acknowledgement the broker keeps the message. If the connection is gone
            # meanwhile, it does so anyway.
            with suppress(Exception):
                opened.add_callback_threadsafe(partial(self._done, _nothing, ()))
            return
        try:
            is_used = self._handle(body, properties)
            answer = channel.basic_reject
            if is_used and not self._is_rejecting:
                answer = channel.basic_ack
            arguments: tuple[Any, ...] = (method.delivery_tag, False)
        except NotNowError:
            answer, arguments = channel.basic_reject, (method.delivery_tag, True)
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException:
            # A message gets a second try, since some failures pass. After that the broker drops it, or gives it to the
            # exchange for dead letters.
            answer, arguments = channel.basic_reject, (method.delivery_tag, not method.redelivered)
        # The connection may be gone meanwhile: then the broker puts the message back into the queue.
        with suppress(Exception):
            opened.add_callback_threadsafe(partial(self._done, answer, arguments))

    def _done(self, answer: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        answer(*arguments)
        self._running -= 1

    def _finish(self, opened: Any) -> None:
        end = Attempt(PATIENCE)
        self._channel.basic_cancel(self._tag)
        while self._running and end.took < end.timeout:
            opened.process_data_events(0.05)
