"""Outgoing WebSocket connections whose events services hear: connected, a message, closed."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from zatools.kinds.traits import EVENTS, ON_CLOSE, ON_CONNECT, ON_MESSAGE
from zatools.place import did_you_mean
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.channels.lanes import FullError, Lane
from zatools.server.failing import log_failure
from zatools.server.http.formats import plain
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.connections.clients.websocket import Wsx
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Messages that wait until services take them; more of them wait on the network.
MOST = 100
#: Seconds between two looks whether it is stopped, and those that a service has to end when it is.
LOOK, LAST = 1.0, 4.0


def place_of(item: Item, _server: Runtime) -> str:
    """Returns the name of a connection: none shares its place with another."""
    return item.name


def opened(server: Runtime, _place: str, items: list[Item]) -> Remote:
    """Keeps a connection open. Raises ConnectionError where its definition can't be used."""
    return Remote(server, items[0])


class Remote:
    """A connection that is kept open, and the services that hear it, one message after another."""

    def __init__(self, server: Runtime, item: Item) -> None:
        from zatools.connections.clients.heard import Events

        self._server, self._item = server, item
        self._lane = Lane(f'wsx-calls {item.name}', MOST)
        self._is_stopped = False
        for field in EVENTS:
            name = str(item.values.get(field) or '')
            if name and name not in server.services:
                log.warning("%s: %s: no service '%s'; %s", item, field, name, did_you_mean(name, server.services))
        if item.values.get('subscription_list'):
            log.warning('%s: subscription_list is not used here', item)
        self._view: Wsx = server.out.wsx[item.name]
        self._view.listen(Events(self._connected, self._message, self._closed, self._warn))

    def stop(self) -> None:
        """Takes nothing more."""
        self._is_stopped = True
        self._view.silence()

    def close(self) -> None:
        """Stops, once the service that works has ended."""
        self.stop()
        end = monotonic() + LAST
        while self._lane.is_busy and monotonic() < end:
            time.sleep(0.05)
        self._lane.close()

    def _warn(self, text: str) -> None:
        log.warning("outgoing WebSocket '%s': %s", self._item.name, text)

    def _connected(self) -> None:
        log.info("outgoing WebSocket '%s': connected", self._item.name)
        self._add(ON_CONNECT, self._about())

    def _closed(self, code: int, reason: str) -> None:
        self._add(ON_CLOSE, {**self._about(), 'code': code, 'reason': reason})

    def _about(self) -> dict[str, Any]:
        return {'name': self._item.name, 'address': self._item.values.get('address')}

    def _message(self, data: Any) -> None:
        if isinstance(data, dict):
            # A request of another Zato: it waits for an answer.
            self._add(ON_MESSAGE, data.get('data', ''), partial(self._view.answer, data['meta'].get('id')))
            return
        self._add(ON_MESSAGE, self._parsed(data), raw=data)

    def _parsed(self, data: Any) -> Any:
        if self._item.values.get('data_format', 'json') != 'json':
            return data
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            return data

    def _add(self, field: str, payload: Any, answer: Callable[[Any], None] | None = None, raw: Any = None) -> None:
        name = str(self._item.values.get(field) or '')
        if not name:
            return
        run = partial(self._invoke, name, payload, payload if raw is None else raw, answer)
        while not self._is_stopped:
            try:
                self._lane.add(run, LOOK)
            except FullError:
                continue
            return

    def _invoke(self, name: str, payload: Any, raw: Any, answer: Callable[[Any], None] | None) -> None:
        server, cid, shown = self._server, new_cid(), f"outgoing WebSocket '{self._item.name}'"
        try:
            call = Call(cid, payload, raw, channel=server.about('web-socket', self._item))
            found = server.call(server.deployed(name), call).payload
            if answer:
                answer(json.loads(json.dumps(found, default=plain)))
        except NoServiceError as error:
            log.error('%s: %s (CID %s)', shown, error, cid)
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as error:
            log_failure(f"{shown}: service '{name}'", error, cid)
