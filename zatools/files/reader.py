"""Definition files -> items: every value typed by its field, every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping as MappingType, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from zatools.files import moves as moving
from zatools.files.includes import Document, Loaded, documents
from zatools.files.merging import merge, overlay
from zatools.files.moves import Moves
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, plain_value
from zatools.files.values import ABSENT, Id, Reading, is_plain_text, read_reference, read_text, read_value
from zatools.files.variables import Variables, names, own_name
from zatools.kinds import KEYS_BY_TABLE, SPELLINGS, kinds_of
from zatools.kinds.beside import ELSEWHERE
from zatools.kinds.model import FREE, Field, Kind
from zatools.kinds.traits import DEFINITION
from zatools.place import Place, Problem, did_you_mean
from zatools.secret import Template
from zatools.state import Item, Key, State

#: Keys that Zato's own exports have in every item, and that say nothing about it.
NOISE = frozenset({'id', 'cluster_id', 'cluster_name', 'opaque1'})
LEAVE_OUT = 'leave it out: --skip-unknown'
#: What files say that rename nothing and delete nothing.
NO_MOVES = Moves()
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
    reading.key = key.text
    if field_.ref and field_.type == 'text':
        value = read_reference(field_, key.text, node, reading)
    else:
        value = read_value(field_, node, reading)
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


def _set_free(item: Item, key: Scalar, node: Node, reading: Reading) -> None:
    # A key that no kind declares. Who exports one that holds a secret calls the variable after the object.
    fields = item.kind.by_name
    if isinstance(node, Scalar) and _is_own_variable(item, key.text, node.text):
        fields.hide(key.text)
    field = fields[key.text]
    if not isinstance(plain_value(node), str):
        # A flag or a number is no secret, whatever its name.
        field = replace(field, secret=False)
    _set(item, field, key, node, reading, ())


def _is_own_variable(item: Item, key: str, text: str) -> bool:
    try:
        found = names(text)
    except ValueError:
        return False
    return len(found) == 1 and found[0].startswith(own_name(item.kind.section, item.name, key))


def _note_entries(item: Item, field_: Field, node: ItemList, path: str) -> None:
    for entry in node.items:
        # 3.2 writes members as mappings with a name.
        if isinstance(entry, Mapping) and 'name' in entry.pairs:
            entry = entry.pairs['name'][1]
        if isinstance(entry, Scalar):
            item.places[f'{field_.name}/{entry.text}'] = Place(path, entry.line, entry.column)


def _name(kind: Kind, node: Mapping, reading: Reading) -> str:
    if not kind.is_named:
        return _made_name(kind, '', node)
    pair = node.pairs.get('name')
    if pair is None:
        reading.add(node, 'an item must have a name')
        return ''
    if not isinstance(pair[1], Scalar):
        reading.add(pair[1], 'a name must be a text, not a list or a mapping')
        return ''
    if is_null(pair[1]):
        reading.add(pair[0], 'an item must have a name')
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


def _made_name(kind: Kind, section: str, node: Mapping) -> str:
    # An object without a name of its own is called by what it refers to. Missing references are reported with the other
    # fields.
    texts = {found.name: value for key, (_, value) in node.pairs.items() if (found := kind.lookup.get(key))}
    named = {name: value.text for name, value in texts.items() if isinstance(value, Scalar) and not is_null(value)}
    if kind.by_section and kind.by_section.value_of(section):
        named[kind.by_section.field] = kind.by_section.value_of(section)
    return kind.name_of(named)


def _types(kinds: Sequence[Kind]) -> str:
    return f'one of: {", ".join(kind.type for kind in kinds)}'


def _typed(kinds: Sequence[Kind], node: Mapping, name: str, reading: Reading) -> Kind | None:
    section, noun = kinds[0].section, kinds[0].called
    pair = node.pairs.get('type')
    if pair is None:
        known = (reading.base or {}).get((section, name))
        if known:
            return known.kind
        if reading.base is not None:
            names = (other for where, other in reading.base if where == section)
            reading.label = '', ''
            hint = reading.suggestions.did_you_mean(name, names)
            reading.add(node, f"overlay: there is no {noun} '{name}' in the files", hint)
            return None
        reading.add(node, f'a {noun} must have a type', _types(kinds))
        return None
    text = ''
    if isinstance(pair[1], Scalar):
        text = pair[1].text
    for kind in kinds:
        if text in kind.form['type']:
            return kind
    others = [kind for kind in SPELLINGS.get(text, ()) if kind.role == DEFINITION]
    if others:
        # What has a section of its own, as CA certificates have.
        return others[0]
    near = did_you_mean(text, [kind.type for kind in kinds])
    reading.add(pair[1], f"unknown {section} type '{text}'", f'{near} {_types(kinds)}'.strip())
    return None


def _is_of(kind: Kind, node: Mapping) -> bool:
    if kind.keys:
        return any(key in node.pairs for key in kind.keys)
    return all(key in node.pairs and plain_value(node.pairs[key][1]) in words for key, words in kind.form.items())


def _formed(section: str, kinds: Sequence[Kind], node: Mapping, reading: Reading) -> Kind | None:
    for kind in kinds:
        if _is_of(kind, node):
            return kind
        if kind.is_untold and not kind.form.keys() & node.pairs.keys():
            return kind
    words: dict[str, list[str]] = {}
    for kind in kinds:
        for key, said in kind.form.items():
            words.setdefault(key, []).extend(said)
    wanted = [f'{key} ({" or ".join(dict.fromkeys(said))})' for key, said in words.items()]
    either = ' or '.join(dict.fromkeys(kind.keys[0] for kind in kinds if kind.keys))
    reading.add(node, f'{section} needs {" and ".join(wanted) or either}')
    return None


def _kind(document: Document, node: Mapping, name: str, reading: Reading) -> Kind | None:
    kinds = kinds_of(document.section)
    if kinds[0].type and len(kinds) > 1:
        return _typed(kinds, node, name, reading)
    if document.section in kinds[0].shared:
        return _formed(document.section, kinds, node, reading)
    return kinds[0]


def _required(item: Item, reading: Reading) -> None:
    kind, values = item.kind, item.values
    needed = {one.name for one in kind.needed if one.is_by(values)}
    missing = {name for name in (kind.required - {'name'}) | needed if not values.get(name)}
    if not missing:
        return
    # Of the fields that stand for each other in the two generations, only one is reported: the given one, or the first.
    either = [field.name for field in kind.either]
    form = next((name for name in either if name in values), next(iter(either), ''))
    for name, field in kind.by_name.items():
        if name not in missing or (name in either and name != form):
            continue
        text = f"{item}: '{field.keys[0]}' is missing"
        if name in either and name == either[0]:
            text = f'{item}: {_choice(kind)} is missing'
        reading.problems.append(Problem(item.place, text, width=1))


def _choice(kind: Kind) -> str:
    return ' or '.join(f"'{field.name}' ({field.generations[0]})" for field in kind.either)


def _undeclared(item: Item, key: Scalar, node: Node, reading: Reading) -> None:
    if item.kind.is_open and FREE.fullmatch(key.text):
        _set_free(item, key, node, reading)
    else:
        _unknown(item.kind, key, node, reading)


def _item(document: Document, node: Node, reading: Reading) -> Item | None:
    reading.path, reading.label = document.path, (document.section, '')
    if not isinstance(node, Mapping):
        reading.add(node, 'an item must be a mapping')
        return None
    name = _name(kinds_of(document.section)[0], node, reading)
    reading.label = document.section, name
    kind = _kind(document, node, name, reading)
    if kind is None:
        return None
    if not kind.is_named:
        name = _made_name(kind, document.section, node)
    reading.label = kind.label, name
    item = Item(kind, {'name': name}, {}, Place(document.path, node.line, node.column))
    values, lookup, problems = item.values, kind.lookup, len(reading.problems)
    for key, (key_node, value) in node.pairs.items():
        found = lookup.get(key)
        if found is not None:
            if found.is_plain and type(value) is Scalar and found.name not in values and is_plain_text(value):
                values[found.name] = value.text
                item.places[found.name] = Place(document.path, value.line, value.column)
            elif key == 'name' and kind.is_named:
                item.places['name'] = Place(document.path, value.line, value.column)
            else:
                _set(item, found, key_node, value, reading, node.pairs)
        elif key == 'type' and kind.type:
            item.places['type'] = Place(document.path, value.line, value.column)
        elif key not in moving.KEYS and not _is_noise(kind, key, value):
            _undeclared(item, key_node, value, reading)
    if kind.by_section and kind.by_section.value_of(document.section):
        values[kind.by_section.field] = kind.by_section.value_of(document.section)
    if not kind.is_named:
        # By what the fields mean, their variables put in.
        values['name'] = name = kind.name_of(values)
    if kind.mend:
        kind.mend(values, item.places, node.pairs.keys(), document.section)
    if moving.KEYS & node.pairs.keys():
        return _moved(item, node, document.section, reading)
    if reading.base is None and problems == len(reading.problems):
        _required(item, reading)
    if not name:
        return None
    return item


def _moved(item: Item, node: Mapping, section: str, reading: Reading) -> Item | None:
    # One that had another name, or that is to go.
    if not item.name:
        return None
    if moving.is_gone(node, reading):
        if reading.scope.has(item.kind) and item.place:
            reading.gone[item.key] = item.place
        return None
    was = moving.read_was(item.kind, item.name, node, reading)
    if was:
        names = tuple(_mended(item, name, node, section) for name in was.names)
        reading.was[item.key] = replace(was, names=names)
    if reading.base is None:
        _required(item, reading)
    return item


def _mended(item: Item, name: str, node: Mapping, section: str) -> str:
    # What an object is called may be made of its name and more.
    if not item.kind.mend:
        return name
    values = {**item.values, 'name': name}
    item.kind.mend(values, {}, node.pairs.keys(), section)
    return str(values['name'])


def _sections(spelling: str) -> frozenset[tuple[str, str]]:
    # What a section of a file counts as: one of several kinds as the sections that its items are of.
    kinds = kinds_of(spelling)
    if len(kinds) == 1:
        by_section = kinds[0].by_section
        return frozenset({(kinds[0].section, by_section.value_of(spelling) if by_section else kinds[0].type)})
    if len({one.section for one in kinds}) == 1:
        return frozenset({(kinds[0].section, '')})
    if all(len(one.generations) == 1 for one in kinds):
        # An ODB has objects of one of them only.
        return frozenset((one.section, '') for one in kinds)
    return frozenset()


def _texts(node: Node) -> Iterable[str]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield node.text
        elif isinstance(node, Mapping):
            waiting.extend(value for _, value in node.pairs.values())
        else:
            waiting.extend(node.items)


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
    if section in ELSEWHERE:
        if document.items:
            text = f"section '{section}' is left out: {ELSEWHERE[section]}"
            reading.add(document.key, text, is_warning=True)
        return
    hint = ''
    if not reading.skip_unknown:
        hint = did_you_mean(section, SPELLINGS) or LEAVE_OUT
    reading.add(document.key, f"unknown section '{section}'", hint, is_warning=reading.skip_unknown)


def _each(document: Document) -> Iterable[Node]:
    # An item may stand for several: one for each entry of a list.
    kinds = [kind for kind in kinds_of(document.section) if kind.each]
    if not kinds:
        return document.items
    return [one for node in document.items for one in _parts(node, kinds)]


def _parts(node: Node, kinds: Iterable[Kind]) -> Iterable[Node]:
    if isinstance(node, Mapping):
        for key, single in (kind.each for kind in kinds if kind.each and _is_of(kind, node)):
            word, entries = node.pairs.get(key, (None, None))
            if word and isinstance(entries, ItemList) and entries.items:
                rest = {name: pair for name, pair in node.pairs.items() if name != key}
                return [Mapping({**rest, single: (word, one)}, node.line, node.column) for one in entries.items]
    return [node]


def _section(document: Document, reading: Reading) -> Iterable[Item]:
    if not kinds_of(document.section):
        _foreign(document, reading)
        return
    sections = _sections(document.section)
    reading.sections |= sections
    for node in _each(document):
        count = len(reading.problems)
        item = _item(document, node, reading)
        if not reading.scope.has_node(document.section, node):
            del reading.problems[count:]
        if item is not None:
            if not sections:
                reading.sections.add((item.kind.section, item.kind.sort_of(item.values)))
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
    moves: Moves = NO_MOVES

    @property
    def counted(self) -> State:
        """The objects whose problems count: those of the sections that --type names."""
        if not self.scope.types:
            return self.state
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


@dataclass(frozen=True)
class How:
    """How files are read: what goes over them, which of two objects that differ counts, and how much of them counts.

    `drafts` are read in place of files, by their real paths.
    """

    overlays: tuple[str, ...] = ()
    on_conflict: str = ''
    skip_unknown: bool = False
    scope: Scope = EVERYTHING
    drafts: MappingType[str, bytes] | None = None
    asks_stores: bool = True


#: As files are read unless somebody says more.
PLAIN = How()


def read(paths: Sequence[str], stdin: BinaryIO, environ: MappingType[str, str], how: How = PLAIN) -> Read:
    """Reads definition files, folders and globs, and overlays over them. Problems are returned, not raised."""
    scope = how.scope
    reading = Reading(Variables(environ, how.asks_stores), skip_unknown=how.skip_unknown, scope=scope)
    reading.sources.drafts = how.drafts or {}
    loaded = documents(paths, stdin, reading.sources, reading.problems, scope)
    items = _items(loaded, reading)
    state = merge(items[False], how.on_conflict, []) | merge(items[True], how.on_conflict, reading.problems)
    sections = frozenset(reading.sections)
    moves = Moves(reading.was, reading.gone)
    moving.check(moves, state, reading.problems)
    for path in how.overlays:
        reading.base = state
        items = _items(documents([path], stdin, reading.sources, reading.problems, scope), reading)
        overlay(state, items[False], [])
        overlay(state, items[True], reading.problems)
        for key in moves.gone.keys() & state.keys():
            # What is everywhere else may be absent here.
            del state[key]
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
        moves,
    )
