"""The statements that make the tables of our own ODBs, from their layouts, in the words of each database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter

from sqlalchemy.engine import Dialect

from zatools.odb.layouts import TABLES

Line = Sequence[str]
TYPES = {
    'int': 'INTEGER',
    'big': 'BIGINT',
    'small': 'SMALLINT',
    'bool': 'BOOLEAN',
    'text': 'TEXT',
    'datetime': 'DATETIME',
    'blob': 'BLOB',
}
#: What a database calls otherwise.
OWN_TYPES = {'postgresql': {'datetime': 'TIMESTAMP WITHOUT TIME ZONE', 'blob': 'BYTEA'}}
OWN_FLAGS = {'sqlite': {'true': '1', 'false': '0'}}
#: How a reference begins, and what happens to its row when the other one is deleted.
REFERENCES = {'=>': '', '->': ' ON DELETE CASCADE'}
LAYOUTS = frozenset({'32', '41'})


@cache
def tables(layout: str) -> Mapping[str, Sequence[Line]]:
    """Returns the lines of each table of a layout, word by word; a table comes after those that it refers to."""
    mark = layout.replace('.', '')
    found = {}
    for title, text in TABLES.items():
        name, _, only = title.partition(' ')
        if only in ('', mark):
            every = map(str.split, text.splitlines())
            found[name] = [words for words in every if words and LAYOUTS.intersection(words) <= {mark}]
    order = TopologicalSorter[str]()
    for name, lines in found.items():
        others = {table for words in lines for table, *_ in _referred(words)}
        order.add(name, *(others - {name}))
    return {name: found[name] for name in order.static_order()}


def _referred(words: Line) -> Iterator[tuple[str, str, str]]:
    # What a column refers to: table and column, and what happens to its row when the other one is deleted.
    for word in words[2:]:
        if word[:2] in REFERENCES:
            table, _, column = word[2:].partition('.')
            yield table, column, REFERENCES[word[:2]]


def sequence_of(lines: Iterable[Line]) -> str:
    """Returns the sequence that gives a table its ids; '' where its rows have the ids of others."""
    return next((words[1].partition('=')[2] for words in lines if words[1].startswith('pk')), '')


def making(name: str, lines: Sequence[Line], dialect: Dialect) -> Iterator[str]:
    """Yields the statements that make a table, its sequence and its indexes."""
    quote = dialect.identifier_preparer.quote
    sequence = sequence_of(lines)
    if sequence and dialect.name == 'postgresql':
        # Two tables may share one.
        yield f'CREATE SEQUENCE IF NOT EXISTS {quote(sequence)}'
    indexes = [words for words in lines if words[0] in ('index', 'unique-index')]
    unique = [words[1] for words in lines if words[0] == 'unique']
    columns = [words for words in lines if words[0] != 'unique' and words not in indexes]
    keys = ','.join(words[0] for words in columns if words[1].startswith('pk') or 'PK' in words)
    parts = [
        *(_column(words, dialect) for words in columns),
        f'PRIMARY KEY ({_names(keys, dialect)})',
        *(f'UNIQUE ({_names(names, dialect)})' for names in unique),
        *(reference for words in columns for reference in _references(words, dialect)),
    ]
    yield f'CREATE TABLE {quote(name)} ({", ".join(parts)})'
    for sort, index, names, *_ in indexes:
        what = 'UNIQUE INDEX' if sort == 'unique-index' else 'INDEX'
        yield f'CREATE {what} {quote(index)} ON {quote(name)} ({_names(names, dialect)})'


def _names(names: str, dialect: Dialect) -> str:
    return ', '.join(map(dialect.identifier_preparer.quote, names.split(',')))


def _column(words: Line, dialect: Dialect) -> str:
    name, kind, *rest = words
    quoted = dialect.identifier_preparer.quote(name)
    if kind.startswith('pk'):
        counts = ' AUTO_INCREMENT' if '=' in kind and dialect.name == 'mysql' else ''
        return f'{quoted} INTEGER NOT NULL{counts}'
    text = f'{quoted} {_type(kind, dialect)}'
    for word in rest:
        if word.startswith('default='):
            text += f' DEFAULT {_default(kind, word.partition("=")[2], dialect)}'
    if '!' in rest or 'PK' in rest:
        text += ' NOT NULL'
    return text


def _default(kind: str, value: str, dialect: Dialect) -> str:
    if kind == 'bool':
        return OWN_FLAGS.get(dialect.name, {}).get(value, value)
    return f"'{value}'"


def _type(word: str, dialect: Dialect) -> str:
    if word in TYPES:
        return OWN_TYPES.get(dialect.name, {}).get(word, TYPES[word])
    size = word[1:]
    if word[0] == 's':
        return f'VARCHAR({size})'
    return f'NUMERIC({size.replace(".", ", ")})'


def _references(words: Line, dialect: Dialect) -> Iterator[str]:
    own = _names(words[0], dialect)
    for table, column, consequence in _referred(words):
        there = f'{_names(table, dialect)} ({_names(column, dialect)})'
        yield f'FOREIGN KEY({own}) REFERENCES {there}{consequence}'
