"""Nodes of definition files -> values, typed by their fields; every problem with its place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from zatools.errors import StorageError
from zatools.files.merging import REMOVED
from zatools.files.scope import Scope
from zatools.files.sources import Sources
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, plain_value
from zatools.files.variables import Variables, has_variables, names
from zatools.kinds.model import Field
from zatools.kinds.types import INTEGER, MAPPINGS, TEXTS, TYPES, lines_of
from zatools.place import Place, Problem, Suggestions, did_you_mean
from zatools.secret import Secret, Template, credentials, credentials_in, masked
from zatools.state import Key, State
from zatools.stores.reasons import StoreError

#: What an id says that names nothing.
NO_ID = frozenset({'zato-no-security', 'ZATO_NONE', ''})
ABSENT = object()
NUL = '\0'
#: Items of one character each that are hardly meant.
FEWEST_CHARACTERS = 5
#: Characters of a text that is offered to be copied.
LONGEST_HINT = 500


class Id(int):
    """The id of an object where a file gives no name; the ODB knows which one it is."""


@dataclass(frozen=True)
class Was:
    """The names that an object had, the last one first, and where they stand."""

    names: tuple[str, ...]
    place: Place


@dataclass
class Reading:
    """What reading collects on its way: problems, notes, the sections that the files have."""

    variables: Variables
    sources: Sources = field(default_factory=Sources)
    problems: list[Problem] = field(default_factory=list)
    suggestions: Suggestions = field(default_factory=Suggestions)
    sections: set[tuple[str, str]] = field(default_factory=set)
    skip_unknown: bool = False
    scope: Scope = field(default_factory=Scope)
    has_ids: bool = False
    foreign: dict[Key, str] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    was: dict[Key, Was] = field(default_factory=dict)
    gone: dict[Key, Place] = field(default_factory=dict)
    base: State | None = None
    path: str = ''
    label: tuple[str, str] = ('', '')
    key: str = 'name'

    def add(self, node: Node, text: str, hint: str = '', is_warning: bool = False) -> None:
        """Adds a problem at a node; the caret marks its text."""
        width = 1
        if isinstance(node, Scalar):
            width = max(len(node.text), 1)
        kind, name = self.label
        label = ''
        if name:
            label = f"{kind} '{name}': "
        elif kind:
            label = f'{kind}: '
        place = Place(self.path, node.line, node.column)
        self.problems.append(Problem(place, f'{label}{text}', hint, width, is_warning=is_warning))


def read_text(scalar: Scalar, reading: Reading, is_secret: bool = False) -> Any:
    """Returns a scalar's text with its variables put in; a Template where one has no value; ABSENT after a problem."""
    if not has_variables(scalar.text):
        return _without_nul(scalar.text, scalar, reading)
    try:
        return _without_nul(reading.variables.resolve(scalar.text, is_secret), scalar, reading)
    except ValueError as error:
        reading.add(scalar, str(error))
        return ABSENT
    except StoreError as error:
        raise _unavailable(scalar, error, reading) from None


def _unavailable(scalar: Scalar, error: StoreError, reading: Reading) -> StorageError:
    kind, name = reading.label
    place = Place(reading.path, scalar.line, scalar.column)
    return StorageError(f"{place}: {kind} '{name}': {reading.key} wants {scalar.text[:200]}: {error}", error.hint)


def _without_nul(text: Any, scalar: Scalar, reading: Reading) -> Any:
    # PostgreSQL refuses the character. Other databases keep it or cut the text there, as may those who read them.
    if isinstance(text, str) and NUL in text:
        reading.add(scalar, 'a text must not have the character NUL (U+0000)')
        return ABSENT
    return text


def _choice(text: str, field_: Field, node: Node, reading: Reading) -> Any:
    for word, code in field_.all_codes:
        if text in (word, str(code)):
            return word
    if text in field_.choices or not field_.choices:
        return text
    if not text:
        return _no_choice(field_, reading)
    known = [_with_number(field_, word) for word in field_.choices]
    hint = did_you_mean(text, field_.choices) or f'one of: {", ".join(known)}'
    reading.add(node, f"{field_.name} can't be that", hint)
    return ABSENT


def _no_choice(field_: Field, reading: Reading) -> Any:
    # An ODB that holds an empty text has the default.
    defaults = {field_.default_of(generation) for generation in field_.generations}
    if len(defaults) == 1:
        return defaults.pop()
    return _absent(reading)


def _absent(reading: Reading) -> Any:
    # In an overlay it takes away what the files say.
    if reading.base is None:
        return ABSENT
    return REMOVED


def _with_number(field_: Field, word: str) -> str:
    number = field_.number_of(word)
    if number is None:
        return word
    return f'{word} ({number})'


def _scalar(field_: Field, node: Scalar, reading: Reading) -> Any:
    text = read_text(node, reading, field_.secret)
    if text is ABSENT or isinstance(text, Template):
        return text
    if field_.secret:
        if names(node.text):
            return Secret(text, source=node.text)
        return Secret(text)
    if field_.choices or field_.codes:
        return _choice(text, field_, node, reading)
    type_ = TYPES[field_.type]
    if type_.is_any:
        return plain_value(node) if text == node.text else text
    try:
        return type_.parse(text, field_.minimum, field_.maximum)
    except ValueError as error:
        reading.add(node, f'{field_.name} {error}')
        return ABSENT


def _entry(field_: Field, node: Node, reading: Reading) -> Any:
    # 3.2 writes members as mappings with a name.
    if isinstance(node, Mapping) and 'name' in node.pairs:
        node = node.pairs['name'][1]
    if isinstance(node, Scalar) and not is_null(node):
        return read_text(node, reading)
    reading.add(node, f'{field_.name}: an item must be a text')
    return ABSENT


def _doubt_characters(field_: Field, node: ItemList, reading: Reading) -> None:
    # Where a list is wanted, 4.1's own export makes an item of each character of a text, and null of a line break.
    texts = ['\n' if is_null(item) else item.text for item in node.items if isinstance(item, Scalar)]
    if len(node.items) == len(texts) >= FEWEST_CHARACTERS and all(len(text) == 1 for text in texts):
        whole, hint = ''.join(texts), ''
        if len(whole) <= LONGEST_HINT and masked(whole) == whole:
            hint = f'if it was one: {field_.name}: {json.dumps(whole, ensure_ascii=False)}'
        text = f'{field_.name} has one character an item, as exports of 4.1 write a text'
        reading.add(node, text, hint, is_warning=True)


def _lines(entry: Any) -> list[Any]:
    # The column holds one text, in which an item of two lines is two items, and a blank one is none.
    if isinstance(entry, str):
        return lines_of(entry)
    return [entry]


def _sequence(field_: Field, node: ItemList, reading: Reading) -> Any:
    type_ = TYPES[field_.type]
    if type_.items == TEXTS:
        _doubt_characters(field_, node, reading)
        entries = [entry for item in node.items if (entry := _entry(field_, item, reading)) is not ABSENT]
        if type_.is_joined:
            return '\n'.join(map(str, entries))
        if type_.is_lines:
            entries = [line for entry in entries for line in _lines(entry)]
        if field_.ref:
            return sorted(set(entries), key=str)
        return entries
    if type_.items != MAPPINGS:
        reading.add(node, f'{field_.name} must be {type_.wanted}, not a list')
        return ABSENT
    bad = next((item for item in node.items if not isinstance(item, Mapping)), None)
    if bad is None:
        return _rows(field_, node, reading)
    reading.add(bad, f'{field_.name}: an item must be a mapping')
    return ABSENT


def _any(node: Node, reading: Reading, is_secret: bool = False) -> Any:
    # A value of any shape, with the variables of its texts.
    if isinstance(node, Mapping):
        secret = set(credentials_in(plain_value(node)))
        return {key: _any(value, reading, is_secret or key in secret) for key, (_, value) in node.pairs.items()}
    if isinstance(node, ItemList):
        return [_any(item, reading, is_secret) for item in node.items]
    value = plain_value(node)
    if not isinstance(value, str) or (NUL not in value and not has_variables(value)):
        return value
    text = read_text(node, reading, is_secret)
    if text is ABSENT:
        return ''
    return text


def _rows(field_: Field, node: ItemList, reading: Reading) -> Any:
    for item in node.items:
        pair = item.pairs.get('value') if isinstance(item, Mapping) else None
        # What a variable gives is no secret in the file.
        if pair and isinstance(pair[1], Scalar) and not has_variables(pair[1].text):
            for name in credentials([plain_value(item)]):
                text = f"{field_.name}: the value of '{name}' looks like a credential, and stands here for all to read"
                reading.add(pair[1], text, 'use a security definition, or a variable', is_warning=True)
    return _any(node, reading)


def is_plain_text(node: Scalar) -> bool:
    """Tells whether a scalar is a text as it stands: the common case."""
    return NUL not in node.text and not has_variables(node.text) and not is_null(node)


def read_value(field_: Field, node: Node, reading: Reading) -> Any:
    """Returns a node as its field's type; ABSENT for null, which takes away in an overlay, and after a problem."""
    if isinstance(node, Scalar):
        if is_null(node):
            return _absent(reading)
        return _scalar(field_, node, reading)
    if TYPES[field_.type].is_any:
        return _any(node, reading)
    if isinstance(node, ItemList):
        return _sequence(field_, node, reading)
    reading.add(node, f'{field_.name} must be {TYPES[field_.type].wanted}, not a mapping')
    return ABSENT


def read_reference(field_: Field, key: str, node: Node, reading: Reading) -> Any:
    """Returns the name of what a field refers to, or its Id where a file gives no name."""
    # An id where Zato has names counts only if no name stands beside it.
    if isinstance(node, Scalar) and key.endswith('_id'):
        if node.text in NO_ID and not is_null(node):
            if node.text in field_.unread:
                why, hint = field_.unread[node.text]
                reading.add(node, f"'{key}: {node.text}' {why}, and is not read", hint, is_warning=True)
            if field_.nothing:
                return ''
            return ABSENT
        if node.text == 'ZATO_DEFAULT':
            return ABSENT
        if INTEGER.fullmatch(node.text):
            reading.has_ids = True
            return Id(node.text)
    value = read_value(field_, node, reading)
    if isinstance(value, str) and value in field_.nothing:
        return ''
    return value
