"""The broker of the demo: its address, as definitions of two objects, and the queue that is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from zatools.errors import FailedError, UsageError
from zatools.kinds import amqp
from zatools.kinds.broker import url_host
from zatools.secret import Secret
from zatools.state import Item, State

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zatools.connections.inbox import Inbox

EXCHANGE, ROUTING_KEY = '/tutorial', 'api'


def state_of(url: str) -> State:
    parts = _parts(url)
    definition = Item(amqp.DEFINITION, parts)
    outgoing = Item(amqp.OUTGOING, {'name': 'demo', 'def_name': 'demo'})
    return {definition.key: definition, outgoing.key: outgoing}


def _parts(url: str) -> dict[str, object]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(''), 0
    if parts.scheme not in ('amqp', 'amqps') or not parts.hostname or port == 0:
        raise UsageError('--amqp is no address of a broker', 'as in amqp://user:password@host:5672/vhost')
    host, usual_port = url_host(parts.hostname), 5672
    if parts.scheme == 'amqps':
        host, usual_port = f'amqps://{host}', 5671
    return {
        'name': 'demo',
        'host': host,
        'port': port or usual_port,
        'vhost': unquote(parts.path.removeprefix('/')) or '/',
        'username': unquote(parts.username or 'guest'),
        'password': Secret(unquote(parts.password or 'guest')),
        # Nobody answers heartbeats while a command runs.
        'heartbeat': 0,
    }


def inbox_of(state: State) -> AbstractContextManager[Inbox]:
    from zatools.connections.inbox import inbox

    return inbox(next(_outgoing(state)), state, EXCHANGE, ROUTING_KEY)


def _outgoing(state: State) -> Iterator[Item]:
    return (item for item in state.values() if item.kind.protocol)


def broker_of(state: State) -> dict[str, Any]:
    # The values of the only definition that there is.
    return next(item.values for item in state.values() if not item.kind.protocol)


def check(state: State) -> None:
    from zatools.connections.inbox import reachable

    pong = reachable(next(_outgoing(state)), state)
    if pong.failure:
        raise FailedError(f'--amqp: {pong.text}', 'is it up, and are user, password and vhost right?')
