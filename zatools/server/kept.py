"""What a server keeps in a file of its own, so that a restart loses nothing: jobs of services, messages, sessions."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

#: Seconds that another process may hold the file.
PATIENCE = 10.0
log = logging.getLogger('zatools.server')
SCHEMA = """
create table if not exists job (
    id integer primary key autoincrement, name text not null unique, service text not null,
    start_date text not null, extra text not null
);
create table if not exists queued (
    id integer primary key autoincrement, sub_key text not null, topic text not null, msg_id text not null,
    text text not null, is_json integer not null, about text not null, priority integer not null,
    published real not null, expires real not null, tries integer not null default 0
);
create index if not exists queued_order on queued (sub_key, priority desc, id);
create table if not exists subscribed (
    sub_key text not null, topic text not null, who text not null, service text not null, primary key (sub_key, topic)
);
create table if not exists client (sub_key text primary key, left real not null);
create table if not exists topic (name text primary key);
create table if not exists session (token text primary key, login text not null, ends real not null);
create table if not exists nonce (name text primary key, ends real not null);
create table if not exists ran (name text not null, start_date text not null, primary key (name, start_date));
"""


class Kept:
    """A SQLite file that comes into being when something is to be kept. Where it can't be written, memory has to do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opening = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @property
    def is_there(self) -> bool:
        """Whether something was kept."""
        return self._connection is not None or self.path.is_file()

    def all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Returns the rows of a query."""
        with self._opening:
            return self._opened().execute(statement, values).fetchall()

    def do(self, statement: str, *values: Any) -> int:
        """Carries out a statement, and returns the number that a new row got."""
        with self._opening:
            return self._opened().execute(statement, values).lastrowid or 0

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carries out a statement for each of many rows."""
        with self.together():
            self._opened().executemany(statement, rows)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Carries out all or nothing of what stands in a `with` block."""
        with self._opening:
            connection = self._opened()
            connection.execute('begin immediate')
            try:
                yield
                # Whoever reads the file may keep it from being written: nothing stays begun then.
                connection.execute('commit')
            except BaseException:
                # On a full disk SQLite has rolled back itself.
                if connection.in_transaction:
                    connection.execute('rollback')
                raise

    def close(self) -> None:
        """Closes the file."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = _connection(str(self.path))
            except (OSError, sqlite3.Error) as error:
                log.warning('%s can not be used (%s): what is to be kept is lost at the end', self.path.name, error)
                self._connection = _connection(':memory:')
        return self._connection


def planned(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Returns the jobs that services have planned, by a file that is read only; [] for none that is readable."""
    if path.is_symlink():
        return []
    try:
        with closing(sqlite3.connect(f'{path.as_uri()}?mode=ro', uri=True, timeout=PATIENCE)) as connection:
            rows = connection.execute('select name, service, start_date, extra from job order by id').fetchall()
    except sqlite3.Error as error:
        log.warning('%s can not be read: %s', path.name, error)
        return []
    names = ('service', 'start_date', 'extra')
    return [(name, {'job_type': 'one_time', **dict(zip(names, rest, strict=True))}) for name, *rest in rows]


def _connection(path: str) -> sqlite3.Connection:
    if path != ':memory:':
        # Messages may have anything in them: nobody else reads the file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        # No write-ahead log: with one, whoever only reads leaves files beside it.
        connection.execute('pragma synchronous = normal')
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection
