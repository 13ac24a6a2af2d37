"""3.2's WebSocket channels: clients log in, get a token, and invoke a service with each message."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zatools.connections.pong import printable
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.place import did_you_mean
from zatools.server.api.exceptions import HTTPException
from zatools.server.api.supported import Supported
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.channels.listening import address_of, shown
from zatools.server.failing import log_failure
from zatools.server.http.formats import plain
from zatools.server.http.guards import is_known, login_of
from zatools.state import Item

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Clients of a port, and bytes of a message.
MOST, BIGGEST = 500, 10 * 1024 * 1024
#: Seconds that a client has for the handshake, and to say goodbye.
HANDSHAKE, GOODBYE = 10, 3
#: Seconds between two looks whether a connection is still there.
LOOK = 5.0
#: Seconds that services have to end when the server stops.
LAST = 4.0
#: Seconds where a definition is silent.
NEW_TOKEN, TTL, PING, MISSED = 5, 3600, 45, 2
CREATE, INVOKE = 'create-session', 'invoke-service'
#: Types of what the server sends: the answer to a login, to a call, to one that failed, and that nobody is let in.
LOGGED_IN, ANSWER, FAILED, REFUSED = 'zwsx.rspa', 'zwsx.rspok', 'zwsx.rsperr', 'zwsx.merr'
POLICY = 1008


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


class Socket(Supported):
    """A client of a channel, as services see it: `self.environ['web_socket']`."""

    called = "self.environ['web_socket']"

    def __init__(self, pub_client_id: str, asked: Mapping[str, Any], peer: str) -> None:
        self.pub_client_id = pub_client_id
        self.ext_client_id = str(asked.get('client_id') or '')
        self.ext_client_name = str(asked.get('client_name') or '')
        self.peer_host = peer


@dataclass
class Session:
    """A client that is logged in: its token, until when that is valid, and what services see of it."""

    socket: Socket
    token: str = field(default_factory=lambda: f'zwsxt.{secrets.token_hex(24)}', repr=False)
    ends: float = 0.0


class Port:
    """A port with the channels at its paths."""

    def __init__(self, server: Runtime, place: tuple[str, int], items: list[Item]) -> None:
        from websockets.sync.server import serve

        # Its own lines are about handshakes that fail; ours say what clients did wrong.
        quiet = logging.getLogger('zatools.server.websockets')
        quiet.setLevel(logging.CRITICAL)
        self._server = server
        self._channels = {urlsplit(str(item.values['address'])).path.rstrip('/') or '/': item for item in items}
        first = items[0].values
        interval = _seconds(first, 'ping_interval', PING)
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
            ping_timeout=interval * _seconds(first, 'pings_missed_threshold', MISSED) or None,
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


class Client:
    """One connection: logs a client in, and invokes the service of the channel with what it sends."""

    def __init__(self, server: Runtime, item: Item, connection: ServerConnection) -> None:
        self._server, self._item, self._connection = server, item, connection
        self._session: Session | None = None
        #: Whether a service works for it.
        self.is_busy = False

    def run(self) -> None:
        """Answers messages until the connection is closed."""
        try:
            text = self._connection.recv(_seconds(self._item.values, 'new_token_wait_time', NEW_TOKEN))
        except TimeoutError:
            self._end('no create-session in time')
            return
        while self._answered(text):
            text = self._next()

    def _next(self) -> str | bytes:
        while True:
            try:
                return self._connection.recv(LOOK)
            except TimeoutError:
                # Whoever sent too much is told so, and may not answer: that is no reason to keep a thread for him.
                if self._connection.protocol.state.name != 'OPEN':
                    self._connection.close_socket()

    def _answered(self, text: str | bytes) -> bool:
        # Tells whether the connection stays open.
        try:
            message = json.loads(text)
            meta = message['meta']
            action, id_ = meta.get('action'), meta.get('id')
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            return self._end('a message is no JSON object with meta')
        if action == CREATE:
            return self._logged_in(meta, id_)
        session = self._session
        if session is None:
            return self._end(f'{action or "a message"} before {CREATE}')
        if not secrets.compare_digest(str(meta.get('token') or '').encode(), session.token.encode()):
            return self._end('a token is missing or wrong')
        if monotonic() > session.ends:
            return self._end('a token has expired')
        if action == INVOKE:
            self.is_busy = True
            try:
                self._invoked(session, message.get('data', ''), id_)
            finally:
                self.is_busy = False
        elif action or not meta.get('in_reply_to'):
            words = printable(repr(action))
            return self._end(f'action is {words}; {did_you_mean(str(action), (CREATE, INVOKE)) or INVOKE}')
        return True

    def _end(self, why: str) -> bool:
        log.info("WebSocket channel '%s': a client is cut off, %s", self._item.name, why)
        self._connection.close(POLICY, 'Policy violation')
        return False

    def _logged_in(self, meta: Mapping[str, Any], id_: Any) -> bool:
        login = login_of(self._item, self._server.state)
        user, secret = str(meta.get('username') or ''), str(meta.get('secret') or '')
        needs_login = bool(self._item.kind.login_in(self._item.values))
        logins = [login] if login and _is_usable(login) else []
        if needs_login and not is_known(logins, user.encode(), secret.encode()):
            self._send(REFUSED, 403, id_, {}, 'You are not authorized to access this resource')
            return self._end('username and secret of create-session are wrong')
        peer = str(self._connection.remote_address[0])
        before = self._session
        socket = before.socket if before else Socket(f'ws.{new_cid()}', meta, peer)
        self._session = Session(socket, ends=monotonic() + _seconds(self._item.values, 'token_ttl', TTL))
        self._send(LOGGED_IN, 200, id_, {}, {'token': self._session.token})
        return True

    def _invoked(self, session: Session, data: Any, id_: Any) -> None:
        server, name, cid = self._server, str(self._item.values.get('service') or ''), new_cid()
        socket = session.socket
        environ = {
            'web_socket': socket,
            'ws_token': session.token,
            'ws_channel_config': self._item.values,
            **{key: getattr(socket, key) for key in ('pub_client_id', 'ext_client_id', 'ext_client_name', 'peer_host')},
        }
        about = server.about('web-socket', self._item, login_of(self._item, server.state))
        try:
            call = Call(cid, data, data, channel=about, beside=environ)
            payload = server.call(server.deployed(name), call).payload
            text = json.dumps(payload, default=plain)
        except NoServiceError as error:
            log.error("WebSocket channel '%s': %s (CID %s)", self._item.name, error, cid)
            self._send(FAILED, 404, id_, {'error_message': 'Not found'}, {'cid': cid})
        except HTTPException as error:
            self._send(FAILED, error.status, id_, {'error_message': error.details}, {'cid': cid})
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as error:
            log_failure(f"WebSocket channel '{self._item.name}': service '{name}'", error, cid)
            self._send(FAILED, 500, id_, {'error_message': 'Internal server error'}, {'cid': cid})
        else:
            self._send(ANSWER, 200, id_, {}, json.loads(text))

    def _send(self, kind: str, status: int, id_: Any, more: Mapping[str, Any], data: Any) -> None:
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()
        meta = {'id': new_cid(), 'timestamp': now, 'msg_type': kind, 'status': status, 'in_reply_to': id_, **more}
        message: dict[str, Any] = {'meta': meta}
        if data not in ('', None):
            message['data'] = data
        self._connection.send(json.dumps(message))


def _path_of(request: Any) -> str:
    return str(request.path).partition('?')[0].rstrip('/') or '/'


def _seconds(values: Mapping[str, Any], name: str, usual: int) -> float:
    value = values.get(name)
    return float(usual if value is None else value)


def _is_usable(login: Item) -> bool:
    return login.kind.login == PASSWORD_LOGIN and bool(login.values.get('is_active', True))


def _check(server: Runtime, item: Item) -> None:
    login = login_of(item, server.state)
    if login and login.kind.login != PASSWORD_LOGIN:
        log.error("WebSocket channel '%s': %s: it lets nobody in here", item.name, login.kind.title)
