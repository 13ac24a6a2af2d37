"""A definition and what it refers to -> a connection that can be tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from zatools import generations
from zatools.connections.clients import CLIENTS, client_of
from zatools.connections.failures import fail, skip
from zatools.connections.login import is_usable, lacked_package, secret_field
from zatools.connections.pong import Attempt, Connection, Idle, Pong, printable, spot
from zatools.kinds import logins_of, noun_of
from zatools.kinds.authorities import AUTHORITY
from zatools.kinds.broker import Broker, broker
from zatools.place import did_you_mean
from zatools.state import Item, Key, State

AZURE = 'servicebus.windows.net'
#: Seconds between heartbeats where nothing sets them: of 3.2's definitions, and of 4.1's connections.
HEARTBEAT_32, HEARTBEAT_41 = 1, 30


def connect(
    item: Item,
    state: State,
    foreign: Mapping[Key, str] | None = None,
    expected: frozenset[int] = frozenset(),
    generation: str = '3.2',
) -> Connection:
    """Returns the connection of a definition; one that can't be tried has the pong that says why.

    `foreign` are objects of no kind, by the names of their types; `generation` says which defaults count. No network
    is used.
    """
    if item.kind.asked:
        return _http(item, state, foreign or {}, expected)
    if item.kind.protocol in CLIENTS:
        return _client(item, state, generation)
    return CONNECTORS[item.kind.protocol](item, state)


def _client(item: Item, state: State, generation: str) -> Connection:
    field, key = _login_of(item)
    login = state.get(key) if key else None
    found = client_of(item, generation, login)
    if key and login is None:
        return Idle(item, found.target, _missing(item, field, key, state))
    if found.idle:
        return Idle(item, found.target, skip(found.idle))
    return found


def _http(item: Item, state: State, foreign: Mapping[Key, str], expected: frozenset[int]) -> Connection:
    from zatools.connections.rest import rest_connection

    field, key = _login_of(item)
    login = state.get(key) if key else None
    if key is None and item.kind.login and item.values.get(secret_field(item)):
        login = item
    authority, trusted = _authority_of(item, state)
    found = rest_connection(item, login, expected, authority)
    why = _reason_to_skip(item, key, login, foreign)
    if why:
        return Idle(item, found.target, skip(why))
    for name, wanted, other in ((field, key, login), *trusted):
        if wanted and other is None:
            return Idle(item, found.target, _missing(item, name, wanted, state))
    return found


def _authority_of(item: Item, state: State) -> tuple[str, list[tuple[str, Key, Item | None]]]:
    # The certificates in PEM of the authorities that an object names, and what names them.
    names = [field for field in item.kind.refs if field.ref == AUTHORITY.section and item.values.get(field.name)]
    keys = [(field.name, (field.ref, str(item.values[field.name]))) for field in names]
    found = [(name, key, state.get(key)) for name, key in keys]
    return ''.join(str(other.values.get('value', '')) for _, _, other in found if other), found


def _login_of(item: Item) -> tuple[str, Key | None]:
    # The field that names what an object logs in with, and the key of that.
    for field in logins_of(item.kind):
        name = item.values.get(field.name)
        if name:
            return field.name, (field.ref, str(name))
    return '', None


def _reason_to_skip(item: Item, key: Key | None, login: Item | None, foreign: Mapping[Key, str]) -> str:
    if key and login is None and key in foreign:
        return f"its {noun_of(key[0])} '{printable(key[1])}' is of a kind not supported yet ({foreign[key]})"
    if login is None:
        return ''
    if not is_usable(login, item.kind.protocol):
        noun = noun_of(login.kind.section)
        return f"its {noun} '{printable(login.name)}' is of a type that pings can't use yet ({login.kind.label})"
    package = lacked_package(login)
    if not package:
        return ''
    return f'{login.kind.title} needs a package of its own: pip install {package}'


def _missing(item: Item, field: str, key: Key, state: State) -> Pong:
    section, name = key
    hint = did_you_mean(name, [other for where, other in state if where == section])
    place = item.place_of(field)
    among = 'in the ODB'
    if place and place.path:
        among = 'in these files'
    words = {'what': noun_of(section), 'called': printable(name), 'among': among}
    return fail('no-definition', Attempt(), place, **words, hint=hint or f'{spot(item, field)} names it')


def _shown(field: str, item: Item) -> str:
    place = item.place_of(field)
    if place and place.path:
        return spot(item, field)
    return f'{field} of {item}'


def _bare(address: str) -> str:
    return printable(re.sub(r'//[^/@]*@', '//', address))


def _amqp(item: Item, state: State) -> Connection:
    if AZURE in str(item.values.get('address', '')):
        return _azure(item, state)
    reference, key = _login_of(item)
    if key is None:
        # 4.1 has the broker's address and the login in the connection itself.
        return _amqp_at(item, item, broker(str(item.values.get('address', ''))), 'address', HEARTBEAT_41)
    login = state.get(key)
    if login is None:
        return Idle(item, '', _missing(item, reference, key, state))
    return _amqp_at(item, login, generations.broker_of(login), 'host', HEARTBEAT_32)


def _azure(item: Item, state: State) -> Connection:
    address = _bare(str(item.values.get('address', '')))
    return Idle(item, address, skip('pings and publishes know no Azure Service Bus'))


def _amqp_at(item: Item, login: Item, where: Broker | None, field: str, heartbeat: int) -> Connection:
    if where is None:
        shown = _bare(str(login.values.get(field, '')))
        words = {'target': shown, 'field': _shown(field, login)}
        return Idle(item, shown, fail('address', Attempt(), login.place_of(field), **words))
    from zatools.connections.amqp import AmqpConnection

    return AmqpConnection(item, where, login, heartbeat)


Connector = Callable[[Item, State], Connection]
#: What makes a connection of an object that is neither asked over HTTP nor has a client, by its kind's protocol.
CONNECTORS: Mapping[str, Connector] = {'amqp': _amqp, 'azure': _azure}
