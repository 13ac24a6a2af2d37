"""Projects that are made from samples: whole or not there, whoever kills the program or fills the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Console
from zatools.commands.new import new
from zatools.errors import Exit, FileError, RefusedError

# Makes a project in a child that kills itself, or finds the disk full, at each step in turn; prints what is there then,
# and whether the next one makes a whole project.
STEPS = """
import errno, io, json, os, shutil, signal, sys
from pathlib import Path
from tests.console import Console
from zatools.commands.new import new
from zatools.errors import FileError

how, where = sys.argv[1], sys.argv[2]

def strike(step):
    count = 0
    def hook(event, arguments):
        nonlocal count
        is_change = event in ('os.mkdir', 'os.rename', 'os.remove', 'os.rmdir', 'os.chmod', 'shutil.copyfile')
        if is_change or (event == 'open' and 'w' in str(arguments[1])):
            count += 1
            if count == step and how == 'kill':
                os.kill(os.getpid(), signal.SIGKILL)
            if count == step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    sys.addaudithook(hook)
    try:
        code = int(new(Console({}).world, where))
    except FileError as error:
        code = int(error.code)
    # A failure that does no harm, such as of a folder that is there already, ends with another code than no failure.
    os._exit(code if count < step else code or 100)

def files():
    return sorted(str(path.relative_to(where)) for path in Path(where).rglob('*') if path.is_file())

def clean():
    for path in Path('.').iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if where == '.':
        return
    if os.environ.get('IS_THERE'):
        os.mkdir(where)

found, code, step = [], None, 0
while code != 0:
    step += 1
    clean()
    child = os.fork()
    if not child:
        strike(step)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    there = [name for name in files() if not name.startswith('.zatools-new')] if os.path.isdir(where) else []
    is_whole_before = len(there) > 8
    if not is_whole_before:
        new(Console({}).world, where)
    left = sorted(name for name in os.listdir('.') if name.startswith('.zatools-new'))
    found.append([code, len(there), len(files()), left])
print(json.dumps(found))
"""


def struck(folder: Path, how: str, where: str, is_there: bool) -> list[tuple[int, int, int, list[str]]]:
    """Returns for each step the exit code, how many files there are after it and after the next one, what is left."""
    environ = {**os.environ, 'PYTHONPATH': str(ROOT), 'IS_THERE': 'yes' if is_there else ''}
    command = [sys.executable, '-c', STEPS, how, where]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return [tuple(row) for row in json.loads(done.stdout)]


@pytest.mark.parametrize(('where', 'is_there'), [('mine', False), ('a/b/mine', False), ('mine', True)])
@pytest.mark.parametrize('how', ['kill', 'full'])
def test_a_project_is_whole_or_not_there(tmp_path: Path, how: str, where: str, is_there: bool) -> None:
    found = struck(tmp_path, how, where, is_there)
    whole = found[-1][2]
    assert whole > 8
    assert len(found) > 15
    assert {there for _, there, _, _ in found} == {0, whole}
    assert {after for _, _, after, _ in found} == {whole}
    # What a killed one leaves is hidden, and the next one clears it away.
    assert {code for code, *_ in found[:-1]} <= ({-9} if how == 'kill' else {4, 100})
    assert all(left == [] for _, there, _, left in found if not there)


def test_where_one_stands_the_next_one_makes_it_whole(tmp_path: Path) -> None:
    found = struck(tmp_path, 'kill', '.', False)
    assert {after for _, _, after, _ in found} == {found[-1][2]}


def test_a_full_disk_is_exit_4_and_what_is_there_is_exit_5(tmp_path: Path) -> None:
    (tmp_path / 'mine').mkdir()
    assert new(Console({}).world, str(tmp_path / 'mine')) is Exit.OK
    with pytest.raises(RefusedError, match='is not empty'):
        new(Console({}).world, str(tmp_path / 'mine'))
    with pytest.raises(FileError, match="can't be written"):
        new(Console({}).world, '/proc/mine')
