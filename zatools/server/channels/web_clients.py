"""Clients of WebSocket channels: they log in, call services, and get what services send to them."""

from __future__ import annotations

import json
import logging
import secrets
import socket
import struct
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from zatools.connections.pong import printable
from zatools.kinds.security import PASSWORD_LOGIN
from zatools.place import did_you_mean
from zatools.server.api.exceptions import HTTPException
from zatools.server.api.supported import Supported
from zatools.server.call import Call, NoServiceError, new_cid
from zatools.server.channels.lanes import FullError, Lane
from zatools.server.failing import log_failure
from zatools.server.http.formats import plain
from zatools.server.http.guards import is_known, login_of
from zatools.state import Item

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Seconds between two looks whether a connection is still there.
LOOK = 5.0
#: Seconds that a client may take nothing of what it is sent.
STUCK = 5
#: Calls of a client that wait, messages to it that do, and messages to it whose answers are known as such.
CALLS, PUSHES, ASKED = 100, 1000, 1000
#: Seconds that a client has to answer where nobody says.
ANSWERED = 5.0
#: Seconds where a definition is silent.
NEW_TOKEN, TTL = 5, 3600
CREATE, INVOKE = 'create-session', 'invoke-service'
#: Types of what the server sends: the answer to a login, to a call, to one that failed, and that nobody is let in.
LOGGED_IN, ANSWER, FAILED, REFUSED = 'zwsx.rspa', 'zwsx.rspok', 'zwsx.rsperr', 'zwsx.merr'
#: Types of what the server sends by itself: requests of services, messages of topics.
REQUEST, PUBLISHED = 'zwsx.rqc', 'zwsx.psrq'
POLICY = 1008


class Socket(Supported):
    """A client of a channel, as services see it: `self.environ['web_socket']`."""

    called = "self.environ['web_socket']"

    def __init__(self, client: Client, pub_client_id: str, asked: Mapping[str, Any], peer: str) -> None:
        self._client = client
        self.pub_client_id = pub_client_id
        self.ext_client_id = str(asked.get('client_id') or '')
        self.ext_client_name = str(asked.get('client_name') or '')
        self.peer_host = peer

    def send(self, data: Any) -> None:
        """Sends data and waits for nothing. Raises ConnectionError where the client is gone."""
        self._client.push(data)

    def invoke(self, data: Any, timeout: float = ANSWERED) -> Any:
        """Sends data and returns what the client answers. Raises TimeoutError, ConnectionError."""
        return self._client.ask(data, timeout)

    def invoke_client(self, cid: str, request: Any, timeout: float = ANSWERED, **_: Any) -> Any:
        """Does the same; messages have ids of their own, so the CID changes nothing."""
        return self._client.ask(request, timeout)

    def __repr__(self) -> str:
        return f'<Socket {self.pub_client_id} of {self._client.item.name}>'


@dataclass
class Session:
    """A client that is logged in: its token, until when that is valid, and what services see of it."""

    socket: Socket
    token: str = field(default_factory=lambda: f'zwsxt.{secrets.token_hex(24)}', repr=False)
    ends: float = 0.0


class Clients:
    """All clients of all channels that are logged in."""

    def __init__(self) -> None:
        self._known: dict[str, Socket] = {}
        self._changing = threading.Lock()

    def add(self, one: Socket) -> None:
        """Takes a client in."""
        with self._changing:
            self._known[one.pub_client_id] = one

    def discard(self, one: Socket) -> None:
        """Takes a client out."""
        with self._changing:
            self._known.pop(one.pub_client_id, None)

    def of(self, channel: str) -> list[Socket]:
        """Returns the clients of a channel whose tokens are valid."""
        with self._changing:
            found = list(self._known.values())
        return [one for one in found if one._client.item.name == channel and one._client.is_valid]

    def one(self, pub_client_id: str) -> Socket | None:
        """Returns a client whose token is valid."""
        found = self._known.get(pub_client_id)
        return found if found and found._client.is_valid else None


class Client:
    """One connection: logs a client in, invokes the service of the channel with what it sends, sends it messages."""

    def __init__(self, server: Runtime, item: Item, connection: ServerConnection) -> None:
        self.item = item
        self._server, self._connection = server, connection
        self._session: Session | None = None
        # A service may ask its own caller: what comes in is read while it works.
        self._calls, self._pushes = Lane('web-socket-calls', CALLS), Lane('web-socket-pushes', PUSHES)
        self._asked: OrderedDict[str, Future[Any] | None] = OrderedDict()
        self._asking, self._greeting = threading.Lock(), threading.Lock()
        self._is_gone = False
        _limit(connection.socket)

    @property
    def is_busy(self) -> bool:
        """Whether a service works for it."""
        return self._calls.is_busy

    @property
    def is_valid(self) -> bool:
        """Whether it is there, logged in, and its token has not expired."""
        return self._session is not None and not self._is_gone and monotonic() <= self._session.ends

    def run(self) -> None:
        """Answers messages until the connection is closed."""
        try:
            self._run()
        finally:
            self._leave()

    def _run(self) -> None:
        try:
            text = self._connection.recv(seconds_of(self.item, 'new_token_wait_time', NEW_TOKEN))
        except TimeoutError:
            self._end('no create-session in time')
            return
        while self._answered(text):
            text = self._next()

    def _leave(self) -> None:
        with self._asking:
            self._is_gone = True
            waiting = [one for one in self._asked.values() if one]
        for lane in (self._calls, self._pushes):
            lane.close()
        for one in waiting:
            _settle(one, self._gone())
        parts = self._server.parts
        if self._session:
            parts.clients.discard(self._session.socket)
        if parts.is_made('topics'):
            parts.topics.sockets.left(self)

    def _gone(self) -> ConnectionError:
        return ConnectionError(f"WebSocket channel '{self.item.name}': the client is gone")

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
        # Nobody else knows the ids of what this client was sent: answers that are without a token are taken.
        is_answer = not action and str(meta.get('in_reply_to')) in self._asked
        token = meta.get('token')
        if not (is_answer and not token) and not _is_same(token, session.token):
            return self._end('a token is missing or wrong')
        if monotonic() > session.ends:
            return self._end('a token has expired')
        if is_answer:
            self._take(str(meta['in_reply_to']), message.get('data'))
        elif action == INVOKE:
            return self._called(partial(self._invoked, session, message.get('data', ''), id_))
        elif action or not meta.get('in_reply_to'):
            words = printable(repr(action))
            return self._end(f'action is {words}; {did_you_mean(str(action), (CREATE, INVOKE)) or INVOKE}')
        return True

    def _called(self, run: partial[None]) -> bool:
        while True:
            try:
                self._calls.add(partial(_quietly, run), LOOK)
            except FullError:
                # Who sends faster than services work waits, unless the connection is gone meanwhile.
                if self._connection.protocol.state.name != 'OPEN':
                    return False
            else:
                return True

    def _end(self, why: str) -> bool:
        log.info("WebSocket channel '%s': a client is cut off, %s", self.item.name, why)
        self._connection.close(POLICY, 'Policy violation')
        return False

    def _logged_in(self, meta: Mapping[str, Any], id_: Any) -> bool:
        login = login_of(self.item, self._server.state)
        user, secret = str(meta.get('username') or ''), str(meta.get('secret') or '')
        needs_login = bool(self.item.kind.login_in(self.item.values))
        logins = [login] if login and is_usable(login) else []
        if needs_login and not is_known(logins, user.encode(), secret.encode()):
            self._send(REFUSED, 403, id_, {}, 'You are not authorized to access this resource')
            return self._end('username and secret of create-session are wrong')
        peer = str(self._connection.remote_address[0])
        before = self._session
        one = before.socket if before else Socket(self, f'ws.{new_cid()}', meta, peer)
        self._session = Session(one, ends=monotonic() + seconds_of(self.item, 'token_ttl', TTL))
        # Once it has its token, services can send it messages; none of them comes before the token.
        with self._greeting:
            self._server.parts.clients.add(one)
            self._send(LOGGED_IN, 200, id_, {}, {'token': self._session.token})
        return True

    def _invoked(self, session: Session, data: Any, id_: Any) -> None:
        server, name, cid = self._server, str(self.item.values.get('service') or ''), new_cid()
        one = session.socket
        environ = {
            'web_socket': one,
            'ws_token': session.token,
            'ws_channel_config': self.item.values,
            **{key: getattr(one, key) for key in ('pub_client_id', 'ext_client_id', 'ext_client_name', 'peer_host')},
        }
        about = server.about('web-socket', self.item, login_of(self.item, server.state))
        try:
            call = Call(cid, data, data, channel=about, beside=environ)
            payload = server.call(server.deployed(name), call).payload
            text = json.dumps(payload, default=plain)
        except NoServiceError as error:
            log.error("WebSocket channel '%s': %s (CID %s)", self.item.name, error, cid)
            self._send(FAILED, 404, id_, {'error_message': 'Not found'}, {'cid': cid})
        except HTTPException as error:
            self._send(FAILED, error.status, id_, {'error_message': error.details}, {'cid': cid})
        # Any exception at all: a service that calls sys.exit() ends its own call only.
        except BaseException as error:
            log_failure(f"WebSocket channel '{self.item.name}': service '{name}'", error, cid)
            self._send(FAILED, 500, id_, {'error_message': 'Internal server error'}, {'cid': cid})
        else:
            self._send(ANSWER, 200, id_, {}, json.loads(text))

    def _send(self, kind: str, status: int, id_: Any, more: Mapping[str, Any], data: Any) -> None:
        self._connection.send(_text(new_cid(), kind, data, {'status': status, 'in_reply_to': id_, **more}))

    def push(self, data: Any, kind: str = REQUEST, answer: Future[Any] | None = None) -> None:
        """Sends a message after those that wait already, and waits for nothing. Raises ConnectionError."""
        id_ = new_cid()
        text = _text(id_, kind, data, {})
        with self._asking:
            if self._is_gone:
                raise self._gone()
            self._asked[id_] = answer
            while len(self._asked) > ASKED:
                _, oldest = self._asked.popitem(last=False)
                if oldest:
                    _settle(oldest, ConnectionError('too many messages wait for answers'))
        try:
            self._pushes.add(partial(_quietly, partial(self._pushed, text)))
        except FullError:
            log.warning("WebSocket channel '%s': a client is cut off, it takes no messages", self.item.name)
            # The connection says goodbye after what waits to be sent: that would never be.
            self._connection.close_socket()
            raise self._gone() from None

    def _pushed(self, text: str) -> None:
        with self._greeting:
            self._connection.send(text)

    def ask(self, data: Any, seconds: float = ANSWERED, kind: str = REQUEST) -> Any:
        """Sends a message, and returns the data of the answer. Raises TimeoutError, ConnectionError."""
        answer: Future[Any] = Future()
        self.push(data, kind, answer)
        try:
            return answer.result(seconds)
        except TimeoutError:
            name = self.item.name
            raise TimeoutError(f"WebSocket channel '{name}': the client has not answered in {seconds:g} s") from None

    def _take(self, id_: str, data: Any) -> None:
        with self._asking:
            answer = self._asked.get(id_)
            self._asked[id_] = None
        if answer:
            _settle(answer, data)


def _settle(answer: Future[Any], outcome: Any) -> None:
    # Who asked may have given up meanwhile.
    if answer.done():
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)


def _quietly(run: partial[None]) -> None:
    from websockets.exceptions import ConnectionClosed

    # The thread that reads says why it was closed.
    with suppress(ConnectionClosed):
        run()


def _text(id_: str, kind: str, data: Any, more: Mapping[str, Any]) -> str:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    message: dict[str, Any] = {'meta': {'id': id_, 'timestamp': now, 'msg_type': kind, **more}}
    if data not in ('', None):
        message['data'] = data
    return json.dumps(message, default=plain)


def _is_same(given: Any, token: str) -> bool:
    return secrets.compare_digest(str(given or '').encode(), token.encode())


def _limit(one: socket.socket) -> None:
    # Whoever reads nothing would keep threads of ours for ever.
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('ll', STUCK, 0))


def seconds_of(item: Item, name: str, usual: int) -> float:
    """Returns a number of seconds that a definition gives, or the usual one."""
    value = item.values.get(name)
    return float(usual if value is None else value)


def is_usable(login: Item) -> bool:
    """Tells whether clients can log in by a definition."""
    return login.kind.login == PASSWORD_LOGIN and bool(login.values.get('is_active', True))
