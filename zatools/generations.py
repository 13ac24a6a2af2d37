"""The only place that knows what Zato 3.2 and 4.1 do differently with the same object."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from zatools.kinds import amqp
from zatools.place import Problem
from zatools.secret import Template
from zatools.state import Item, State

PORTS = {'amqp': 5672, 'amqps': 5671}
INLINE = ('address', 'username', 'password', 'frame_max', 'heartbeat')


class Broker(NamedTuple):
    """Where an AMQP broker is: what two addresses are compared by."""

    scheme: str
    host: str
    port: int
    vhost: str

    def __str__(self) -> str:
        path = '' if self.vhost == '/' else f'/{quote(self.vhost, safe="")}'
        return f'{self.scheme}://{self.host}:{self.port}{path}'


def broker(address: str) -> Broker | None:
    """Returns the broker of an address such as amqp://host:5672/vhost; None where it can't be read."""
    scheme, _, rest = address.rpartition('://')
    scheme = scheme.lower() or 'amqp'
    authority, _, vhost = rest.partition('/')
    host, _, port = authority.rpartition('@')[2].partition(':')
    is_port = not port or (port.isdigit() and 0 < int(port) < 65536)
    if scheme not in PORTS or not host or not is_port or '[' in host:
        return None
    return Broker(scheme, host.lower(), int(port or PORTS[scheme]), unquote(vhost) or '/')


def broker_of(definition: Item) -> Broker | None:
    """Returns the broker of a definition of 3.2; None where its host can't be read."""
    values = definition.values
    host = str(values.get('host', ''))
    scheme, _, bare = host.rpartition('://')
    port = values.get('port', 5672)
    return broker(
        f'{scheme or "amqp"}://{bare}:{port}/{quote(str(values.get("vhost", "/")).removeprefix("/"), safe="")}'
    )


def needed(state: State) -> tuple[str, list[Problem]]:
    """Returns the generation that the files' keys need, '' for either; a problem where they need both."""
    found: dict[str, Item] = {}
    names: dict[str, str] = {}
    for item in state.values():
        if len(item.kind.generations) == 1:
            found.setdefault(item.kind.generations[0], item)
        for name in item.values:
            field = item.kind.by_name[name]
            if len(field.generations) == 1 and field.generations[0] not in found and name != 'username':
                found[field.generations[0]] = item
                names[field.generations[0]] = name
    if len(found) < 2:
        return next(iter(found), ''), []
    old, new = found['3.2'], found['4.1']
    text = f'and {new.place_of(names.get("4.1", "name"))}: {old} needs Zato 3.2, {new} needs Zato 4.1'
    return '3.2', [Problem(old.place_of(names.get('3.2', 'name')), text, 'choose: zato odb create --layout 3.2|4.1')]


def _login(item: Item, heartbeat: int) -> tuple[object, ...]:
    values = item.values
    return values.get('username', 'guest'), values.get('frame_max', 131072), values.get('heartbeat', heartbeat)


def _passwords_agree(one: object, other: object) -> bool:
    if not one or not other or isinstance(one, Template) or isinstance(other, Template):
        return True
    can_reveal = getattr(one, 'can_reveal', True) and getattr(other, 'can_reveal', True)
    return not can_reveal or one == other


def _definition_for(item: Item, definitions: State, known: State) -> Item | None:
    wanted = broker(str(item.values.get('address', '')))
    for pool in (definitions, known):
        for definition in pool.values():
            is_same = broker_of(definition) == wanted and _login(definition, 1) == _login(item, 30)
            if is_same and _passwords_agree(definition.values.get('password'), item.values.get('password')):
                return definition
    return None


def _new_definition(item: Item, taken: State) -> Item | None:
    where = broker(str(item.values.get('address', '')))
    if where is None:
        return None
    user = item.values.get('username', 'guest')
    name = base = f'{user}@{where.host}:{where.port}/{"" if where.vhost == "/" else where.vhost}'
    number = 2
    while ('def_amqp', name) in taken:
        name, number = f'{base}_{number}', number + 1
    host = where.host if where.scheme == 'amqp' else f'{where.scheme}://{where.host}'
    values = {
        'name': name,
        'host': host,
        'port': where.port,
        'vhost': where.vhost,
        'username': user,
        'frame_max': item.values.get('frame_max', 131072),
        'heartbeat': item.values.get('heartbeat', 30),
    }
    if 'password' in item.values:
        values['password'] = item.values['password']
    return Item(amqp.DEFINITION, values, dict(item.places), item.place)


def _to_definition(item: Item, state: State, known: State, problems: list[Problem]) -> Item:
    definitions = {key: other for key, other in state.items() if key[0] == 'def_amqp'}
    stored = {key: other for key, other in known.items() if key[0] == 'def_amqp'}
    definition = _definition_for(item, definitions, stored)
    if definition is None:
        definition = _new_definition(item, {**stored, **definitions})
        if definition is None:
            problems.append(
                Problem(item.place_of('address'), f"{item}: address can't be read", 'as in amqp://host:5672/vhost')
            )
            return item
        state[definition.key] = definition
    values = {name: value for name, value in item.values.items() if name not in INLINE}
    return Item(
        item.kind,
        {**values, 'def_name': definition.name},
        {**item.places, 'def_name': item.place_of('address') or item.place},  # type: ignore[dict-item]
        item.place,
    )


def _inline(item: Item, definitions: State, known: State) -> Item:
    key = ('def_amqp', item.values['def_name'])
    definition = definitions.get(key) or known.get(key)
    where = broker_of(definition) if definition else None
    if definition is None or where is None:
        return item
    values = {name: value for name, value in item.values.items() if name != 'def_name'}
    values['address'] = str(where)
    values['username'], values['frame_max'], values['heartbeat'] = _login(definition, 1)
    if 'password' in definition.values:
        values['password'] = definition.values['password']
    places = {name: place for name in INLINE if (place := item.place_of('def_name'))}
    return Item(item.kind, values, {**item.places, **places}, item.place)


def _same_address(item: Item, stored: Item | None) -> Item:
    # Two spellings of one broker are no difference: the stored one is taken.
    old, new = (str(one.values.get('address', '')) if one else '' for one in (stored, item))
    if not old or old == new or broker(old) is None or broker(old) != broker(new):
        return item
    return Item(item.kind, {**item.values, 'address': old}, item.places, item.place)


def _carried(item: Item, generation: str, problems: list[Problem]) -> Item:
    # What the other generation lacks and is at its default says nothing; all else can't be carried over.
    if generation not in item.kind.generations:
        problems.append(Problem(item.place, f'{item}: Zato {generation} has no such objects', width=1))
        return item
    lacking = item.values.keys() - item.kind.names[generation]
    if not lacking:
        return item
    for name in ['is_static_token'] if item.values.get('is_static_token') else sorted(lacking):
        field = item.kind.by_name[name]
        if item.values[name] not in (field.default_of(field.generations[0]), '', None):
            what = 'static tokens' if name == 'is_static_token' else f"'{name}'"
            problems.append(Problem(item.place_of(name), f'{item}: Zato {generation} has no {what}', width=1))
    kept = {name: value for name, value in item.values.items() if name not in lacking}
    return Item(item.kind, kept, item.places, item.place)


def convert(state: State, generation: str, known: State, problems: list[Problem]) -> State:
    """Returns `state` as `generation` has it. `known` is what the target has: its AMQP definitions are used.

    What can't be carried over is a problem at its place.
    """
    definitions = {key: item for key, item in state.items() if key[0] == 'def_amqp'}
    found: State = {}
    for key, item in state.items():
        if generation == '4.1' and item.values.get('def_name'):
            found[key] = _inline(item, definitions, known)
        elif generation == '4.1' and key in definitions:
            continue
        else:
            found[key] = item
    if generation == '3.2':
        for key, item in list(found.items()):
            if 'address' in item.values:
                found[key] = _to_definition(item, found, known, problems)
    else:
        found = {key: _same_address(item, known.get(key)) for key, item in found.items()}
    return {key: _carried(item, generation, problems) for key, item in found.items()}
