"""The plan that takes a run of the history back, and what stands in its way: what was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zatools import checks
from zatools.checks import Checks
from zatools.errors import InvalidError, RefusedError
from zatools.odb import history, keys
from zatools.odb.entries import Entry
from zatools.odb.mapping import KEY_HINT
from zatools.odb.odb import Odb
from zatools.place import Problem
from zatools.plan.dangers import with_warnings
from zatools.reports import problems as reports
from zatools.secret import Secret
from zatools.state import Change, Difference, Item, Key, State, diff, in_order, is_equal

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
class _Wish:
    # What an undo wants: objects as they were, objects that are to go, and what keeps it from that.
    wanted: State = field(default_factory=dict)
    gone: list[Item] = field(default_factory=list)
    conflicts: list[tuple[Entry, str]] = field(default_factory=list)
    same: int = 0


def undoing(odb: Odb, run: int) -> tuple[Difference, list[Conflict]]:
    """Returns what takes a run back, and the conflicts: carried out even so, it takes later changes along.

    Raises RefusedError where the history lacks a value, InvalidError where what was cannot be again.
    """
    entries = history.entries(odb, run)
    wish = _Wish()
    for entry in entries:
        _add(wish, entry, odb.loaded.state.get(entry.key), odb.generation)
    _check_known(wish, entries, odb)
    return _planned(odb, wish), _conflicts(odb, run, wish.conflicts)


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
        wish.wanted[entry.key] = _whole(before, generation)
        return
    if now is None:
        wish.conflicts.append((entry, IS_GONE))
        wish.wanted[entry.key] = _whole(before, generation)
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
        wish.wanted[entry.key] = _whole(before, generation)
        return
    values = dict(now.values)
    for one in entry.fields:
        if one.name not in kind.by_name:
            continue
        if one.name in since and not _is_as_before(one.name, before, now, generation):
            wish.conflicts.append((entry, one.name))
        values.pop(one.name, None)
        if one.name in before.values:
            values[one.name] = before.values[one.name]
        elif one.name in kind.kept:
            values[one.name] = _nothing(before, one.name, generation)
    wish.wanted[entry.key] = Item(kind, values)


def _is_as_before(name: str, before: Item, now: Item, generation: str) -> bool:
    default = now.kind.defaults[generation].get(name)
    return is_equal(before.values.get(name, default), now.values.get(name, default))


def _changed(was: Item, now: Item, generation: str) -> list[str]:
    # The fields that differ, of those that the history knows.
    return [one.name for change in diff({was.key: was}, {now.key: now}, generation).changes for one in change.fields]


def _whole(item: Item, generation: str) -> Item:
    # What an import would keep is to be what it was, nothing included.
    said = {name: _nothing(item, name, generation) for name in item.kind.kept if name in item.kind.names[generation]}
    return Item(item.kind, {**said, **item.values})


def _nothing(item: Item, name: str, generation: str) -> Any:
    if item.kind.by_name[name].secret:
        return Secret('')
    return item.kind.defaults[generation].get(name)


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
                raise RefusedError(f"{item}: its {name} can't be read without the ODB's key", _key_hint(odb))


def _key_hint(odb: Odb) -> str:
    if odb.is_ours:
        return keys.hint(odb.target)
    return KEY_HINT


def _restored(entry: Entry, item: Item, now: Item | None) -> Iterator[str]:
    if entry.op == 'update' and now is not None and now.kind is item.kind:
        yield from (one.name for one in entry.fields)
    else:
        yield from {**item.values, **dict.fromkeys(entry.lost)}


def _planned(odb: Odb, wish: _Wish) -> Difference:
    known = odb.known()
    problems: list[Problem] = []
    going = {item.key for item in wish.gone}
    rest = {key: item for key, item in known.state.items() if key not in going}
    Checks(wish.wanted, replace(known, state=rest), odb.generation, problems).run()
    found = odb.mended(diff(wish.wanted, known.state, odb.generation), wish.wanted)
    gone = [Change('delete', item, item, ()) for item in reversed(in_order(wish.gone))]
    checks.in_use(wish.gone, checks.effective_state(wish.wanted, known.state), problems)
    problems.extend(odb.in_use(gone))
    found = replace(found, changes=(*found.changes, *gone), only_stored=(), same=found.same + wish.same)
    problems.extend(odb.limits(found.changes))
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise InvalidError(f'{reports.count(errors, 0)} Nothing was changed in {odb.target.shown}.', problems=errors)
    return with_warnings(found)


def _conflicts(odb: Odb, run: int, found: Sequence[tuple[Entry, str]]) -> list[Conflict]:
    if not found:
        return []
    since = history.later(odb, run, {entry.key for entry, _ in found})
    by_key: dict[Key, list[tuple[int, Entry]]] = {}
    for number, entry in since:
        by_key.setdefault(entry.key, []).append((number, entry))
    return [Conflict(entry.item, what, _who(what, by_key.get(entry.key, ()))) for entry, what in found]


def _who(what: str, since: Sequence[tuple[int, Entry]]) -> str:
    for number, entry in reversed(since):
        if entry.op != 'update' or any(one.name == what for one in entry.fields):
            return f'by run {number}'
    return 'by no run: somebody wrote the ODB itself'
