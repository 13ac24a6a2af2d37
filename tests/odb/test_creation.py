"""First imports at the same time into a SQLite file that isn't there: all import, none takes it from another."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calls import import_files
from tests.conftest import ROOT, Console
from tests.server.running import until
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

GOOD = """security:
  - {name: m0, type: basic_auth, username: m0, realm: r, password: secret}
"""
FAILING = (
    GOOD
    + """channel_rest:
  - {name: c, service: s, url_path: /x, data_format: json, security: nope}
"""
)

# Children of one process that has imported all it needs: many at once, in little time.
AT_ONCE = """
import io, json, os, sys, time
from pathlib import Path
import cryptography.fernet, zatools.odb.creation
from tests.console import Console
from tests.calls import import_files
from zatools.errors import ZatoolsError
from zatools.odb.target import OdbChoice

def run(file, begin):
    time.sleep(max(0, begin - time.time()))
    try:
        return import_files(Console({}).world, OdbChoice(path='n.db'), [file], lock_timeout=60)
    except ZatoolsError as error:
        print(file, error.text, file=sys.stderr)
        return error.code
    except BaseException as error:
        print(file, repr(error), file=sys.stderr)
        return 70

codes = []
for files in json.loads(sys.argv[1]):
    for name in os.listdir('.'):
        if name.startswith(('n.', '.n.')):
            os.unlink(name)
    begin, children = time.time() + 0.02, []
    for file in files:
        child = os.fork()
        if not child:
            os._exit(run(file, begin))
        children.append(child)
    codes.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
    names = sorted(name for name in os.listdir('.') if name.startswith(('n.', '.n.')))
    codes[-1].append(names)
print(json.dumps(codes))
"""


def at_once(folder: Path, *rounds: list[str]) -> list[list[object]]:
    """Runs rounds of imports at the same time into a new file; returns their exit codes and what files there are."""
    command = [sys.executable, '-c', AT_ONCE, json.dumps(rounds)]
    environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with definition files that differ, and one that fails."""
    for number in range(20):
        (tmp_path / f'{number}.yaml').write_text(GOOD.replace('m0', f'm{number}'))
    (tmp_path / 'failing.yaml').write_text(FAILING.replace('m0', 'f'))
    return tmp_path


def names(folder: Path) -> set[str]:
    """Returns the names of the definitions that were stored."""
    connection = sqlite3.connect(folder / 'n.db')
    found = {name for (name,) in connection.execute('select name from sec_base')}
    connection.close()
    return found


def test_pairs(folder: Path) -> None:
    for codes in at_once(folder, *[['0.yaml', '1.yaml']] * 12):
        assert codes == [0, 0, ['n.db', 'n.key']]
    assert names(folder) == {'m0', 'm1'}


def test_twenty_at_once(folder: Path) -> None:
    files = [f'{number}.yaml' for number in range(20)]
    assert at_once(folder, files) == [[*[0] * 20, ['n.db', 'n.key']]]
    assert names(folder) == {f'm{number}' for number in range(20)}


def test_one_that_fails_takes_nothing_from_one_that_does_not(folder: Path) -> None:
    for codes in at_once(folder, *[['failing.yaml', '0.yaml', 'failing.yaml']] * 6):
        assert codes == [3, 0, 3, ['n.db', 'n.key']]
    assert names(folder) == {'m0'}


def test_who_waits_for_one_that_makes_an_odb_says_so(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    console = Console({})
    console.when('Waiting for another process', lambda: os.close(handle))
    assert import_files(console.world, OdbChoice(path=str(folder / 'n.db')), [str(folder / '0.yaml')]) is Exit.OK
    assert 'Waiting for another process that makes an ODB' in console.err.getvalue()


def test_a_failing_import_leaves_an_empty_file_as_it_was(folder: Path) -> None:
    (folder / 'n.db').touch()
    before = (folder / 'n.db').stat().st_ino
    done = at_once_kept(folder, 'failing.yaml')
    assert done == 3
    assert ((folder / 'n.db').stat().st_ino, (folder / 'n.db').stat().st_size) == (before, 0)
    assert at_once_kept(folder, '0.yaml') == 0
    assert (folder / 'n.db').stat().st_ino == before
    assert names(folder) == {'m0'}


def at_once_kept(folder: Path, file: str) -> int:
    """Runs one import as a program of its own; returns its exit code."""
    command = [sys.executable, '-m', 'zatools', 'enmasse', 'import', file, '--odb', 'n.db']
    environ = {name: value for name, value in os.environ.items() if name not in ('CI', 'ZATO_ODB', 'ZATO_SECRET_KEY')}
    return subprocess.run(command, cwd=folder, env={**environ, 'PYTHONPATH': str(ROOT)}, check=False).returncode


def test_one_that_is_killed_leaves_no_odb_that_is_half(folder: Path) -> None:
    command = [sys.executable, '-m', 'zatools', 'enmasse', 'import', '.', '--odb', 'n.db']
    (folder / 'failing.yaml').unlink()
    (folder / '0.yaml').write_text(
        'security:\n' + ''.join(GOOD.splitlines()[1].replace('m0', f'n{n}') + '\n' for n in range(3000))
    )
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, 'PYTHONPATH': str(ROOT)}, stdout=subprocess.DEVNULL
    )
    until(lambda: bool(list(folder.glob('.n.db.*'))) or process.poll() is not None, lambda: 'no file was begun')
    process.kill()
    process.wait()
    assert not (folder / 'n.db').exists()
    assert at_once_kept(folder, '1.yaml') == 0
    assert names(folder) == {'m1'}
