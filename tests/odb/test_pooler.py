"""PostgreSQL behind PgBouncer in transaction mode: a pooled connection keeps nothing of an import that is done."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import databases
from tests.calls import export, import_files
from tests.conftest import Console, Layout, needs
from tests.ports import free_port
from tests.server.running import until
from zatools.commands.odb import create
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

pytestmark = needs('pgbouncer')
POOL = 3
PGBOUNCER = """[databases]
* = host={host} port={port} user={user} {password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {pooler}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
unix_socket_dir =
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""
#: So many rows that one statement is carried out again and again.
MANY = 100


@pytest.fixture
def direct(worker_id: str) -> Iterator[Layout]:
    """An ODB of ours on PostgreSQL, past the pooler: a database of its own, since a test takes its tables away."""
    databases.need('postgresql')
    name = f'zatools_{worker_id}_{os.getpid()}_pooler'
    yield databases.make_own('3.2', databases.make_database('postgresql', name))
    databases.drop_database('postgresql', name)


@pytest.fixture
def pooled(direct: Layout) -> Iterator[str]:
    """Its URL by way of a pooler with few connections, all of them used again and again."""
    server = urlsplit(direct.url)
    port = free_port()
    # Where another user may look too: it refuses to be root.
    folder = Path(tempfile.mkdtemp(prefix='zatools-pooler-'))
    text = PGBOUNCER.format(
        host=server.hostname,
        port=server.port or 5432,
        user=server.username,
        password=f'password={server.password}' if server.password else '',
        pooler=port,
        size=POOL,
        folder=folder,
    )
    (folder / 'pgbouncer.ini').write_text(text)
    command = [shutil.which('pgbouncer') or '/usr/sbin/pgbouncer', str(folder / 'pgbouncer.ini')]
    if os.geteuid() == 0:
        folder.chmod(0o777)
        command[1:1] = ['-u', 'nobody']
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_up() -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(('127.0.0.1', port)) == 0

    try:
        until(is_up, lambda: f'no pooler, for {getpass.getuser()}: exit {process.poll()}')
        yield f'postgresql://{server.username}@127.0.0.1:{port}{server.path}'
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def channels(folder: Path, count: int, first: int = 0) -> str:
    """Writes a file with channels whose numbers are below `count`; returns its path."""
    lines = [f'  - {{name: c{n}, service: s, url_path: /{n}, data_format: json}}' for n in range(first, count)]
    (folder / f'{count}.yaml').write_text('\n'.join(['channel_rest:', *lines]))
    return str(folder / f'{count}.yaml')


def imported(url: str, path: str, environ: dict[str, str]) -> str:
    """Imports a file; returns what was said."""
    console = Console(environ)
    assert import_files(console.world, OdbChoice(odb=url), [path], lock_timeout=2) is Exit.OK
    return console.text


def test_no_lock_outlives_its_import(direct: Layout, pooled: str, tmp_path: Path) -> None:
    environ = dict(direct.environ)
    for count in range(1, POOL + 2):
        imported(pooled, channels(tmp_path, count), environ)
        # Other tests have locks in other databases of the server.
        held = direct.execute(
            "select pid from pg_locks where locktype = 'advisory' and granted"
            ' and database = (select oid from pg_database where datname = current_database())'
        )
        assert held == []
    # Who comes past the pooler needn't wait for anybody.
    assert 'Waiting' not in imported(direct.url, channels(tmp_path, POOL + 2), environ)


def test_no_statement_is_prepared_on_a_connection_that_others_get(direct: Layout, pooled: str, tmp_path: Path) -> None:
    environ = dict(direct.environ)
    # Each import has rows to write: the driver would prepare a statement that it carries out for the fifth time.
    for number in range(1, 2 * POOL + 1):
        assert f'Created {MANY}.' in imported(pooled, channels(tmp_path, number * MANY, number * MANY - MANY), environ)
    console = Console(environ)
    assert export(console.world, OdbChoice(odb=pooled)) is Exit.OK
    assert console.out.getvalue().count('name: c') == 2 * POOL * MANY


def test_imports_through_the_pooler_take_turns(direct: Layout, pooled: str, tmp_path: Path) -> None:
    programs = []
    for number in range(4):
        path = tmp_path / f'turn{number}.yaml'
        path.write_text(f'channel_rest:\n  - {{name: t{number}, service: s{number}, url_path: /t{number}}}\n')
        command = [sys.executable, '-m', 'zatools', 'enmasse', 'import', str(path)]
        programs.append(subprocess.Popen([*command, '--odb', pooled], env={**os.environ, **direct.environ}))
    assert [program.wait(60) for program in programs] == [0] * 4
    assert direct.execute("select count(*) from http_soap where name like 't_'") == [(4,)]


def test_an_odb_is_made_through_the_pooler(direct: Layout, pooled: str) -> None:
    direct.execute('drop schema public cascade', 'create schema public')
    assert create(Console(dict(direct.environ)).world, OdbChoice(odb=pooled)) is Exit.OK
