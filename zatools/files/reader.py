"""Definition files -> items: every value typed by its field, every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping as MappingType, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from zatools.files.includes import Document, Loaded, documents
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, plain_value
from zatools.files.values import ABSENT, Id, Reading, is_plain_text, read_reference, read_text, read_value
from zatools.files.variables import Variables
from zatools.kinds import KEYS_BY_TABLE, LATER_TYPES, SPELLINGS, is_later
from zatools.kinds.model import Field, Kind
from zatools.kinds.security import APIKEY, AUTO_USERNAME, BEARER, STATIC_KEYS
from zatools.place import Place, Problem, did_you_mean
from zatools.secret import Template
from zatools.state import Item, Key, State, merge, overlay

NOISE = frozenset({'id', 'cluster_id', 'cluster_name', 'opaque1'})
LEAVE_OUT = 'leave it out: --skip-unknown'
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def _is_noise(kind: Kind, key: str, node: Node) -> bool:
    if key in NOISE or (is_null(node) and key in KEYS_BY_TABLE[kind.rows[0].table]):
        return True
    if key not in kind.noise:
        return False
    allowed = kind.noise[key]
    return allowed is None or plain_value(node) in allowed


def _unknown(kind: Kind, key: Scalar, node: Node, reading: Reading) -> None:
    if key.text in kind.useless:
        reading.add(key, f"'{key.text}' means nothing to any server here", 'remove it', is_warning=True)
        return
    if key.text in kind.noise:
        reading.add(key, f"'{key.text}' is not supported with this value")
        return
    known = [name for name in kind.lookup if name not in NOISE]
    reading.add(key, f"unknown key '{key.text}'", did_you_mean(key.text, known))


def _set(item: Item, field_: Field, key: Scalar, node: Node, reading: Reading, pairs: Iterable[str]) -> None:
    value = (
        read_reference(field_, key.text, node, reading)
        if field_.ref and field_.type == 'text'
        else read_value(field_, node, reading)
    )
    if value is ABSENT:
        return
    known = item.values.get(field_.name, ABSENT)
    if known is not ABSENT and not isinstance(known, Id):
        if known != value and not isinstance(value, Id):
            other = next(name for name in pairs if item.kind.lookup.get(name) is field_)
            reading.add(node, f"'{key.text}' contradicts '{other}' in line {item.places[field_.name].line}")
        return
    item.values[field_.name] = value
    item.places[field_.name] = Place(reading.path, node.line, node.column)
    if field_.ref and isinstance(node, ItemList):
        _note_entries(item, field_, node, reading.path)


def _note_entries(item: Item, field_: Field, node: ItemList, path: str) -> None:
    for entry in node.items:
        # 3.2 writes members as mappings with a name.
        named = entry.pairs['name'][1] if isinstance(entry, Mapping) and 'name' in entry.pairs else entry
        if isinstance(named, Scalar):
            item.places[f'{field_.name}/{named.text}'] = Place(path, named.line, named.column)


def _name(node: Mapping, reading: Reading) -> str:
    pair = node.pairs.get('name')
    if pair is None or not isinstance(pair[1], Scalar) or is_null(pair[1]):
        if pair and not isinstance(pair[1], Scalar):
            reading.add(pair[1], 'a name must be a text, not a list or a mapping')
        else:
            reading.add(pair[0] if pair else node, 'an item must have a name')
        return ''
    text = read_text(pair[1], reading)
    if not isinstance(text, str):
        if isinstance(text, Template):
            reading.add(pair[1], f'a name {text.need}')
        return ''
    if not text.strip() or CONTROL.search(text):
        reading.add(pair[1], 'a name must not be blank or have control characters')
        return ''
    return text


def _types(kinds: Sequence[Kind]) -> str:
    return f'one of: {", ".join(kind.type for kind in kinds)}'


def _typed(kinds: Sequence[Kind], node: Mapping, name: str, reading: Reading) -> Kind | None:
    pair = node.pairs.get('type')
    if pair is None:
        known = (reading.base or {}).get(('security', name))
        if known:
            return known.kind
        if reading.base is not None:
            names = (other for section, other in reading.base if section == 'security')
            reading.label = '', ''
            hint = reading.suggestions.did_you_mean(name, names)
            reading.add(node, f"overlay: there is no security definition '{name}' in the files", hint)
            return None
        reading.add(node, 'a security definition must have a type', _types(kinds))
        return None
    text = pair[1].text if isinstance(pair[1], Scalar) else ''
    for kind in kinds:
        if text == kind.type or (text in kind.aliases):
            return kind
    if text in LATER_TYPES:
        reading.foreign['security', name] = text
        reading.add(pair[1], f"security type '{text}' is not supported yet", is_warning=reading.skip_unknown)
        return None
    near = did_you_mean(text, [kind.type for kind in kinds])
    reading.add(pair[1], f"unknown security type '{text}'", f'{near} {_types(kinds)}'.strip())
    return None


def _transported(kinds: Sequence[Kind], node: Mapping, reading: Reading) -> Kind | None:
    said = {key: plain_value(node.pairs[key][1]) for key in ('connection', 'transport') if key in node.pairs}
    for kind in kinds:
        if kind.rows[0].match == said:
            return kind
    reading.add(node, 'http_soap needs connection (channel or outgoing) and transport (plain_http or soap)')
    return None


def _kind(document: Document, node: Mapping, name: str, reading: Reading) -> Kind | None:
    kinds = SPELLINGS[document.section]
    if len(kinds) == 1:
        return kinds[0]
    if document.section == 'http_soap':
        return _transported(kinds, node, reading)
    return _typed(kinds, node, name, reading)


def _old_header(item: Item, section: str) -> None:
    # In early 3.2 an API key's user name is the name of its header.
    username = item.values.get('username', '')
    if section == 'security' or 'header' in item.values or not isinstance(username, str) or not username:
        return
    del item.values['username']
    if not username.startswith(AUTO_USERNAME):
        item.values['header'] = username
        item.places['header'] = item.places['username']


def _mend(item: Item, section: str, node: Mapping) -> None:
    if item.kind is APIKEY:
        _old_header(item, section)
        username = item.values.get('username', '')
        if str(username).startswith(AUTO_USERNAME) or (username and username == item.values.get('header')):
            del item.values['username']
    elif item.kind is BEARER and node.pairs.keys() & set(STATIC_KEYS):
        item.values.setdefault('is_static_token', True)
        if str(item.values.get('username', '')).startswith(AUTO_USERNAME):
            del item.values['username']


def _required_of(item: Item) -> frozenset[str]:
    # A token is fetched with a user name: both platforms fail without one.
    is_fetched = item.kind is BEARER and item.values.get('auth_endpoint') and not item.values.get('is_static_token')
    return frozenset({'username'} if is_fetched else ())


def _required(item: Item, reading: Reading) -> None:
    missing = {name for name in (item.kind.required - {'name'}) | _required_of(item) if not item.values.get(name)}
    if not missing:
        return
    form = 'def_name' if 'def_name' in item.values or 'address' not in item.values else 'address'
    for name in item.kind.by_name:
        if name not in missing or (name in ('def_name', 'address') and name != form):
            continue
        text = f"{item}: '{name}' is missing"
        if name == 'def_name':
            text = f"{item}: 'def_name' (3.2) or 'address' (4.1) is missing"
        reading.problems.append(Problem(item.place, text, width=1))


def _item(document: Document, node: Node, reading: Reading) -> Item | None:
    reading.path, reading.label = document.path, (document.section, '')
    if not isinstance(node, Mapping):
        reading.add(node, 'an item must be a mapping')
        return None
    name = _name(node, reading)
    reading.label = document.section, name
    kind = _kind(document, node, name, reading)
    if kind is None:
        return None
    reading.label = kind.label, name
    item = Item(kind, {'name': name}, {}, Place(document.path, node.line, node.column))
    values, lookup, problems = item.values, kind.lookup, len(reading.problems)
    for key, (key_node, value) in node.pairs.items():
        found = lookup.get(key)
        if found is not None:
            if found.is_plain and type(value) is Scalar and found.name not in values and is_plain_text(value):
                values[found.name] = value.text
                item.places[found.name] = Place(document.path, value.line, value.column)
            elif key == 'name':
                item.places['name'] = Place(document.path, value.line, value.column)
            else:
                _set(item, found, key_node, value, reading, node.pairs)
        elif key == 'type' and kind.type:
            item.places['type'] = Place(document.path, value.line, value.column)
        elif not _is_noise(kind, key, value):
            _unknown(kind, key_node, value, reading)
    _mend(item, document.section, node)
    if reading.base is None and problems == len(reading.problems):
        _required(item, reading)
    return item if name else None


def _note_section(document: Document, kind: Kind | None, reading: Reading) -> None:
    kinds = SPELLINGS[document.section]
    if document.section == 'http_soap':
        if kind:
            reading.sections.add((kind.section, ''))
    else:
        is_one_type = kinds[0].section == 'security' and len(kinds) == 1
        reading.sections.add((kinds[0].section, kinds[0].type if is_one_type else ''))


def _texts(node: Node) -> Iterable[str]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield node.text
        else:
            waiting += [pair[1] for pair in node.pairs.values()] if isinstance(node, Mapping) else node.items


def _foreign(document: Document, reading: Reading) -> None:
    section = document.section
    names = [node.pairs['name'][1] for node in document.items if isinstance(node, Mapping) and 'name' in node.pairs]
    reading.foreign.update({(section, name.text): section for name in names if isinstance(name, Scalar)})
    for node in document.items:
        reading.mentioned.update(_texts(node))
    if reading.scope.has_section(section):
        _unread(document, reading)


def _unread(document: Document, reading: Reading) -> None:
    section = document.section
    reading.path, reading.label = document.path, ('', '')
    if is_later(section):
        text, hint = f"section '{section}' is not supported yet", LEAVE_OUT
    else:
        text, hint = f"unknown section '{section}'", did_you_mean(section, SPELLINGS) or LEAVE_OUT
    if document.items or not is_later(section):
        reading.add(document.key, text, '' if reading.skip_unknown else hint, is_warning=reading.skip_unknown)


def _section(document: Document, reading: Reading) -> Iterable[Item]:
    if document.section not in SPELLINGS:
        _foreign(document, reading)
        return
    _note_section(document, None, reading)
    for node in document.items:
        count = len(reading.problems)
        item = _item(document, node, reading)
        if not reading.scope.has_node(document.section, node):
            del reading.problems[count:]
        if item is not None:
            if document.section == 'http_soap':
                _note_section(document, item.kind, reading)
            yield item


@dataclass(frozen=True)
class Read:
    """What was read: the wanted state, its problems and notes, the files, the sections they have.

    `has_unset` tells whether a variable has no value, `has_ids` whether an id stands where a name should; `foreign` are
    objects of kinds that are not supported yet, `mentioned` the texts in them, `secrets` values of secret variables.
    """

    state: State
    problems: list[Problem]
    sources: Sources
    files: int
    sections: frozenset[tuple[str, str]]
    has_unset: bool
    has_ids: bool
    foreign: MappingType[Key, str]
    mentioned: frozenset[str] = frozenset()
    scope: Scope = EVERYTHING
    secrets: frozenset[str] = frozenset()

    @property
    def counted(self) -> State:
        """The objects whose problems count: those of the sections that --type names."""
        return {key: item for key, item in self.state.items() if self.scope.has(item.kind)}

    @property
    def errors(self) -> list[Problem]:
        """The problems that are no warnings."""
        return [problem for problem in self.problems if not problem.is_warning]


def _items(loaded: Loaded, reading: Reading) -> MappingType[bool, list[Item]]:
    # Those whose problems count, and the others.
    found: dict[bool, list[Item]] = {True: [], False: []}
    for document in loaded.documents:
        for item in _section(document, reading):
            found[reading.scope.has(item.kind)].append(item)
    return found


def read(
    paths: Sequence[str],
    stdin: BinaryIO,
    environ: MappingType[str, str],
    *,
    overlays: Sequence[str] = (),
    on_conflict: str = '',
    skip_unknown: bool = False,
    scope: Scope = EVERYTHING,
) -> Read:
    """Reads definition files, folders and globs, and overlays over them. Problems are returned, not raised."""
    reading = Reading(Variables(environ), skip_unknown=skip_unknown, scope=scope)
    loaded = documents(paths, stdin, reading.sources, reading.problems, scope)
    items = _items(loaded, reading)
    state = merge(items[False], on_conflict, []) | merge(items[True], on_conflict, reading.problems)
    sections = frozenset(reading.sections)
    for path in overlays:
        reading.base = state
        items = _items(documents([path], stdin, reading.sources, reading.problems, scope), reading)
        overlay(state, items[False], [])
        overlay(state, items[True], reading.problems)
    return Read(
        state,
        reading.problems,
        reading.sources,
        len(loaded.files),
        sections,
        reading.variables.has_unset,
        reading.has_ids,
        reading.foreign,
        frozenset(reading.mentioned),
        scope,
        frozenset(reading.variables.secret),
    )
