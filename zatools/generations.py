"""The only place that knows what Zato 3.2 and 4.1 do differently with the same object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from zatools.kinds import KINDS, amqp
from zatools.kinds.broker import Broker, broker, url_host
from zatools.kinds.model import GENERATIONS, Per
from zatools.place import Problem
from zatools.secret import Template
from zatools.state import Item, Key, State, references

INLINE = ('address', 'username', 'password', 'frame_max', 'heartbeat')
#: Fields that name security definitions.
SECURITY = ('security', 'members')
#: Fields without which an object would be broken or let more callers in, so that all of it goes; '' is the object.
ESSENTIAL = frozenset(
    ['', 'is_static_token', 'has_rbac', 'sec_use_rbac', 'gateway_service_list', 'def_name', 'address', *SECURITY]
)
LEAVE_OUT = 'leave it out: --skip-unsupported'
HINTS = {
    'address': 'as in amqp://host:5672/vhost',
    'def_name': 'define it in the files; with --type or --name add --with-references',
}


def broker_of(definition: Item) -> Broker | None:
    """Returns the broker of a definition of 3.2; None where its host can't be read."""
    values = definition.values
    host = str(values.get('host', ''))
    scheme, _, bare = host.rpartition('://')
    bare = bare if bare.startswith('[') else url_host(bare)
    vhost = quote(str(values.get('vhost', '/')).removeprefix('/'), safe='')
    return broker(f'{scheme or "amqp"}://{bare}:{values.get("port", 5672)}/{vhost}')


def needed(state: State) -> tuple[str, list[Problem]]:
    """Returns the generation that the files' keys need, '' for either; a problem where they need both."""
    found: dict[str, Item] = {}
    names: dict[str, str] = {}
    barred = {generation: _barred(generation, state) for generation in GENERATIONS}
    for item in state.values():
        if len(item.kind.generations) == 1:
            found.setdefault(item.kind.generations[0], item)
        for name in item.values:
            field = item.kind.by_name[name]
            if len(field.generations) == 1 and field.generations[0] not in found and name != 'username':
                found[field.generations[0]] = item
                names[field.generations[0]] = name
        for one, other in (GENERATIONS, GENERATIONS[::-1]):
            place = next((name for name, _ in _unusable(item, one, barred[one])), '')
            if place and other not in found:
                found[other], names[other] = item, place
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


class _Definitions:
    # AMQP definitions by what connections tell them by: those of the files first, then those of the target.

    def __init__(self, state: State, known: State) -> None:
        self.known = known
        self.taken: State = {}
        self.found: dict[tuple[object, ...], list[Item]] = defaultdict(list)
        for definition in (*state.values(), *known.values()):
            if definition.kind is amqp.DEFINITION and definition.key not in self.taken:
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
        stored = self.known.get(item.key)
        current = stored.values.get('def_name') if stored else None
        return next((one for one in matching if one.name == current), matching[0] if matching else None)


def _new_definition(item: Item, where: Broker, taken: State) -> Item:
    user = item.values.get('username', 'guest')
    name = base = f'{user}@{where.netloc}/{"" if where.vhost == "/" else where.vhost}'
    number = 2
    while ('def_amqp', name) in taken:
        name, number = f'{base}_{number}', number + 1
    host = url_host(where.host) if where.scheme == 'amqp' else f'{where.scheme}://{url_host(where.host)}'
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


def _to_definition(item: Item, definitions: _Definitions, state: State) -> Item:
    address = item.values['address']
    where = None if isinstance(address, Template) else broker(str(address))
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
        return str(where) if where else None
    # Variables without a value here go along as they are.
    scheme = '' if '://' in str(host) else 'amqp://'
    path = str(vhost) if isinstance(vhost, Template) else quote(str(vhost).removeprefix('/'), safe='')
    return Template(f'{scheme}{host}:{port}{"/" if path else ""}{path}', tuple(dict.fromkeys(names)))


def _inline(item: Item, definitions: State, known: State) -> Item:
    key = ('def_amqp', item.values['def_name'])
    definition = definitions.get(key) or known.get(key)
    address = _address_of(definition) if definition else None
    if definition is None or address is None:
        return item
    values = {name: value for name, value in item.values.items() if name != 'def_name'}
    values['address'] = address
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


@dataclass(frozen=True)
class _Carrier:
    # Carries objects over to a generation: finds what it has no place for, leaves that out if it `skips`.

    generation: str
    problems: list[Problem]
    skips: bool
    definitions: Container[str] = ()
    barred: Mapping[str, str] = field(default_factory=dict)

    def carry(self, state: State) -> State:
        found: State = {}
        gone: set[Key] = set()
        for key, item in state.items():
            names = item.kind.names[self.generation]
            is_here = self.generation in item.kind.generations
            found[key] = item
            if is_here and not self.barred and item.values.keys() <= names:
                continue
            lacks = dict(self._lacks(item))
            for name, text in lacks.items():
                self._report(item, name, text)
            lacking = {name.partition('/')[0] for name in lacks}
            if 'security' in lacking or (self.skips and lacking & ESSENTIAL):
                gone.add(key)
            elif is_here:
                kept = {name: value for name, value in item.values.items() if name in names and name not in lacking}
                found[key] = Item(item.kind, kept, item.places, item.place)
        return self._without(found, gone) if gone else found

    def _lacks(self, item: Item) -> Iterator[tuple[str, str]]:
        # What is at its default says nothing. The first of these makes all others go without saying.
        values = item.values
        if self.generation not in item.kind.generations:
            yield '', f'Zato {self.generation} has no such objects'
        elif 'def_name' in values and self.generation == '4.1':
            yield 'def_name', self._no_address(str(values['def_name']))
        elif 'address' in values and self.generation == '3.2':
            is_open = isinstance(values['address'], Template)
            yield 'address', f"address can't be {'split without the values of its variables' if is_open else 'read'}"
        elif values.get('is_static_token') and self.generation == '3.2':
            yield 'is_static_token', 'Zato 3.2 has no static tokens'
        else:
            for name in sorted(values.keys() - item.kind.names[self.generation]):
                field = item.kind.by_name[name]
                if values[name] not in (field.default_of(field.generations[0]), '', None, []):
                    yield name, f"Zato {self.generation} has no '{name}'"
            for name, used in _unusable(item, self.generation, self.barred):
                what = f"{self.barred[used]} definition ('{used}')"
                yield name, f'Zato {self.generation} has no {_several(item)} with a {what}'

    def _no_address(self, name: str) -> str:
        if name in self.definitions:
            return f"the host of its AMQP definition '{name}' can't be read"
        return f"there is no AMQP definition '{name}' to take the address from"

    def _report(self, item: Item, name: str, text: str) -> None:
        field_name = name.partition('/')[0]
        hint = _can_use(item, self.generation) if field_name in SECURITY else HINTS.get(name, LEAVE_OUT)
        if self.skips:
            what = 'the whole object is' if name and field_name in ESSENTIAL else 'it is' if not name else 'that is'
            text, hint = f'{text}; {what} left out', ''
        self.problems.append(Problem(item.place_of(name), f'{item}: {text}', hint, 1, is_warning=self.skips))

    def _without(self, state: State, gone: set[Key]) -> State:
        # What refers to an object that is left out can't do without it: a channel would become public.
        found = {key: item for key, item in state.items() if key not in gone}
        return without(found, gone, self.problems) if self.skips else found


def without(state: State, gone: Iterable[Key], problems: list[Problem]) -> State:
    """Returns a state without what refers to objects that are gone, or to what goes with them; each is a warning."""
    gone = set(gone)
    found = {key: item for key, item in state.items() if key not in gone}
    count = -1
    while count != len(gone):
        count = len(gone)
        for key, item in list(found.items()):
            lost = next(
                ((name, other) for name, (section, other) in references(item) if (section, other) in gone), None
            )
            if lost:
                name, other = lost
                text = f"{item}: its {name} '{other}' is left out, and so the whole object is"
                problems.append(Problem(item.place_of_entry(name, other), text, width=1, is_warning=True))
                del found[key]
                gone.add(key)
    return found


def _barred(generation: str, *states: State) -> dict[str, str]:
    # The types of definitions that a kind of the other generation can use, but none of this one.
    taken = [kind.takes for kind in KINDS]
    types = frozenset[str]().union(*(_only_elsewhere(takes, generation) for takes in taken)) & _types(generation)
    items = (item for state in states for item in state.values())
    return {item.name: item.kind.type for item in items if item.kind.type in types}


def _types(generation: str) -> frozenset[str]:
    return frozenset(kind.type for kind in KINDS if generation in kind.generations)


def _only_elsewhere(takes: Per, generation: str) -> frozenset[str]:
    return frozenset((takes.v32 | takes.v41) - takes.of(generation))


def _unusable(item: Item, generation: str, barred: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    # Where an object names a definition that only the other generation lets it use, and which.
    types = _only_elsewhere(item.kind.takes, generation) if barred else frozenset()
    for name, (section, used) in references(item) if types else ():
        if section == 'security' and barred.get(used) in types:
            yield f'{name}/{used}' if f'{name}/{used}' in item.places else name, used


def _can_use(item: Item, generation: str) -> str:
    types = item.kind.takes.of(generation) & _types(generation)
    return f'{_several(item)} of Zato {generation} can use: {", ".join(sorted(types))}'


def _several(item: Item) -> str:
    return item.kind.section.partition('_')[0].removesuffix('s') + 's'


def _unused(definitions: State, used: Container[str]) -> Iterator[Problem]:
    for definition in definitions.values():
        if definition.name not in used:
            text = f'{definition}: no connection here uses it, and Zato 4.1 has no such objects; it is left out'
            yield Problem(definition.place, text, width=1, is_warning=True)


def _inlined(state: State, known: State, problems: list[Problem]) -> State:
    definitions = {key: item for key, item in state.items() if item.kind is amqp.DEFINITION}
    used = {item.values['def_name'] for item in state.values() if 'def_name' in item.values}
    problems.extend(_unused(definitions, used))
    found = {}
    for key, item in state.items():
        if item.values.get('def_name'):
            found[key] = _inline(item, definitions, known)
        elif key not in definitions:
            found[key] = _same_address(item, known.get(key)) if 'address' in item.values else item
    return found


def _defined(state: State, known: State) -> State:
    found = dict(state)
    definitions: _Definitions | None = None
    for key, item in state.items():
        if 'address' in item.values:
            definitions = definitions or _Definitions(state, known)
            found[key] = _to_definition(item, definitions, found)
    return found


def convert(state: State, generation: str, known: State, problems: list[Problem], skips: bool = False) -> State:
    """Returns `state` as `generation` has it. `known` is what the target has: its AMQP definitions are used.

    What can't be carried over is a problem at its place; if it `skips`, a warning, and left out.
    """
    found = _inlined(state, known, problems) if generation == '4.1' else _defined(state, known)
    names = frozenset(name for section, name in (*state, *known) if section == 'def_amqp')
    carrier = _Carrier(generation, problems, skips, names, _barred(generation, state, known))
    return carrier.carry(found)
