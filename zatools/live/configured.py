"""The Redis that services and pings talk to: ZATO_REDIS names it, else the `server.conf` of a server's directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from zatools.errors import UsageError
from zatools.kinds.redis import DEFAULT, REDIS
from zatools.odb.target import Server
from zatools.secret import Secret
from zatools.state import Item, State

VARIABLE = 'ZATO_REDIS'
#: Schemes of URLs, and whether they mean TLS.
SCHEMES = {'redis': False, 'rediss': True}


def configured(environ: Mapping[str, str], server: Server | None = None) -> State:
    """Returns the Redis that is configured, as an object like any other; nothing where none is. Raises UsageError."""
    values: Mapping[str, Any] = {}
    if environ.get(VARIABLE):
        values = _of_url(environ[VARIABLE])
    elif server is not None:
        values = server.redis
    if not values:
        return {}
    item = Item(REDIS, {'name': DEFAULT, **values})
    return {item.key: item}


def _of_url(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        found: dict[str, Any] = {'host': parts.hostname, 'port': parts.port or 6379}
        found |= {'db': int(parts.path.strip('/') or 0), 'ssl': SCHEMES[parts.scheme]}
    except (KeyError, ValueError):
        found = {}
    if not found.get('host'):
        # The URL itself may have a password in it.
        raise UsageError(f'{VARIABLE} is no URL of a Redis', 'as in redis://127.0.0.1:6379/0, or rediss:// for TLS')
    if parts.username:
        found['username'] = unquote(parts.username)
    if parts.password:
        found['password'] = Secret(unquote(parts.password))
    return found
