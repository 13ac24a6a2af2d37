"""Definition files -> items: every value typed by its field, every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping as MappingType, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from zatools.files.includes import Document, documents
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, plain_value
from zatools.files.variables import Variables, has_variables
from zatools.kinds import LATER, SPELLINGS
from zatools.kinds.model import Field, Kind
from zatools.kinds.security import APIKEY, AUTO_USERNAME, BEARER
from zatools.place import Place, Problem, did_you_mean
from zatools.secret import Secret, Template
from zatools.state import REMOVED, Item, State, merge, overlay

NO_SECURITY = frozenset({'zato-no-security', 'ZATO_NONE', ''})
NOISE = frozenset({'id', 'cluster_id', 'cluster_name', 'opaque1'})
BOOLEANS = {
    word: value
    for value, words in ((True, 'true yes on y t 1'), (False, 'false no off n f 0'))
    for word in words.split()
}
INTEGER = re.compile(r'[-+]?[0-9]+')
ABSENT = object()
CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


class Id(int):
    """The id of an object where a file gives no name; the ODB knows which one it is."""


@dataclass
class Reading:
    """What reading collects on its way: problems, notes, the sections that the files have."""

    variables: Variables
    sources: Sources = field(default_factory=Sources)
    problems: list[Problem] = field(default_factory=list)
    sections: set[tuple[str, str]] = field(default_factory=set)
    skip_unknown: bool = False
    base: State | None = None
    path: str = ''
    label: tuple[str, str] = ('', '')

    def add(self, node: Node, text: str, hint: str = '', is_warning: bool = False) -> None:
        """Adds a problem at a node; the caret marks its text."""
        width = max(len(node.text), 1) if isinstance(node, Scalar) else 1
        kind, name = self.label
        label = f"{kind} '{name}': " if name else f'{kind}: ' if kind else ''
        place = Place(self.path, node.line, node.column)
        self.problems.append(Problem(place, f'{label}{text}', hint, width, is_warning=is_warning))


def _text(scalar: Scalar, reading: Reading) -> Any:
    if not has_variables(scalar.text):
        return scalar.text
    try:
        return reading.variables.resolve(scalar.text)
    except ValueError as error:
        reading.add(scalar, str(error))
        return ABSENT


def _number(text: str, field_: Field, node: Node, reading: Reading) -> Any:
    is_number = INTEGER.fullmatch(text.strip())
    if not is_number or len(text) > 18:
        reading.add(node, f'{field_.name} is too large' if is_number else f'{field_.name} must be a whole number')
        return ABSENT
    value = int(text)
    low, high = field_.minimum, field_.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        wanted = f'from {low} to {high}' if high is not None else f'at least {low}'
        reading.add(node, f'{field_.name} must be {wanted}')
        return ABSENT
    return value


def _boolean(text: str, field_: Field, node: Node, reading: Reading) -> Any:
    value = BOOLEANS.get(text.strip().lower(), ABSENT)
    if value is ABSENT:
        reading.add(node, f'{field_.name} must be true or false')
    return value


def _choice(text: str, field_: Field, node: Node, reading: Reading) -> Any:
    for word, code in field_.codes.items():
        if text in (word, str(code)):
            return word
    if text in field_.choices or not text:
        return text
    known = [f'{word} ({field_.codes[word]})' if word in field_.codes else word for word in field_.choices]
    hint = did_you_mean(text, field_.choices) or f'one of: {", ".join(known)}'
    reading.add(node, f"{field_.name} can't be that", hint)
    return ABSENT


def _scalar(field_: Field, node: Scalar, reading: Reading) -> Any:
    text = _text(node, reading)
    if text is ABSENT or isinstance(text, Template):
        return text
    if field_.secret:
        return Secret(text, node.text if has_variables(node.text) else '')
    if field_.type == 'text':
        return _choice(text, field_, node, reading) if field_.choices else text
    if field_.type == 'integer':
        return _number(text, field_, node, reading)
    if field_.type == 'boolean':
        return _boolean(text, field_, node, reading)
    if field_.type == 'lines':
        return [line for line in text.splitlines() if line.strip()]
    if field_.type == 'any':
        return plain_value(node)
    if field_.type == 'list' and not text:
        return []
    reading.add(node, f'{field_.name} must be a list')
    return ABSENT


def _entry(field_: Field, node: Node, reading: Reading) -> Any:
    # 3.2 writes members as mappings with a name.
    if isinstance(node, Mapping) and 'name' in node.pairs:
        node = node.pairs['name'][1]
    if isinstance(node, Scalar) and not is_null(node):
        return _text(node, reading)
    reading.add(node, f'{field_.name}: an item must be a text')
    return ABSENT


def _sequence(field_: Field, node: ItemList, reading: Reading) -> Any:
    if field_.type in ('list', 'lines'):
        entries = [entry for item in node.items if (entry := _entry(field_, item, reading)) is not ABSENT]
        return sorted(set(entries), key=str) if field_.ref else entries
    if field_.type == 'rows':
        bad = next((item for item in node.items if not isinstance(item, Mapping)), None)
        if bad is None:
            return plain_value(node)
        reading.add(bad, f'{field_.name}: an item must be a mapping')
        return ABSENT
    reading.add(node, f'{field_.name} must be {_wanted(field_)}, not a list')
    return ABSENT


def _wanted(field_: Field) -> str:
    return {'text': 'a text', 'integer': 'a number', 'boolean': 'true or false', 'any': 'a value'}.get(
        field_.type, 'a list'
    )


def _is_plain(node: Scalar) -> bool:
    return not has_variables(node.text) and not is_null(node)


def _value(field_: Field, node: Node, reading: Reading) -> Any:
    if isinstance(node, Scalar):
        if is_null(node):
            return ABSENT if reading.base is None else REMOVED
        return _scalar(field_, node, reading)
    if field_.type == 'any':
        return plain_value(node)
    if isinstance(node, ItemList):
        return _sequence(field_, node, reading)
    reading.add(node, f'{field_.name} must be {_wanted(field_)}, not a mapping')
    return ABSENT


def _reference(field_: Field, key: str, node: Node, reading: Reading) -> Any:
    # An id where Zato has names counts only if no name stands beside it.
    if isinstance(node, Scalar) and key.endswith('_id'):
        if node.text in NO_SECURITY and not is_null(node):
            return '' if field_.name == 'security' else ABSENT
        if node.text == 'ZATO_DEFAULT':
            return ABSENT
        if INTEGER.fullmatch(node.text):
            return Id(node.text)
    value = _value(field_, node, reading)
    if field_.name == 'security' and isinstance(value, str) and value in NO_SECURITY:
        return ''
    return value


def _is_noise(kind: Kind, key: str, node: Node) -> bool:
    if key in NOISE:
        return True
    if key not in kind.noise:
        return False
    allowed = kind.noise[key]
    return allowed is None or plain_value(node) in allowed


def _unknown(kind: Kind, key: Scalar, node: Node, reading: Reading) -> None:
    if key.text in kind.noise:
        reading.add(key, f"'{key.text}' is not supported with this value")
        return
    known = [name for name in kind.lookup if name not in NOISE]
    reading.add(key, f"unknown key '{key.text}'", did_you_mean(key.text, known))


def _set(item: Item, field_: Field, key: Scalar, node: Node, reading: Reading) -> None:
    value = (
        _reference(field_, key.text, node, reading)
        if field_.ref and field_.type == 'text'
        else _value(field_, node, reading)
    )
    if value is ABSENT:
        return
    known = item.values.get(field_.name, ABSENT)
    if known is not ABSENT and not isinstance(known, Id):
        if known != value and not isinstance(value, Id):
            reading.add(node, f"'{key.text}' contradicts '{field_.name}' in line {item.places[field_.name].line}")
        return
    item.values[field_.name] = value
    item.places[field_.name] = Place(reading.path, node.line, node.column)


def _name(node: Mapping, reading: Reading) -> str:
    pair = node.pairs.get('name')
    if pair is None or not isinstance(pair[1], Scalar) or is_null(pair[1]):
        reading.add(pair[0] if pair else node, 'an item must have a name')
        return ''
    text = _text(pair[1], reading)
    if not isinstance(text, str):
        if isinstance(text, Template):
            reading.add(pair[1], f'a name needs {", ".join(text.names)}, which is not set')
        return ''
    if not text.strip() or CONTROL.search(text):
        reading.add(pair[1], 'a name must not be blank or have control characters')
        return ''
    return text


def _typed(kinds: Sequence[Kind], node: Mapping, name: str, reading: Reading) -> Kind | None:
    pair = node.pairs.get('type')
    if pair is None:
        known = (reading.base or {}).get(('security', name))
        if known:
            return known.kind
        reading.add(node, 'a security definition must have a type')
        return None
    text = pair[1].text if isinstance(pair[1], Scalar) else ''
    for kind in kinds:
        if text == kind.type or (text in kind.aliases):
            return kind
    if text in LATER:
        reading.add(pair[1], f"security type '{text}' is not supported yet", is_warning=reading.skip_unknown)
        return None
    reading.add(pair[1], f"unknown security type '{text}'", did_you_mean(text, [kind.type for kind in kinds]))
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
        if str(item.values.get('username', '')).startswith(AUTO_USERNAME):
            del item.values['username']
    elif item.kind is BEARER and node.pairs.keys() & {'static_token', 'static_header', 'static_prefix'}:
        item.values.setdefault('is_static_token', True)


def _required(item: Item, reading: Reading) -> None:
    missing = {name for name in item.kind.required - {'name'} if not item.values.get(name)}
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
            if found.is_plain and type(value) is Scalar and found.name not in values and _is_plain(value):
                values[found.name] = value.text
                item.places[found.name] = Place(document.path, value.line, value.column)
            elif key == 'name':
                item.places['name'] = Place(document.path, value.line, value.column)
            else:
                _set(item, found, key_node, value, reading)
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


def _section(document: Document, reading: Reading) -> Iterable[Item]:
    if document.section not in SPELLINGS:
        reading.path, reading.label = document.path, ('', '')
        is_later = document.section in LATER or document.section.startswith('custom_')
        text = (
            f"section '{document.section}' is not supported yet"
            if is_later
            else f"unknown section '{document.section}'"
        )
        hint = 'leave it out: --skip-unknown' if is_later else did_you_mean(document.section, SPELLINGS)
        if document.items or not is_later:
            reading.add(document.key, text, '' if reading.skip_unknown else hint, is_warning=reading.skip_unknown)
        return
    _note_section(document, None, reading)
    for node in document.items:
        item = _item(document, node, reading)
        if item is not None:
            if document.section == 'http_soap':
                _note_section(document, item.kind, reading)
            yield item


@dataclass(frozen=True)
class Read:
    """What was read: the wanted state, its problems and notes, the files, the sections they have."""

    state: State
    problems: list[Problem]
    sources: Sources
    files: int
    sections: frozenset[tuple[str, str]]

    @property
    def errors(self) -> list[Problem]:
        """The problems that are no warnings."""
        return [problem for problem in self.problems if not problem.is_warning]


def read(
    paths: Sequence[str],
    stdin: BinaryIO,
    environ: MappingType[str, str],
    *,
    overlays: Sequence[str] = (),
    on_conflict: str = '',
    skip_unknown: bool = False,
) -> Read:
    """Reads definition files, folders and globs, and overlays over them. Problems are returned, not raised."""
    reading = Reading(Variables(environ), skip_unknown=skip_unknown)
    loaded = documents(paths, stdin, reading.sources, reading.problems)
    items = [item for document in loaded.documents for item in _section(document, reading)]
    state = merge(items, on_conflict, reading.problems)
    sections = frozenset(reading.sections)
    for path in overlays:
        reading.base = state
        more = documents([path], stdin, reading.sources, reading.problems)
        overlay(state, [item for document in more.documents for item in _section(document, reading)], reading.problems)
    return Read(state, reading.problems, reading.sources, len(loaded.files), sections)
