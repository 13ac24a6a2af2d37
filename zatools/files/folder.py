"""Writes exports: a file that is whole or not there, a folder that holds just what was exported.

A folder changes in one step too: its new files are made in a hidden folder beside the old ones, and what makes them
count is the renaming of that one. Whoever comes after a crash, export or reader, puts them in their places.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from zatools.errors import InvalidError, OdbError, RefusedError

MANIFEST = '.zatools-export'
#: Where new files are made, and where they are once they count.
STAGED, DECIDED = '.zatools-export.tmp', '.zatools-export.new'
WRITERS = 4
#: In there: the names of files that go.
REMOVED = '.removed'
EDITOR_LINE = '# yaml-language-server:'
SUFFIXES = ('.yaml', '.yml', '.json')


def write_file(path: Path, text: str, is_private: bool = False) -> None:
    """Replaces a file in one step; `is_private` makes it readable by its owner only (0600)."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        _write_into(path, text)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
    except OSError as error:
        raise OdbError(f"{path} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, 'w', encoding='utf-8', newline='') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if is_private else _mode(path))
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OdbError(f"{path} can't be written: {error.strerror}") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def check_writable(path: Path) -> None:
    """Raises OdbError where a file can't be written: before work whose outcome would have nowhere to go."""
    path = Path(os.path.realpath(path))
    code = 0
    if path.is_dir():
        code = errno.EISDIR
    elif not path.parent.is_dir():
        code = errno.ENOENT
    elif not os.access(path.parent if path.is_file() or not path.exists() else path, os.W_OK):
        code = errno.EACCES
    if code:
        raise OdbError(f"{path} can't be written: {os.strerror(code)}")


def _write_into(path: Path, text: str) -> None:
    # A device or a pipe is written to: putting a file in its place would destroy it.
    try:
        with path.open('w', encoding='utf-8', newline='') as file:
            file.write(text)
    except OSError as error:
        raise OdbError(f"{path} can't be written: {error.strerror}") from None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _manifest(folder: Path) -> dict[str, list[str]]:
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_text())['files']
        return {name: list(hashes) for name, hashes in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidError(f'{path} is damaged', 'remove it and give --force') from None


def _foreign(folder: Path, listed: Mapping[str, list[str]]) -> list[str]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES and not path.name.startswith('.') and path.is_file():
            hashes = listed.get(path.name)
            if hashes is None:
                found.append(f'{path.name} (not from an export)')
            elif _hash(path.read_bytes()) not in hashes:
                found.append(f'{path.name} (edited since)')
    return found


def keep_line(path: Path, text: str) -> str:
    """Returns a text with the line of the file it replaces that tells editors of a schema, if there is one."""
    if path.suffix == '.json' or not path.is_file():
        return text
    with path.open(encoding='utf-8', errors='replace') as file:
        first = file.readline()
    return f'{first.rstrip()}\n{text}' if first.startswith(EDITOR_LINE) else text


def rewrite(path: Path, old: bytes, text: str) -> None:
    """Replaces a file whose bytes are `old`; one from an export still counts as such."""
    listed = _manifest(path.parent)
    hashes = listed.get(path.name, [])
    is_ours = _hash(old) in hashes
    if is_ours:
        more = {**listed, path.name: [*hashes, _hash(text.encode())]}
        write_file(path.parent / MANIFEST, _manifest_text(more))
    write_file(path, text)


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
            shutil.rmtree(folder / STAGED, ignore_errors=True)
            _write_all(
                folder, {name: keep_line(folder / name, text) for name, text in files.items()}, is_forced, is_private
            )
    except OSError as error:
        raise OdbError(f"{folder} can't be written: {error.strerror}") from None


def _write_all(folder: Path, files: Mapping[str, str], is_forced: bool, is_private: bool) -> None:
    listed = _manifest(folder)
    foreign = _foreign(folder, listed)
    if foreign and not is_forced:
        raise RefusedError(
            f'{folder} holds files that an export would lose: {", ".join(foreign)}', 'overwrite: --force'
        )
    old = {*listed, *(entry.rpartition(' (')[0] for entry in foreign)}
    try:
        _stage(folder, files, old - files.keys(), is_private)
        os.rename(folder / STAGED, folder / DECIDED)
        _sync(folder)
    finally:
        shutil.rmtree(folder / STAGED, ignore_errors=True)
    try:
        _complete(folder)
    except KeyboardInterrupt:
        # It is decided: what is half done would be of no use to anybody.
        _complete(folder)


def _stage(folder: Path, files: Mapping[str, str], removed: Iterable[str], is_private: bool) -> None:
    staged = folder / STAGED
    staged.mkdir(mode=0o700)
    new = [
        (staged / name, text, 0o600 if is_private else _mode(folder / name))
        for name, text in files.items()
        if not (folder / name).exists() or (folder / name).read_bytes() != text.encode()
    ]
    hashes = {name: [_hash(text.encode())] for name, text in files.items()}
    new.append((staged / MANIFEST, _manifest_text(hashes), _mode(folder / MANIFEST)))
    new.append((staged / REMOVED, json.dumps(sorted(removed)), 0o600))
    # Disks write out many files at once in less time than one after the other.
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(_write_whole, *zip(*new, strict=True)))
    _sync(staged)


def _sync(folder: Path) -> None:
    # What is renamed in it lasts; some file systems can't be told so of folders.
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _write_whole(path: Path, text: str, mode: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), 'w', encoding='utf-8', newline='') as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


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
    if not decided.is_dir():
        return
    names = [path.name for path in sorted(decided.iterdir()) if path.name not in (MANIFEST, REMOVED)]
    for name in names:
        _put(decided / name, folder / name)
    if (decided / REMOVED).exists():
        for name in json.loads((decided / REMOVED).read_text()):
            (folder / name).unlink(missing_ok=True)
        if (decided / MANIFEST).exists():
            _put(decided / MANIFEST, folder / MANIFEST)
        (decided / REMOVED).unlink()
    decided.rmdir()


def _put(staged: Path, path: Path) -> None:
    if path.is_symlink():
        # It goes on leading to its file, which may be in another file system.
        write_file(path, staged.read_text(encoding='utf-8'))
        staged.unlink()
    else:
        os.replace(staged, path)


def complete(folder: str) -> None:
    """Puts the files of an export that crashed in their places. Raises OdbError where nothing can be written."""
    if not os.path.isdir(os.path.join(folder, DECIDED)):
        return
    try:
        with _alone(Path(folder)):
            _complete(Path(folder))
    except OSError as error:
        raise OdbError(
            f"{folder} has an export that was interrupted, and can't be completed: {error.strerror}", 'export again'
        ) from None
