"""Who refers to rows that are to go: by the foreign keys of the database, and where ids stand without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from zatools.kinds import has_reference
from zatools.kinds.beside import LINKS, Link
from zatools.kinds.model import Kind
from zatools.odb.catalog import Catalog, ForeignKey, read_catalog, read_references
from zatools.odb.companions import owned
from zatools.odb.load import Loaded
from zatools.odb.mapping import Database, Mapped
from zatools.odb.rows import read_opaque
from zatools.place import Problem
from zatools.state import Change, Item, Key, show

#: So many references are named.
SHOWN = 50
HINT = 'no file has such rows: change it in the Dashboard first, or leave the definition in the files'


class Row(NamedTuple):
    """A row that refers to an object which is to go."""

    table: str
    column: str
    id: int | None
    name: str
    item: Item

    def __str__(self) -> str:
        text = f'table {self.table}'
        if self.id is not None:
            text += f', row {self.id}'
        if self.name:
            text += f" '{show(self.name)}'"
        return f'{text}, refers to it ({self.column})'


def in_use(database: Database, loaded: Loaded, changes: Iterable[Change]) -> list[Problem]:
    """Returns a problem for each row that refers to what is to go, other than by a kind's own fields, which checks see.

    On some databases such a row would go too, on others it would refer to nothing.
    """
    deleted = [change.item for change in changes if change.op == 'delete']
    if not deleted:
        return []
    gone = _gone(database, loaded, deleted)
    companions = _companions(loaded, owned(loaded, database.generation))
    known = _known(database.mapped, loaded, gone, companions)
    catalog = read_catalog(database.connection)
    found = [
        row
        for key in read_references(database.connection)
        if key.target in gone and key.column != 'id' and key.table not in loaded.empty
        for row in _by_key(database, catalog, key, gone[key.target])
        if row.id not in known.get(row.table, ())
    ]
    going = {table: {*gone.get(table, ()), *companions.get(table, ())} for table in gone.keys() | companions.keys()}
    items: dict[str, set[int]] = defaultdict(set)
    for part, links in loaded.links.items():
        items[part.table].update(id_ for linked in links.values() for id_ in linked.values())
    for link in LINKS:
        is_seen = has_reference(link.table, link.column, link.section, database.generation)
        seen = known if is_seen else going
        by_link = _by_link(database, loaded, catalog, link, deleted)
        # Rows of items, such as members of groups, are fields of their owners: the checks between objects see those.
        found.extend(row for row in by_link if row.id not in seen.get(row.table, ()) and row.id not in items[row.table])
    problems = [Problem(None, f"{row.item} can't be deleted: {row}", HINT) for row in found[:SHOWN]]
    if len(found) > SHOWN:
        problems.append(Problem(None, f'and {len(found) - SHOWN} more rows refer to what is to be deleted'))
    return problems


def _gone(database: Database, loaded: Loaded, deleted: Sequence[Item]) -> dict[str, dict[int, Item]]:
    gone: dict[str, dict[int, Item]] = {}
    for item in deleted:
        stored, mapped = loaded.stored[item.key], database.mapped[item.kind]
        first = gone.setdefault(mapped.table.name, {})
        first.update(dict.fromkeys([stored.id, *loaded.more.get(item.key, ())], item))
        for number, id_ in stored.part_ids:
            gone.setdefault(mapped.parts[number].table.name, {})[id_] = item
        for part in mapped.lists:
            rows = loaded.links[part.row].get(stored.id, {}).values()
            gone.setdefault(part.table.name, {}).update(dict.fromkeys(rows, item))
    return gone


def _companions(loaded: Loaded, owned: set[Key]) -> dict[str, set[int]]:
    # The rows of objects that others own: what owns them says whether they go.
    found: dict[str, set[int]] = {}
    for key in owned & loaded.hidden.keys():
        found.setdefault(loaded.hidden[key].kind.rows[0].table, set()).add(loaded.stored_hidden[key].id)
    return found


def _known(
    mapped: Mapping[Kind, Mapped],
    loaded: Loaded,
    gone: Mapping[str, Mapping[int, Item]],
    companions: Mapping[str, set[int]],
) -> dict[str, set[int]]:
    # Rows whose references the checks between objects have seen, or that go too.
    known = {table: set(rows) for table, rows in gone.items()}
    for key, stored in loaded.stored.items():
        kind = loaded.state[key].kind
        known.setdefault(kind.rows[0].table, set()).update([stored.id, *loaded.more.get(key, ())])
        for number, id_ in stored.part_ids:
            known.setdefault(mapped[kind].parts[number].table.name, set()).add(id_)
    for table, ids in companions.items():
        known.setdefault(table, set()).update(ids)
    for row, links in loaded.links.items():
        known.setdefault(row.table, set()).update(id_ for linked in links.values() for id_ in linked.values())
    return known


def _by_key(database: Database, catalog: Catalog, key: ForeignKey, gone: Mapping[int, Item]) -> Iterator[Row]:
    columns = {column.name for column in catalog.tables[key.table]}
    row = sa.table(key.table, *map(sa.column, columns)).alias('r')
    target = sa.table(key.target, sa.column('id'), sa.column(key.target_column)).alias('t')
    # A further row may have no id but that of the first one.
    shown = [row.c.get('id', row.c[key.column]), row.c.get('name', sa.null())]
    query = sa.select(target.c.id, *shown).join_from(row, target, row.c[key.column] == target.c[key.target_column])
    # All that refer to anything, however much is to go: one statement a key.
    for id_, number, name in database.connection.execute(query):
        if id_ in gone:
            yield Row(key.table, key.column, number, str(name or ''), gone[id_])


def _by_link(
    database: Database, loaded: Loaded, catalog: Catalog, link: Link, deleted: Iterable[Item]
) -> Iterator[Row]:
    of_section = [item for item in deleted if item.key[0] == link.section]
    columns = {column.name for column in catalog.tables.get(link.table, ())}
    if not of_section or not columns:
        return
    gone: dict[Any, Item] = {loaded.stored[item.key].id: item for item in of_section}
    if link.is_named:
        gone = {item.name: item for item in of_section}
    shown = link.column
    if link.is_opaque:
        shown = f'opaque1: {link.column}'
    for row in _rows(database, link, columns):
        opaque = read_opaque(row.get('opaque1'))
        if link.beside and link.beside not in opaque:
            continue
        holder: Mapping[Any, Any] = opaque if link.is_opaque else row
        for one in dict.fromkeys(link.read(holder.get(link.column))):
            if one in gone:
                yield Row(link.table, shown, row['id'], str(row['name']), gone[one])


def _rows(database: Database, link: Link, columns: set[str]) -> Iterable[sa.RowMapping]:
    table = sa.table(link.table, *map(sa.column, sorted(columns)))
    wanted = {'id', 'name', 'opaque1', link.column} & columns
    query = sa.select(*(table.c[name] for name in sorted(wanted)))
    if 'cluster_id' in columns:
        query = query.where(table.c.cluster_id == database.cluster_id)
    for name, value in link.match.items():
        query = query.where(table.c[name] == value)
    return database.connection.execute(query).mappings()
