"""Runs the AMQP channels of the current definitions: each active channel consumes from its queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from zatools.connections.connect import connect
from zatools.connections.pong import Idle
from zatools.kinds.traits import CONSUMED
from zatools.server.api.exceptions import HTTPException
from zatools.server.api.outgoing import Recipe, closed_beside, recipe_of
from zatools.server.call import Call, NoServiceError, NotAcceptedError, new_cid
from zatools.server.failing import log_failure
from zatools.server.http.formats import parsed
from zatools.state import Item, Key, State

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

#: Seconds that messages have to finish when the server stops.
PATIENCE = 6.0
log = logging.getLogger('zatools.server')


def is_consumed(item: Item) -> bool:
    """Tells whether an object is a channel that takes messages, and is active."""
    return item.kind.served == CONSUMED and item.values.get('is_active', True) is not False


def handle(server: Runtime, item: Item, body: bytes, _properties: Any) -> bool:
    """Invokes the service of an AMQP channel, and tells whether the message could be used.

    What the service raises is logged and raised.
    """
    name, cid = str(item.values.get('service') or ''), new_cid()
    if name not in server.services:
        from zatools.connections.consumer import NotNowError

        # The file of the service was just removed, and the channel is about to stop.
        raise NotNowError
    channel = server.about('amqp', item)
    try:
        payload = parsed(body, channel.data_format, cid, 'the message')
    except HTTPException as error:
        log.error("AMQP channel '%s': %s, it is rejected (CID %s)", item.name, error, cid)
        return False
    try:
        server.call(server.deployed(name), Call(cid, payload, body, None, {}, channel))
    except NotAcceptedError as error:
        log.error("AMQP channel '%s': %s, the message is rejected (CID %s)", item.name, error, cid)
        return False
    except NoServiceError as error:
        log.error("AMQP channel '%s': %s (CID %s)", item.name, error, cid)
        raise
    # Any exception at all: a service that calls sys.exit() has failed, too.
    except BaseException as error:
        log_failure(f"AMQP channel '{item.name}': service '{name}'", error, cid)
        raise
    return True


class Consumers:
    """All AMQP channels. A change of definitions does not interrupt the channels that it leaves alone."""

    def __init__(self, server: Runtime) -> None:
        self._server = server
        self._running: dict[Key, tuple[Recipe, Any]] = {}
        self._closing: list[threading.Thread] = []

    def update(self, state: State, foreign: dict[Key, str]) -> None:
        """Stops channels that changed or are gone, and starts those that are new."""
        wanted = {key: recipe_of(item, state) for key, item in state.items() if is_consumed(item)}
        self._stop([key for key, (recipe, _) in self._running.items() if wanted.get(key) != recipe])
        for key, recipe in wanted.items():
            if key not in self._running:
                self._running[key] = recipe, self._start(state[key], state, foreign)

    def _start(self, item: Item, state: State, foreign: dict[Key, str]) -> Any:
        connection: Any = connect(item, state, foreign)
        if isinstance(connection, Idle):
            log.warning("AMQP channel '%s': %s", item.name, connection.pong.sentence)
            return None
        from zatools.connections.consumer import Consumer

        tell = {level: partial(log.log, level, "AMQP channel '%s': %s", item.name) for level in (logging.INFO, 30)}
        return Consumer(connection, partial(handle, self._server, item), tell[logging.INFO], tell[logging.WARNING])

    def _stop(self, keys: Iterable[Key]) -> None:
        self._closing = closed_beside(self._closing, [self._running.pop(key)[1] for key in keys])

    def stop(self) -> None:
        """Takes no more messages."""
        self._stop(list(self._running))

    def close(self) -> None:
        """Stops all channels. Messages that are being worked on have some seconds to finish."""
        self.stop()
        for thread in self._closing:
            thread.join(PATIENCE)
