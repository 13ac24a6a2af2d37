"""Writes exports into folders: a folder that holds just what was exported.

A folder changes in one step: its new files are made in a hidden folder beside the old ones, and what makes them
count is the renaming of that one. After a crash the next export puts them in their places; whoever reads is told that
they aren't there. What is found in a folder is anybody's: only definition files of its own count, never paths or links.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from zatools.atomic import is_regular, mode_of, sync, unwritable, write_files, write_new
from zatools.errors import InvalidError, RefusedError

MANIFEST = '.zatools-export'
#: Where new files are made, and where they are once they count.
STAGED, DECIDED = '.zatools-export.tmp', '.zatools-export.new'
WRITERS = 4
#: For its owner only.
PRIVATE = 0o600
#: In there: the names of files that go.
REMOVED = '.removed'
EDITOR_LINE = '# yaml-language-server:'
SUFFIXES = ('.yaml', '.yml', '.json')
#: How many bytes of a file are looked at for that line, and how many a list of files may have.
LINE, LIST = 1000, 50_000_000
#: Seconds that readers give an export that is at work.
PATIENCE = 10.0


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_ours(name: object) -> bool:
    # Lists of names are files too: one that names a path would have files elsewhere removed or overwritten.
    return isinstance(name, str) and name == os.path.basename(name) and name[:1] != '.' and name.endswith(SUFFIXES)


def _names(path: Path, *keys: str) -> Mapping[str, object] | list[str] | None:
    # The names that a file of ours lists, a mapping or a list; None where it is none of ours.
    if not is_regular(path):
        return None
    try:
        found = json.loads(path.read_bytes()[:LIST])
        for key in keys:
            found = found[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(found, dict | list) or not all(map(_is_ours, found)):
        return None
    return found


def _manifest(folder: Path) -> dict[str, list[str]]:
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return {}
    files = _names(path, 'files')
    if not isinstance(files, dict) or not all(isinstance(hashes, list) for hashes in files.values()):
        raise InvalidError(f'{path} is damaged or not from an export', 'look at it, remove it, and give --force')
    return files


def _foreign(folder: Path, listed: Mapping[str, list[str]]) -> dict[str, str]:
    # What stands where definition files do but isn't ours, by its name: why.
    found = {}
    for path in sorted(folder.iterdir()):
        if not _is_ours(path.name) or (path.is_dir() and not path.is_symlink()):
            continue
        hashes = listed.get(path.name)
        if path.is_symlink():
            found[path.name] = 'a link'
        elif not is_regular(path):
            found[path.name] = 'no regular file'
        elif hashes is None:
            found[path.name] = 'not from an export'
        elif _hash(path.read_bytes()) not in hashes:
            found[path.name] = 'edited since'
    return found


def keep_line(path: Path, text: str) -> str:
    """Returns a text with the line of the file it replaces that tells editors of a schema, if there is one."""
    if path.suffix == '.json' or not path.is_file():
        return text
    with path.open(encoding='utf-8', errors='replace') as file:
        first = file.readline(LINE)
    if not first.startswith(EDITOR_LINE):
        return text
    return f'{first.rstrip()}\n{text}'


def rewrite(files: Mapping[Path, tuple[bytes, str]], others: Mapping[Path, str]) -> None:
    """Replaces files, given with their bytes so far, and writes `others`; those from an export still count as such."""
    wanted = {**others, **{path: text for path, (_, text) in files.items()}}
    for folder in {path.parent for path in files}:
        listed = _manifest(folder)
        more = {
            path.name: [*listed[path.name], _hash(text.encode())]
            for path, (old, text) in files.items()
            if path.parent == folder and _hash(old) in listed.get(path.name, [])
        }
        if more:
            wanted = {folder / MANIFEST: _manifest_text({**listed, **more}), **wanted}
    write_files(wanted)


def _manifest_text(files: Mapping[str, list[str]]) -> str:
    return json.dumps({'files': files}, indent=2, sort_keys=True) + '\n'


def write_folder(folder: Path, files: Mapping[str, str], is_forced: bool, is_private: bool = False) -> None:
    """Makes a folder hold these files; those of an earlier export that no longer belong are removed.

    Raises RefusedError where a definition file isn't from an export or was edited since, unless forced.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _complete(folder)
            _clear(folder / STAGED)
            _write_all(folder, files, is_forced, is_private)
    except OSError as error:
        raise unwritable(folder, error) from None


def _write_all(folder: Path, files: Mapping[str, str], is_forced: bool, is_private: bool) -> None:
    listed = _manifest(folder)
    foreign = _foreign(folder, listed)
    if foreign and not is_forced:
        names = ', '.join(f'{name} ({why})' for name, why in foreign.items())
        raise RefusedError(f'{folder} holds files that an export would lose: {names}', 'overwrite: --force')
    written = {}
    for name, text in files.items():
        written[name] = text
        if name not in foreign:
            written[name] = keep_line(folder / name, text)
    try:
        _stage(folder, written, {*listed, *foreign} - files.keys(), is_private)
        os.rename(folder / STAGED, folder / DECIDED)
        sync(folder)
    finally:
        shutil.rmtree(folder / STAGED, ignore_errors=True)
    try:
        _complete(folder)
    except KeyboardInterrupt:
        # The export counts already, so it is finished: half of it would be of no use to anybody.
        _complete(folder)


def _stage(folder: Path, files: Mapping[str, str], removed: Iterable[str], is_private: bool) -> None:
    staged = folder / STAGED
    staged.mkdir(mode=0o700)
    contents = {name: text.encode() for name, text in files.items()}
    listed = {name: [_hash(data)] for name, data in contents.items()}
    contents[MANIFEST] = _manifest_text(listed).encode()
    modes = dict.fromkeys(contents, PRIVATE)
    # The hash of a private file lets others try guesses at its secrets, so the manifest is private with it.
    if not is_private:
        modes = {name: mode_of(folder / name) for name in contents}
    new = [
        (staged / name, data, modes[name])
        for name, data in contents.items()
        if name == MANIFEST or not _has(folder / name, data, modes[name])
    ]
    new.append((staged / REMOVED, json.dumps(sorted(removed)).encode(), PRIVATE))
    # Disks write out many files at once in less time than one after the other.
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write_new, *zip(*new, strict=True)))
    sync(staged)


def _has(path: Path, data: bytes, mode: int) -> bool:
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(errno.EISDIR, f'{path.name} is a directory')
    return is_regular(path) and mode_of(path) == mode and path.read_bytes() == data


def _clear(staged: Path) -> None:
    # An export that was killed has left it. A link or a file is not from an export, and stays.
    if staged.is_symlink() or staged.is_file():
        raise _not_ours(staged)
    shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # The lock dies with its process; where a file system has none, it has to do without.
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _complete(folder: Path) -> None:
    decided = folder / DECIDED
    if not os.path.lexists(decided):
        return
    names, gone = _decided(folder)
    for name in names:
        os.replace(decided / name, folder / name)
    for name in gone or ():
        (folder / name).unlink(missing_ok=True)
    if gone is not None:
        if (decided / MANIFEST).exists():
            os.replace(decided / MANIFEST, folder / MANIFEST)
        (decided / REMOVED).unlink()
    decided.rmdir()


def _decided(folder: Path) -> tuple[list[str], list[str] | None]:
    # The names of the files that get their places, and of those that are removed; None where they are removed already.
    # A folder with anything that no export makes is not from an export, and nothing of it is carried out.
    decided = folder / DECIDED
    if decided.is_symlink() or not decided.is_dir():
        raise _not_ours(decided)
    found = sorted(path.name for path in decided.iterdir())
    names = [name for name in found if name not in (MANIFEST, REMOVED)]
    is_whole = all(map(_is_ours, names)) and all(is_regular(decided / name) for name in found)
    if is_whole and REMOVED not in found:
        return names, None
    gone = _names(decided / REMOVED)
    if not is_whole or not isinstance(gone, list):
        raise _not_ours(decided)
    return names, gone


def _not_ours(path: Path) -> InvalidError:
    return InvalidError(f'{path} is not what an export leaves', 'look at it, and remove it')


def is_interrupted(folder: str) -> bool:
    """Tells whether a folder holds an export that was interrupted; gives one that is at work the time to end."""
    decided = os.path.join(folder, DECIDED)
    end = time.monotonic() + PATIENCE
    while os.path.lexists(decided) and _is_at_work(folder) and time.monotonic() < end:
        time.sleep(0.02)
    return os.path.lexists(decided)


def _is_at_work(folder: str) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
