"""Files are replaced whole, and only files: links, devices and pipes stay what they are."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.running import until
from tests.tree import tree
from zatools.atomic import write_file, write_new
from zatools.errors import FileError, InvalidError, RefusedError
from zatools.files.folder import write_folder
from zatools.files.sources import expand
from zatools.place import Problem

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
    # Nobody waits for it where the pipe is replaced.
    reader = threading.Thread(target=lambda: read.append(path.read_text()), daemon=True)
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
from zatools.place import Problem
from zatools.atomic import write_file

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
    problems = []
    expand([str(folder)], problems)
    seen = {path.name: path.read_text() for path in folder.glob('*.yaml')}
    outcome = 'not known' if problems else 'old' if seen == OLD else 'new' if seen == NEW else seen
    write_folder(folder, NEW, False)
    found.append([outcome, content(folder) == NEW])
print(json.dumps(found))
"""


def test_after_an_export_that_was_killed_readers_find_the_old_files_or_the_new_or_are_told(tmp_path: Path) -> None:
    command = [sys.executable, '-c', CRASHES, str(tmp_path / 'folder')]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    outcomes = [outcome for outcome, _ in found]
    assert list(dict.fromkeys(outcomes)) == ['old', 'not known', 'new']
    assert outcomes == sorted(outcomes, key=['old', 'not known', 'new'].index)
    assert all(is_new_after for _, is_new_after in found)
    assert len(found) > 20


def test_a_reader_waits_for_an_export_that_is_at_work(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    (tmp_path / '.zatools-export.new').mkdir()
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    ending = threading.Timer(0.3, (tmp_path / '.zatools-export.new').rmdir)
    ending.start()
    assert found_in(tmp_path) == ['a.yaml', 'b.yaml', 'gone.yaml', 'same.yaml']
    os.close(handle)


def found_in(folder: Path) -> list[str]:
    """Returns the names of the definition files that a reader finds, or what it complains of."""
    problems: list[Problem] = []
    files = expand([str(folder)], problems)
    return [os.path.relpath(file, folder) for file in files] or [problem.text for problem in problems]


#: Folders that no export of ours leaves, each made by a shell in `hostile/`, beside `victim` and `victims/`.
HOSTILE = {
    'a link where a new file goes': 'mkdir $NEW; echo x > $NEW/x.yaml; ln -s ../victim x.yaml',
    'a link among the new files': 'mkdir $NEW; ln -s ../../victim $NEW/x.yaml',
    'a path among what goes': """mkdir $NEW; echo '["../victim"]' > $NEW/.removed""",
    'an absolute path among what goes': """mkdir $NEW; printf '["%s"]' $(realpath ../victim) > $NEW/.removed""",
    'a file of another sort among what goes': """touch Makefile; mkdir $NEW; echo '["Makefile"]' > $NEW/.removed""",
    'a folder among the new files': 'mkdir -p $NEW/x.yaml/y.yaml',
    'a file of another sort among the new files': 'mkdir $NEW; touch $NEW/.bashrc',
    'a pipe among the new files': 'mkdir $NEW; mkfifo $NEW/x.yaml',
    # With a list of what goes, as an export leaves it.
    'a link and a list': 'mkdir $NEW; ln -s ../../victim $NEW/x.yaml; echo "[]" > $NEW/.removed',
    'a folder and a list': 'mkdir -p $NEW/x.yaml/y.yaml; echo "[]" > $NEW/.removed',
    'a file of another sort and a list': 'mkdir $NEW; touch $NEW/.bashrc; echo "[]" > $NEW/.removed',
    'no list of what goes': 'mkdir $NEW; echo "{}" > $NEW/.removed',
    'a list of lists': 'mkdir $NEW; echo "[[1]]" > $NEW/.removed',
    'a deep list': """mkdir $NEW; python3 -c 'print("[" * 100000)' > $NEW/.removed""",
    'new files in a folder elsewhere': 'ln -s ../victims $NEW',
    'a file for the folder of new files': 'touch $NEW',
    'a pipe for the folder of new files': 'mkfifo $NEW',
    'old files in a folder elsewhere': 'ln -s ../victims .zatools-export.tmp',
    'a path in the manifest': """echo '{"files": {"../victim": []}}' > .zatools-export""",
    'a manifest elsewhere': """echo '{"files": {}}' > ../manifest; ln -s ../manifest .zatools-export""",
    'a pipe for a manifest': 'mkfifo .zatools-export',
    'a manifest of another shape': """echo '{"files": {"x.yaml": 1}}' > .zatools-export""",
    'a link that the manifest lists': """ln -s ../victim x.yaml; hash=$(sha256sum < ../victim | cut -c-64)
        printf '{"files": {"x.yaml": ["%s"]}}' $hash > .zatools-export""",
    'a link to nothing': 'ln -s ../new-victim x.yaml',
    'a pipe among the definitions': 'mkfifo x.yaml',
}


@pytest.fixture
def hostile(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder that a repository may bring along, and what an export into it must leave alone."""
    folder = tmp_path / 'hostile'
    for path in (folder, tmp_path / 'victims'):
        path.mkdir()
    (tmp_path / 'victim').write_text('mine\n')
    (tmp_path / 'victims' / 'x.yaml').write_text('mine\n')
    subprocess.run(['bash', '-ec', f'NEW=.zatools-export.new\n{HOSTILE[request.param]}'], cwd=folder, check=True)
    return folder


every_hostile = pytest.mark.parametrize('hostile', HOSTILE, indirect=True)


@pytest.mark.parametrize('hostile', sorted(HOSTILE.keys() - {'a link where a new file goes'}), indirect=True)
def test_an_export_into_a_hostile_folder_is_refused_and_touches_nothing(hostile: Path) -> None:
    before = tree(hostile.parent)
    with pytest.raises((InvalidError, RefusedError)):
        write_folder(hostile, {'x.yaml': 'x: new\n'}, False)
    assert tree(hostile.parent) == before


@every_hostile
def test_a_forced_export_touches_nothing_outside(hostile: Path) -> None:
    def outside() -> dict[str, object]:
        return {path: entry for path, entry in tree(hostile.parent).items() if not path.startswith('hostile')}

    before = outside()
    with suppress(InvalidError):
        write_folder(hostile, {'x.yaml': 'x: new\n'}, True)
        assert (hostile / 'x.yaml').read_text() == 'x: new\n'
    assert outside() == before


@every_hostile
def test_looking_for_files_in_a_hostile_folder_changes_nothing(hostile: Path) -> None:
    before = tree(hostile.parent)
    problems: list[Problem] = []
    expand([str(hostile), f'{hostile}/x.yaml', f'{hostile}/**'], problems)
    assert tree(hostile.parent) == before
    is_unfinished = os.path.lexists(hostile / '.zatools-export.new')
    assert any('holds an export that was interrupted' in problem.text for problem in problems) == is_unfinished


def test_a_link_in_a_folder_is_named_and_replaced_only_if_forced(tmp_path: Path) -> None:
    write_folder(tmp_path / 'out', OLD, False)
    (tmp_path / 'out' / 'a.yaml').rename(tmp_path / 'real.yaml')
    (tmp_path / 'out' / 'a.yaml').symlink_to('../real.yaml')
    with pytest.raises(RefusedError, match=r'an export would lose: a.yaml \(a link\)'):
        write_folder(tmp_path / 'out', NEW, False)
    write_folder(tmp_path / 'out', NEW, True)
    assert content(tmp_path / 'out') == NEW
    assert (tmp_path / 'real.yaml').read_text() == OLD['a.yaml']


def test_a_folder_with_the_name_of_a_new_file_is_found_before_anything_is_decided(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    (tmp_path / 'more.yaml').mkdir()
    with pytest.raises(FileError, match="can't be written: more.yaml is a directory"):
        write_folder(tmp_path, NEW, False)
    (tmp_path / 'more.yaml').rmdir()
    assert content(tmp_path) == OLD


def test_a_folder_that_no_file_can_be_made_in_stays_as_it_was(tmp_path: Path) -> None:
    write_folder(tmp_path, OLD, False)
    with pytest.raises(FileError, match="can't be written"):
        write_folder(tmp_path, {**NEW, 'x' * 300: 'name too long'}, False)
    assert content(tmp_path) == OLD


def test_files_with_secrets_are_their_owners_only(tmp_path: Path) -> None:
    files = {'a.yaml': 'password: s3cret\n', 'b.yaml': 'b: 1\n'}
    write_folder(tmp_path, files, is_forced=False)
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    # One is as it was, the other is new: neither may be read by others, nor what their hashes tell.
    write_folder(tmp_path, {**files, 'c.yaml': 'password: other\n'}, is_forced=False, is_private=True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(['.zatools-export', 'a.yaml', 'b.yaml', 'c.yaml'], 0o600)
    write_file(tmp_path / 'd.yaml', 'password: s3cret', is_private=True)
    assert (tmp_path / 'd.yaml').stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_edited_is_overwritten_only_if_forced(tmp_path: Path) -> None:
    write_folder(tmp_path, {'a.yaml': 'one'}, False)
    (tmp_path / 'a.yaml').write_text('mine')
    with pytest.raises(RefusedError, match=r'a.yaml \(edited since\)'):
        write_folder(tmp_path, {'a.yaml': 'two'}, False)
    assert content(tmp_path) == {'a.yaml': 'mine'}
    write_folder(tmp_path, {'a.yaml': 'two'}, True)
    assert content(tmp_path) == {'a.yaml': 'two'}


def test_a_list_of_files_names_none_that_is_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / 'out'
    write_folder(folder, {'a.yaml': 'one'}, False)
    other = tmp_path / 'other.yaml'
    other.write_text('mine')
    listed = json.loads((folder / '.zatools-export').read_text())
    listed['files'][str(other)] = listed['files']['a.yaml']
    (folder / '.zatools-export').write_text(json.dumps(listed))
    with pytest.raises(InvalidError):
        write_folder(folder, {'b.yaml': 'two'}, False)
    assert other.read_text() == 'mine'
    assert (folder / 'a.yaml').read_text() == 'one'


def test_an_export_waits_for_another_into_the_same_folder(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    export = threading.Thread(target=write_folder, args=(tmp_path, {'a.yaml': 'one'}, False), daemon=True)
    export.start()
    waiter = re.compile(rf'-> FLOCK .*:{os.stat(tmp_path).st_ino} ')
    until(lambda: waiter.search(Path('/proc/locks').read_text()) is not None or not export.is_alive())
    assert content(tmp_path) == {}
    os.close(handle)
    export.join(30)
    assert content(tmp_path) == {'a.yaml': 'one'}


def test_an_export_that_is_decided_is_completed_at_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path, {'a.yaml': 'one', 'b.yaml': 'one'}, False)
    replace, calls = os.replace, []

    def interrupted(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 1:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, 'replace', interrupted)
    write_folder(tmp_path, {'a.yaml': 'two', 'b.yaml': 'two'}, False)
    assert content(tmp_path) == {'a.yaml': 'two', 'b.yaml': 'two'}


def test_a_file_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text('old')
    sync, synced = os.fsync, []

    def noted(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.read_text()))
        sync(handle)

    monkeypatch.setattr(os, 'fsync', noted)
    write_file(path, 'new')
    assert (path.stat().st_ino, 'old') in synced


def test_a_new_file_takes_nobodys_place(tmp_path: Path) -> None:
    (tmp_path / 'theirs').write_text('theirs')
    (tmp_path / 'link').symlink_to('theirs')
    for name in ('theirs', 'link'):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / name, b'mine', 0o600)
    assert (tmp_path / 'theirs').read_text() == 'theirs'
