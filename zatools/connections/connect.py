"""A definition and what it refers to -> a connection that can be tried."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zatools import generations
from zatools.connections.failures import fail, skip
from zatools.connections.pong import Attempt, Connection, Idle, Pong, printable, spot
from zatools.place import did_you_mean
from zatools.state import Item, Key, State

AZURE = 'servicebus.windows.net'
NTLM_HINT = 'NTLM needs a package of its own: pip install requests-ntlm'


def connect(
    item: Item, state: State, foreign: Mapping[Key, str] | None = None, expected: frozenset[int] = frozenset()
) -> Connection:
    """Returns the connection of a definition; one that can't be tried has the pong that says why.

    `foreign` are objects of kinds that are not supported yet. No network is used.
    """
    if item.kind.section in ('outgoing_amqp', 'channel_amqp'):
        return Idle(item, *_azure(item)) if _is_azure(item, foreign or {}) else _amqp(item, state)
    from zatools.connections.rest import rest_connection

    name = item.values.get('security')
    login = state.get(('security', str(name))) if name else None
    found = rest_connection(item, login, expected)
    why = _reason_to_skip(item, login, foreign or {})
    if why:
        return Idle(item, found.target, skip(why))
    if name and login is None:
        return Idle(item, found.target, _missing(item, 'security', str(name), state))
    return found


def _reason_to_skip(item: Item, login: Item | None, foreign: Mapping[Key, str]) -> str:
    name = str(item.values.get('security') or '')
    if item.values.get('sec_tls_ca_cert'):
        return f"its CA certificate '{printable(str(item.values['sec_tls_ca_cert']))}' is of a kind not supported yet"
    if login is None and ('security', name) in foreign:
        kind = foreign['security', name]
        return f"its security definition '{printable(name)}' is of a kind not supported yet ({kind})"
    if login is not None and login.kind.type == 'ntlm' and not _has_ntlm():
        return NTLM_HINT
    return ''


def _has_ntlm() -> bool:
    from importlib.util import find_spec

    return find_spec('requests_ntlm') is not None


def _missing(item: Item, field: str, name: str, state: State) -> Pong:
    section = 'def_amqp' if field == 'def_name' else field
    what = 'AMQP definition' if section == 'def_amqp' else 'security definition'
    hint = did_you_mean(name, [key[1] for key in state if key[0] == section])
    place = item.place_of(field)
    among = 'in these files' if place and place.path else 'in the ODB'
    words = {'what': what, 'called': printable(name), 'among': among}
    return fail('no-definition', Attempt(), place, **words, hint=hint or f'{spot(item, field)} names it')


def _shown(field: str, item: Item) -> str:
    place = item.place_of(field)
    return spot(item, field) if place and place.path else f'{field} of {item}'


def _is_azure(item: Item, foreign: Mapping[Key, str]) -> bool:
    keys = {item.key, ('outgoing_azure_service_bus', item.name)}
    return AZURE in str(item.values.get('address', '')) or (len(item.values) == 1 and not keys.isdisjoint(foreign))


def _azure(item: Item) -> tuple[str, Pong]:
    return _bare(str(item.values.get('address', ''))), skip('Azure Service Bus is not supported yet')


def _bare(address: str) -> str:
    return printable(re.sub(r'//[^/@]*@', '//', address))


def _amqp(item: Item, state: State) -> Connection:
    name = item.values.get('def_name')
    login = state.get(('def_amqp', str(name))) if name else item
    if login is None:
        return Idle(item, '', _missing(item, 'def_name', str(name), state))
    where = generations.broker_of(login) if name else generations.broker(str(item.values.get('address', '')))
    if where is None:
        field = 'host' if name else 'address'
        shown = _bare(str(login.values.get(field, '')))
        words = {'target': shown, 'field': _shown(field, login)}
        return Idle(item, shown, fail('address', Attempt(), login.place_of(field), **words))
    from zatools.connections.amqp import AmqpConnection

    return AmqpConnection(item, where, login, 1 if name else 30)
