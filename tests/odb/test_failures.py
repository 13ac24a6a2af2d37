"""Databases that can't be used: commands say so with the right exit code, change nothing and leave no file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.bench.run import definitions
from tests.calls import diff, export, import_files
from tests.conftest import KEY, ROOT, Console
from zatools.commands.legacy import import_odb
from zatools.commands.odb import create, info
from zatools.errors import Exit, InvalidError, OdbError, RefusedError, ZatoolsError
from zatools.odb import engine
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice

ENVIRON = {'ZATO_SECRET_KEY': KEY}
USER = """
security:
  - name: api
    type: basic_auth
    username: api
    password: abc
"""
COMMANDS: dict[str, Callable[[Any, OdbChoice, str], Exit]] = {
    'import': lambda world, choice, path: import_files(world, choice, [path], lock_timeout=0.1),
    'dry run': lambda world, choice, path: import_files(world, choice, [path], dry_run=True, lock_timeout=0.1),
    'diff': lambda world, choice, path: diff(world, choice, [path]),
    'export': lambda world, choice, path: export(world, choice),
    'info': lambda world, choice, path: info(world, choice),
}
READING = ('diff', 'export', 'info')
UNCHANGED = '. Nothing was changed.'
EVERY = pytest.mark.parametrize('command', COMMANDS)


def run(command: str, database: Path, text: str = USER, environ: Mapping[str, str] = ENVIRON) -> Exit:
    """Runs a command on a SQLite file; the wanted objects are in a file elsewhere."""
    with TemporaryDirectory() as folder:
        path = Path(folder, 'wanted.yaml')
        path.write_text(text)
        return COMMANDS[command](Console(environ).world, OdbChoice(odb=f'sqlite:///{database}'), str(path))


def wanted(folder: Path) -> str:
    """Writes the wanted objects to a file; returns its path."""
    (folder / 'wanted.yaml').write_text(USER)
    return str(folder / 'wanted.yaml')


def content(folder: Path) -> dict[str, bytes]:
    """Returns all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


@contextmanager
def refused(folder: Path, sort: type[ZatoolsError], text: str) -> Iterator[None]:
    """Expects an error that ends with a text, and a folder in which nothing changes."""
    before = content(folder)
    with pytest.raises(sort) as caught:
        yield
    assert caught.value.text.endswith(text), caught.value.text
    assert caught.value.__cause__ is None
    assert content(folder) == before


def outcome(command: str) -> str:
    """Returns what is said of the outcome: by those that may write."""
    return '' if command in READING else UNCHANGED


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """An empty ODB of ours."""
    path = tmp_path / 'a.sqlite'
    create(Console(ENVIRON).world, OdbChoice(odb=f'sqlite:///{path}'))
    return path


def sql(database: Path, *statements: str) -> None:
    """Runs statements on a SQLite file."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


# What is no ODB


@EVERY
def test_another_file_is_no_database(command: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.sqlite'
    path.write_text('one;two;three\n' * 99)
    with refused(tmp_path, OdbError, f'/a.sqlite is no SQLite database{outcome(command)}'):
        run(command, path)


@EVERY
def test_a_single_byte_is_no_odb(command: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.sqlite'
    path.write_bytes(b'\n')
    with refused(tmp_path, OdbError, '/a.sqlite is no ODB'):
        run(command, path)


@EVERY
def test_a_database_of_something_else_is_no_odb(command: str, tmp_path: Path) -> None:
    sql(tmp_path / 'a.sqlite', 'create table songs (title text)')
    with refused(tmp_path, OdbError, '/a.sqlite is no ODB'):
        run(command, tmp_path / 'a.sqlite')


@EVERY
def test_a_folder_is_no_database(command: str, tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').mkdir()
    with refused(tmp_path, OdbError, '/a.sqlite is a folder'):
        run(command, tmp_path / 'a.sqlite')


@pytest.mark.parametrize('command', READING)
def test_an_empty_file_holds_no_odb(command: str, tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').touch()
    with refused(tmp_path, OdbError, '/a.sqlite'):
        run(command, tmp_path / 'a.sqlite')


@pytest.mark.parametrize('command', READING)
def test_a_file_that_is_not_there_is_not_made_by_reading(command: str, tmp_path: Path) -> None:
    with refused(tmp_path, OdbError, '/a.sqlite'):
        run(command, tmp_path / 'a.sqlite')


def test_an_import_fills_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').touch()
    assert run('import', tmp_path / 'a.sqlite') is Exit.OK
    assert list(content(tmp_path)) == ['a.sqlite']


@pytest.mark.parametrize('is_there', [False, True])
def test_a_dry_run_makes_no_file(is_there: bool, tmp_path: Path) -> None:
    if is_there:
        (tmp_path / 'a.sqlite').touch()
    before = content(tmp_path)
    assert run('dry run', tmp_path / 'a.sqlite') is Exit.OK
    assert content(tmp_path) == before


@pytest.mark.parametrize('environ', [ENVIRON, {}], ids=['key given', 'no key'])
def test_an_import_that_fails_makes_no_file(environ: dict[str, str], tmp_path: Path) -> None:
    with refused(tmp_path, InvalidError, f'Nothing was changed in sqlite:///{tmp_path}/a.sqlite.'):
        run('import', tmp_path / 'a.sqlite', USER.replace('username: api', 'username: ' + 'x' * 300), environ)


def test_an_import_that_fails_leaves_an_empty_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').touch()
    with refused(tmp_path, InvalidError, f'Nothing was changed in sqlite:///{tmp_path}/a.sqlite.'):
        run('import', tmp_path / 'a.sqlite', USER.replace('username: api', 'username: ' + 'x' * 300))


@pytest.mark.parametrize('command', ['import', 'dry run', *READING])
def test_a_folder_that_is_not_there_is_not_made(command: str, tmp_path: Path) -> None:
    with refused(tmp_path, OdbError, '/a.sqlite' if command in READING else "/a.sqlite can't be opened"):
        run(command, tmp_path / 'none' / 'a.sqlite')


def test_an_odb_is_not_made_over_another_file(tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').write_text('one;two;three\n')
    with refused(tmp_path, RefusedError, '/a.sqlite already'):
        create(Console(ENVIRON).world, OdbChoice(odb=f'sqlite:///{tmp_path}/a.sqlite'))


@EVERY
@pytest.mark.parametrize('table', ['cluster', 'sec_base', 'http_soap', 'out_amqp'])
def test_without_one_of_its_tables_it_is_no_odb(table: str, command: str, database: Path) -> None:
    sql(database, f'drop table {table}')
    with refused(database.parent, OdbError, '/a.sqlite is no ODB'):
        run(command, database)


@pytest.mark.parametrize(
    ('table', 'text'),
    [
        pytest.param('sec_basic_auth', USER, id='sec_basic_auth'),
        pytest.param('generic_object', 'groups:\n  - name: one\n', id='generic_object'),
        pytest.param(
            'service', 'channel_rest:\n  - name: one\n    service: my.service\n    url_path: /one\n', id='service'
        ),
    ],
)
def test_a_kind_whose_table_is_missing_can_not_be_imported(table: str, text: str, database: Path) -> None:
    sql(database, f'drop table {table}')
    with refused(database.parent, OdbError, f'the ODB lacks what these objects need: table {table}'):
        run('import', database, text)


@EVERY
def test_without_a_cluster_it_is_no_odb(command: str, database: Path) -> None:
    sql(database, 'delete from cluster')
    with refused(database.parent, OdbError, '/a.sqlite has no cluster'):
        run(command, database)


# One file, spelled in several ways

SPELLINGS = pytest.mark.parametrize('spelled', ['{}/', 'sqlite:///{}/', '{}/.', 'sqlite:///{}//'])
MAKING: dict[str, Callable[[Any, OdbChoice, str], Exit]] = {
    'create': lambda world, choice, path: create(world, choice),
    'old import': lambda world, choice, path: import_odb(world, choice, FileChoice((path,))),
    **COMMANDS,
}


@SPELLINGS
@pytest.mark.parametrize('command', MAKING)
def test_a_slash_behind_a_file_takes_nothing_from_it(command: str, spelled: str, database: Path) -> None:
    choice = OdbChoice(odb=spelled.format(database))
    import_files(Console(ENVIRON).world, choice, [wanted(database.parent)])
    before = content(database.parent)
    with suppress(RefusedError):
        MAKING[command](Console(ENVIRON).world, choice, wanted(database.parent))
    assert content(database.parent) == before


@SPELLINGS
@pytest.mark.parametrize('command', ['create', 'import', 'old import'])
def test_what_is_made_with_a_slash_behind_it_is_there(command: str, spelled: str, tmp_path: Path) -> None:
    path = wanted(tmp_path)
    assert (
        MAKING[command](Console(ENVIRON).world, OdbChoice(odb=spelled.format(tmp_path / 'a.sqlite')), path) is Exit.OK
    )
    assert run('diff', tmp_path / 'a.sqlite') is (Exit.NO if command == 'create' else Exit.OK)


def test_a_link_to_nothing_outlives_an_import_that_fails(tmp_path: Path) -> None:
    (tmp_path / 'a.sqlite').symlink_to('b.sqlite')
    with pytest.raises(InvalidError):
        run('import', tmp_path / 'a.sqlite', USER.replace('username: api', 'username: ' + 'x' * 300))
    assert [path.name for path in tmp_path.iterdir()] == ['a.sqlite']
    assert run('import', tmp_path / 'a.sqlite') is Exit.OK
    assert (tmp_path / 'b.sqlite').is_file()


# Locked by another process


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for locks only shortly."""
    monkeypatch.setattr(engine, 'READING', 0.1)


@contextmanager
def locked(database: Path, begin: str) -> Iterator[None]:
    """Holds a lock as another process would."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute(begin)
        yield
        other.execute('rollback')


@pytest.mark.usefixtures('impatient')
@EVERY
def test_one_that_another_process_writes_is_said_to_be_locked(command: str, database: Path) -> None:
    with (
        locked(database, 'begin exclusive'),
        refused(database.parent, OdbError, f'/a.sqlite is locked by another process{outcome(command)}'),
    ):
        run(command, database)


@pytest.mark.usefixtures('impatient')
def test_one_that_another_process_is_about_to_write_can_be_read_but_not_written(database: Path) -> None:
    with locked(database, 'begin immediate'):
        assert run('export', database) is Exit.OK
        assert run('diff', database) is Exit.NO
        with refused(database.parent, OdbError, f'/a.sqlite is locked by another process{UNCHANGED}'):
            run('import', database)
    assert run('import', database) is Exit.OK


# A full disk


@contextmanager
def pages(count: int) -> Iterator[None]:
    """Lets databases grow up to a number of pages only, as on a full disk."""

    def limit(connection: Any, record: Any) -> None:
        connection.execute(f'pragma max_page_count = {count}')

    event.listen(Pool, 'connect', limit)
    try:
        yield
    finally:
        event.remove(Pool, 'connect', limit)


def test_a_full_disk_changes_nothing(database: Path) -> None:
    assert run('import', database) is Exit.OK
    with pages(1), refused(database.parent, OdbError, f"/a.sqlite can't be written: the disk is full{UNCHANGED}"):
        run('import', database, definitions(1000))
    assert run('import', database) is Exit.OK


@pytest.mark.parametrize('environ', [ENVIRON, {}], ids=['key given', 'key made'])
@pytest.mark.parametrize('count', [1, 60])
def test_a_full_disk_leaves_neither_a_new_file_nor_its_key(count: int, environ: dict[str, str], tmp_path: Path) -> None:
    with pages(count), refused(tmp_path, OdbError, f"/a.sqlite can't be written: the disk is full{UNCHANGED}"):
        run('import', tmp_path / 'a.sqlite', definitions(5000), environ)


FULL = """
mount -t tmpfs -o size="$SIZE" none "$1" || exit 99
cp a.sqlite "$1"
cp a.sqlite before
head -c 100000000 /dev/zero > "$1"/filler 2> /dev/null
"$PYTHON" -m zatools enmasse import a.yaml --odb "sqlite:///$1/a.sqlite" > /dev/null
code=$?
ls -A "$1"
cmp before "$1"/a.sqlite && exit $code
"""


def test_a_disk_that_is_really_full_changes_nothing(database: Path) -> None:
    folder = database.parent
    if not shutil.which('unshare') or os.geteuid():
        pytest.skip('only root makes a small file system')
    (folder / 'small').mkdir()
    (folder / 'a.yaml').write_text(definitions(1000))
    environ = {**os.environ, **ENVIRON, 'PYTHONPATH': str(ROOT), 'PYTHON': sys.executable, 'SIZE': '1200k'}
    command = ['unshare', '-m', 'sh', '-c', FULL, 'sh', str(folder / 'small')]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    if done.returncode in (1, 99) and 'zatools' not in done.stderr and not done.stdout:
        pytest.skip(f'no small file system can be made: {done.stderr.strip()}')
    assert (done.returncode, done.stdout.split()) == (4, ['a.sqlite', 'filler'])
    assert done.stderr.endswith(f"sqlite:///{folder}/small/a.sqlite can't be written: the disk is full{UNCHANGED}\n")


# Read-only

#: Root may write everywhere: what runs is somebody else, once all is imported.
AS_NOBODY = """
import os, sys
import cryptography.fernet, sqlalchemy, yaml
sqlalchemy.create_engine('sqlite://').connect().close()
from tests.conftest import Console
from tests.odb.test_failures import ENVIRON, run
from pathlib import Path
from zatools.errors import ZatoolsError
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    print(int(run(sys.argv[1], Path('a.sqlite'))))
except ZatoolsError as error:
    print(int(error.code), error.text)
"""


def as_nobody(command: str, mode: str, has_odb: bool = True) -> str:
    """Runs a command where nothing can be written; returns what was printed."""
    # Not in pytest's own folder: others may not even look into that.
    with TemporaryDirectory() as name:
        folder = Path(name)
        if has_odb:
            create(Console(ENVIRON).world, OdbChoice(odb=f'sqlite:///{folder}/a.sqlite'))
            sql(folder / 'a.sqlite', f'pragma journal_mode = {mode}')
            (folder / 'a.sqlite').chmod(0o444)
        folder.chmod(0o555)
        before = content(folder)
        environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
        done = subprocess.run(
            [sys.executable, '-c', AS_NOBODY, command], cwd=folder, env=environ, capture_output=True, text=True
        )
        assert content(folder) == before
        folder.chmod(0o755)
    return done.stdout + done.stderr


@pytest.mark.parametrize('mode', ['delete', 'wal'])
@pytest.mark.parametrize(
    ('command', 'printed'),
    [
        ('import', '4 sqlite:///a.sqlite is read-only. Nothing was changed.\n'),
        ('export', '0\n'),
        ('diff', '1\n'),
        ('info', '0\n'),
    ],
)
def test_a_read_only_database_is_read_but_not_written(command: str, printed: str, mode: str) -> None:
    assert as_nobody(command, mode) == printed


def test_where_nothing_can_be_written_no_odb_is_made() -> None:
    assert as_nobody('import', 'delete', has_odb=False) == "4 sqlite:///a.sqlite can't be opened\n"


# A disk that is full only when all is written out


def test_a_disk_that_fills_during_the_commit_leaves_all_as_it_was(database: Path) -> None:
    (database.parent / 'many.yaml').write_text(definitions(300))
    before = content(database.parent)
    # Small enough for SQLite to keep in memory until it commits: then the file may not grow.
    code = (
        'import resource, sys; from zatools.cli.start import main;'
        f'resource.setrlimit(resource.RLIMIT_FSIZE, ({database.stat().st_size + 8192},) * 2);'
        f"sys.argv = ['zato', 'enmasse', 'import', 'many.yaml', '--odb', 'sqlite:///a.sqlite']; main()"
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        cwd=database.parent,
        env={**os.environ, **ENVIRON, 'PYTHONPATH': str(ROOT), 'PYTHONDONTWRITEBYTECODE': '1'},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert (done.returncode, done.stderr.splitlines()[-2]) == (
        4,
        "sqlite:///a.sqlite can't be read or written: the disk fails. Nothing was changed.",
    )
    sql(database, 'select count(*) from sec_base')
    assert content(database.parent) == before
