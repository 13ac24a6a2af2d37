"""Files are replaced whole, and only files: links, devices and pipes stay what they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import ROOT
from zatools.errors import OdbError
from zatools.files.folder import write_file, write_folder
from zatools.files.sources import expand

OLD = {'a.yaml': 'a: old\n', 'b.yaml': 'b: old\n', 'gone.yaml': 'gone: old\n', 'same.yaml': 'same: 1\n'}
NEW = {'a.yaml': 'a: new\n', 'b.yaml': 'b: new\n', 'more.yaml': 'more: new\n', 'same.yaml': 'same: 1\n'}


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text('old')
    path.chmod(0o640)
    write_file(path, 'new')
    assert (path.read_text(), path.stat().st_mode & 0o777) == ('new', 0o640)
    assert [entry.name for entry in tmp_path.iterdir()] == ['a.yaml']


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / 'real.yaml').write_text('old')
    link = tmp_path / 'link.yaml'
    link.symlink_to('real.yaml')
    write_file(link, 'new')
    assert link.is_symlink()
    assert (tmp_path / 'real.yaml').read_text() == 'new'


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / 'pipe'
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_file(path, 'new')
    reader.join(10)
    assert (read, path.is_fifo()) == (['new'], True)


def test_a_device_stays_a_device() -> None:
    write_file(Path('/dev/null'), 'new')
    assert Path('/dev/null').is_char_device()


def content(folder: Path) -> dict[str, str]:
    """Returns what is there, hidden files too, but for what an export notes."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != '.zatools-export'}


def test_a_folder_holds_just_what_was_exported(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    assert content(tmp_path) == OLD
    (tmp_path / 'notes.txt').write_text('mine')
    write_folder(tmp_path, NEW, False)
    assert content(tmp_path) == {**NEW, 'notes.txt': 'mine'}


# Kills itself at each step in turn that changes something, or opens a file; prints what whoever comes next finds.
CRASHES = """
import json, os, shutil, signal, sys
from pathlib import Path
from tests.files.test_folder import NEW, OLD, content
from zatools.files.folder import write_folder
from zatools.files.sources import expand

def crash(folder, step):
    count = 0
    def hook(event, arguments):
        nonlocal count
        if event in ('open', 'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.chmod'):
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    write_folder(folder, NEW, False)
    os._exit(0)

folder, found, code, step = Path(sys.argv[1]), [], None, 0
while code != 0:
    step += 1
    shutil.rmtree(folder, ignore_errors=True)
    write_folder(folder, OLD, False)
    child = os.fork()
    if not child:
        crash(folder, step)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    expand([str(folder)], [])
    seen = content(folder) if not (folder / '.zatools-export.tmp').exists() else {
        path.name: path.read_text() for path in folder.glob('*.yaml')}
    write_folder(folder, NEW, False)
    found.append(['old' if seen == OLD else 'new' if seen == NEW else seen, content(folder) == NEW])
print(json.dumps(found))
"""


def test_an_export_that_is_killed_at_any_step_leaves_the_old_files_or_the_new(tmp_path: Path) -> None:
    command = [sys.executable, '-c', CRASHES, str(tmp_path / 'folder')]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert [outcome for outcome, _ in found] == sorted((outcome for outcome, _ in found), reverse=True)
    assert {outcome for outcome, _ in found} == {'old', 'new'}
    assert all(is_new_after for _, is_new_after in found)
    assert len(found) > 20


def test_an_export_that_no_reader_may_complete_is_said(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    # A folder where a file should go can't be replaced, even by root.
    (tmp_path / '.zatools-export.new').mkdir()
    (tmp_path / '.zatools-export.new' / 'c.yaml').write_text('c: new\n')
    (tmp_path / 'c.yaml').mkdir()
    with pytest.raises(OdbError, match='has an export that was interrupted'):
        expand([str(tmp_path)], [])


def test_a_link_in_a_folder_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    write_folder(tmp_path / 'out', OLD, False)
    (tmp_path / 'out' / 'a.yaml').rename(tmp_path / 'real.yaml')
    (tmp_path / 'out' / 'a.yaml').symlink_to('../real.yaml')
    write_folder(tmp_path / 'out', NEW, False)
    assert (tmp_path / 'out' / 'a.yaml').is_symlink()
    assert (tmp_path / 'real.yaml').read_text() == NEW['a.yaml']


def test_a_folder_that_no_file_can_be_made_in_stays_as_it_was(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    with pytest.raises(OdbError, match="can't be written"):
        write_folder(tmp_path, {**NEW, 'x' * 300: 'name too long'}, False)
    assert content(tmp_path) == OLD
