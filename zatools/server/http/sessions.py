"""3.2's JWT: callers log in with a user and a password, and send the token that they get with each call to a channel.

Tokens are random here: nothing in them is for callers, on the platform either. What is kept is a digest of each.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from zatools.kinds.security import SESSION_LOGIN
from zatools.server.api.exceptions import HTTPException
from zatools.server.http.answers import JSON, Answer, error
from zatools.server.http.guards import Check, Denied, is_known
from zatools.server.http.packed import body_of
from zatools.server.http.tokens import token_of
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.kept import Kept
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
LOG_IN, LOG_OUT = '/zato/jwt/log-in', '/zato/jwt/log-out'
CHALLENGE = 'jwt'
#: Bytes of a login.
LARGEST = 64 * 1024
#: A use prolongs a session once so much of its time is gone: not each call writes.
GONE = 0.05


class Sessions:
    """The sessions of all JWT definitions. They outlive a restart, and all workers have the same."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def begin(self, login: Item) -> str:
        """Begins a session and returns its token; forgets those that have ended."""
        token, now = secrets.token_urlsafe(48), time.time()
        self._kept.do('delete from session where ends < ?', now)
        self._kept.do('insert into session values (?, ?, ?)', _digest(token), login.name, now + _seconds(login))
        return token

    def end(self, token: str) -> None:
        """Ends a session, if there is one."""
        self._kept.do('delete from session where token = ?', _digest(token))

    def has(self, token: str, login: Item) -> bool:
        """Tells whether a token is that of a session of a definition. Each use prolongs it."""
        now = time.time()
        rows = self._kept.all('select ends from session where token = ? and login = ?', _digest(token), login.name)
        if not rows or rows[0]['ends'] < now:
            return False
        ends = now + _seconds(login)
        if ends - rows[0]['ends'] > _seconds(login) * GONE:
            self._kept.do('update session set ends = ? where token = ?', ends, _digest(token))
        return True

    def made(self, login: Item) -> tuple[Check, Denied]:
        """Returns what tells whether a request has a token of a definition, and the answer to one that hasn't."""

        def check(environ: Mapping[str, Any]) -> bool:
            token = token_of(environ)
            return bool(token) and self.has(token, login)

        return check, Denied(401, 'Unauthorized', 'JWT')


def answer(server: Runtime, environ: dict[str, Any], path: str, cid: str) -> Answer:
    """Answers a login or a logout."""
    if environ['REQUEST_METHOD'] != 'POST':
        return error(405, cid, 'Method not allowed', headers={'Allow': 'POST'})
    if path == LOG_OUT:
        if token := token_of(environ):
            server.parts.sessions.end(token)
        return Answer(200, b'{"response": {}}', JSON)
    user, password = _given(environ, cid)
    login = _known(server, user, password)
    if login is None:
        log.info('%s: 401, no JWT definition has this user and password (CID %s)', path, cid)
        return error(401, cid, 'Unauthorized', headers={'WWW-Authenticate': CHALLENGE})
    token = server.parts.sessions.begin(login)
    return Answer(200, json.dumps({'response': {'token': token}}).encode(), JSON, {'Authorization': token})


def _given(environ: dict[str, Any], cid: str) -> tuple[bytes, bytes]:
    try:
        body = json.loads(body_of(environ, cid, LARGEST))
        return str(body['username']).encode(), str(body['password']).encode()
    except (ValueError, RecursionError, TypeError, KeyError, HTTPException):
        return b'', b''


def _known(server: Runtime, user: bytes, password: bytes) -> Item | None:
    logins = [item for item in server.state.values() if item.kind.login == SESSION_LOGIN]
    active = [item for item in logins if item.values.get('is_active', True)]
    # All are asked, since the time that it takes must not tell whose the user is.
    found = [login for login in active if is_known([login], user, password)]
    return found[0] if found else None


def _seconds(login: Item) -> float:
    return float(login.values.get('ttl') or login.kind.by_name['ttl'].default)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
