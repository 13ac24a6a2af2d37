"""What must hold between objects, in the files and with those of an ODB: references, uniqueness, use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from zatools.kinds import KINDS, SPELLINGS, logins_of, noun_of
from zatools.kinds.beside import RESERVED
from zatools.kinds.model import Field, Kind, per
from zatools.kinds.security import type_of
from zatools.kinds.traits import DEPLOYED, ENDPOINT, MEMBERS, Use
from zatools.place import Problem, Suggestions, width_of
from zatools.secret import LOGIN, Template, templates
from zatools.state import Item, Key, State, by_kind, effective_state, has_names_within, named_within, show

NONE: frozenset[str] = frozenset()
NO_DEFAULTS: Mapping[str, object] = {}
#: Types that files can define.
DEFINED = frozenset(kind.type for kind in KINDS)
#: How URLs of HTTP begin, unless a variable of the server's does.
HTTP = re.compile(r'https?://|\$', re.IGNORECASE)
#: Fields with the secret that a connection logs in with, where it has several.
USUAL_SECRETS = ('password', 'secret')


@dataclass(frozen=True)
class Known:
    """What the target of an import has: its objects, and the names of all that files may refer to.

    `owned` are the unique values of objects that files can't change, by scope and value, and whose they are.
    """

    state: State = field(default_factory=dict)
    names: Mapping[str, Iterable[str]] = field(default_factory=dict)
    internal: frozenset[Key] = frozenset()
    owned: Mapping[tuple[str, str], str] = field(default_factory=dict)
    makes_services: bool = True
    is_odb: bool = False
    reserved: frozenset[Key] = frozenset()
    left_out: frozenset[Key] = frozenset()
    foreign: Mapping[Key, str] = field(default_factory=dict)
    everybodys: frozenset[Kind] = frozenset()


class Checks:
    """All checks of one wanted state; `problems` collects what they find."""

    def __init__(self, wanted: State, known: Known, generation: str, problems: list[Problem]) -> None:
        self.wanted = wanted
        self.known = known
        self.generation = generation
        self.problems = problems
        self.suggestions = Suggestions()
        self.after = effective_state(wanted, known.state)
        # What a kind says is looked up once for all of its objects.
        self.kinds = by_kind(wanted.values())
        self.pairs = {kind: [(one, self.after[one.key]) for one in items] for kind, items in self.kinds.items()}

    def run(self) -> None:
        """Runs every check."""
        self._references()
        self._circles()
        self._uses()
        self._unique()
        self._owned()
        self._foreign()
        self._empty_groups()
        self._doubts()

    def _add(self, item: Item, name: str, text: str, hint: str = '', is_warning: bool = False) -> None:
        width = width_of(item.values.get(name))
        self.problems.append(Problem(item.place_of(name), f'{item}: {text}', hint, width, is_warning=is_warning))

    def _add_of(self, item: Item, name: str, entry: str, text: str, hint: str = '', is_warning: bool = False) -> None:
        # A problem with a name, which is the value of a field or an entry of its list.
        place = item.place_of_entry(name, entry)
        self.problems.append(Problem(place, f'{item}: {text}', hint, len(entry), is_warning=is_warning))

    # References

    def _references(self) -> None:
        names = {section: set(known) for section, known in self.known.names.items()}
        for kind, items in self.kinds.items():
            names.setdefault(kind.answers_to, set()).update([item.name for item in items])
        for kind, items in self.kinds.items():
            for field_ in kind.refs:
                self._referred(items, field_, names.get(field_.ref, NONE))
            if has_names_within(kind):
                self._named_within(items, names)

    def _referred(self, items: Iterable[Item], field_: Field, known: Set[str]) -> None:
        for item in items:
            value = item.values.get(field_.name)
            if not value or value == field_.default or (isinstance(value, str) and value in known):
                continue
            for name in _texts_in(item, field_.name):
                if name not in known:
                    self._unresolved(item, field_.name, (field_.ref, name), known, name)

    def _named_within(self, items: Iterable[Item], names: Mapping[str, Set[str]]) -> None:
        for item in items:
            for field_name, key in named_within(item):
                known = names.get(key[0], NONE)
                if key[1] not in known:
                    self._unresolved(item, field_name, key, known, str(item.values[field_name]))

    def _is_own(self, section: str, name: str) -> bool:
        # The platform's own objects are in every ODB.
        return any(name in per(kind.internal, self.generation) for kind in SPELLINGS.get(section, ()))

    def _unresolved(self, item: Item, field_name: str, key: Key, names: Set[str], entry: str) -> None:
        # The entry is what the file says: the name, or a text that has it within.
        section, name = key
        what = noun_of(section)
        if section in DEPLOYED and self.known.makes_services:
            return
        if not self.known.is_odb and self._is_own(section, name):
            return
        if not self.known.is_odb:
            self._add_of(
                item, field_name, entry, f"{what} '{name}' is not in these files; only an ODB can tell", is_warning=True
            )
            return
        if (section, name) in self.known.left_out:
            self._add_of(
                item,
                field_name,
                entry,
                f"{what} '{name}' is left out by --type or --name and not in the ODB",
                'take it along: --with-references',
            )
            return
        hint = self._suggestion(section, name, names)
        if section in DEPLOYED:
            hint = hint or f'deploy the {what} to the server first'
            self._add_of(item, field_name, entry, f"no {what} '{name}' in the ODB", hint)
        else:
            self._add_of(item, field_name, entry, f"no {what} '{name}' in these files or the ODB", hint)

    def _suggestion(self, section: str, name: str, names: Set[str]) -> str:
        hit = self.suggestions.nearest(name, names)
        if not hit:
            return ''
        near = self.wanted.get((section, hit))
        if near is None or near.place is None:
            return f"did you mean '{hit}'?"
        return f"did you mean '{hit}' ({near.place.short})?"

    def _circles(self) -> None:
        # A role that extends itself, by way of others, is one without an end to servers.
        fine: set[Key] = set()
        for kind, items in self.kinds.items():
            own = [field_.name for field_ in kind.refs if field_.ref == kind.section and field_.type == 'text']
            for name, item in product(own, items):
                if self._leads_back(item.key, name, fine):
                    self._add(item, name, f"by way of '{item.values[name]}' it leads back to itself")

    def _leads_back(self, key: Key, name: str, fine: set[Key]) -> bool:
        # `fine` are objects that lead to an end: nobody walks from them again.
        seen: set[Key] = set()
        here = key
        while here in self.after and here not in seen and here not in fine:
            seen.add(here)
            here = (key[0], str(self.after[here].values.get(name, '')))
        if here not in seen:
            fine |= seen
        return here == key and here in seen

    # How definitions are used

    def _uses(self) -> None:
        for kind, items in by_kind(self.after.values()).items():
            for field_ in kind.accepting:
                allowed = self._allowed(field_)
                for item in items:
                    if item.values.get(field_.name):
                        for name in _texts_in(item, field_.name):
                            self._use(item, field_, name, allowed)

    def _use(self, item: Item, field_: Field, name: str, allowed: Set[str]) -> None:
        definition = self.after.get((field_.ref, name))
        if definition is None:
            self._use_foreign(item, field_, name, allowed)
            return
        type_ = definition.kind.label
        if type_ in allowed and not definition.kind.use_doubts:
            return
        is_wanted, is_definition_wanted = item.key in self.wanted, definition.key in self.wanted
        if not is_wanted and not is_definition_wanted:
            return
        if type_ not in allowed:
            text = f"can't use the {type_} definition '{name}'"
            if is_wanted:
                self._add_of(item, field_.name, name, text, _can_use(allowed))
            else:
                self._add_of(definition, 'type', type_, f'{item} uses it and {text}', _can_use(allowed))
        elif definition.kind.use_doubts:
            use = Use(
                str(item),
                item.kind.role,
                field_.name,
                field_.means,
                name,
                definition.values,
                self.generation,
                is_wanted,
                is_definition_wanted,
            )
            for doubt in definition.kind.use_doubts(use):
                culprit = item
                if doubt.of_definition:
                    culprit = definition
                self._add(culprit, doubt.field, doubt.text, doubt.hint, doubt.is_warning)

    def _use_foreign(self, item: Item, field_: Field, name: str, allowed: Set[str]) -> None:
        # The ODB has definitions of types that are not supported yet.
        type_ = type_of(self.known.foreign.get((field_.ref, name), ''))
        if type_ and type_ not in allowed and item.key in self.wanted:
            self._add_of(item, field_.name, name, f"can't use the {type_} definition '{name}'", _can_use(allowed))

    def _allowed(self, field_: Field) -> frozenset[str]:
        accepts = field_.accepts
        if accepts is None:
            return NONE
        if not self.generation:
            return frozenset(accepts.v32 | accepts.v41)
        return frozenset(accepts.of(self.generation))

    # Uniqueness

    def _unique(self) -> None:
        # Objects of the ODB come first. Where two have the same name or path, the problem then is that of the files.
        stored = by_kind(item for key, item in self.known.state.items() if key not in self.wanted)
        seen: dict[tuple[object, ...], Item] = {}
        for kind, items in stored.items():
            self._alike(kind, items, seen)
        for kind, pairs in self.pairs.items():
            self._alike(kind, [after for _, after in pairs], seen)

    def _alike(self, kind: Kind, items: Sequence[Item], seen: dict[tuple[object, ...], Item]) -> None:
        defaults = kind.defaults.get(self.generation, NO_DEFAULTS)
        for unique in kind.unique:
            scope = unique.scope_of(kind.label)
            for item in items:
                value = unique.value_of(item.values, self.generation, defaults)
                if value is None:
                    continue
                other = seen.setdefault((scope, *value), item)
                if other is not item and item.key in self.wanted:
                    where = other.place or 'the ODB'
                    text = f'{unique.what} of {other} ({where}) is the same: {show(value[0])}'
                    self._add(item, unique.main, text)

    def _owned(self) -> None:
        if not self.known.owned:
            return
        for item in self.wanted.values():
            for unique in item.kind.unique:
                scope = unique.scope_of(item.kind.label)
                owner = self.known.owned.get((scope, str(item.values.get(unique.main, ''))))
                if owner:
                    self._add(item, unique.main, f'{owner} has this {unique.first}')

    def _empty_groups(self) -> None:
        # On 3.2 anybody may call a channel whose only guards are groups without members.
        if self.generation == '4.1':
            return
        for kind, pairs in self.pairs.items():
            guards = [kind.by_name[name] for name in kind.guards]
            for item, after in pairs if guards else ():
                given = [field_ for field_ in guards if after.values.get(field_.name)]
                if given and all(self._is_empty(field_, after.values[field_.name]) for field_ in given):
                    text = f'its {given[0].name} have no members: on Zato 3.2 it becomes public, anybody can invoke it'
                    self._add(item, given[0].name, text, is_warning=True)

    def _is_empty(self, field_: Field, value: object) -> bool:
        # A group that is not known may have members.
        if not isinstance(value, list):
            return False
        groups = [self.after.get((field_.ref, name)) for name in value]
        return not any(group is None or _has_members(group) for group in groups)

    def _foreign(self) -> None:
        reserved = self.known.reserved - self.known.internal
        for key, item in self.wanted.items():
            if key[1].startswith(RESERVED) and key not in self.known.internal:
                self._add(item, 'name', f"names that begin with {', '.join(RESERVED)} are the platform's own")
            if key in reserved:
                self._add(item, 'name', "this name is the platform's own, and so hidden", 'rename it')
            if key in self.known.foreign:
                self._add(
                    item, 'name', f'the ODB has one of this name that is not supported yet ({self.known.foreign[key]})'
                )

    # What Zato stores and fails at later

    def _doubts(self) -> None:
        for kind, pairs in self.pairs.items():
            if kind.asked:
                self._addresses(pairs, kind.asked.address)
            for name in kind.meaning(ENDPOINT):
                for item, after in pairs:
                    if any(map(LOGIN.search, _texts_in(after, name))):
                        self._add(item, name, _in_url(kind, self.generation), is_warning=True)
            if kind.doubts:
                found = ((item, kind.doubts(after.values, self.generation, self.after)) for item, after in pairs)
                for item, doubt in ((item, doubt) for item, doubts in found for doubt in doubts):
                    self._add(item, doubt.field, doubt.text, doubt.hint, doubt.is_warning)

    def _addresses(self, pairs: Iterable[tuple[Item, Item]], name: str) -> None:
        for item, after in pairs:
            value = after.values.get(name)
            if not isinstance(value, str) or not value or HTTP.match(value):
                continue
            if '://' in value:
                self._add(item, name, f'the {name} has a scheme that is not http or https', is_warning=True)
            else:
                self._add(item, name, f'the {name} has no scheme, as in https://', is_warning=True)


@cache
def _in_url(kind: Kind, generation: str) -> str:
    text = 'there is a password in the URL: exports show it'
    # Without an ODB the generation is not known.
    names = kind.names.get(generation, frozenset(kind.by_name))
    better = [f'a {noun_of(field.ref)}' for field in logins_of(kind) if field.name in names]
    secret = next((name for name in USUAL_SECRETS if name in kind.secrets & names), '')
    if secret:
        better.append(' and '.join(name for name in ('username', secret) if name in names))
    if not better:
        return text
    return f'{text}; use {", or ".join(better)}'


def _can_use(allowed: Set[str]) -> str:
    return f'it can use: {", ".join(sorted(allowed & DEFINED))}'


def _texts_in(item: Item, field_name: str) -> Iterator[str]:
    value = item.values.get(field_name)
    names = [value]
    if isinstance(value, list):
        names = value
    for name in names:
        if isinstance(name, str) and name:
            yield name


def _has_members(group: Item) -> bool:
    return any(group.values.get(name) for name in group.kind.meaning(MEMBERS))


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
    """Finds objects that stay and refer to one that is to be deleted."""
    deleted = list(deleted)
    keys = {item.key for item in deleted}
    gone = {(item.kind.answers_to, item.name): item for item in deleted}
    for key, item in after.items():
        if key in keys:
            continue
        for field_ in item.kind.refs:
            for name in _texts_in(item, field_.name):
                if (field_.ref, name) in gone:
                    problems.append(
                        Problem(
                            item.place_of(field_.name), f"{gone[field_.ref, name]} can't be deleted: {item} uses it"
                        )
                    )
