"""What tables, columns and sequences a database has: one question to its catalog, in each dialect's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

#: Each gives rows of table, column, type, length, whether it may be NULL, default, collation where
#: columns have their own; a row without a column means a sequence.
QUERIES = {
    'sqlite': """
        SELECT t.name, c.name, lower(c.type), NULL, c."notnull" = 0, c.dflt_value, NULL
        FROM sqlite_master t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND {which} ORDER BY t.name, c.cid""",
    'postgresql': """
        SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), NULL, NOT a.attnotnull,
            pg_get_expr(d.adbin, d.adrelid), NULL
        FROM pg_class t LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND t.relkind <> 'S' AND a.attnum > 0
            AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        WHERE t.relkind IN ('r', 'p', 'v', 'S') AND pg_table_is_visible(t.oid) AND {which}
        ORDER BY t.relname, a.attnum""",
    # Not a join: MariaDB takes a second for that, since it reads all columns again for each table.
    'mysql': """
        SELECT table_name, column_name, lower(data_type), character_maximum_length, is_nullable = 'YES',
            column_default, collation_name, ordinal_position
        FROM information_schema.columns WHERE table_schema = DATABASE() AND {which}
        UNION ALL
        SELECT table_name, NULL, NULL, NULL, NULL, NULL, NULL, 0
        FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'SEQUENCE' AND {which}
        ORDER BY table_name, ordinal_position""",
}
#: What each calls the name of a table in its query, and how it leaves out the catalog itself.
NAMES = {
    'sqlite': ('t.name', "substr(t.name, 1, 7) <> 'sqlite_'"),
    'postgresql': ('t.relname', "t.relnamespace <> 'pg_catalog'::regnamespace"),
    'mysql': ('table_name', 'TRUE'),
}
#: Each gives rows of table, column, the table and the column that it refers to.
REFERENCES = {
    'sqlite': """
        SELECT t.name, k."from", k."table", coalesce(k."to", 'id')
        FROM sqlite_master t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'""",
    'postgresql': """
        SELECT t.relname, a.attname, o.relname, b.attname
        FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
        CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u(here, there)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.here
        JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = u.there
        WHERE k.contype = 'f' AND pg_table_is_visible(t.oid) AND pg_table_is_visible(o.oid)""",
    'mysql': """
        SELECT table_name, column_name, referenced_table_name, referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_schema = DATABASE()""",
}
#: How databases call the types that our tables have.
TYPES: dict[str, Callable[[], TypeEngine[Any]]] = {
    'integer': sa.Integer,
    'int': sa.Integer,
    'bigint': sa.BigInteger,
    'smallint': sa.SmallInteger,
    'boolean': sa.Boolean,
    'tinyint': sa.Boolean,
    'datetime': sa.DateTime,
    'timestamp': sa.DateTime,
    'timestamp without time zone': sa.DateTime,
    'blob': sa.LargeBinary,
    'bytea': sa.LargeBinary,
}
SIZED = re.compile(r'(?:varchar|character varying|char|character|nvarchar)(?:\((\d+)\))?')
TEXT = re.compile(r'text(?:\(\d+\))?')


class Column(NamedTuple):
    """One column of a table; `type` is SQLAlchemy's."""

    name: str
    type: TypeEngine[Any]
    is_nullable: bool
    has_default: bool


class ForeignKey(NamedTuple):
    """A column, and what it refers to."""

    table: str
    column: str
    target: str
    target_column: str


class Catalog(NamedTuple):
    """The columns of tables, and sequences."""

    tables: dict[str, list[Column]]
    sequences: frozenset[str]

    def has(self, mark: str) -> bool:
        """Tells whether there is a table, or with `table.column` a column."""
        table, _, column = mark.partition('.')
        return table in self.tables and (not column or any(one.name == column for one in self.tables[table]))


def read_catalog(connection: Connection, names: Iterable[str] | None = None) -> Catalog:
    """Asks a database which of the named tables and sequences it has, or for all of them."""
    tables: dict[str, list[Column]] = {}
    sequences = set()
    called, everything = NAMES[connection.dialect.name]
    which = everything
    if names is not None:
        listed = ', '.join(f"'{name}'" for name in names)
        which = f'{called} IN ({listed})'
    query = QUERIES[connection.dialect.name].format(which=which)
    for table, name, type_, length, is_nullable, default, collation, *_ in connection.exec_driver_sql(query):
        if name is None:
            sequences.add(table)
            continue
        # MariaDB says NULL of a column that has no default and may be NULL.
        has_default = default is not None and default != 'NULL'
        column = Column(name, _type(_text(type_), length, collation), bool(is_nullable), has_default)
        tables.setdefault(table, []).append(column)
    # MariaDB tells the columns of sequences, too.
    for name in sequences:
        tables.pop(name, None)
    return Catalog(tables, frozenset(sequences))


def read_references(connection: Connection) -> list[ForeignKey]:
    """Asks a database for its foreign keys, those of tables that no kind knows included."""
    found = connection.exec_driver_sql(REFERENCES[connection.dialect.name])
    return sorted(ForeignKey(*map(_text, row)) for row in found)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    return str(value)


@cache
def _type(text: str, length: int | None, collation: str | None) -> TypeEngine[Any]:
    sized = SIZED.fullmatch(text)
    if sized:
        return sa.String(int(sized[1] or 0) or length, collation)
    if TEXT.fullmatch(text):
        # MariaDB's has room for so many bytes; other databases' is without an end, whatever they say.
        return sa.Text(length, collation)
    return TYPES.get(text, sa.types.NullType)()
