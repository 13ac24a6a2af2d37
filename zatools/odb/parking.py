"""Unique values that go from one object to another: parked on made-up ones in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import uuid4

from zatools.kinds.model import Kind
from zatools.kinds.traits import Unique
from zatools.odb.folding import fold
from zatools.odb.transaction import Transaction
from zatools.state import Change


def park(work: Transaction, changes: Sequence[Change]) -> None:
    """Gives made-up values to objects that lose a unique one that another gets: databases see no two at any moment."""
    leaving: dict[tuple[str, str], list[int]] = defaultdict(list)
    left = set()
    for change in changes:
        for unique, kind in _left(change):
            stored, column = work.loaded.rows_of(change.item.key), _column(work, kind, unique)
            leaving[work.database.mapped[kind].table.name, column].append(stored.id)
            left.add((unique.scope_of(kind.label), fold(stored.row[column] or '')))
    if not left or left.isdisjoint(_wanted(changes)):
        return
    for (name, column), ids in leaving.items():
        work.set(work.database.tables[name], [{'_id': id_, column: f'zatools-{uuid4().hex}'} for id_ in ids])


def _wanted(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    for change in changes:
        if change.op != 'delete':
            for unique in change.item.kind.held:
                yield unique.scope_of(change.item.kind.label), fold(str(change.item.values.get(unique.main) or ''))


def _left(change: Change) -> Iterator[tuple[Unique, Kind]]:
    # The unique values that a change takes from an object, and its kind before the change.
    if change.op == 'create':
        return
    names = {field.name for field in change.fields}
    kind = (change.stored or change.item).kind
    for unique in kind.held:
        if change.op == 'delete' or names & {unique.main, 'type'}:
            yield unique, kind


def _column(work: Transaction, kind: Kind, unique: Unique) -> str:
    return kind.by_name[unique.main].column_of(work.database.generation)


def park_names(work: Transaction, writes: Sequence[Change], deletes: Sequence[Change]) -> None:
    """Gives made-up names to what goes, if the database takes them for those of what comes: MariaDB ignores case."""
    if not deletes:
        return
    created = [change.item for change in writes if change.op == 'create']
    coming = {(item.kind.rows[0].table, fold(item.kind.stored_name(item.name))) for item in created}
    for change in deletes:
        kind = change.item.kind
        name = kind.rows[0].table
        if (name, fold(kind.stored_name(change.item.name))) in coming and kind.is_named:
            row = {'_id': work.loaded.rows_of(change.item.key).id, 'name': f'zatools-{uuid4().hex}'}
            work.set(work.database.tables[name], [row])


def park_renamed(work: Transaction, writes: Sequence[Change]) -> None:
    """Gives made-up names to objects that get another one, where an old name of one is the new one of another."""
    renamed = [change for change in writes if change.is_rename]
    if not renamed:
        return
    olds = {(change.item.key[0], fold(change.before['name'])) for change in renamed}
    coming = {(change.item.key[0], fold(change.item.name)) for change in writes}
    if olds.isdisjoint(coming):
        return
    for change in renamed:
        if change.item.kind.is_named:
            row = {'_id': work.loaded.rows_of(change.item.key).id, 'name': f'zatools-{uuid4().hex}'}
            work.set(work.database.tables[change.item.kind.rows[0].table], [row])
