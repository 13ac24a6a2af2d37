"""An item of a file -> an object: every value typed by its field, every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from zatools.files import moves as moving
from zatools.files.includes import Document
from zatools.files.item_kinds import kind_of, made_name, name_of
from zatools.files.tree import ItemList, Mapping, Node, Scalar, is_null, plain_value
from zatools.files.values import ABSENT, Id, Reading, is_plain_text, read_reference, read_value
from zatools.files.variables import names, own_name
from zatools.kinds import KEYS_BY_TABLE, kinds_of
from zatools.kinds.model import Field, Kind
from zatools.kinds.opened import TAKEN, is_free
from zatools.place import Place, Problem, did_you_mean
from zatools.state import Item

#: Keys that Zato's own exports have in every item, and that say nothing about it.
NOISE = TAKEN - moving.KEYS


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


def _required(item: Item, reading: Reading) -> None:
    kind, values = item.kind, item.values
    needed = kind.required.union(one.name for one in kind.needed if one.is_by(values))
    if all(map(values.get, needed)):
        return
    missing = {name for name in needed - {'name'} if not values.get(name)}
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
    if item.kind.is_open and is_free(key.text):
        _set_free(item, key, node, reading)
    else:
        _unknown(item.kind, key, node, reading)


def _is_taken_as_it_is(field_: Field, node: Scalar) -> bool:
    # The common case.
    if field_.is_plain:
        return is_plain_text(node)
    return node.text in field_.words and not is_null(node)


def _fields(item: Item, node: Mapping, reading: Reading) -> None:
    kind, values, lookup = item.kind, item.values, item.kind.lookup
    for key, (key_node, value) in node.pairs.items():
        found = lookup.get(key)
        if found is not None:
            if type(value) is Scalar and found.name not in values and _is_taken_as_it_is(found, value):
                values[found.name] = value.text
                item.places[found.name] = Place(reading.path, value.line, value.column)
            elif key == 'name' and kind.is_named:
                item.places['name'] = Place(reading.path, value.line, value.column)
            else:
                _set(item, found, key_node, value, reading, node.pairs)
        elif key == 'type' and kind.type:
            item.places['type'] = Place(reading.path, value.line, value.column)
        elif key not in moving.KEYS and not _is_noise(kind, key, value):
            _undeclared(item, key_node, value, reading)


def item_of(document: Document, node: Node, reading: Reading) -> Item | None:
    """Returns the object that an item of a file gives; None where it gives none."""
    reading.path, reading.label = document.path, (document.section, '')
    if not isinstance(node, Mapping):
        reading.add(node, 'an item must be a mapping')
        return None
    name = name_of(kinds_of(document.section)[0], node, reading)
    reading.label = document.section, name
    kind = kind_of(document, node, name, reading)
    if kind is None:
        return None
    if not kind.is_named:
        name = made_name(kind, document.section, node)
    reading.label = kind.label, name
    item = Item(kind, {'name': name}, {}, Place(document.path, node.line, node.column))
    values, problems = item.values, len(reading.problems)
    _fields(item, node, reading)
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
