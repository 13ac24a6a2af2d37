"""Opening databases, and what goes wrong with them in words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from tests.conftest import ROOT
from zatools.errors import OdbError
from zatools.odb.engine import open_engine
from zatools.odb.failures import errors
from zatools.odb.locks import Wait
from zatools.odb.target import Target

INSERT = sa.text('insert into t values (:value)')


def at(path: Path) -> Target:
    """Returns the target of a SQLite file."""
    return Target(f'sqlite:///{path.name}', f'sqlite:///{path.name}', str(path), None)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A database with one table `t`, its `value` unique."""
    with closing(sqlite3.connect(tmp_path / 'a.db')) as connection:
        connection.execute('create table t (value text unique)')
    return at(tmp_path / 'a.db')


def run(target: Target, statement: str, is_writing: bool = False, timeout: float = 30) -> list[object]:
    """Runs one statement as commands do; returns the rows."""
    with errors(target):
        engine = open_engine(target, Wait(timeout) if is_writing else None)
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            return list(result) if result.returns_rows else []
    raise AssertionError


def failure(target: Target, statement: str = 'select * from t', is_writing: bool = False) -> str:
    """Returns the error that a statement ends with."""
    with pytest.raises(OdbError) as caught:
        run(target, statement, is_writing, timeout=0.1)
    assert caught.value.code == 4
    return caught.value.text


def test_what_is_written_is_read(target: Target) -> None:
    run(target, "insert into t values ('x')", is_writing=True)
    assert run(target, 'select value from t') == [('x',)]


def test_reading_can_not_write(target: Target) -> None:
    assert failure(target, "insert into t values ('x')") == 'sqlite:///a.db is read-only'


@pytest.mark.parametrize('is_writing', [False, True])
def test_a_missing_file_is_not_made(tmp_path: Path, is_writing: bool) -> None:
    assert failure(at(tmp_path / 'none.db'), is_writing=is_writing) == "sqlite:///none.db can't be opened"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_made_where_it_may_be(tmp_path: Path) -> None:
    engine = open_engine(at(tmp_path / 'new ?#%.db'), Wait(), may_create=True)
    with engine.begin() as connection:
        connection.execute(sa.text('create table t (value text)'))
    assert [path.name for path in tmp_path.iterdir()] == ['new ?#%.db']


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert failure(at(tmp_path)) == f'sqlite:///{tmp_path.name} is a folder'


def test_another_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / 'a.db').write_text('not a database at all, ' * 99)
    assert failure(at(tmp_path / 'a.db')) == 'sqlite:///a.db is no SQLite database'


def test_a_missing_table_is_no_odb(target: Target) -> None:
    assert failure(target, 'select * from none') == 'sqlite:///a.db is no ODB: a table is missing'


def test_a_locked_database_is_said_to_be_locked(target: Target) -> None:
    with closing(sqlite3.connect(target.sqlite_path, isolation_level=None)) as other:
        other.execute('begin immediate')
        assert failure(target, is_writing=True) == 'sqlite:///a.db is locked by another process'
        assert run(target, 'select * from t') == []


def test_a_full_disk_is_said_to_be_full(target: Target) -> None:
    with pytest.raises(OdbError) as caught, errors(target):
        engine = open_engine(target, Wait())
        with engine.begin() as connection:
            connection.exec_driver_sql('pragma max_page_count = 1')
            connection.execute(INSERT, [{'value': f'{number}' * 999} for number in range(99)])
    assert caught.value.text == "sqlite:///a.db can't be written: the disk is full"


def test_a_damaged_database_is_said_to_be_damaged(target: Target) -> None:
    path = Path(target.sqlite_path)
    path.write_bytes(path.read_bytes()[:4096] + b'\xff' * 8192)
    assert failure(target) == 'sqlite:///a.db is damaged'


def test_an_error_never_shows_values(target: Target) -> None:
    with pytest.raises(OdbError) as caught, errors(target), open_engine(target, Wait()).begin() as connection:
        connection.execute(INSERT, [{'value': 'hunter2'}, {'value': 'hunter2'}])
    assert caught.value.text == 'sqlite:///a.db has an object with such a name or key already (t.value)'
    assert caught.value.__cause__ is None


def test_tables_are_rolled_back_too(target: Target) -> None:
    with open_engine(target, Wait()).connect() as connection, connection.begin() as transaction:
        connection.execute(sa.text('create table u (value text)'))
        transaction.rollback()
    assert run(target, "select name from sqlite_master where name = 'u'") == []


def test_whoever_reads_keeps_nobody_from_writing(target: Target) -> None:
    with open_engine(target).begin() as reading:
        assert reading.execute(sa.text('select count(*) from t')).scalar() == 0
        with closing(sqlite3.connect(target.sqlite_path, timeout=0, isolation_level=None)) as other:
            for statement in ('begin immediate', "insert into t values ('x')", 'commit'):
                other.execute(statement)
        assert reading.execute(sa.text('select count(*) from t')).scalar() == 0


def test_a_file_that_is_too_big_for_a_copy_is_read_itself(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('zatools.odb.engine.COPIED', 1)
    assert run(target, 'select * from t') == []
    assert failure(target, "insert into t values ('x')") == 'sqlite:///a.db is read-only'


def test_a_commit_waits_for_readers_and_says_so(target: Target) -> None:
    with closing(sqlite3.connect(target.sqlite_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute('begin')
        other.execute('select * from t').fetchall()
        said: list[str] = []

        def say(text: str) -> None:
            said.append(text)
            other.execute('rollback')

        with open_engine(target, Wait(30, say)).begin() as connection:
            connection.execute(INSERT, [{'value': 'x'}])
    assert said == ['Waiting for another process that reads the ODB (--lock-timeout 30)']
    assert run(target, 'select value from t') == [('x',)]


def test_a_commit_gives_up_after_its_time(target: Target) -> None:
    with closing(sqlite3.connect(target.sqlite_path, isolation_level=None)) as other:
        other.execute('begin')
        other.execute('select * from t').fetchall()
        text = failure(target, "insert into t values ('x')", is_writing=True)
        assert text == 'sqlite:///a.db is locked by another process'
    assert run(target, 'select value from t') == []


def test_much_that_is_written_waits_for_the_commit(target: Target) -> None:
    with closing(sqlite3.connect(target.sqlite_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute('begin')
        other.execute('select * from t').fetchall()
        with open_engine(target, Wait(30, lambda _: other.rollback())).begin() as connection:
            connection.exec_driver_sql('pragma cache_size = 10')
            connection.execute(INSERT, [{'value': f'{number}' * 999} for number in range(300)])
    assert run(target, 'select count(*) from t') == [(300,)]


def test_a_writer_takes_the_lock_as_it_begins(target: Target) -> None:
    with open_engine(target, Wait()).begin():
        assert failure(target, is_writing=True) == 'sqlite:///a.db is locked by another process'


def test_a_reader_sees_one_state_to_its_end(target: Target) -> None:
    with closing(sqlite3.connect(target.sqlite_path)) as other:
        other.execute('pragma journal_mode = wal')
        with open_engine(target).begin() as connection:
            assert connection.execute(sa.text('select count(*) from t')).scalar() == 0
            other.execute("insert into t values ('x')")
            other.commit()
            assert connection.execute(sa.text('select count(*) from t')).scalar() == 0


#: Root may write everywhere: what reads is somebody else, once all is imported.
READ = """
import os, sys
import sqlalchemy as sa
from zatools.odb.engine import open_engine
from zatools.odb.locks import Wait
from zatools.odb.failures import errors
from zatools.odb.target import Target
sa.create_engine('sqlite://').connect().close()
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
target = Target('sqlite:///a.db', 'sqlite:///a.db', 'a.db', None)
try:
    with errors(target), open_engine(target, Wait() if sys.argv[1] == 'write' else None).begin() as connection:
        if sys.argv[1] == 'write':
            connection.execute(sa.text("insert into t values ('y')"))
        print(connection.execute(sa.text('select * from t')).all())
except Exception as error:
    print(error)
"""


def as_a_reader(action: str, mode: str) -> str:
    """Opens a database as a user who may only read it and its folder; returns what was printed."""
    # Not in pytest's own folder: others may not even look into that.
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(sqlite3.connect(folder / 'a.db')) as connection:
            connection.execute(f'pragma journal_mode = {mode}')
            connection.executescript("create table t (value text); insert into t values ('x')")
        (folder / 'a.db').chmod(0o444)
        folder.chmod(0o555)
        environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
        done = subprocess.run(
            [sys.executable, '-c', READ, action], cwd=folder, env=environ, capture_output=True, text=True
        )
        folder.chmod(0o755)
    return done.stdout + done.stderr


@pytest.mark.parametrize('mode', ['delete', 'wal'])
def test_a_database_is_read_where_nothing_can_be_written(mode: str) -> None:
    assert as_a_reader('read', mode) == "[('x',)]\n"


def test_a_database_that_may_only_be_read_is_not_written() -> None:
    assert as_a_reader('write', 'delete') == 'sqlite:///a.db is read-only\n'


# Other databases


@pytest.mark.parametrize(
    ('scheme', 'driver', 'package'),
    [('postgresql+psycopg', 'psycopg', 'psycopg[binary]'), ('mysql+pymysql', 'pymysql', 'PyMySQL')],
)
def test_a_missing_driver_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, scheme: str, driver: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(OdbError) as caught:
        open_engine(Target(f'{scheme}://u:hunter2@h/db', 'shown', '', None))
    assert (caught.value.text, caught.value.hint) == (
        f'shown: the driver {driver} is not installed',
        f"pip install '{package}'",
    )


def test_a_bad_url_is_an_error_without_its_password() -> None:
    with pytest.raises(OdbError) as caught:
        open_engine(Target('mysql+pymysql://u:hunter2@h:port/db', 'mysql://u@h:port/db', '', None))
    assert caught.value.text == 'mysql://u@h:port/db is no valid URL'
