"""What imports did, in a table of our own: a row for each run, then what it did to objects, many a row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from zatools.errors import OdbError
from zatools.odb import statements
from zatools.odb.catalog import read_catalog
from zatools.odb.entries import WAS, Entry, packed, unpacked
from zatools.odb.mapping import HISTORY, tables_of
from zatools.odb.renaming import Rename
from zatools.state import Change, Key

if TYPE_CHECKING:
    from zatools.odb.odb import Odb

#: The number of the row that says what a run was; its parts come after it, each with so many objects.
HEAD = 0
MANY = 200
#: So many hex digits of a digest stand for a name in the table.
DIGITS = 12
#: What a run says of itself in numbers.
COUNTS = ('same', 'more_files', 'begins', 'undoes')
ENCODE = json.JSONEncoder(separators=(',', ':')).encode


@dataclass(frozen=True)
class Run:
    """One import or undo: its number, and who did what, when and from what, by name."""

    number: int
    about: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Returns what is known under a name, '' for nothing."""
        return str(self.about.get(name) or '')


def table() -> sa.Table:
    """Returns the table that the history is kept in, to be made."""
    from sqlalchemy.dialects.mysql import LONGTEXT

    # What is kept is plain ASCII, so that it fits each character set.
    text = sa.Text().with_variant(LONGTEXT(), 'mysql', 'mariadb')
    return sa.Table(
        HISTORY,
        sa.MetaData(),
        sa.Column('run', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('number', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('cluster_id', sa.Integer(), nullable=False),
        sa.Column('names', text, nullable=False),
        sa.Column('content', text, nullable=False),
    )


def is_on(odb: Odb) -> bool:
    """Tells whether an ODB keeps a history."""
    return HISTORY in odb.tables


def make(odb: Odb) -> None:
    """Makes the table; the caller commits."""
    table().create(odb.connection)
    odb.tables = {**odb.tables, **tables_of(read_catalog(odb.connection, [HISTORY]))}


def drop(odb: Odb) -> None:
    """Removes the table and all that it holds; the caller commits."""
    table().drop(odb.connection)
    odb.tables = {name: found for name, found in odb.tables.items() if name != HISTORY}


def write(odb: Odb, about: Mapping[str, Any], changes: Sequence[Change]) -> int:
    """Writes a run that made these changes; returns its number, 0 where no history is kept or nothing was done.

    It must come after the changes were applied, and be in their transaction.
    """
    if not changes or not is_on(odb):
        return 0
    columns = _columns(odb)
    run = (odb.connection.execute(sa.select(sa.func.max(columns.run))).scalar() or 0) + 1
    same = {'run': run, 'cluster_id': odb.cluster_id}
    rows = [{**same, 'number': HEAD, 'names': '', 'content': json.dumps(about)}]
    for start in range(0, len(changes), MANY):
        part = changes[start : start + MANY]
        names = ' '.join(dict.fromkeys([mark(key) for change in part for key in _keys(change)]))
        content = ENCODE([packed(change, odb.sealer) for change in part])
        rows.append({**same, 'number': len(rows), 'names': names, 'content': content})
    statements.insert(odb.connection, odb.tables[HISTORY], rows)
    return run


def mark(key: Key) -> str:
    """Returns what an object is found by: digests of its name and its section."""
    section, name = key
    return f'{_digest(name)}.{_section(section)}'


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:DIGITS]


# There are few sections, and many names.
_section = cache(_digest)


def _keys(change: Change) -> list[Key]:
    if change.is_rename and change.stored:
        return [change.item.key, change.stored.key]
    return [change.item.key]


def count(odb: Odb) -> int:
    """Returns how many runs there are, whether or not they can be read."""
    columns = _columns(odb)
    query = sa.select(sa.func.count()).select_from(odb.tables[HISTORY].clause)
    return odb.connection.execute(query.where(columns.number == HEAD)).scalar() or 0


def runs(odb: Odb, numbers: Collection[int] | None = None) -> list[Run]:
    """Returns the runs, or those of some numbers, the last one first; [] where no history is kept."""
    if not is_on(odb):
        return []
    columns = _columns(odb)
    query = sa.select(columns.run, columns.content).where(columns.number == HEAD, _is_own(odb))
    if numbers is not None:
        query = query.where(columns.run.in_(sorted(numbers)))
    return [Run(number, _about(number, text)) for number, text in odb.connection.execute(query.order_by(-columns.run))]


def of_name(odb: Odb, name: str) -> dict[int, list[Entry]]:
    """Returns what runs did to the objects that have a name, or had it before, by the number of the run."""
    found: dict[int, list[Entry]] = {}
    if is_on(odb):
        has_it = _columns(odb).names.like(f'%{_digest(name)}.%')
        for run, entry in _entries(odb, has_it, name):
            found.setdefault(run, []).append(entry)
    return found


def entries(odb: Odb, run: int) -> list[Entry]:
    """Returns what a run did, in its order."""
    return [entry for _, entry in _entries(odb, _columns(odb).run == run)]


def entries_after(odb: Odb, run: int, keys: Collection[Key]) -> list[tuple[int, Entry]]:
    """Returns what later runs did to some objects, with the numbers of the runs, the first one first."""
    wanted = set(map(mark, keys))
    columns = _columns(odb)
    rows = _parts(odb, columns.run > run)
    parts = [(number, part) for number, part, names in rows if not wanted.isdisjoint(names)]
    return [(number, entry) for number, entry in _read(odb, parts) if entry.key in keys]


def latest(odb: Odb) -> dict[Key, tuple[int, Entry]]:
    """Returns what the last run that changed an object did to it, for each object of the history."""
    seen: set[str] = set()
    parts = []
    for run, part, names in reversed(_parts(odb, sa.true())):
        if not seen.issuperset(names):
            parts.append((run, part))
        seen.update(names)
    found: dict[Key, tuple[int, Entry]] = {}
    for run, entry in _read(odb, reversed(parts)):
        if entry.was:
            found.pop(entry.was, None)
        found[entry.key] = run, entry
    return found


def renames(odb: Odb, run: int = 0) -> list[tuple[int, list[Rename]]]:
    """Returns what runs renamed, the first run first; those after a run, or all."""
    columns = _columns(odb)
    found: dict[int, list[Rename]] = {}
    for number, entry in _entries(odb, sa.and_(columns.run > run, columns.content.like(f'%"{WAS}":%'))):
        if entry.was:
            found.setdefault(number, []).append(Rename(entry.was, entry.key))
    return sorted(found.items())


def _columns(odb: Odb) -> Any:
    return odb.tables[HISTORY].clause.c


def _is_own(odb: Odb) -> Any:
    return _columns(odb).cluster_id == odb.cluster_id


def _parts(odb: Odb, condition: Any) -> list[tuple[int, int, list[str]]]:
    # Runs, the numbers of their parts, and what these are about.
    columns = _columns(odb)
    query = sa.select(columns.run, columns.number, columns.names).where(condition, columns.number > HEAD, _is_own(odb))
    rows = odb.connection.execute(query.order_by(columns.run, columns.number))
    return [(run, number, names.split()) for run, number, names in rows]


def _read(odb: Odb, parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, Entry]]:
    columns = _columns(odb)
    for run, number in parts:
        yield from _entries(odb, sa.and_(columns.run == run, columns.number == number))


def _entries(odb: Odb, condition: Any, name: str | None = None) -> Iterator[tuple[int, Entry]]:
    # All of them, or those of objects that have a name or had it.
    columns = _columns(odb)
    query = sa.select(columns.run, columns.content).where(condition, columns.number > HEAD, _is_own(odb))
    for run, text in odb.connection.execute(query.order_by(columns.run, columns.number)):
        try:
            found = json.loads(text)
            if not isinstance(found, list):
                raise ValueError
            if name is not None:
                # To look into JSON takes less time than to make objects of it.
                found = [content for content in found if name in (content['name'], content.get(WAS))]
            yield from [(run, unpacked(content, odb.generation, odb.opener)) for content in found]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OdbError):
            raise _unreadable(run) from None


def _about(run: int, text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get('at'), str) or not all(map(_is_count, _counts(found))):
        raise _unreadable(run)
    return found


def _counts(about: Mapping[str, Any]) -> list[Any]:
    return [about.get(name) for name in COUNTS]


def _is_count(value: Any) -> bool:
    return value is None or type(value) is int


def _unreadable(run: int) -> OdbError:
    return OdbError(f"run {run} of the history can't be read: it is not as zatools writes it")
