"""SQL: engines of SQLAlchemy, a ping by `SELECT 1`, and sessions for services."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.pool import NullPool

from zatools.connections.clients import lacked, peer
from zatools.connections.clients.peer import ClientConnection, Named, RefusedError, context_of, pinged
from zatools.connections.pong import Attempt, printable
from zatools.errors import ZatoolsError


class Engine(NamedTuple):
    """A sort of databases: its name, SQLAlchemy's driver for it, the package of that, and what pip installs for it."""

    product: str
    driver: str
    package: str = ''
    brought_by: str = ''


#: By what the engines of definitions begin with.
ENGINES: Mapping[str, Engine] = {
    'postgres': Engine('PostgreSQL', 'postgresql+psycopg', 'psycopg', "'psycopg[binary]'"),
    'mysql': Engine('MySQL', 'mysql+pymysql', 'pymysql', 'PyMySQL'),
    'mariadb': Engine('MariaDB', 'mysql+pymysql', 'pymysql', 'PyMySQL'),
    'sqlite': Engine('SQLite', 'sqlite'),
}
#: Words of what servers and their drivers say, in small letters, and the failure that all of them together mean.
SAID = (
    (('unknown database',), 'database'),
    (('database "', '" does not exist'), 'database'),
    (('access denied', 'to database'), 'database'),
    (('password authentication failed',), 'client-login'),
    (('no password supplied',), 'client-login'),
    (('access denied for user',), 'client-login'),
    (('role "', '" does not exist'), 'client-login'),
    (('certificate verify failed',), 'tls-ca'),
    (('ssl', "doesn't support it"), 'client-tls-none'),
    (('does not support ssl',), 'client-tls-none'),
    (('unable to open database',), 'database-file'),
    (('not a database',), 'database-file'),
    (('invalid response',), 'client-protocol'),
    (('packet sequence',), 'client-protocol'),
    (('expected authentication',), 'client-protocol'),
    (('timeout expired',), 'read-timeout'),
    (('timed out',), 'read-timeout'),
    (('too many clients',), 'client-refused'),
    (('too many connections',), 'client-refused'),
)
#: Options of `extra`: SQLAlchemy's, and those that are handed to drivers.
POOL: Mapping[str, Any] = {'max_overflow': int, 'pool_recycle': int, 'pool_timeout': float}
DRIVERS = frozenset(['charset', 'application_name', 'options', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'])


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A database."""

    word = 'SQL'
    blamed = {
        'client-tls-none': 'ssl',
        'client-setting': 'extra',
        'database': 'db_name',
        'database-file': 'db_name',
        'ca-certificate': 'ssl_ca_file',
    }

    @cached_property
    def engine(self) -> Engine | None:
        """The sort of database; None where there is no driver for it here."""
        given = self.about.text('engine')
        return next((engine for start, engine in ENGINES.items() if given.startswith(start)), None)

    @property
    def is_file(self) -> bool:
        """Tells whether the database is a file."""
        return self.engine is ENGINES['sqlite']

    @property
    def port(self) -> int:
        """The port; none where the database is a file."""
        return 0 if self.is_file else self.about.number('port')

    @property
    def target(self) -> str:
        """The engine, and where the database is."""
        name = self.about.text('db_name')
        if self.is_file:
            return f'sqlite:///{name}'
        return f'{self.about.text("engine").partition("+")[0]}://{self.where}/{name}'

    def reason_to_skip(self) -> str:
        """Names an engine that has no driver here."""
        if self.engine is not None:
            return ''
        known = ', '.join(ENGINES)
        return f"pings and services know no engine '{printable(self.about.text('engine'))}', only {known}"

    def lacked(self) -> str:
        """Returns what pip must install for the engine."""
        return lacked(self.engine.package, self.engine.brought_by) if self.engine else ''

    def open(self, seconds: float) -> sa.Connection:
        """Opens a connection of its own; a file must be there. Raises SQLAlchemyError, RefusedError."""
        return self.made('rw', seconds, poolclass=NullPool).connect()

    def made(self, mode: str, seconds: float, **options: Any) -> sa.Engine:
        """Returns an engine; `mode` is SQLite's of opening a file. Raises RefusedError."""
        assert self.engine is not None
        about, driver = self.about, self.engine.driver
        if self.is_file:
            path = os.path.abspath(os.path.expanduser(about.text('db_name')))
            where = f'file:{quote(path)}?mode={mode}'

            def connect() -> sqlite3.Connection:
                return sqlite3.connect(where, uri=True, timeout=seconds, check_same_thread=False)

            return sa.create_engine('sqlite://', creator=connect, hide_parameters=True, **options)
        given = self._extra()
        url = sa.URL.create(
            driver, about.text('username'), about.secret(), self.host, self.port or None, about.text('db_name')
        )
        arguments = {**_limits(seconds, driver, mode), **self._tls()}
        arguments |= {name: value for name, value in given.items() if name in DRIVERS}
        kept = {name: value for name, value in given.items() if name in POOL and not options.get('poolclass')}
        return sa.create_engine(url, hide_parameters=True, connect_args=arguments, **{**options, **kept})

    def _extra(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in self.about.lines('extra'):
            name, mark, value = (part.strip() for part in line.partition('='))
            if not mark or name not in {*POOL, *DRIVERS}:
                known = ', '.join(sorted({*POOL, *DRIVERS}))
                raise RefusedError('client-setting', setting=printable(name), advice=f'known here are {known}')
            try:
                found[name] = POOL.get(name, str)(value)
            except ValueError:
                raise RefusedError('client-setting', setting=printable(line), advice='it wants a number') from None
        return found

    def _tls(self) -> dict[str, Any]:
        about = self.about
        if not about.get('ssl'):
            return {}
        ca, cert, key = (about.text(name) for name in ('ssl_ca_file', 'ssl_cert_file', 'ssl_key_file'))
        is_verified = about.get('ssl_verify') is not False
        context = context_of(is_verified, ca, cert, key)
        if self.engine is not ENGINES['postgres']:
            return {'ssl': context}
        mode = 'verify-full' if is_verified else 'require'
        found = {'sslmode': mode, 'sslrootcert': ca or 'system' * is_verified, 'sslcert': cert, 'sslkey': key}
        return {name: value for name, value in found.items() if value}

    def greet(self, client: sa.Connection, attempt: Attempt) -> str:
        """Asks for 1; the driver knows product and version by then."""
        # A file is read only when its tables are asked for.
        client.exec_driver_sql('SELECT count(*) FROM sqlite_master' if self.is_file else 'SELECT 1').scalar()
        assert self.engine is not None
        product = self.engine.product
        if getattr(client.dialect, 'is_mariadb', False):
            product = 'MariaDB'
        version = '.'.join(str(part) for part in client.dialect.server_version_info or () if isinstance(part, int))
        attempt.facts.update(product=product, version=version)
        return f'{product} {version}'.strip()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the server said: drivers have it in their texts alone."""
        said = ' '.join(str(getattr(error, 'orig', None) or error).split())
        lower = said.lower()
        name = next((name for words, name in SAID if all(word in lower for word in words)), '')
        words = {'reason': printable(said), 'database': printable(self.about.text('db_name'))}
        if name == 'tls-ca':
            words |= {'issuer': 'unknown', 'tls': 'ssl_ca_file, or ssl_verify: false'}
        return name, words


def _limits(seconds: float, driver: str, mode: str) -> dict[str, Any]:
    if 'mysql' not in driver:
        # libpq wants whole seconds, and counts the login too.
        return {'connect_timeout': max(1, int(seconds))}
    limits = {'connect_timeout': seconds}
    if mode == 'rw':
        # A ping waits no longer; queries of services may.
        limits |= {'read_timeout': seconds, 'write_timeout': seconds}
    return limits


class Row(tuple[Any, ...]):
    """A row, as SQLAlchemy 1.4 has them: by index, by name, by attribute, and as a dict."""

    _names: tuple[str, ...]

    def __new__(cls, values: Any, names: tuple[str, ...]) -> Row:
        """Makes a row of values and their names."""
        row = super().__new__(cls, values)
        row._names = names
        return row

    def keys(self) -> list[str]:
        """Returns the names of the columns."""
        return list(self._names)

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        if key not in self._names:
            raise KeyError(key)
        return super().__getitem__(self._names.index(key))

    def __getattribute__(self, name: str) -> Any:
        # A column may be called as methods of tuples are: count, index.
        if name[0] != '_' and name in self._names:
            return self[name]
        return super().__getattribute__(name)

    def get_value(self) -> dict[str, Any]:
        """Returns the row as a dict."""
        return dict(self)

    _asdict = get_value

    @property
    def _mapping(self) -> dict[str, Any]:
        return dict(self)


def _of_ours(found: Any) -> Any:
    if isinstance(found, sa.Row):
        return Row(found, tuple(found._fields))
    if isinstance(found, list):
        return [_of_ours(one) for one in found]
    return found


class Result:
    """The result of a statement, whose rows are those of 1.4; all else is SQLAlchemy's own."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def __iter__(self) -> Iterator[Any]:
        return map(_of_ours, self._result)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._result, name)
        if name not in ROWS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            return _of_ours(found(*args, **kwargs))

        return call


#: What returns rows.
ROWS = frozenset(['all', 'fetchall', 'fetchmany', 'fetchone', 'first', 'one', 'one_or_none'])


class Query(orm.Query[Any]):
    """A query of the ORM, whose rows of several columns are those of 1.4."""

    def __iter__(self) -> Iterator[Any]:
        return map(_of_ours, super().__iter__())

    def all(self) -> list[Any]:
        """Returns all rows."""
        return list(self)

    def first(self) -> Any:
        """Returns the first row, None where there is none."""
        return _of_ours(super().first())

    def one(self) -> Any:
        """Returns the one row. Raises SQLAlchemy's errors for none and for several."""
        return _of_ours(super().one())


class Session(orm.Session):
    """A session as SQLAlchemy 1.4 has them: statements may be plain texts. Nothing is kept without a commit."""

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Runs a statement, a text or one of SQLAlchemy's."""
        if isinstance(statement, str):
            statement = sa.text(statement)
        return Result(super().execute(statement, params, **options))

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Runs a statement and returns the first value of the first row."""
        return self.execute(statement, params, **options).scalar()


class Pool(Named):
    """`self.out.sql['Shop']`: connections to one database, of which each session takes one."""

    called = 'self.out.sql[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._making = threading.Lock()
        self._engine: sa.Engine | None = None

    @property
    def pool(self) -> Pool:
        """The pool itself, which 3.2 has pinged."""
        return self

    @property
    def engine(self) -> sa.Engine:
        """The engine of SQLAlchemy. Raises ConnectionError where the definition can't be used."""
        with self._making:
            if self._engine is None:
                self._engine = self._made()
            return self._engine

    def _made(self) -> sa.Engine:
        about = self._connection.peer.about
        size = max(1, about.number('pool_size'))
        try:
            made: sa.Engine = self._connection.peer.made(  # type: ignore[attr-defined]
                'rwc', self._connection.timeout, pool_size=size, pool_pre_ping=True
            )
            return made
        except (RefusedError, ZatoolsError) as error:
            raise self._told(error) from None

    def session(self) -> Session:
        """Returns a session, which the caller closes."""
        return Session(self.engine, query_cls=Query)

    def execute(self, query: str, params: Any = None) -> list[dict[str, Any]]:
        """Runs a query and returns its rows as dicts (4.1). Nothing is committed.

        Raises ResourceClosedError for a statement without rows, as the platform does.
        """
        with closing(self.session()) as session:
            return [dict(row) for row in session.execute(query, params).all()]

    def one(self, query: str, params: Any = None) -> dict[str, Any] | None:
        """Returns the one row of a query as a dict, None where there is none. Raises Exception for several."""
        rows = self.execute(query, params)
        if len(rows) > 1:
            raise Exception(f'Query returned multiple rows (len={len(rows)})')
        return next(iter(rows), None)

    def one_or_none(self, query: str, params: Any = None) -> None:
        """Raises TypeError: on 4.1 this call never works."""
        raise TypeError('one_or_none fails on Zato 4.1 whatever it is given: use one, which returns None for no row')

    def callproc(self, name: str, params: Any = None) -> None:
        """Raises Exception: procedures are called in Oracle alone, for which there is no driver here."""
        raise Exception(f"'{self.name}': callproc is of Oracle databases only")

    def ping(self, *_: Any) -> str:
        """Pings the database and returns what came of it. Raises ConnectionError where it is not up."""
        return pinged(self._connection)

    def close(self) -> None:
        """Closes connections that nobody uses."""
        if self._engine is not None:
            self._engine.dispose()


__all__ = ['Peer', 'Pool', 'ResourceClosedError']
