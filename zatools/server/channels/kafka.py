"""Kafka channels of 4.1: each message of a topic invokes a service, and is committed once that has returned."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

from zatools.connections.clients import is_hidden, lacked
from zatools.connections.clients.kafka import Peer, reason_of
from zatools.connections.clients.peer import Definition, RefusedError
from zatools.connections.pong import printable
from zatools.errors import ZatoolsError
from zatools.server.api.exceptions import HTTPException
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.failing import log_failure
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Seconds between two looks whether the channel is to stop, and that a message has to finish then.
LOOK, LAST = 0.25, 4.0
#: Seconds before a message is tried again, and the longest pause.
FIRST, LONGEST = 1.0, 60.0
#: A new group begins with what is there. A message that fails for long is still of this member: a day is the most.
CONSUMER = {
    'enable.auto.commit': False,
    'enable.auto.offset.store': False,
    'auto.offset.reset': 'earliest',
    'allow.auto.create.topics': False,
    'max.poll.interval.ms': 86_400_000,
}


def place_of(item: Item, server: Runtime) -> str:
    """Returns what no other channel has: each is a client of its own."""
    return item.name


def opened(server: Runtime, place: str, items: list[Item]) -> Topic:
    """Begins to consume. Raises ValueError, ImportError."""
    if is_hidden('confluent_kafka'):
        raise ImportError('a file of services is called confluent_kafka.py, as what Kafka needs: rename it')
    if missing := lacked('confluent_kafka', 'confluent-kafka'):
        raise ImportError(f'Kafka needs a package of its own: pip install {missing}')
    return Topic(server, items[0])


class Topic:
    """A topic whose messages go to a service, one after another."""

    def __init__(self, server: Runtime, item: Item) -> None:
        self._server, self._item = server, item
        self._stopping = threading.Event()
        self._said = ''
        topic = str(item.values.get('topic') or '')
        if not topic:
            raise ValueError('it has no topic')
        self._group = str(item.values.get('group_id') or f'zato-{item.name}')
        try:
            self._made = Peer(Definition(item, server.generation)).made(
                'Consumer', {**CONSUMER, 'group.id': self._group}
            )
        except RefusedError as error:
            raise ValueError(', '.join(error.words.values())) from None
        except ZatoolsError as error:
            raise ValueError(error.text) from None
        self._made.client.subscribe([topic])
        log.info("Kafka channel '%s': topic %s, group %s", item.name, printable(topic), printable(self._group))
        self._thread = threading.Thread(target=self._run, name=f'kafka {item.name}', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes nothing more."""
        self._stopping.set()

    def close(self) -> None:
        """Stops, once the message that is being worked on is done."""
        self.stop()
        self._thread.join(LAST)

    def _run(self) -> None:
        client = self._made.client
        try:
            while not self._stopping.is_set():
                message = client.poll(LOOK)
                self._warn(self._made.errors.worst())
                if message is None:
                    continue
                if message.error():
                    self._warn(message.error())
                    continue
                self._take(message)
        finally:
            # It leaves the group, so that others get its part at once.
            client.close()

    def _warn(self, error: Any) -> None:
        # A broker that is down is told once, not with each try.
        self._made.errors.clear()
        text = printable(reason_of(error)) if error is not None else ''
        if text and text != self._said:
            self._said = text
            log.warning("Kafka channel '%s': %s", self._item.name, text)

    def _take(self, message: Any) -> None:
        from confluent_kafka import KafkaException

        self._said, pause = '', FIRST
        while not self._is_done(message, pause):
            # What is not committed comes again after a restart.
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST)
        try:
            self._made.client.commit(message=message, asynchronous=False)
        except KafkaException as error:
            self._warn(error)

    def _is_done(self, message: Any, pause: float) -> bool:
        server, name, cid = self._server, str(self._item.values.get('service') or ''), new_cid()
        what = f"Kafka channel '{self._item.name}': message {message.partition()}/{message.offset()}"
        again = f'it is tried again in {pause:g} s'
        beside = {'kafka': _about(message)}
        try:
            deployed = server.deployed(name)
            payload = _text(message.value())
            if deployed.input and isinstance(payload, str):
                payload = json.loads(payload)
            server.call(
                deployed, Call(cid, payload, message.value(), channel=server.about('kafka', self._item), beside=beside)
            )
        except (HTTPException, ValueError) as error:
            log.error('%s can not be used, it is passed over: %s (CID %s)', what, error, cid)
        except NoServiceError as error:
            log.error('%s: %s; %s (CID %s)', what, error, again, cid)
            return False
        # Any exception at all: a service that calls sys.exit() has failed, too.
        except BaseException as error:
            log_failure(f"{what}, {again}; service '{name}'", error, cid)
            return False
        return True


def _about(message: Any) -> dict[str, Any]:
    # What services find in self.environ['kafka'].
    headers = {name: _text(value) for name, value in message.headers() or ()}
    where = {'topic': message.topic(), 'partition': message.partition(), 'offset': message.offset()}
    return {**where, 'key': _text(message.key()), 'headers': headers}


def _text(value: bytes | None) -> Any:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value
