"""WebSockets, with websocket-client: a handshake for pings, and texts that services send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from zatools.connections import tls
from zatools.connections.clients import peer
from zatools.connections.clients.peer import Conn, RefusedError, context_of
from zatools.connections.login import secret_of
from zatools.connections.pong import Attempt, printable, shown_url

if TYPE_CHECKING:
    from zatools.connections.clients.heard import Events, Heard

PORTS = {'ws': 80, 'wss': 443}
SECURE = 443
#: Messages of another Zato that are looked through for an answer, and characters of its reason that are shown.
MOST, LONGEST = 100, 100


@dataclass(frozen=True)
class Peer(peer.Peer):
    """The other side of a WebSocket; where that is Zato, a session of its channel."""

    word = 'WebSocket'
    address = 'address'
    blamed = {'client-tls-none': 'address'}

    @property
    def target(self) -> str:
        """The address."""
        return shown_url(self.about.text('address'))

    @property
    def host(self) -> str:
        """The host of the address."""
        return self._parts()[1]

    @property
    def port(self) -> int:
        """The port of the address, or the usual one."""
        return self._parts()[2]

    @property
    def login(self) -> str:
        """Who logs in at a Zato."""
        if self.about.login is None:
            return ''
        return str(self.about.login.values.get('username', ''))

    def _parts(self) -> tuple[str, str, int]:
        try:
            parts = urlsplit(self.about.text('address'))
            return parts.scheme.lower(), parts.hostname or '', parts.port or PORTS.get(parts.scheme.lower(), 0)
        except ValueError:
            return '', '', 0

    def open(self, seconds: float) -> Any:
        """Returns an open WebSocket; at a Zato, one with a session. Raises WebSocketException, RefusedError."""
        import websocket

        scheme, host, _ = self._parts()
        if scheme not in PORTS or not host:
            advice = 'an address begins with ws:// or wss://'
            raise RefusedError('client-setting', setting=self.target, advice=advice)
        options: dict[str, Any] = {}
        if PORTS[scheme] == SECURE:
            options['sslopt'] = {'context': context_of(True)}
        client: Any = websocket.create_connection(
            self.about.text('address'), timeout=seconds, redirect_limit=0, suppress_origin=True, **options
        )
        try:
            if self.about.get('is_zato'):
                client.zato_token = self._session(client)
        except BaseException:
            client.shutdown()
            raise
        return client

    def _session(self, client: Any) -> str:
        meta = {'action': 'create-session', 'client_id': 'zatools', 'client_name': 'zatools'}
        login = self.about.login
        if login is not None:
            meta |= {'username': self.login, 'secret': secret_of(login)}
        found = asked(client, {'meta': meta})
        token = found.get('data', {}).get('token') if isinstance(found.get('data'), dict) else ''
        if not token:
            raise RefusedError('client-login')
        return str(token)

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Says what the handshake agreed on."""
        attempt.facts.update(tls.facts_of(client.sock))
        if not self.about.get('is_zato'):
            return 'WebSocket'
        return 'WebSocket of Zato'

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells a handshake that was refused from one that is none."""
        import websocket

        if isinstance(error, websocket.WebSocketBadStatusException):
            return 'client-refused', {'reason': f'HTTP {error.status_code}'}
        if isinstance(error, websocket.WebSocketTimeoutException):
            return 'read-timeout', {}
        if isinstance(error, websocket.WebSocketConnectionClosedException):
            return 'reset', {}
        if isinstance(error, (websocket.WebSocketAddressException, OSError)):
            return '', {}
        if isinstance(error, (websocket.WebSocketException, ValueError)):
            return 'client-protocol', {}
        return '', {}


def asked(client: Any, message: dict[str, Any]) -> dict[str, Any]:
    """Sends a message of Zato's own protocol and returns the answer to it. Raises RefusedError for what is none."""
    id_ = uuid4().hex
    message['meta'] |= {'id': id_, 'timestamp': datetime.now(UTC).isoformat()}
    client.send(json.dumps(message))
    for _ in range(MOST):
        try:
            found = json.loads(client.recv() or 'null')
        except (ValueError, RecursionError):
            raise RefusedError('client-protocol') from None
        if not isinstance(found, dict) or not isinstance(found.get('meta'), dict):
            raise RefusedError('client-protocol')
        if found['meta'].get('in_reply_to') == id_:
            return found
    raise RefusedError('client-protocol')


class Wsx(Conn):
    """`self.out.wsx['Prices'].conn`."""

    called = 'self.out.wsx[…].conn'

    _heard: Heard | None = None

    def listen(self, events: Events) -> None:
        """Keeps a connection open from now on, and tells what becomes of it."""
        from zatools.connections.clients.heard import Heard

        # What it calls may send by it at once.
        self._heard = Heard(self._connection, events)
        self._heard.start()

    def silence(self) -> None:
        """Closes the connection that is kept open."""
        heard, self._heard = self._heard, None
        if heard:
            heard.close()

    close = silence

    def answer(self, id_: Any, data: Any) -> None:
        """Answers a request that another Zato has sent by the connection that is kept open."""
        heard = self._heard
        if heard:
            meta = {'id': uuid4().hex, 'in_reply_to': id_, 'token': heard.token}
            heard.send(json.dumps({'meta': meta, 'data': data}))

    @contextmanager
    def client(self) -> Iterator[WsxClient]:
        """Yields what sends; its connection is closed at the end. Raises ConnectionError where there is none."""
        if self._heard:
            # What is sent by another connection would be answered there.
            yield HeardClient(self._heard, self.name, self._connection.timeout)
            return
        attempt = Attempt(self._connection.timeout)
        try:
            opened = self._connection.peer.open(attempt.remaining)
        # The library raises what it likes for whatever the other side sends.
        except Exception as error:
            raise self._told(error, attempt) from None
        try:
            yield WsxClient(opened, self.name)
        finally:
            opened.close()


class WsxClient:
    """Sends messages: texts to anybody, calls of services to another Zato."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def send(self, message: Any) -> Any:
        """Sends a text, or at a Zato `{'service': name, 'request': data}`, whose response is returned."""
        token = self._token()
        if not token:
            self._client.send(_text(message))
            return None
        meta = {'action': 'invoke-service', 'token': token, 'client_id': 'zatools'}
        found = self._asked({'meta': meta, 'data': message})
        status = found['meta'].get('status')
        if status != 200:
            reason = printable(str(found['meta'].get('error_message') or found.get('data') or ''), LONGEST)
            raise ConnectionError(f"'{self._name}': {status} {reason}")
        return found.get('data')

    invoke = send

    def _token(self) -> str:
        return str(getattr(self._client, 'zato_token', ''))

    def _asked(self, message: dict[str, Any]) -> dict[str, Any]:
        return asked(self._client, message)


class HeardClient(WsxClient):
    """Sends by the connection that is kept open."""

    def __init__(self, heard: Heard, name: str, seconds: float) -> None:
        super().__init__(heard, name)
        self._heard, self._seconds = heard, seconds

    def _token(self) -> str:
        return self._heard.token

    def _asked(self, message: dict[str, Any]) -> dict[str, Any]:
        return self._heard.asked(message, self._seconds)


def _text(message: Any) -> Any:
    if isinstance(message, (str, bytes)):
        return message
    return json.dumps(message)
