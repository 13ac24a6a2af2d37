"""Clients of WebSocket channels that get the messages of topics: services subscribe them, for as long as they stay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from secrets import token_hex
from typing import TYPE_CHECKING

from zatools.kinds.traits import PERMITTED
from zatools.server.api.exceptions import Forbidden
from zatools.server.parts import is_on
from zatools.server.topics.subscribers import Subscriber, may
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.channels.web_clients import Client
    from zatools.server.runtime import Runtime

#: How keys of their subscriptions begin.
PREFIX = 'zpsk.wsx.'
#: Seconds that messages wait for a client that left.
AWAY = 86400.0
#: Most messages that a client gets at once, and the seconds until it gets them again where it does not answer.
BATCH, WAITS = 500, (10.0, 3.0)


class Sockets:
    """The subscriptions of clients, by their keys, and when those that are gone were last there."""

    def __init__(self, server: Runtime, changed: Callable[[], object]) -> None:
        self._server, self._changed = server, changed
        self._kept = server.parts.kept
        self._clients: dict[str, Client] = {}
        self._changing = threading.Lock()
        self._is_first = True

    def subscribe(self, topic: str, client: Client) -> str:
        """Subscribes a client to a topic, and returns the key of the subscription. Raises Forbidden."""
        self.forget()
        endpoint = self._endpoint(client)
        if not may('sub', topic, endpoint, '3.2'):
            text = f"endpoint '{endpoint.name}' may not subscribe to topic '{topic}'"
            raise Forbidden(None, text, needs_msg=True)
        before = self._kept.all('select sub_key from subscribed where topic = ?', topic)
        key = next((row[0] for row in before if self._clients.get(row[0]) is client), '')
        if not key:
            key = f'{PREFIX}{token_hex(24)}'
            self._kept.do('insert into subscribed values (?, ?, ?, ?)', key, topic, endpoint.name, '')
            self._attach(key, client)
        return key

    def resume(self, sub_key: str, client: Client) -> None:
        """Has a client get the messages of a subscription that it, or another before it, has. Raises Forbidden."""
        self.forget()
        who = self._endpoint(client).name
        if not self._kept.all('select 1 from subscribed where sub_key = ? and who = ?', sub_key, who):
            raise Forbidden(None, 'there is no such subscription of this WebSocket channel', needs_msg=True)
        self._attach(sub_key, client)

    def _endpoint(self, client: Client) -> Item:
        name = client.item.name
        for item in self._server.state.values():
            is_its = item.kind.served == PERMITTED and item.values.get('ws_channel') == name
            if is_its and is_on(item, self._server.generation):
                return item
        raise Forbidden(None, f"no pub/sub endpoint has WebSocket channel '{name}'", needs_msg=True)

    def _attach(self, key: str, client: Client) -> None:
        with self._changing:
            self._clients[key] = client
        self._kept.do('insert or replace into client values (?, 0)', key)
        if not client.is_valid:
            self.left(client)
        self._changed()

    def left(self, client: Client) -> None:
        """Delivers nothing more to a client; what comes for it waits for a day."""
        with self._changing:
            keys = [key for key, one in self._clients.items() if one is client]
            for key in keys:
                del self._clients[key]
        if keys:
            self._kept.many('update client set left = ? where sub_key = ?', [(time.time(), key) for key in keys])
            self._changed()

    def forget(self) -> None:
        """Drops the subscriptions of clients that have been away for too long."""
        if self._is_first:
            # A server that died has not written down who was there.
            self._is_first = False
            self._kept.do('update client set left = ? where left = 0', time.time())
        over = 'select sub_key from client where left > 0 and left < ?'
        for row in self._kept.all(over, time.time() - AWAY):
            if row[0] in self._clients:
                continue
            with self._kept.together():
                for table in ('subscribed', 'queued', 'client'):
                    self._kept.do(f'delete from {table} where sub_key = ?', row[0])

    def subscriber(self, sub_key: str, topics: frozenset[str], who: str) -> Subscriber:
        """Returns the subscriber of a key, with its client while that is there."""
        client = self._clients.get(sub_key)
        return Subscriber(sub_key, topics, who, batch=BATCH, is_listed=True, waits=WAITS, client=client)
