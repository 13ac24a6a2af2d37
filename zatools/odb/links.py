"""The rows of items: members of groups, topics of subscriptions; one for each item of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zatools.kinds.model import Kind
from zatools.odb.mapping import Part
from zatools.odb.transaction import Transaction
from zatools.state import Change


def create(work: Transaction, part: Part, names: Mapping[int, Iterable[str]]) -> None:
    """Makes a row for each item of a list, by the ids of the owners."""
    assert part.items
    assert part.row.target
    section, target = part.items.ref, part.row.target
    ids, types = work.loaded.ids[section], work.loaded.types.get(section, {})
    pairs = [(owner, name) for owner, listed in names.items() for name in listed]
    fresh = work.fresh(part.row, part.table)
    rows = [
        {**fresh, 'id': id_, part.row.link: owner, target.column: target.write(owner, ids[name], types.get(name, ''))}
        for id_, (owner, name) in zip(work.ids.take(part.table, len(pairs)), pairs, strict=True)
    ]
    work.insert(part.table, rows)


def update(work: Transaction, part: Part, changes: list[Change]) -> None:
    """Removes the rows of items that are no longer listed, and makes those of new ones."""
    removed: list[int] = []
    added: dict[int, list[str]] = {}
    assert part.items
    for change in changes:
        if not any(field.name == part.row.items for field in change.fields):
            continue
        owner = work.loaded.rows_of(change.item.key).id
        current = work.loaded.links[part.row].get(owner, {})
        ids = work.loaded.ids[part.items.ref]
        wanted = {ids[name]: name for name in change.item.values.get(part.row.items, [])}
        removed.extend(row for id_, row in current.items() if id_ not in wanted)
        added[owner] = [name for id_, name in wanted.items() if id_ not in current]
    work.remove(part.table, removed)
    create(work, part, added)


def rename(work: Transaction, kind: Kind, names: Mapping[int, str]) -> None:
    """Writes the rows of items anew that name an object together with its type."""
    types = work.loaded.types[kind.section]
    for part in (part for mapped in work.database.mapped.values() for part in mapped.lists):
        target = part.row.target
        if target is None or not target.is_typed or not part.items or part.items.ref != kind.section:
            continue
        rows = [
            {'_id': row, target.column: target.write(owner, id_, types[names[id_]])}
            for owner, linked in work.loaded.links[part.row].items()
            for id_, row in linked.items()
            if id_ in names
        ]
        work.set(part.table, rows)


def remove(work: Transaction, part: Part, owners: Iterable[int]) -> None:
    """Removes all rows of the items of some objects."""
    links = work.loaded.links[part.row]
    work.remove(part.table, [row for owner in owners for row in links.get(owner, {}).values()])
