"""Objects that files rename or delete by name: found in what an ODB has, and put into the plan."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from zatools.files.reader import Read
from zatools.odb.renaming import Rename, Renamed
from zatools.place import Problem
from zatools.plan.selection import Selection
from zatools.state import Change, Difference, FieldChange, Item, Key, State, in_order, is_equal


def renames(files: Read, stored: State, chosen: Selection) -> list[Rename]:
    """Returns what is to be renamed: objects that have an old name, where nobody has the new one or gives it up.

    A rename that is done is none any more.
    """
    wanted: dict[Key, Rename] = {}
    # That two say they were one object is a problem of the files, which is told with all others.
    taken: set[Key] = set()
    for key, was in files.moves.was.items():
        item = files.state.get(key)
        olds = [(key[0], name) for name in was.names if (key[0], name) in stored]
        if item and chosen.has(item) and olds and olds[0] not in taken:
            wanted[key] = Rename(olds[0], key, was.place)
            taken.add(olds[0])
    found, left = possible(wanted, stored)
    files.problems.extend(_left(one) for one in left)
    return found


def possible(renames: Mapping[Key, Rename], stored: Container[Key]) -> tuple[list[Rename], list[Rename]]:
    """Returns the renames, by their new keys, that can be done together, and those whose names others keep."""
    wanted = dict(renames)
    found: list[Rename] = []
    leaving: set[Key] = set()
    while ready := [one for key, one in wanted.items() if key not in stored or key in leaving]:
        for one in ready:
            del wanted[one.new]
        found.extend(ready)
        leaving = {one.old for one in ready}
    return found, list(wanted.values())


def _left(one: Rename) -> Problem:
    text = f"there are both '{one.old[1]}' and '{one.new[1]}': nothing is renamed"
    hint = f"was that done before? then 'was: {one.old[1]}' can go"
    return Problem(one.place, text, hint, len(one.old[1]), is_warning=True)


def with_renames(
    found: Difference, renamed: Renamed, made: Sequence[Rename], wanted: State, stored: State
) -> Difference:
    """Returns a difference with the new names of objects, and what follows them in rows that hold names as texts."""
    changes = {change.item.key: change for change in found.changes}
    same = found.same
    for one in made:
        field = FieldChange('name', one.old[1], one.new[1], one.place, 'renamed')
        same -= _add(changes, one.new, [field], wanted, stored)
        changes[one.new] = changes[one.new]._replace(stored=renamed.before[one.new])
    for key, fields in renamed.fields.items():
        same -= _add(changes, key, fields, wanted, stored) and key in wanted
    ordered = in_order(change.item for change in changes.values())
    return replace(found, changes=tuple(changes[item.key] for item in ordered), same=same)


def _add(changes: dict[Key, Change], key: Key, fields: Sequence[FieldChange], wanted: State, stored: State) -> bool:
    # Tells whether the object was the same until now.
    known = changes.get(key)
    if known is None:
        item = wanted.get(key, stored[key])
        changes[key] = Change('update', item, stored[key], tuple(fields))
        return True
    names = {field.name for field in known.fields}
    changes[key] = known._replace(fields=(*(one for one in fields if one.name not in names), *known.fields))
    return False


def gone(files: Read, stored: State, internal: Iterable[Key], chosen: Selection) -> list[Item]:
    """Returns the objects that files say are to be absent, the last ones in order first."""
    items = [stored[key] for key in files.moves.gone.keys() - set(internal) if key in stored]
    return [item for item in reversed(in_order(items)) if chosen.has(item)]


def deleted(item: Item, files: Read) -> Change:
    """Returns the deletion of a stored object, with the place that says so if a file does."""
    return Change('delete', Item(item.kind, item.values, item.places, files.moves.gone.get(item.key)), item, ())


def with_hints(found: Difference) -> Difference:
    """Returns a difference with a hint at each creation that looks like a rename of what is deleted."""
    deleted = [change.item for change in found.of('delete')]
    if not deleted:
        return found
    changes = []
    for change in found.changes:
        if change.op == 'create':
            change = change._replace(warnings=(*change.warnings, *_likely(change.item, deleted)))
        changes.append(change)
    return replace(found, changes=tuple(changes))


def _likely(item: Item, deleted: Iterable[Item]) -> Iterator[str]:
    if not item.kind.is_named:
        return
    for other in deleted:
        if other.kind is item.kind and _is_alike(item, other):
            yield f"is '{other.name}' renamed? then 'was: {other.name}' keeps its id and those who use it"
            return


def _is_alike(item: Item, other: Item) -> bool:
    # All that the new one says, the old one has; secrets can't always be compared.
    given = {name for name in item.values if name != 'name' and not item.kind.by_name[name].secret}
    return bool(given) and all(is_equal(item.values[name], other.values.get(name)) for name in given)
