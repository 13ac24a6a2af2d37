"""Rows of objects as they were, every column of them, and how they are put back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from zatools.odb import statements
from zatools.odb.load import Loaded
from zatools.odb.mapping import Table
from zatools.odb.odb import Odb
from zatools.odb.rows import read_opaque, write_opaque
from zatools.state import Key

#: So many rows are asked for at once: databases limit the values of a statement.
MANY = 500
#: Which row of an object a further one is; the first is none of them.
FIRST = -1


class Kept(NamedTuple):
    """One row of an object: which one, its table, its columns."""

    number: int
    table: Table
    columns: Mapping[str, Any]


Snapshot = Mapping[Key, list[Kept]]


def taken(odb: Odb, keys: Iterable[Key]) -> Snapshot:
    """Returns the rows of objects as they are now; of lists only what their owners say."""
    wanted: dict[str, dict[Any, tuple[Key, int]]] = defaultdict(dict)
    tables: dict[str, Table] = {}
    for key in keys:
        for number, table, id_ in _rows(odb, odb.loaded, key):
            tables[table.name] = table
            wanted[table.name][id_] = key, number
    found: dict[Key, list[Kept]] = defaultdict(list)
    for name, owners in wanted.items():
        table = tables[name]
        ids = list(owners)
        for start in range(0, len(ids), MANY):
            query = sa.select(table.clause).where(table.clause.c[table.key].in_(ids[start : start + MANY]))
            for row in odb.connection.execute(query):
                columns = dict(row._mapping)
                key, number = owners[columns[table.key]]
                found[key].append(Kept(number, table, columns))
    return found


def _rows(odb: Odb, loaded: Loaded, key: Key) -> Iterator[tuple[int, Table, int]]:
    mapped = odb.mapped[loaded.state[key].kind]
    stored = loaded.stored[key]
    yield FIRST, mapped.table, stored.id
    for number, id_ in stored.part_ids:
        yield number, mapped.parts[number].table, id_


def keep_undeclared(odb: Odb, snapshot: Snapshot, keys: Iterable[Key]) -> bool:
    """Puts keys of `opaque1` back that no field declares and that objects had; returns whether any was gone."""
    is_any = False
    for key in keys:
        first = next((kept for kept in snapshot.get(key, ()) if kept.number == FIRST), None)
        if first is None or key not in odb.loaded.stored or 'opaque1' not in first.columns:
            continue
        mapped, stored = odb.mapped[odb.loaded.state[key].kind], odb.loaded.stored[key]
        declared = {name for _, name in mapped.opaque}
        was = read_opaque(first.columns['opaque1'])
        gone = {name: value for name, value in was.items() if name not in declared and name not in stored.opaque}
        if gone:
            text = write_opaque({**stored.opaque, **gone}, mapped.row.nothing)
            statements.update(odb.connection, mapped.table, [{'opaque1': text, '_id': stored.id}])
            is_any = True
    return is_any


def put_back(odb: Odb, snapshot: Snapshot) -> None:
    """Gives rows of objects that are there the columns that they had, but for what tells them from others."""
    for key, rows in snapshot.items():
        if key not in odb.loaded.stored:
            continue
        now = {number: (table, id_) for number, table, id_ in _rows(odb, odb.loaded, key)}
        for kept in rows:
            table, id_ = now.get(kept.number, (None, 0))
            if table is not kept.table and (table is None or table.name != kept.table.name):
                continue
            links = {table.key, *(part.row.link for part in odb.mapped[odb.loaded.state[key].kind].parts)}
            columns = {name: value for name, value in kept.columns.items() if name not in links}
            if columns:
                statements.update(odb.connection, table, [{**columns, '_id': id_}])
