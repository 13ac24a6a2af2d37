"""AMQP: 3.2's connections name a definition, 4.1's have an address and a login of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator
from urllib.parse import quote

from zatools.kinds import KINDS, amqp
from zatools.kinds.broker import Broker, broker, url_host
from zatools.place import Problem
from zatools.secret import Template
from zatools.state import Item, State

INLINE = ('address', 'username', 'password', 'frame_max', 'heartbeat')
SECTION = amqp.DEFINITION.section
#: Kinds whose objects reach a broker.
USERS = frozenset(kind for kind in KINDS if any(field.ref == SECTION for field in kind.refs))


def broker_of(definition: Item) -> Broker | None:
    """Returns the broker of a definition of 3.2; None where its host can't be read."""
    values = definition.values
    host = str(values.get('host', ''))
    scheme, _, bare = host.rpartition('://')
    if not bare.startswith('['):
        bare = url_host(bare)
    vhost = quote(str(values.get('vhost', '/')).removeprefix('/'), safe='')
    return broker(f'{scheme or "amqp"}://{bare}:{values.get("port", 5672)}/{vhost}')


def _login(item: Item, heartbeat: int) -> tuple[object, ...]:
    values = item.values
    return values.get('username', 'guest'), values.get('frame_max', 131072), values.get('heartbeat', heartbeat)


def _passwords_agree(one: object, other: object) -> bool:
    if not one or not other or isinstance(one, Template) or isinstance(other, Template):
        return True
    for password in (one, other):
        # One that is sealed with a key that isn't known may be any.
        if not getattr(password, 'can_reveal', True):
            return True
    return one == other


class _Definitions:
    # AMQP definitions by what connections tell them by: those of the files first, then those of the target.

    def __init__(self, state: State, known: State) -> None:
        self.known = known
        self.taken: State = {}
        self.found: dict[tuple[object, ...], list[Item]] = defaultdict(list)
        for definition in (*state.values(), *known.values()):
            if definition.kind.is_inlined and definition.key not in self.taken:
                self.add(definition)

    def add(self, definition: Item) -> None:
        self.taken[definition.key] = definition
        self.found[broker_of(definition), *_login(definition, 1)].append(definition)

    def find(self, item: Item) -> Item | None:
        where = broker(str(item.values.get('address', '')))
        password = item.values.get('password')
        matching = [
            definition
            for definition in self.found.get((where, *_login(item, 30)), ())
            if _passwords_agree(definition.values.get('password'), password)
        ]
        if not matching:
            return None
        stored = self.known.get(item.key)
        for definition in matching:
            # The one that the connection uses already is preferred.
            if stored and definition.name == stored.values.get('def_name'):
                return definition
        return matching[0]


def _new_definition(item: Item, where: Broker, taken: State) -> Item:
    user = item.values.get('username', 'guest')
    vhost = where.vhost
    if vhost == '/':
        vhost = ''
    host = url_host(where.host)
    if where.scheme != 'amqp':
        host = f'{where.scheme}://{host}'
    values = {
        'name': _free_name(f'{user}@{where.netloc}/{vhost}', taken),
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


def _free_name(wanted: str, taken: State) -> str:
    name, number = wanted, 2
    while (SECTION, name) in taken:
        name, number = f'{wanted}_{number}', number + 1
    return name


def _to_definition(item: Item, definitions: _Definitions, state: State) -> Item:
    address = item.values['address']
    if isinstance(address, Template):
        # It can't be split without the values of its variables.
        return item
    where = broker(str(address))
    if where is None:
        return item
    definition = definitions.find(item)
    if definition is None:
        definition = _new_definition(item, where, definitions.taken)
        definitions.add(definition)
        state[definition.key] = definition
    values = {name: value for name, value in item.values.items() if name not in INLINE}
    return Item(
        item.kind,
        {**values, 'def_name': definition.name},
        {**item.places, 'def_name': item.place_of('address') or item.place},  # type: ignore[dict-item]
        item.place,
    )


def _address_of(definition: Item) -> str | Template | None:
    values = definition.values
    host, port, vhost = values.get('host', ''), values.get('port', 5672), values.get('vhost', '/')
    names = tuple(name for part in (host, port, vhost) if isinstance(part, Template) for name in part.names)
    if not names:
        where = broker_of(definition)
        if where is None:
            return None
        return str(where)
    # Variables without a value here go along as they are.
    address = f'{host}:{port}'
    if '://' not in address:
        address = f'amqp://{address}'
    path = str(vhost)
    if not isinstance(vhost, Template):
        path = quote(path.removeprefix('/'), safe='')
    if path:
        address += f'/{path}'
    return Template(address, tuple(dict.fromkeys(names)))


def _inline(item: Item, definitions: State, known: State) -> Item:
    key = (SECTION, item.values['def_name'])
    definition = definitions.get(key) or known.get(key)
    if definition is None:
        return item
    address = _address_of(definition)
    if address is None:
        return item
    values = {name: value for name, value in item.values.items() if name != 'def_name'}
    values['address'] = address
    values['username'], values['frame_max'], values['heartbeat'] = _login(definition, 1)
    if 'password' in definition.values:
        values['password'] = definition.values['password']
    places = {name: place for name in INLINE if (place := item.place_of('def_name'))}
    return Item(item.kind, values, {**item.places, **places}, item.place)


def _same_address(item: Item, stored: Item | None) -> Item:
    # Two spellings of one broker are no difference, so the stored one is taken.
    if stored is None:
        return item
    old, new = str(stored.values.get('address', '')), str(item.values.get('address', ''))
    if not old or old == new or broker(old) is None or broker(old) != broker(new):
        return item
    return Item(item.kind, {**item.values, 'address': old}, item.places, item.place)


def _unused(definitions: State, used: Container[str]) -> Iterator[Problem]:
    for definition in definitions.values():
        if definition.name not in used:
            text = f'{definition}: no connection here uses it, and Zato 4.1 has no such objects; it is left out'
            yield Problem(definition.place, text, width=1, is_warning=True)


def inlined(state: State, known: State, problems: list[Problem]) -> State:
    """Returns a state whose connections have addresses of their own, as 4.1 wants them, and no definitions."""
    definitions = {key: item for key, item in state.items() if item.kind.is_inlined}
    users = {key: item for key, item in state.items() if item.kind in USERS}
    used = {item.values['def_name'] for item in users.values() if 'def_name' in item.values}
    problems.extend(_unused(definitions, used))
    found = {key: item for key, item in state.items() if key not in definitions}
    for key, item in users.items():
        if item.values.get('def_name'):
            found[key] = _inline(item, definitions, known)
        elif 'address' in item.values:
            found[key] = _same_address(item, known.get(key))
    return found


def defined(state: State, known: State, problems: list[Problem]) -> State:
    """Returns a state whose connections name definitions, as 3.2 wants them: those that are there, or new ones."""
    found = dict(state)
    definitions: _Definitions | None = None
    for key, item in state.items():
        if item.kind in USERS and 'address' in item.values:
            definitions = definitions or _Definitions(state, known)
            found[key] = _to_definition(item, definitions, found)
    return found


def lack(item: Item, generation: str, names: Container[str]) -> tuple[str, str] | None:
    """Returns the field that keeps a connection in the other generation's form, and why; None if none does."""
    values = item.values
    if item.kind not in USERS:
        return None
    if generation == '4.1' and 'def_name' in values:
        return 'def_name', _no_address(str(values['def_name']), names)
    if generation == '3.2' and isinstance(values.get('address'), Template):
        return 'address', "address can't be split without the values of its variables"
    if generation == '3.2' and 'address' in values:
        return 'address', "address can't be read"
    return None


def _no_address(name: str, names: Container[str]) -> str:
    if name in names:
        return f"the host of its AMQP definition '{name}' can't be read"
    return f"there is no AMQP definition '{name}' to take the address from"
