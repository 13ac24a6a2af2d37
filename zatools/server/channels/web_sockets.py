"""3.2's WebSocket channels: clients log in, get a token, and invoke a service with each message."""

from __future__ import annotations

import logging
import threading
import time
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zatools.connections.pong import printable
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.place import did_you_mean
from zatools.server.channels.listening import address_of, shown
from zatools.server.channels.web_clients import Client, seconds_of
from zatools.server.http.guards import login_of
from zatools.state import Item

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Clients of a port, and bytes of a message.
MOST, BIGGEST = 500, 10 * 1024 * 1024
#: Seconds that a client has for the handshake, and to say goodbye.
HANDSHAKE, GOODBYE = 10, 3
#: Seconds that services have to end when the server stops.
LAST = 4.0
#: Seconds where a definition is silent.
PING, MISSED = 45, 2


def place_of(item: Item, server: Runtime) -> tuple[str, int] | str:
    """Returns the host and the port that a channel listens at, or its address where that is none."""
    try:
        return address_of(urlsplit(str(item.values.get('address'))).netloc, server.parts.host)
    except ValueError:
        return str(item.values.get('address'))


def opened(server: Runtime, place: tuple[str, int] | str, items: list[Item]) -> Port:
    """Opens a port for the channels that share it. Raises OSError, ValueError, ImportError."""
    if isinstance(place, str):
        raise ValueError(f"its address '{place}' is none such as ws://127.0.0.1:47043/orders")
    try:
        import websockets.sync.server  # noqa: F401
    except ImportError:
        raise ImportError('it needs websockets: the extra websocket, or pip install websockets') from None
    return Port(server, place, items)


class Port:
    """A port with the channels at its paths."""

    def __init__(self, server: Runtime, place: tuple[str, int], items: list[Item]) -> None:
        from websockets.sync.server import serve

        # Its own lines are about handshakes that fail; ours say what clients did wrong.
        quiet = logging.getLogger('zatools.server.websockets')
        quiet.setLevel(logging.CRITICAL)
        self._server = server
        self._channels = {urlsplit(str(item.values['address'])).path.rstrip('/') or '/': item for item in items}
        interval = seconds_of(items[0], 'ping_interval', PING)
        self._listener = serve(
            self._served,
            *place,
            process_request=self._let_in,
            logger=quiet,
            compression=None,
            server_header=None,
            open_timeout=HANDSHAKE,
            close_timeout=GOODBYE,
            ping_interval=interval or None,
            ping_timeout=interval * seconds_of(items[0], 'pings_missed_threshold', MISSED) or None,
            max_size=BIGGEST,
        )
        self._clients: set[Any] = set()
        where = shown(self._listener.socket.getsockname())
        for path, item in self._channels.items():
            _check(server, item)
            log.info("WebSocket channel '%s' at ws://%s%s", item.name, where, path)
        self._thread = threading.Thread(target=self._listener.serve_forever, name='web-sockets', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes no more clients."""
        self._listener.socket.close()

    def close(self) -> None:
        """Says goodbye to clients, once those that wait for an answer have it."""
        end = monotonic() + LAST
        while any(client.is_busy for client in list(self._clients)) and monotonic() < end:
            time.sleep(0.05)
        self._listener.shutdown()

    def _let_in(self, connection: ServerConnection, request: Any) -> Any:
        path = _path_of(request)
        if path not in self._channels:
            hint = did_you_mean(path[:200], self._channels) or f'there are: {", ".join(self._channels)}'
            log.info('WebSocket %s: 404, no channel has this path; %s', printable(path), hint)
            return connection.respond(404, 'URL not found\n')
        if len(self._clients) >= MOST:
            log.warning("WebSocket channel '%s': %d clients are there, no more are let in", path, MOST)
            return connection.respond(503, 'Too many clients\n')
        return None

    def _served(self, connection: ServerConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        path = _path_of(connection.request)
        client = Client(self._server, self._channels[path], connection)
        self._clients.add(client)
        try:
            client.run()
        except ConnectionClosed as error:
            if error.sent and error.sent.code not in (1000, 1001):
                name = self._channels[path].name
                log.info("WebSocket channel '%s': closed with %d %s", name, error.sent.code, error.sent.reason)
        finally:
            self._clients.discard(client)


def _path_of(request: Any) -> str:
    return str(request.path).partition('?')[0].rstrip('/') or '/'


def _check(server: Runtime, item: Item) -> None:
    login = login_of(item, server.state)
    if login and login.kind.login != PASSWORD_LOGIN:
        log.error("WebSocket channel '%s': %s: it lets nobody in here", item.name, login.kind.title)
