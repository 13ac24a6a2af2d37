"""What somebody changed in an ODB since the last import: three ways, the import, the ODB and the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zatools.odb import history
from zatools.odb.entries import Entry
from zatools.odb.odb import Odb
from zatools.odb.renaming import followed, names_of
from zatools.plan.selection import ALL, Selection
from zatools.state import Change, FieldChange, Item, Key, State, diff, in_order, is_equal

#: What files say of a change that was made in the ODB: as it is now, as the import left it, something else, nothing.
ODB, IMPORT, OTHER, SILENT = 'odb', 'import', 'other', 'silent'
VERDICTS: Mapping[str, str] = {
    ODB: 'the files agree',
    IMPORT: 'the files do not: an import takes it back',
    OTHER: 'the files say something else',
    SILENT: 'in no file',
}
UNREAD = ''


@dataclass(frozen=True)
class Drift:
    """One object that is not as the last import left it: what changed since, and what the files say of each field.

    `run` is the run that touched it last; 0 where none did. `files` has '' for the object itself.
    """

    change: Change
    run: int
    files: Mapping[str, str] = field(default_factory=dict)

    def verdict(self, name: str = '') -> str:
        """Returns in words what the files say of a field, or of the object; '' where no files are looked at."""
        return VERDICTS.get(self.files.get(name, UNREAD), '')


@dataclass(frozen=True)
class Wanted:
    """What files want: their objects in the ODB's form, and what an import would change, by object."""

    state: State
    changes: Mapping[Key, Change]


def drifts(odb: Odb, wanted: Wanted | None, chosen: Selection = ALL) -> list[Drift]:
    """Returns what is not as the last import left it, in the order of a plan; `wanted` is what files say, if any."""
    known = history.latest(odb)
    now = odb.loaded.state
    left = _left(odb, known)
    found: list[Drift] = []
    for item in in_order({**left, **now}.values()):
        key = item.key
        change = _change(left.get(key), now.get(key), odb.generation)
        if change and chosen.has(item):
            run, _ = known.get(key, (0, None))
            found.append(Drift(change, run, _said(change, wanted)))
    return found


def _left(odb: Odb, known: Mapping[Key, tuple[int, Entry]]) -> State:
    # Objects as the last runs that touched them left them, by the names that others have since.
    renamed = [(run, names_of(made)) for run, made in history.renames(odb)]
    found: State = {}
    for run, entry in known.values():
        if entry.after is None:
            continue
        item = entry.after
        for later, names in renamed:
            if later > run:
                item = followed(item, names)
        if item.key not in odb.loaded.internal:
            found[item.key] = item
    return found


def _change(left: Item | None, now: Item | None, generation: str) -> Change | None:
    if left is None and now is not None:
        return Change('create', now, None, ())
    if left is not None and now is None:
        return Change('delete', left, left, ())
    assert left and now
    # What the import did not say stays out of it: it is compared as an import compares, and told the other way round.
    for change in diff({left.key: left}, {now.key: now}, generation).changes:
        fields = tuple(one._replace(old=one.new, new=one.old, place=None, note='') for one in change.fields)
        return Change('update', now, left, fields)
    return None


def _said(change: Change, wanted: Wanted | None) -> dict[str, str]:
    if wanted is None:
        return {}
    key = change.item.key
    item, planned = wanted.state.get(key), wanted.changes.get(key)
    if change.op == 'delete':
        return {'': IMPORT if item else ODB}
    if item is None:
        return {'': SILENT}
    if change.op == 'create':
        return {'': OTHER if planned else ODB}
    by_name = {one.name: one for one in planned.fields} if planned else {}
    return {one.name: _word(one, by_name.get(one.name)) for one in change.fields}


def _word(one: FieldChange, planned: FieldChange | None) -> str:
    if planned is None:
        return ODB
    if is_equal(planned.new, one.old):
        return IMPORT
    return OTHER
