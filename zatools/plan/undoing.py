"""The plan that takes a run of the history back, and what stands in its way: what was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from zatools.errors import InvalidError, RefusedError
from zatools.odb import history
from zatools.odb.entries import Entry
from zatools.odb.odb import Odb
from zatools.odb.renaming import Names, Rename, followed, names_of
from zatools.place import Problem
from zatools.plan.direct import Wish, nothing, planned, whole
from zatools.plan.moves import possible
from zatools.reports import problems as reports
from zatools.secret import Secret
from zatools.state import Difference, Item, Key, diff, is_equal

#: Words for an object that is not as the run left it, where no field says it.
IS_GONE, IS_BACK = 'it is not there any more', 'it is there again'


@dataclass(frozen=True)
class Conflict:
    """What was changed since the run: the object, the field or what else, and who did it."""

    item: Item
    what: str
    who: str

    def __str__(self) -> str:
        return f'{self.item}: {self.what}, {self.who}'


@dataclass
class _Wish(Wish):
    # And what keeps it from that.
    conflicts: list[tuple[Entry, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Told:
    # An entry of the run in the names that objects have once its renames are taken back, the keys that its object has
    # had since, and whether a later run gave it another name.
    entry: Entry
    keys: frozenset[Key]
    is_renamed_since: bool


def undoing(odb: Odb, run: int) -> tuple[Difference, list[Conflict]]:
    """Returns what takes a run back, and the conflicts: carried out even so, it takes later changes along.

    Raises RefusedError where the history lacks a value, InvalidError where what was cannot be again.
    """
    wish = _Wish()
    told = _with_names(odb, wish, run, history.entries(odb, run))
    for one in told:
        entry = one.entry
        if one.is_renamed_since and (entry.op == 'create' or 'name' in {field.name for field in entry.fields}):
            wish.conflicts.append((entry, 'name'))
        _add(wish, entry, odb.loaded.state.get(entry.key), odb.generation)
    _check_known(wish, [one.entry for one in told], odb)
    return planned(odb, wish), _conflicts(odb, run, wish.conflicts, told)


# Names


def _with_names(odb: Odb, wish: _Wish, run: int, entries: Sequence[Entry]) -> list[_Told]:
    # Gives objects their names back that the run took, and returns its entries in the names that are in force then.
    own = names_of([Rename(entry.was, entry.key) for entry in entries if entry.was])
    later = [names_of(made) for _, made in history.renames(odb, run)]
    told = [_forward(entry, own, later) for entry in entries]
    back = {
        was: Rename(now.entry.key, was)
        for entry, now in zip(entries, told, strict=True)
        if (was := entry.was) and now.entry.key in odb.loaded.state
    }
    made, left = possible(back, odb.loaded.state)
    _refuse_taken(odb, left)
    if not made:
        return [replace(one, entry=_called(one.entry, {})) for one in told]
    wish.renames, wish.renamed = made, odb.rename(made)
    names = names_of(made)
    return [replace(one, entry=_called(one.entry, names)) for one in told]


def _forward(entry: Entry, own: Names, later: Sequence[Names]) -> _Told:
    before, after = entry.before, entry.after
    if before and entry.was:
        # What an object was is told in the names before the run, all else in those after it.
        before = followed(before, own)
    keys = {entry.key}
    for names in later:
        before, after = (item and followed(item, names) for item in (before, after))
        keys.add((after or before or entry.item).key)
    found = replace(entry, before=before, after=after)
    return _Told(found, frozenset(keys), entry.op != 'delete' and found.key != entry.key)


def _called(entry: Entry, names: Names) -> Entry:
    return replace(
        entry, before=entry.before and followed(entry.before, names), after=entry.after and followed(entry.after, names)
    )


def _refuse_taken(odb: Odb, left: Sequence[Rename]) -> None:
    problems = [
        Problem(None, f"{odb.loaded.state[one.old]} can't be called '{one.new[1]}' again: another object is")
        for one in left
    ]
    if problems:
        text = f'{reports.count(problems, 0)} Nothing was changed in {odb.target.shown}.'
        raise InvalidError(text, problems=problems)


# Values


def _add(wish: _Wish, entry: Entry, now: Item | None, generation: str) -> None:
    before = entry.before
    if entry.op == 'create' or before is None:
        _add_made(wish, entry, now, generation)
        return
    if entry.op == 'delete' or entry.after is None:
        if now and not _changed(before, now, generation):
            wish.same += 1
            return
        if now:
            wish.conflicts.append((entry, IS_BACK))
        wish.wanted[entry.key] = whole(before, generation)
        return
    if now is None:
        wish.conflicts.append((entry, IS_GONE))
        wish.wanted[entry.key] = whole(before, generation)
        return
    _add_changed(wish, entry, now, generation)


def _add_made(wish: _Wish, entry: Entry, now: Item | None, generation: str) -> None:
    if now is None:
        wish.same += 1
        return
    assert entry.after
    wish.conflicts.extend((entry, name) for name in _changed(entry.after, now, generation))
    wish.gone.append(now)


def _add_changed(wish: _Wish, entry: Entry, now: Item, generation: str) -> None:
    assert entry.before and entry.after
    before, kind = entry.before, entry.after.kind
    since = _changed(entry.after, now, generation)
    if before.kind is not kind or now.kind is not kind:
        # Its fields are those of another type.
        if not _changed(before, now, generation):
            wish.same += 1
            return
        wish.conflicts.extend((entry, name) for name in since)
        wish.wanted[entry.key] = whole(before, generation)
        return
    values = dict(now.values)
    for one in entry.fields:
        if one.name == 'name' or one.name not in kind.by_name:
            continue
        if one.name in since and not _is_as_before(one.name, before, now, generation):
            wish.conflicts.append((entry, one.name))
        values.pop(one.name, None)
        if one.name in before.values:
            values[one.name] = before.values[one.name]
        elif one.name in kind.kept:
            values[one.name] = nothing(before, one.name, generation)
    wish.wanted[entry.key] = Item(kind, values)


def _is_as_before(name: str, before: Item, now: Item, generation: str) -> bool:
    default = now.kind.defaults[generation].get(name)
    return is_equal(before.values.get(name, default), now.values.get(name, default))


def _changed(was: Item, now: Item, generation: str) -> list[str]:
    # The fields that differ, of those that the history knows.
    return [one.name for change in diff({was.key: was}, {now.key: now}, generation).changes for one in change.fields]


def _check_known(wish: _Wish, entries: Sequence[Entry], odb: Odb) -> None:
    # A secret that can't be opened can't be compared: it would be left as it is, in silence.
    by_key = {entry.key: entry for entry in entries}
    for key, item in wish.wanted.items():
        entry = by_key[key]
        now = odb.loaded.state.get(key)
        for name in _restored(entry, item, now):
            value = item.values.get(name)
            if name in entry.lost:
                raise RefusedError(
                    f'{item}: the history does not have its {name}: the run knew no key. Nothing was changed.'
                )
            if isinstance(value, Secret) and not value.can_reveal:
                raise RefusedError(f"{item}: its {name} can't be read without the ODB's key", odb.key_hint)


def _restored(entry: Entry, item: Item, now: Item | None) -> Iterator[str]:
    if entry.op == 'update' and now is not None and now.kind is item.kind:
        yield from (one.name for one in entry.fields)
    else:
        yield from {**item.values, **dict.fromkeys(entry.lost)}


def _conflicts(odb: Odb, run: int, found: Sequence[tuple[Entry, str]], told: Sequence[_Told]) -> list[Conflict]:
    if not found:
        return []
    # An object may have had several names since.
    keys = {one.entry.key: one.keys for one in told}
    since = history.entries_after(odb, run, {key for entry, _ in found for key in keys[entry.key]})
    conflicts = []
    for entry, what in found:
        own = [(number, other) for number, other in since if other.key in keys[entry.key]]
        conflicts.append(Conflict(entry.item, what, _who(what, own)))
    return conflicts


def _who(what: str, since: Sequence[tuple[int, Entry]]) -> str:
    for number, entry in reversed(since):
        if entry.op != 'update' or any(one.name == what for one in entry.fields):
            return f'by run {number}'
    return 'by no run: somebody wrote the ODB itself'
