"""WS-Security: the user and the password in the header of an envelope, with a nonce that counts once."""

from __future__ import annotations

import logging
import sqlite3
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import Any, NamedTuple

from zatools.connections.clients.envelopes import (
    CREATED,
    DIGEST,
    NONCE,
    PASSWORD,
    SECURITY,
    TEXT,
    TOKEN,
    USERNAME,
    envelope_of,
)
from zatools.connections.login import USERNAME_TOKEN, unknown_of
from zatools.server.http.guards import Check, Denied, Environ, UncheckedError
from zatools.server.http.messages import LONGEST, is_same, taken, user_of
from zatools.server.kept import Kept
from zatools.state import Item

log = logging.getLogger('zatools.server')
#: Seconds that a time of a message may be old, a nonce is remembered for, and clocks may differ by.
FRESH, SKEW = 300, 60
#: Nonces that are remembered at once.
NONCES = 100_000
#: What a request is said to be of, for `self.request.soap.security`.
SAID = 'zatools.wss'


class Nonces:
    """The nonces that were used, of all processes of a server."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def is_new(self, login: Item, nonce: bytes, seconds: float) -> bool:
        """Tells whether a nonce was not used before, and remembers it for so many seconds."""
        now, name = time.time(), sha256(f'{login.name}\0'.encode() + nonce).hexdigest()
        self._kept.do('delete from nonce where ends < ?', now)
        if self._kept.all('select count(*) as many from nonce')[0]['many'] >= NONCES:
            log.error('%s: more than %d nonces are remembered: nobody is let in for now', login, NONCES)
            return False
        try:
            self._kept.do('insert into nonce values (?, ?)', name, now + seconds)
        except sqlite3.IntegrityError:
            log.warning('%s: a nonce came a second time: refused', login)
            return False
        return True


class Policy(NamedTuple):
    """What a definition wants of messages: digests, a nonce and a time; how old these may be, in seconds."""

    has_digest: bool
    needs_nonce: bool
    expiry: float
    freshness: float


class Token(NamedTuple):
    """The UsernameToken of a message."""

    user: str
    password: str
    is_digest: bool
    nonce: bytes
    created: str

    def age(self, now: float) -> float:
        """Returns how many seconds old it is. Raises ValueError for what is no time."""
        found = datetime.fromisoformat(self.created.strip())
        return now - (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def by_token(login: Item, generation: str, nonces: Callable[[], Nonces]) -> tuple[Check, Denied]:
    """Returns what tells whether an envelope has the UsernameToken of a definition, and the answer if not."""
    policy = _older(login) if generation == '3.2' else _newer(login)
    user, secret = user_of(login)

    def check(environ: Environ) -> bool:
        try:
            token = _token_of(taken(environ))
        except ValueError:
            return False
        if token is None or not _is_known(token, user, secret, policy) or not _is_fresh(token, policy, login):
            return False
        seconds = max(policy.freshness, policy.expiry + 2 * SKEW)
        if token.nonce and not nonces().is_new(login, token.nonce, seconds):
            return False
        environ[SAID] = {'mode': USERNAME_TOKEN, 'username': token.user}
        return True

    return check, Denied(401, 'Unauthorized')


def _older(login: Item) -> Policy:
    values = login.values
    expiry = float(values.get('reject_expiry_limit') or FRESH) if values.get('reject_stale_tokens') else 0
    freshness = float(values.get('nonce_freshness_time') or FRESH)
    return Policy(False, bool(values.get('reject_empty_nonce_creat')), expiry, freshness)


def _newer(login: Item) -> Policy:
    values = login.values
    if unknown := unknown_of(login):
        raise UncheckedError(f'the local server knows no {unknown}')
    return Policy(bool(values.get('use_digest')), bool(values.get('use_digest')), FRESH, FRESH)


def _is_known(token: Token, user: bytes, secret: bytes, policy: Policy) -> bool:
    wanted = secret
    if policy.has_digest:
        # The profile of UsernameTokens says SHA-1.
        digest = sha1(token.nonce + token.created.encode() + secret, usedforsecurity=False)
        wanted = b64encode(digest.digest())
    is_user, is_password = is_same(token.user, user), is_same(token.password, wanted)
    return is_user and is_password and token.is_digest is policy.has_digest


def _is_fresh(token: Token, policy: Policy, login: Item) -> bool:
    if policy.needs_nonce and not (token.nonce and token.created):
        log.info('%s: a message has no nonce, or no time: refused', login)
        return False
    if not token.created or not policy.expiry:
        return True
    try:
        age = token.age(time.time())
    except (ValueError, OverflowError):
        return False
    if -SKEW <= age <= policy.expiry:
        return True
    log.info('%s: a message is %d seconds old: refused', login, age)
    return False


def _token_of(raw: bytes) -> Token | None:
    # Of two tokens nobody could say which one counts.
    found = list(_tokens(raw))
    if len(found) != 1:
        return None
    parts: dict[str, Any] = {}
    for child in found[0].iterchildren('*'):
        if child.tag in parts:
            return None
        parts[child.tag] = child
    if PASSWORD not in parts or (type_ := str(parts[PASSWORD].get('Type') or TEXT)) not in (TEXT, DIGEST):
        return None
    texts = {tag: (one.text or '')[: LONGEST + 1] for tag, one in parts.items()}
    try:
        nonce = b64decode(texts.get(NONCE, '').strip(), validate=True)
    except ValueError:
        return None
    return Token(texts.get(USERNAME, ''), texts[PASSWORD], type_ == DIGEST, nonce, texts.get(CREATED, ''))


def _tokens(raw: bytes) -> Iterator[Any]:
    for header in envelope_of(raw).headers:
        if header.tag == SECURITY:
            yield from header.iterchildren(TOKEN)
