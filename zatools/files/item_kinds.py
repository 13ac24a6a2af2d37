"""What an item of a file is: its kind, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence

from zatools.files.includes import Document
from zatools.files.tree import Mapping, Scalar, is_null, plain_value
from zatools.files.values import Reading, read_text
from zatools.kinds import SPELLINGS, kinds_of
from zatools.kinds.model import Kind
from zatools.kinds.traits import DEFINITION
from zatools.place import did_you_mean
from zatools.secret import Template
from zatools.state import is_no_name


def name_of(kind: Kind, node: Mapping, reading: Reading) -> str:
    """Returns the name that an item gives, or what its object is called; '' with a problem."""
    if not kind.is_named:
        return made_name(kind, '', node)
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
    if is_no_name(text):
        reading.add(pair[1], 'a name must not be blank or have control characters')
        return ''
    return text


def made_name(kind: Kind, section: str, node: Mapping) -> str:
    """Returns what an object without a name of its own is called."""
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


def is_of(kind: Kind, node: Mapping) -> bool:
    """Tells whether an item of a shared section is of a kind."""
    if kind.keys:
        return any(key in node.pairs for key in kind.keys)
    return all(key in node.pairs and plain_value(node.pairs[key][1]) in words for key, words in kind.form.items())


def _formed(section: str, kinds: Sequence[Kind], node: Mapping, reading: Reading) -> Kind | None:
    for kind in kinds:
        if is_of(kind, node):
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


def kind_of(document: Document, node: Mapping, name: str, reading: Reading) -> Kind | None:
    """Returns the kind of an item; None with a problem."""
    kinds = kinds_of(document.section)
    if kinds[0].type and len(kinds) > 1:
        return _typed(kinds, node, name, reading)
    if document.section in kinds[0].shared:
        return _formed(document.section, kinds, node, reading)
    return kinds[0]
