"""Objects that get another name: seen by it from then on, with all that refers to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zatools.odb.load import Loaded
from zatools.place import Place
from zatools.state import FieldChange, Item, Key, named_within

#: Names by section, old to new.
Names = Mapping[str, Mapping[str, str]]


class Rename(NamedTuple):
    """One object that gets another name, and where that is said, if a file says it."""

    old: Key
    new: Key
    place: Place | None = None


class Renamed(NamedTuple):
    """What was renamed: each object as it was, and the fields of others whose rows hold the old name as a text."""

    before: Mapping[Key, Item]
    fields: Mapping[Key, Sequence[FieldChange]]


def rename(loaded: Loaded, renames: Sequence[Rename]) -> Renamed:
    """Gives objects their new names in what was loaded; rows stay as they are until the changes are carried out."""
    names = names_of(renames)
    before: dict[Key, Item] = {}
    fields: dict[Key, list[FieldChange]] = {}
    moved: dict[Key, Key] = {}
    state = {}
    for key, item in loaded.state.items():
        new, changed = _anew(item, names)
        state[key] = new
        if new.key != key:
            moved[key] = new.key
            before[new.key] = item
        if changed:
            fields[new.key] = [one for one in changed if one.note]
    loaded.state.clear()
    loaded.state.update(state)
    _rekey(loaded, moved, names)
    return Renamed(before, {key: found for key, found in fields.items() if found})


def names_of(renames: Sequence[Rename]) -> dict[str, dict[str, str]]:
    """Returns new names by section and old name."""
    names: dict[str, dict[str, str]] = {}
    for one in renames:
        names.setdefault(one.old[0], {})[one.old[1]] = one.new[1]
    return names


def followed(item: Item, names: Names) -> Item:
    """Returns an object by its new name, with the new names of what it refers to."""
    return _anew(item, names)[0]


def _anew(item: Item, names: Names) -> tuple[Item, list[FieldChange]]:
    section, name = item.key
    values, changed = _followed(item, names)
    if name in names.get(section, ()):
        values['name'] = names[section][name]
    elif changed and not item.kind.is_named:
        values['name'] = item.kind.name_of(values)
    return Item(item.kind, values, item.places, item.place), changed


def _followed(item: Item, names: Names) -> tuple[dict[str, Any], list[FieldChange]]:
    # The values with the new names, and what changed: with a note where the row has a name rather than an id.
    values, changed = dict(item.values), []
    for field in item.kind.refs:
        known = names.get(field.ref)
        value = values.get(field.name)
        if not known or not value:
            continue
        new = _new(value, known)
        if new == value:
            continue
        values[field.name] = new
        note = ''
        if field.holds_names:
            note = FOLLOWS
        changed.append(FieldChange(field.name, value, new, None, note))
    for field_name, old, new in _in_texts(item, names):
        values[field_name] = new
        changed.append(FieldChange(field_name, old, new, None, FOLLOWS))
    return values, changed


#: The note of a field that changes since what it names does.
FOLLOWS = 'follows'


def _new(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return sorted(known.get(name, name) for name in value)
    return known.get(value, value)


def _in_texts(item: Item, names: Names) -> Iterator[tuple[str, str, str]]:
    for field, (section, name) in named_within(item):
        known = names.get(section, {})
        if name in known:
            value = str(item.values[field])
            yield field, value, value.removesuffix(name) + known[name]


def _rekey(loaded: Loaded, moved: Mapping[Key, Key], names: Names) -> None:
    for table in (loaded.state, loaded.stored, loaded.more):
        _rename_keys(table, moved)
    for section, known in names.items():
        for ids in (loaded.ids.get(section, {}), loaded.types.get(section, {})):
            _rename_keys(ids, known)


def _rename_keys(table: dict[Any, Any], known: Mapping[Any, Any]) -> None:
    # In their places, and all at once: one may get the name that another one leaves.
    entries = [(known.get(key, key), value) for key, value in table.items()]
    table.clear()
    table.update(entries)
