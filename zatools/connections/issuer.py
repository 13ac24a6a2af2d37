"""The public keys of an issuer of tokens: a JSON Web Key Set, found and fetched as OpenID Connect says."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

import requests

from zatools.connections import http
from zatools.connections.pong import Attempt, printable
from zatools.secret import without_password

log = logging.getLogger('zatools.server')
DISCOVERY = '/.well-known/openid-configuration'
#: Seconds that keys are kept, that pass between two tries to fetch them, and that one try takes.
KEPT, BETWEEN, TIMEOUT = 3600, 60, 10
#: Bytes of an answer.
MOST = 1_000_000


class Keys:
    """The keys at a URL, or of an issuer whose document names the URL; fetched when the first token needs one."""

    def __init__(self, issuer: str, jwks_url: str = '') -> None:
        self._issuer, self._url = issuer, jwks_url
        self._lock = threading.Lock()
        self._keys: Mapping[str, Any] = {}
        self._fetched = self._tried = -float('inf')

    def find(self, kid: str) -> Any:
        """Returns the key of an id; None where the issuer has no such key, or can't be asked."""
        with self._lock:
            now = monotonic()
            is_old = now - self._fetched > KEPT
            # An issuer that has changed its keys is asked again, but not by every token that somebody makes up.
            if (is_old or kid not in self._keys) and now - self._tried > BETWEEN:
                self._tried = now
                self._fetch(now)
                is_old = now - self._fetched > KEPT
            return None if is_old else self._keys.get(kid)

    def _fetch(self, now: float) -> None:
        where = self._url or self._issuer.rstrip('/') + DISCOVERY
        try:
            if not self._url:
                where = str(_fetched(where)['jwks_uri'])
            self._keys, self._fetched = dict(_keys_in(_fetched(where))), now
        except (*http.ERRORS, RecursionError, KeyError, TypeError, AttributeError) as error:
            what = type(error).__name__
            log.warning("the keys of tokens can't be had from %s: %s", printable(without_password(where)), what)


def _fetched(url: str) -> Any:
    # A redirect may lead anywhere: keys come from the address that was named.
    attempt = Attempt(TIMEOUT)
    with requests.get(url, timeout=TIMEOUT, stream=True, allow_redirects=False) as answer:
        if answer.status_code != 200:
            raise ValueError(f'status {answer.status_code}')
        if not http.read_whole(answer, MOST, attempt):
            raise ValueError('too long')
    return json.loads(answer.content)


def _keys_in(document: Any) -> Iterator[tuple[str, Any]]:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    for one in document['keys']:
        try:
            yield str(one['kid']), PyJWK(one, 'RS256').key
        # Keys of other sorts, for other uses.
        except (PyJWTError, KeyError, ValueError, TypeError):
            continue
