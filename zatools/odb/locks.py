"""Who may write: imports one after the other, and nobody else between an import's reading and its writing.

Both locks die with the transaction; on MariaDB and MySQL, which have none that does, the first with the connection.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.errors import OdbError

#: The key of PostgreSQL's advisory lock: the bytes of 'zatools'.
KEY = int.from_bytes(b'zatools', 'big')


def _silent(text: str) -> None:
    pass


class Wait(NamedTuple):
    """How long to wait for a lock, in seconds, and who is told of it."""

    seconds: float = 30.0
    say: Callable[[str], None] = _silent


def take(connection: Connection, wait: Wait) -> None:
    """Takes the lock that imports take in turn. Raises OdbError, naming who holds it, if that takes too long."""
    attempt = {'postgresql': _take_postgresql, 'mysql': _take_mysql}.get(connection.dialect.name)
    # SQLite takes its lock as the transaction begins.
    if attempt is None or attempt(connection, 0):
        return
    holder = HOLDERS[connection.dialect.name](connection)
    wait.say(f'Waiting for another import: {holder} (--lock-timeout {wait.seconds:g})')
    if not attempt(connection, wait.seconds):
        raise OdbError(
            f'the ODB is locked by another import: {holder}. Nothing was changed.', 'try again when it is done'
        )


def is_sessions(connection: Connection) -> bool:
    """Tells whether the lock that imports take in turn is the session's rather than the transaction's."""
    return connection.dialect.name == 'mysql'


def hold(connection: Connection, tables: Iterable[str], wait: Wait) -> None:
    """Keeps others from writing these tables until the transaction ends; it must come before any reading.

    MariaDB and MySQL have no such lock that leaves readers alone: there the rows are locked as they are read.
    """
    if connection.dialect.name == 'mysql':
        connection.execute(sa.text(f'SET SESSION innodb_lock_wait_timeout = {max(1, round(wait.seconds))}'))
    elif connection.dialect.name == 'postgresql':
        quote = connection.dialect.identifier_preparer.quote
        names = ', '.join(quote(name) for name in tables)
        # Zero would wait for ever.
        connection.execute(sa.text(f'SET LOCAL lock_timeout = {max(1, round(wait.seconds * 1000))}'))
        connection.execute(sa.text(f'LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE'))


def _take_postgresql(connection: Connection, seconds: float) -> bool:
    # Behind a pooler a connection outlives the import, and so would a lock of the session.
    query = sa.select(sa.func.pg_try_advisory_xact_lock(KEY))
    end = time.monotonic() + seconds
    while not connection.execute(query).scalar():
        if time.monotonic() >= end:
            return False
        time.sleep(0.05)
    return True


def _take_mysql(connection: Connection, seconds: float) -> bool:
    return bool(connection.execute(sa.select(sa.func.get_lock(_name(connection), seconds))).scalar())


def _name(connection: Connection) -> str:
    # The lock's name is the whole server's, and no longer than 64 characters.
    database = connection.engine.url.database or ''
    return f'zatools-{hashlib.sha256(database.encode()).hexdigest()[:32]}'


def _holder_postgresql(connection: Connection) -> str:
    query = sa.text(
        'SELECT a.pid, a.usename, a.client_addr, a.xact_start FROM pg_locks l JOIN pg_stat_activity a USING (pid)'
        " WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) + l.objid::bigint = :key"
        ' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())'
    )
    row = connection.execute(query, {'key': KEY}).first()
    if row is None:
        return 'it just ended'
    since = ''
    if row[3]:
        since = f'since {row[3]:%H:%M:%S}'
    return _words(row[0], row[1], row[2], since)


def _holder_mysql(connection: Connection) -> str:
    query = sa.text(
        'SELECT p.id, p.user, p.host, p.time FROM information_schema.processlist p WHERE p.id = IS_USED_LOCK(:name)'
    )
    row = connection.execute(query, {'name': _name(connection)}).first()
    # Without the PROCESS privilege, a user sees no connections but its own.
    if row is None:
        return 'of another user'
    return _words(row[0], row[1], row[2], '')


def _words(number: Any, user: Any, host: Any, since: str) -> str:
    parts = [f'connection {number}']
    if user:
        parts.append(f'of {user}')
    if host:
        parts.append(f'from {host}')
    if since:
        parts.append(since)
    return ' '.join(parts)


HOLDERS: dict[str, Callable[[Connection], str]] = {'postgresql': _holder_postgresql, 'mysql': _holder_mysql}
