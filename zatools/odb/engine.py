"""Opens databases with SQLAlchemy, and says in words what goes wrong with them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool, StaticPool

from zatools.errors import OdbError
from zatools.odb.target import Target

EXTRAS = {'psycopg': 'postgresql', 'pymysql': 'mysql'}


def open_engine(target: Target, is_writing: bool, may_create: bool = False, lock_timeout: float = 30) -> Engine:
    """Returns an engine; on SQLite a writing one takes the write lock as its transaction begins."""
    if target.url.startswith('sqlite'):
        return _sqlite(target, is_writing, may_create, lock_timeout)
    try:
        return sa.create_engine(target.url, hide_parameters=True, poolclass=NullPool)
    except ImportError:
        driver = target.url.partition('://')[0].partition('+')[2]
        hint = f"pip install 'zatools[{EXTRAS[driver]}]'" if driver in EXTRAS else ''
        raise OdbError(f'{target.shown}: the driver {driver} is not installed', hint) from None
    except (sa.exc.ArgumentError, ValueError):
        # SQLAlchemy's own words may repeat the URL, password included.
        raise OdbError(f'{target.shown} is no valid URL', 'write / and @ in a password as %2F and %40') from None


def _sqlite(target: Target, is_writing: bool, may_create: bool, lock_timeout: float) -> Engine:
    if target.sqlite_path:
        if os.path.isdir(target.sqlite_path):
            raise OdbError(f'{target.shown} is a folder')
        mode = 'rwc' if may_create else 'rw' if is_writing else 'ro'
        path = quote(os.path.abspath(target.sqlite_path))
        still = '&immutable=1' if mode == 'ro' and _is_still(target.sqlite_path) else ''
        where, pool = f'file:{path}?mode={mode}{still}', NullPool
    else:
        where, pool = 'file::memory:', StaticPool  # type: ignore[assignment]

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(where, uri=True, timeout=lock_timeout, isolation_level=None, check_same_thread=False)

    engine = sa.create_engine('sqlite://', creator=connect, poolclass=pool, hide_parameters=True)

    @event.listens_for(engine, 'begin')
    def _begin(connection: Any) -> None:
        # pysqlite's own transactions would start late and end at DDL.
        connection.exec_driver_sql('BEGIN IMMEDIATE' if is_writing or may_create else 'BEGIN')

    return engine


def _is_still(path: str) -> bool:
    # In a folder that we can't write to, SQLite doesn't read a WAL database without a log: it wants to make one.
    if os.access(os.path.dirname(path) or '.', os.W_OK) or os.path.exists(f'{path}-wal'):
        return False
    try:
        with open(path, 'rb') as file:
            return file.read(20)[18:] == b'\x02\x02'
    except OSError:
        return False


MEANINGS = (
    ('locked', 'is locked by another process', 'try again when it is done'),
    ('readonly', 'is read-only', ''),
    ('read-only', 'is read-only', ''),
    ('disk is full', "can't be written: the disk is full", ''),
    ('not a database', 'is no SQLite database', ''),
    ('malformed', 'is damaged', ''),
    ('unable to open', "can't be opened", 'is there such a folder, and may you read it?'),
    ('no such table', 'is no ODB: a table is missing', ''),
)


@contextmanager
def errors(target: Target) -> Iterator[None]:
    """Turns what drivers raise into OdbErrors that name the ODB, without statements or values."""
    try:
        yield
    except sa.exc.NoSuchTableError:
        raise _meaning(target, 'no such table') from None
    except sa.exc.DBAPIError as error:
        raise _meaning(target, str(error.orig)) from None
    except sqlite3.Error as error:
        raise _meaning(target, str(error)) from None


def _meaning(target: Target, text: str) -> OdbError:
    for mark, words, hint in MEANINGS:
        if mark in text:
            return OdbError(f'{target.shown} {words}', hint)
    return OdbError(f'{target.shown}: {text.splitlines()[0] if text else "unknown error"}')
