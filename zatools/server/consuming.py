"""Runs the AMQP channels of the current definitions: each active channel consumes from its queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from zatools.connections.connect import connect
from zatools.connections.pong import Idle
from zatools.kinds.traits import CONSUMED
from zatools.server.api.outgoing import Recipe, closed_beside, recipe_of
from zatools.state import Item, Key, State

#: Seconds that messages have to finish when the server stops.
PATIENCE = 6.0
log = logging.getLogger('zatools.server')


def is_consumed(item: Item) -> bool:
    """Tells whether an object is a channel that takes messages, and is active."""
    return item.kind.served == CONSUMED and item.values.get('is_active', True) is not False


class Consumers:
    """All AMQP channels. A change of definitions does not interrupt the channels that it leaves alone."""

    def __init__(self, handle: Callable[[Item, bytes, Any], bool]) -> None:
        self._handle = handle
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
        return Consumer(connection, partial(self._handle, item), tell[logging.INFO], tell[logging.WARNING])

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
