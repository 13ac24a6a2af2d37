"""Names that differ for us and are one for the database: MariaDB and MySQL mostly compare without case and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.odb.load import Loaded
from zatools.place import Problem
from zatools.state import Change, Item

Pair = tuple[Item, str, str, str]


def folded(changes: Sequence[Change], loaded: Loaded, connection: Connection) -> list[Problem]:
    """Returns a problem for each new name or user name that this database takes for another one."""
    if connection.dialect.name != 'mysql':
        return []
    pairs = [*_names(changes, loaded), *_uniques(changes, loaded)]
    return [
        Problem(
            item.place_of(field), f"{item}: {field} '{new}' and '{other}' are the same to this database", 'rename it', 1
        )
        for (item, field, new, other), is_same in zip(pairs, _compare(pairs, connection), strict=True)
        if is_same
    ]


def fold(text: str) -> str:
    """Returns what names have in common that a database may take for one; whether it does, only the database knows."""
    parts = unicodedata.normalize('NFKD', text).casefold()
    return ''.join(part for part in parts if not unicodedata.combining(part)).rstrip(' ')


def _names(changes: Iterable[Change], loaded: Loaded) -> Iterator[Pair]:
    gone = {change.item.key for change in changes if change.op == 'delete'}
    known = {
        (section, fold(name)): name
        for section, name in (*loaded.state, *loaded.internal, *loaded.foreign)
        if (section, name) not in gone
    }
    for change in changes:
        if change.op == 'create' or any(field.name == 'name' for field in change.fields):
            section, name = change.item.key
            other = known.setdefault((section, fold(name)), name)
            if other != name:
                yield change.item, 'name', name, other


def _uniques(changes: Iterable[Change], loaded: Loaded) -> Iterator[Pair]:
    touched = {change.item.key for change in changes}
    known = {
        (scope, fold(value)): value
        for key, item in loaded.state.items()
        if key not in touched
        for scope, _, value in _held(item)
    }
    for change in changes:
        if change.op == 'delete':
            continue
        for scope, field, value in _held(change.item):
            other = known.setdefault((scope, fold(value)), value)
            if other != value:
                yield change.item, field, value, other


def _held(item: Item) -> Iterator[tuple[str, str, str]]:
    for unique in item.kind.held:
        value = item.values.get(unique.main)
        if value:
            yield unique.scope_of(item.kind.label), unique.main, str(value)


def _compare(pairs: Sequence[Pair], connection: Connection) -> list[bool]:
    if not pairs:
        return []
    query = sa.text(
        'SELECT collation_name FROM information_schema.columns'
        " WHERE table_schema = DATABASE() AND table_name = 'sec_base' AND column_name = 'name'"
    )
    collation = str(connection.execute(query).scalar())
    charset = collation.partition('_')[0]
    columns = [
        sa.text(f'CONVERT(:a{number} USING {charset}) COLLATE {collation} = CONVERT(:b{number} USING {charset})')
        for number in range(len(pairs))
    ]
    values = {f'a{number}': pair[2] for number, pair in enumerate(pairs)}
    values |= {f'b{number}': pair[3] for number, pair in enumerate(pairs)}
    row = connection.execute(sa.select(*columns), values).one()
    return [bool(is_same) for is_same in row]
