"""Opens databases with SQLAlchemy."""

from __future__ import annotations

import os
import sqlite3
import ssl
import time
from functools import partial
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool, StaticPool

from zatools.errors import OdbError
from zatools.odb import statements
from zatools.odb.locks import Wait
from zatools.odb.target import Target, Tls

DRIVERS = {'psycopg': 'psycopg[binary]', 'pymysql': 'PyMySQL'}
#: Options of URLs that name files: PostgreSQL's, then those of MariaDB and MySQL.
FILES = ('sslrootcert', 'sslcert', 'sslkey', 'sslcrl', 'ssl_ca', 'ssl_cert', 'ssl_key')
MYSQL = 4
#: Seconds until a server must have answered, and until whoever is committing to a SQLite file must be done.
CONNECT = 10
READING = 30.0
#: What others do whom a statement waits for.
BUSY = {'BEGIN IMMEDIATE': 'writes to', 'COMMIT': 'reads'}
#: Bytes of a SQLite file that is read from a copy in memory.
COPIED = 64 * 1024 * 1024


def open_engine(target: Target, wait: Wait | None = None, may_create: bool = False) -> Engine:
    """Returns an engine; one with `wait` is for writing: on SQLite it takes the write lock as a transaction begins."""
    if target.url.startswith('sqlite'):
        return _sqlite(target, wait, may_create)
    try:
        engine = sa.create_engine(
            target.url,
            hide_parameters=True,
            poolclass=NullPool,
            isolation_level=_isolation(target, wait),
            connect_args=_connect_args(target),
        )
        event.listen(engine, 'do_connect', partial(_connect, target))
        if engine.dialect.driver == 'psycopg':
            event.listen(engine, 'do_executemany', statements.copy)
        return engine
    except ImportError:
        driver = target.url.partition('://')[0].partition('+')[2]
        hint = f"pip install '{DRIVERS[driver]}'" if driver in DRIVERS else ''
        raise OdbError(f'{target.shown}: the driver {driver} is not installed', hint) from None
    except (sa.exc.ArgumentError, ValueError):
        # SQLAlchemy's own words may repeat the URL, password included.
        raise OdbError(f'{target.shown} is no valid URL', 'write / and @ in a password as %2F and %40') from None


def _connect(target: Target, dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
    # What is wrong with options of a URL, drivers say in Python's own words, late, or not at all.
    given = sa.make_url(target.url).query
    for name in FILES:
        path = str(given.get(name, ''))
        if path and path != 'system' and not os.access(path, os.R_OK):
            raise OdbError(f"{target.shown}: its {name} can't be read: {path}", 'is the path right?')
    try:
        return dialect.connect(*arguments, **options)
    except (AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        blamed = [name for name in given if f"'{name}'" in str(error)] or list(given)
        if not blamed:
            raise
        text = f"{target.shown}: the driver can't use {', '.join(blamed)} of the URL"
        raise OdbError(text, f'options of TLS are {", ".join(FILES[MYSQL:])} here') from None


def _isolation(target: Target, wait: Wait | None) -> str:
    # A snapshot begins with the first look, and PostgreSQL's lock is had by looking: who waited for it would read what
    # was so before. Writers lock the tables that they read, so that each look finds the same.
    if wait and target.url.startswith('postgresql'):
        return 'READ COMMITTED'
    return 'REPEATABLE READ'


def _connect_args(target: Target) -> dict[str, Any]:
    if target.url.startswith('postgresql'):
        # Whatever the database's own encoding is: what it can't hold is its answer, not an exception of the driver.
        about = {'application_name': 'zatools', 'client_encoding': 'utf8'}
        # A pooler gives a transaction any connection, with the statements that others have prepared on it.
        return {'connect_timeout': CONNECT, 'prepare_threshold': None, **about, **_postgresql_tls(target.tls)}
    strict = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"
    return {'connect_timeout': CONNECT, 'init_command': strict, **_mysql_tls(target)}


def _postgresql_tls(tls: Tls | None) -> dict[str, Any]:
    if tls is None:
        return {}
    found = {'sslrootcert': tls.ca, 'sslcert': tls.cert, 'sslkey': tls.key}
    mode = 'verify-full' if tls.verify else 'require'
    return {'sslmode': mode, **{name: path for name, path in found.items() if path}}


def _mysql_tls(target: Target) -> dict[str, Any]:
    tls = target.tls
    if tls is None:
        return {}
    try:
        context = ssl.create_default_context(cafile=tls.ca or None)
        if tls.cert:
            context.load_cert_chain(tls.cert, tls.key or None)
    except (OSError, ValueError) as error:
        raise OdbError(f"{target.shown}: the certificates of [odb] can't be used: {error}") from None
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {'ssl': context}


def _sqlite(target: Target, wait: Wait | None, may_create: bool) -> Engine:
    if target.sqlite_path:
        if os.path.isdir(target.sqlite_path):
            raise OdbError(f'{target.shown} is a folder')
        mode = 'rwc'
        if not may_create:
            mode = 'rw' if wait else 'ro'
        path = quote(os.path.abspath(target.sqlite_path))
        still = '&immutable=1' if mode == 'ro' and _is_still(target.sqlite_path) else ''
        where, pool = f'file:{path}?mode={mode}{still}', NullPool
    else:
        where, pool = 'file::memory:', StaticPool  # type: ignore[assignment]
    seconds = READING if wait is None else 0.0
    is_copied = wait is None and not may_create and bool(target.sqlite_path)

    def connect() -> sqlite3.Connection:
        found = sqlite3.connect(where, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False)
        if is_copied:
            return _copied(found)
        # What doesn't fit into the cache would be written at once, which no reader of that moment would let happen.
        found.execute('PRAGMA cache_spill = OFF')
        return found

    engine = sa.create_engine('sqlite://', creator=connect, poolclass=pool, hide_parameters=True)

    @event.listens_for(engine, 'begin')
    def _begin(connection: Any) -> None:
        # pysqlite's own transactions would start late and end at DDL.
        if wait:
            _patiently('BEGIN IMMEDIATE', connection.connection.dbapi_connection, wait)
        else:
            connection.exec_driver_sql('BEGIN')

    @event.listens_for(engine, 'commit')
    def _commit(connection: Any) -> None:
        # Readers of that moment are waited for. What SQLAlchemy does next finds nothing left to do.
        if wait:
            _patiently('COMMIT', connection.connection.dbapi_connection, wait)

    return engine


def _copied(connection: sqlite3.Connection) -> sqlite3.Connection:
    # Whoever reads keeps others from writing, and a server that has much to do reads for long. So it reads a copy, and
    # the file is free at once. A file that is too big is read itself.
    is_kept = False
    try:
        connection.execute('BEGIN')
        pages, size = (connection.execute(f'PRAGMA {name}').fetchone()[0] for name in ('page_count', 'page_size'))
        if pages * size > COPIED:
            connection.execute('ROLLBACK')
            is_kept = True
            return connection
        copy = sqlite3.connect(':memory:', isolation_level=None, check_same_thread=False)
        connection.backup(copy)
        copy.execute('PRAGMA query_only = ON')
        return copy
    finally:
        if not is_kept:
            connection.close()


def _patiently(statement: str, connection: sqlite3.Connection, wait: Wait) -> None:
    # SQLite's own waiting can't be interrupted by Ctrl-C.
    end, is_told = time.monotonic() + wait.seconds, False
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if 'locked' not in str(error) or time.monotonic() >= end:
                raise
        if not is_told:
            wait.say(f'Waiting for another process that {BUSY[statement]} the ODB (--lock-timeout {wait.seconds:g})')
            is_told = True
        time.sleep(0.05)


def _is_still(path: str) -> bool:
    # In a folder that we can't write to, SQLite doesn't read a WAL database without a log: it wants to make one.
    if os.access(os.path.dirname(path) or '.', os.W_OK) or os.path.exists(f'{path}-wal'):
        return False
    try:
        with open(path, 'rb') as file:
            return file.read(20)[18:] == b'\x02\x02'
    except OSError:
        return False
