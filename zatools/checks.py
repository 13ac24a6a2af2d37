"""What must hold between objects, in the files and with those of an ODB: references, uniqueness, use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from zatools.generations import broker
from zatools.kinds import KINDS
from zatools.kinds.later import RESERVED
from zatools.kinds.model import Kind
from zatools.kinds.security import DEFAULT_HEADER, UNPROTECTING, type_of
from zatools.place import Problem, Suggestions
from zatools.secret import LOGIN, Secret, Template, templates
from zatools.state import Item, Key, State, show

NONE: frozenset[str] = frozenset()
#: Types that files can define.
DEFINED = frozenset(kind.type for kind in KINDS)
GROUP_HINT = f'one header holds for all groups of a server: {DEFAULT_HEADER}, or its Zato_API_Key_Name'
#: Types that may be used and yet be of no use.
SPECIAL = UNPROTECTING | {'apikey'}
#: Kept fields that checks look at.
CHECKED = frozenset({'security', 'groups', 'data_format', 'header'})
SCHEDULED = ('scheduler_run_every', 'health_check_run_every')


@dataclass(frozen=True)
class Known:
    """What the target of an import has: its objects, and the names of all that files may refer to."""

    state: State = field(default_factory=dict)
    names: Mapping[str, Iterable[str]] = field(default_factory=dict)
    internal: frozenset[Key] = frozenset()
    internal_paths: Mapping[str, str] = field(default_factory=dict)
    makes_services: bool = True
    is_odb: bool = False
    internal_users: Mapping[tuple[str, str], str] = field(default_factory=dict)
    reserved: frozenset[Key] = frozenset()
    left_out: frozenset[Key] = frozenset()
    foreign: Mapping[Key, str] = field(default_factory=dict)
    everybodys: frozenset[str] = NONE


class Checks:
    """All checks of one wanted state; `problems` collects what they find."""

    def __init__(self, wanted: State, known: Known, generation: str, problems: list[Problem]) -> None:
        self.wanted = wanted
        self.known = known
        self.generation = generation
        self.problems = problems
        self.suggestions = Suggestions()
        self.after = effective_state(wanted, known.state)
        # Those of the ODB first, so that it is the files' that a problem of two names.
        self.in_order = [
            *((key, item) for key, item in known.state.items() if key not in wanted),
            *((key, self.after[key]) for key in wanted),
        ]

    def run(self) -> None:
        """Runs every check."""
        self._references()
        self._uses()
        self._unique('security', self._username, 'the user name')
        self._unique('channel', self._route, 'the URL path, method and Accept header')
        self._internal_paths()
        self._foreign()
        self._empty_groups()
        self._warnings()

    def _add(self, item: Item, name: str, text: str, hint: str = '', is_warning: bool = False) -> None:
        value = item.values.get(name)
        width = len(value) if isinstance(value, str) and value else 1
        self.problems.append(Problem(item.place_of(name), f'{item}: {text}', hint, width, is_warning=is_warning))

    def _add_of(self, item: Item, name: str, entry: str, text: str, hint: str = '', is_warning: bool = False) -> None:
        # What is wrong with a name, be it all of a field's value or an entry of its list.
        place = item.place_of_entry(name, entry)
        self.problems.append(Problem(place, f'{item}: {text}', hint, len(entry), is_warning=is_warning))

    # References

    def _references(self) -> None:
        names = {section: set(known) for section, known in self.known.names.items()}
        for section, name in self.wanted:
            names.setdefault(section, set()).add(name)
        for item in self.wanted.values():
            for field_ in item.kind.refs:
                value = item.values.get(field_.name)
                known = names.get(field_.ref, NONE)
                if not value or (isinstance(value, str) and value in known):
                    continue
                for name in _names_in(item, field_.name):
                    if name not in known:
                        self._unresolved(item, field_.name, field_.ref, name, known)

    def _unresolved(self, item: Item, field_name: str, section: str, name: str, names: Set[str]) -> None:
        what = {'security': 'security definition', 'groups': 'security group', 'def_amqp': 'AMQP definition'}.get(
            section, section
        )
        if section == 'service' and self.known.makes_services:
            return
        if not self.known.is_odb:
            self._add_of(
                item, field_name, name, f"{what} '{name}' is not in these files; only an ODB can tell", is_warning=True
            )
            return
        if (section, name) in self.known.left_out:
            self._add_of(
                item,
                field_name,
                name,
                f"{what} '{name}' is left out by --type or --name and not in the ODB",
                'take it along: --with-references',
            )
            return
        hit = self.suggestions.nearest(name, names)
        near = self.wanted.get((section, hit))
        where = f' ({near.place.short})' if near and near.place else ''
        hint = f"did you mean '{hit}'{where}?" if hit else ''
        if section == 'service':
            hint = hint or 'deploy the service to the server first'
            self._add_of(item, field_name, name, f"no service '{name}' in the ODB", hint)
        else:
            self._add_of(item, field_name, name, f"no {what} '{name}' in these files or the ODB", hint)

    # How definitions are used

    def _uses(self) -> None:
        for key, item in self.after.items():
            values = item.values
            if values.get('security'):
                self._use(key, item, 'security', str(values['security']))
            elif 'members' in values:
                for name in _names_in(item, 'members'):
                    self._use(key, item, 'members', name)

    def _use(self, key: Key, item: Item, field_name: str, name: str) -> None:
        definition = self.after.get(('security', name))
        if definition is None:
            self._use_foreign(key, item, field_name, name)
            return
        if key not in self.wanted and ('security', name) not in self.wanted:
            return
        type_ = definition.kind.type
        allowed = self._allowed(item.kind)
        if type_ in allowed and type_ not in SPECIAL:
            return
        place = item if key in self.wanted else definition
        if type_ not in allowed:
            self._add_of(
                place,
                field_name if place is item else 'type',
                name if place is item else type_,
                f"{'' if place is item else str(item) + ' uses it and '}can't use the {type_} definition '{name}'",
                _can_use(allowed),
            )
        elif type_ in UNPROTECTING and item.kind.section.startswith('channel_') and key in self.wanted:
            self._add(item, field_name, f"'{name}' is {type_}, which does not protect a channel", is_warning=True)
        elif type_ == 'apikey' and self.generation == '3.2' and 'members' in item.values:
            header = definition.values.get('header', DEFAULT_HEADER)
            if header != DEFAULT_HEADER:
                text = f"Zato 3.2 ignores the header of member '{name}', {header}"
                if place is definition:
                    text = f'Zato 3.2 ignores its header, {header}, in {item}'
                self._add(place, field_name if place is item else 'header', text, GROUP_HINT, is_warning=True)
        elif (
            type_ == 'apikey'
            and self.generation == '3.2'
            and item.kind.section.startswith('channel_')
            and isinstance(definition.values.get('password'), Secret)
            and ('security', name) in self.wanted
            and not definition.values['password']
        ):
            self._add(definition, 'password', f'an empty key would let anybody use {item}')

    def _use_foreign(self, key: Key, item: Item, field_name: str, name: str) -> None:
        # Definitions of types to come that the ODB has.
        type_ = type_of(self.known.foreign.get(('security', name), ''))
        allowed = self._allowed(item.kind)
        if type_ and type_ not in allowed and key in self.wanted:
            self._add_of(item, field_name, name, f"can't use the {type_} definition '{name}'", _can_use(allowed))

    def _allowed(self, kind: Kind) -> frozenset[str]:
        takes = kind.takes
        return frozenset(takes.of(self.generation) if self.generation else takes.v32 | takes.v41)

    # Uniqueness

    def _username(self, item: Item) -> tuple[object, ...] | None:
        username = item.values.get('username')
        return (item.kind.type, username) if isinstance(username, str) and username else None

    def _route(self, item: Item) -> tuple[object, ...] | None:
        values = item.values
        path = values.get('url_path')
        if not isinstance(path, str):
            return None
        action = values.get('soap_action', '') if self.generation == '3.2' else ''
        return path, values.get('method', ''), values.get('http_accept', ''), action

    def _unique(self, prefix: str, of: Callable[[Item], tuple[object, ...] | None], what: str) -> None:
        seen: dict[tuple[object, ...], Item] = {}
        for key, item in self.in_order:
            value = of(item) if key[0].startswith(prefix) else None
            if value is None:
                continue
            other = seen.setdefault(value, item)
            if other is not item and key in self.wanted:
                where = other.place if other.place else 'the ODB'
                name = 'username' if prefix == 'security' else 'url_path'
                self._add(item, name, f'{what} of {other} ({where}) is the same: {show(item.values.get(name))}')

    def _internal_paths(self) -> None:
        for item in () if not self.known.internal_paths else self.wanted.values():
            other = self.known.internal_paths.get(str(item.values.get('url_path', '')))
            if other and item.kind.section.startswith('channel_'):
                self._add(item, 'url_path', f'{other} has this URL path')

    def _empty_groups(self) -> None:
        # 3.2 asks nobody who calls a channel that is guarded by groups without members.
        for item in self.wanted.values() if self.generation != '4.1' else ():
            values = self.after[item.key].values
            groups = [self.after.get(('groups', name)) for name in values.get('groups') or ()]
            is_open = bool(groups) and not any(group is None or group.values.get('members') for group in groups)
            if is_open and item.kind.section.startswith('channel_') and not values.get('security'):
                text = 'its groups have no members: on Zato 3.2 it becomes public, anybody can invoke it'
                self._add(item, 'groups', text, is_warning=True)

    def _foreign(self) -> None:
        for key, item in self.wanted.items():
            if key[1].startswith(RESERVED) and key not in self.known.internal:
                self._add(item, 'name', f"names that begin with {', '.join(RESERVED)} are the platform's own")
            if key in self.known.reserved - self.known.internal:
                self._add(item, 'name', "this name is the platform's own, and so hidden", 'rename it')
            if self.known.internal_users:
                self._internal_user(item)
            address = item.values.get('address')
            if isinstance(address, str) and '://' in address and broker(address) is None:
                self._add(item, 'address', "address can't be read", 'as in amqp://host:5672/vhost')
            if key in self.known.foreign:
                self._add(
                    item, 'name', f'the ODB has one of this name that is not supported yet ({self.known.foreign[key]})'
                )

    def _internal_user(self, item: Item) -> None:
        other = self.known.internal_users.get((item.kind.label, str(item.values.get('username'))))
        if other:
            self._add(item, 'username', f"the platform's own definition '{other}' has this user name")

    # What Zato stores and fails at later

    def _warnings(self) -> None:
        for key, item in self.wanted.items():
            if key[0] != 'security':
                for name, text in _doubts(self.after[key]):
                    self._add(item, name, text, is_warning=True)
        if self.generation == '4.1':
            for section, name in self.wanted:
                if section == 'channel_amqp' and ('outgoing_amqp', name) in self.after:
                    self._add(self.wanted[section, name], 'name', 'an outgoing_amqp has the same name', is_warning=True)


def _can_use(allowed: Set[str]) -> str:
    return f'it can use: {", ".join(sorted(allowed & DEFINED))}'


def _names_in(item: Item, field_name: str) -> Iterator[str]:
    value = item.values.get(field_name)
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str) and name:
            yield name


def _doubts(item: Item) -> Iterator[tuple[str, str]]:
    values, section = item.values, item.kind.section
    if section.startswith('outgoing_') and section != 'outgoing_amqp':
        host = values.get('host', '')
        if not host:
            yield 'host', 'there is no host'
        elif isinstance(host, str) and '://' not in host:
            yield 'host', 'the host has no scheme, as in https://'
    for name in ('host', 'address'):
        if isinstance(values.get(name), str) and LOGIN.search(values[name]):
            yield (
                name,
                'there is a password in the URL: exports show it; use a security definition, or username and password',
            )
    if isinstance(values.get('address'), str) and '://' not in values['address']:
        yield 'address', 'the address has no scheme, as in amqp://'
    if section == 'channel_rest' and not values.get('data_format'):
        yield 'data_format', 'there is no data_format: the service gets raw bytes'
    for name in SCHEDULED:
        if values.get(name):
            yield name, f'{name} is stored, but no job is made yet'


def effective(item: Item, stored: Item | None) -> Item:
    """Returns what an object will be, as far as checks look: what a file leaves out and is kept is what is stored."""
    if stored is None:
        return item
    kept = {name: stored.values[name] for name in CHECKED if name not in item.values and stored.values.get(name)}
    return Item(item.kind, {**kept, **item.values}, item.places, item.place) if kept else item


def effective_state(wanted: State, stored: State) -> State:
    """Returns what will be there, as far as checks look, when what is wanted is done and nothing is deleted."""
    return {**stored, **{key: effective(item, stored.get(key)) for key, item in wanted.items()}}


def unset(wanted: State, stored: State, is_lenient: bool, needs_secrets: bool, problems: list[Problem]) -> None:
    """Finds variables without a value: all are errors, but for secrets that are stored, or with `is_lenient`."""
    for key, item in wanted.items():
        known = stored.get(key)
        for name, value in item.values.items():
            if type(value) not in (Template, list, dict):
                continue
            for template in templates(value):
                is_secret = item.kind.by_name[name].secret
                has_one = bool(known and known.values.get(name))
                if is_secret and (is_lenient or (has_one and not needs_secrets)):
                    continue
                problems.append(
                    Problem(item.place_of(name), f'{item}: {name} {template.need}', 'set it, or give --env-file', 1)
                )


def in_use(deleted: Iterable[Item], after: State, problems: list[Problem]) -> None:
    """Finds objects that stay and refer to one that is to go."""
    gone = {item.key: item for item in deleted}
    for key, item in after.items():
        if key in gone:
            continue
        for field_ in item.kind.refs:
            for name in _names_in(item, field_.name):
                if (field_.ref, name) in gone:
                    problems.append(
                        Problem(
                            item.place_of(field_.name), f"{gone[field_.ref, name]} can't be deleted: {item} uses it"
                        )
                    )
