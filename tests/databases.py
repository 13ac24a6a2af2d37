"""Databases to test with: ours and copies of those that Zato itself made, on SQLite, PostgreSQL and MariaDB.

On the two servers a database is made once a worker and put back to its first rows before each test; a SQLite file
is made once a worker, and each test has a copy of it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from tests.console import Console
from tests.standin import NOBODY
from zatools.odb.catalog import ForeignKey, read_references
from zatools.odb.mapping import HISTORY, table_names

ROOT = Path(__file__).parent.parent
ODBS = Path(os.environ.get('ZATOOLS_TEST_ODBS') or ROOT.parent / 'shared' / 'odb')
KEY = 'rTwXh_oWqz0QeBjN8Kuv5h0rYxkq3v1HTe7sJ8sJmC4='
#: Where the servers are, and who may make databases there.
SERVERS = {
    'postgresql': os.environ.get('ZATOOLS_TEST_POSTGRESQL') or 'postgresql://postgres@127.0.0.1:5432/postgres',
    'mariadb': os.environ.get('ZATOOLS_TEST_MARIADB') or 'mysql://root@127.0.0.1:3306/mysql',
}
DRIVERS = {'postgresql': 'postgresql+psycopg', 'mysql': 'mysql+pymysql', 'sqlite': 'sqlite'}
DATABASES = ('sqlite', *SERVERS)
WHOSE = ('ours-3.2', 'ours-4.1', 'zato-3.2', 'zato-4.1')
#: A service of ours, and those that the platform's own jobs and channels need: a server deploys them when it starts.
SERVICES = (
    'my.service',
    'pub.zato.channel.json-rpc.gateway',
    'zato.connection.health-check.run',
    'zato.email.imap.process-messages',
    'zato.http-soap.scheduler.process-request',
    'zato.outgoing.ftp.process-files',
    'zato.outgoing.sftp.process-files',
    'zato.outgoing.smb.process-files',
    'zato.rule-engine.api.invoke',
    'zato.server.service.internal.gateway.mcp.MCPEndpoint',
)
#: Without foreign keys, rows can be put back in any order.
LOOSE = {'postgresql': "SET session_replication_role = 'replica'", 'mysql': 'SET FOREIGN_KEY_CHECKS = 0'}
NO_MORE = {
    'sqlite': ("create trigger no_more before insert on out_amqp begin select raise(abort, 'no'); end",),
    'postgresql': (
        "create function no_more() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$",
        'create trigger no_more before insert on out_amqp for each row execute function no_more()',
    ),
    'mysql': (
        "create trigger no_more before insert on out_amqp for each row signal sqlstate '45000' set message_text = 'no'",
    ),
}
MORE_AGAIN = {
    'sqlite': ('drop trigger no_more',),
    'postgresql': ('drop trigger no_more on out_amqp', 'drop function no_more'),
    'mysql': ('drop trigger no_more',),
}


def engine_of(url: str, **options: Any) -> sa.Engine:
    """Returns an engine for the URL of a test, with our drivers."""
    scheme, _, rest = url.partition('://')
    return sa.create_engine(f'{DRIVERS[scheme.partition("+")[0]]}://{rest}', poolclass=NullPool, **options)


@dataclass(frozen=True)
class Layout:
    """A database of one layout: whose, where it is for us and for a look past us, the environment to open it with."""

    name: str
    generation: str
    path: str
    url: str
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.removeprefix('sqlite:///'))

    @property
    def dialect(self) -> str:
        """The word that SQLAlchemy has for the database."""
        return self.url.partition(':')[0]

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection of the test's own, within a transaction that is committed."""
        engine = engine_of(self.url)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def execute(self, *statements: str) -> list[Any]:
        """Runs statements; returns the rows of the last one."""
        with self.connected() as connection:
            for text in statements:
                result = connection.exec_driver_sql(text)
            return list(result) if result.returns_rows else []

    def dump(self) -> dict[str, list[str]]:
        """Returns all rows of all tables, but for the history, which each import adds to."""
        with self.connected() as connection:
            return dump(connection, set(sa.inspect(connection).get_table_names()) - {HISTORY})

    def content(self) -> bytes:
        """Returns all that is stored: the bytes of the file, else of all rows."""
        if self.dialect == 'sqlite':
            return self.database.read_bytes()
        return repr(self.dump()).encode()

    def dangling(self) -> list[str]:
        """Returns the foreign keys that name no row."""
        with self.connected() as connection:
            written = set(table_names())
            keys = [key for key in read_references(connection) if key.table in written]
            return [f'{key.table}.{key.column}' for key in keys if connection.exec_driver_sql(_unmet(key)).scalar()]


def _unmet(key: ForeignKey) -> str:
    return (
        f'select count(*) from {key.table} a left join {key.target} b on a.{key.column} = b.{key.target_column}'
        f' where a.{key.column} is not null and b.{key.target_column} is null'
    )


def dump(connection: Connection, names: Iterable[str]) -> dict[str, list[str]]:
    """Returns the rows of some tables as texts, in no order of their own."""
    quote = connection.dialect.identifier_preparer.quote
    found: dict[str, list[str]] = {name: [] for name in names}
    for name in filled(connection, found):
        found[name] = sorted(repr(tuple(row)) for row in connection.exec_driver_sql(f'select * from {quote(name)}'))
    return found


def filled(connection: Connection, names: Iterable[str]) -> list[str]:
    """Returns which of some tables have rows, by one statement: most have none."""
    quote = connection.dialect.identifier_preparer.quote
    parts = [f"select '{name}', exists (select 1 from {quote(name)})" for name in names]
    rows = connection.exec_driver_sql(' union all '.join(parts)) if parts else ()
    return [name for name, has_rows in rows if has_rows]


def deploy(layout: Layout, *names: str) -> None:
    """Puts the rows of services into a database, as a deployment would."""
    with layout.connected() as connection:
        table = sa.Table('service', sa.MetaData(), autoload_with=connection)
        for name in names:
            values = {
                'id': _next_id(connection, table),
                'name': name,
                'is_active': True,
                'impl_name': f'my.{name}',
                'is_internal': False,
                'slow_threshold': 99999,
                'opaque1': 'null',
                'cluster_id': 1,
            }
            connection.execute(table.insert(), {key: value for key, value in values.items() if key in table.c})


def _next_id(connection: Connection, table: sa.Table) -> int:
    sequence = 'service_id_seq'
    if connection.dialect.name != 'sqlite' and sequence in sa.inspect(connection).get_sequence_names():
        return int(connection.execute(sa.Sequence(sequence).next_value()).scalar() or 0)
    return int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1


def _source(generation: str, sort: str = 'zato') -> Path:
    source = ODBS / f'{sort}{generation.replace(".", "")}'
    if not source.is_dir():
        pytest.skip(f'no database of Zato {generation} at {source} (ZATOOLS_TEST_ODBS)')
    return source


def copy_real(generation: str, folder: Path, url: str = '') -> Layout:
    """Copies a server directory of Zato's own, with its SQLite database unless it is to use another."""
    source = _source(generation)
    shutil.copytree(source / 'server1', folder / 'server1', copy_function=shutil.copyfile)
    for path in [folder / 'server1', *(folder / 'server1').rglob('*')]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    config = folder / 'server1' / 'config' / 'repo' / 'server.conf'
    config.write_text(config.read_text().replace('127.0.0.1:17010', NOBODY))
    if url:
        config.write_text(_with_odb(config.read_text(), sa.make_url(url)))
    else:
        (folder / 'sqlite.db').write_bytes(_real_file(generation))
        config.write_text(config.read_text().replace('@ODB@', str(folder / 'sqlite.db')))
        url = f'sqlite:///{folder}/sqlite.db'
    return Layout(f'zato{generation}', generation, str(folder / 'server1'), url)


@cache
def _real_file(generation: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'sqlite.db'
        shutil.copyfile(_source(generation) / 'sqlite.db', path)
        deploy(Layout('', generation, '', f'sqlite:///{path}'), *SERVICES)
        return path.read_bytes()


def all_kinds(database: str, generation: str, folder: Path, name: str) -> str:
    """Returns the URL of a database with nearly every kind of object, of Zato's own; a server's is to be dropped."""
    source = _source(generation, 'all-kinds-')
    if database == 'sqlite':
        shutil.copyfile(source / 'sqlite.db', folder / f'{name}.db')
        return f'sqlite:///{folder}/{name}.db'
    need(database)
    url = make_database(database, name)
    load_dump(database, generation, url, 'all-kinds-')
    return url


def _with_odb(config: str, url: sa.URL) -> str:
    # As Zato writes it: with drivers of its own.
    wanted = {
        'engine': {'postgresql': 'postgresql+pg8000', 'mysql': 'mysql+pymysql'}[url.drivername],
        'db_name': url.database,
        'host': url.host,
        'port': url.port,
        'username': url.username,
        'password': url.password or '',
    }
    head, mark, rest = config.partition('[odb]\n')
    stanza, end, tail = rest.partition('\n\n')
    for key, value in wanted.items():
        stanza = re.sub(rf'(?m)^{key}=.*$', f'{key}={value}', stanza)
    return f'{head}{mark}{stanza}{end}{tail}'


def make_own(generation: str, url: str) -> Layout:
    """Makes an ODB of ours."""
    from zatools.commands.odb import create
    from zatools.odb.target import OdbChoice

    environ = {'ZATO_SECRET_KEY': KEY}
    create(Console(environ).world, OdbChoice(odb=url), layout=generation)
    layout = Layout(f'ours-{generation}', generation, url, url, environ)
    deploy(layout, *SERVICES)
    return layout


def copy_own(generation: str, path: Path) -> Layout:
    """Copies an ODB of ours to a SQLite file; it is what `make_own` makes there."""
    path.write_bytes(_own_file(generation))
    url = f'sqlite:///{path}'
    return Layout(f'ours-{generation}', generation, url, url, {'ZATO_SECRET_KEY': KEY})


@cache
def _own_file(generation: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_own(generation, f'sqlite:///{folder}/zato-odb.sqlite').database.read_bytes()


# Databases of servers


@cache
def missing(database: str) -> str:
    """Returns why a server can't be tested with; empty if it can."""
    try:
        with engine_of(SERVERS[database]).connect():
            return ''
    except sa.exc.OperationalError as error:
        return f'no {database} at {sa.make_url(SERVERS[database]).render_as_string()}: {error.orig}'


def need(database: str) -> None:
    """Skips a test whose server isn't there; in CI it has to be."""
    reason = missing(database) if database in SERVERS else ''
    if reason and os.environ.get('CI'):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def make_database(database: str, name: str, charset: str = '') -> str:
    """Makes an empty database anew, with all characters or with a character set; returns its URL."""
    engine = engine_of(SERVERS[database], isolation_level='AUTOCOMMIT')
    with engine.connect() as connection:
        force = ' with (force)' if database == 'postgresql' else ''
        connection.exec_driver_sql(f'drop database if exists {name}{force}')
        if database == 'mariadb':
            holds = f'character set {charset or "utf8mb4"}'
        else:
            holds = f"template template0 locale 'C' encoding '{charset}'" if charset else ''
        connection.exec_driver_sql(f'create database {name} {holds}')
        if database == 'postgresql':
            # No test needs its rows after a power failure.
            connection.exec_driver_sql(f'alter database {name} set synchronous_commit = off')
    engine.dispose()
    return str(sa.make_url(SERVERS[database]).set(database=name).render_as_string(hide_password=False))


def drop_database(database: str, name: str) -> None:
    """Removes a database that a test made."""
    engine = engine_of(SERVERS[database], isolation_level='AUTOCOMMIT')
    with engine.connect() as connection:
        force = ' with (force)' if database == 'postgresql' else ''
        connection.exec_driver_sql(f'drop database if exists {name}{force}')
    engine.dispose()


def load_dump(database: str, generation: str, url: str, sort: str = 'zato') -> None:
    """Loads a dump of Zato's own into an empty database."""
    text = (_source(generation, sort) / f'{database}.sql').read_text()
    if database == 'postgresql':
        import psycopg

        with psycopg.connect(url) as connection:
            connection.execute(text.encode())
        return
    import pymysql
    from pymysql.constants import CLIENT

    where = sa.make_url(url)
    connection = pymysql.connect(
        host=where.host,
        port=where.port or 3306,
        user=where.username,
        password=where.password or '',
        database=where.database,
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(text)
        while cursor.nextset():
            pass
        connection.commit()


@dataclass(frozen=True)
class Kept:
    """A database that many tests use, and the rows that it has before each of them."""

    layout: Layout
    rows: Mapping[str, list[tuple[Any, ...]]]

    def reset(self) -> None:
        """Puts the first rows back into all tables that imports write."""
        with self.layout.connected() as connection:
            connection.exec_driver_sql(LOOSE[self.layout.dialect])
            for name in filled(connection, self.rows):
                connection.exec_driver_sql(f'delete from {name}')
            for name, rows in self.rows.items():
                if rows:
                    marks = ', '.join(['%s'] * len(rows[0]))
                    connection.exec_driver_sql(f'insert into {name} values ({marks})', rows)
            if HISTORY not in self.rows:
                connection.exec_driver_sql(f'drop table if exists {HISTORY}')


_kept: dict[tuple[str, str], Kept] = {}


def kept(database: str, whose: str, worker: str) -> Kept:
    """Returns a database of a server, made at its first use."""
    if (database, whose) not in _kept:
        owner, generation = whose.split('-')
        name = f'zatools_{worker}_{os.getpid()}_{owner}_{generation.replace(".", "")}'
        url = make_database(database, name)
        if owner == 'ours':
            layout = make_own(generation, url)
        else:
            load_dump(database, generation, url)
            layout = Layout(f'zato{generation}', generation, '', url)
            deploy(layout, *SERVICES)
        _kept[database, whose] = Kept(layout, _rows(layout))
    return _kept[database, whose]


def _rows(layout: Layout) -> dict[str, list[tuple[Any, ...]]]:
    with layout.connected() as connection:
        there = set(sa.inspect(connection).get_table_names())
        known = [name for name in table_names() if name in there]
        return {name: [tuple(row) for row in connection.exec_driver_sql(f'select * from {name}')] for name in known}


def drop_all() -> None:
    """Removes what `kept` made."""
    for (database, _), one in _kept.items():
        drop_database(database, str(sa.make_url(one.layout.url).database))
    _kept.clear()


def provide(database: str, whose: str, folder: Path, worker: str) -> Layout:
    """Returns one layout on one database, in its first state."""
    need(database)
    owner, generation = whose.split('-')
    if database == 'sqlite':
        if owner == 'zato':
            return copy_real(generation, folder)
        return copy_own(generation, folder / 'zato-odb.sqlite')
    one = kept(database, whose, worker)
    one.reset()
    return copy_real(generation, folder, one.layout.url) if owner == 'zato' else one.layout
