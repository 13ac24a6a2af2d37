"""Folders that are copied to start from: the samples, in the package or in the repository that it runs from.

A copy is made in a hidden folder and gets its name in one step: it is whole or not there.
"""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zatools.atomic import is_regular, sync, unwritable
from zatools.errors import RefusedError

LEFT_OUT = frozenset({'__pycache__', '.apitest'})
#: Where a folder is made before it has its name.
STAGED = '.zatools-new'


def sample(name: str) -> Path:
    """Returns a folder of samples."""
    package = Path(__file__).parent
    inside = package / 'samples' / name
    if inside.is_dir():
        return inside
    return package.parent / 'samples' / name


def copied(source: Path, given: str, hint: str, finish: Callable[[Path], None] = lambda folder: None) -> Path:
    """Copies a folder to one that is new or empty and returns that; any other is refused.

    `finish` changes the copy before it has its name. Raises FileError where there is no room or no right to write.
    """
    if given in ('', '-'):
        raise RefusedError(f"'{given}' names no folder", hint)
    target = Path(given).expanduser()

    def fill(folder: Path) -> None:
        _copy(source, folder)
        finish(folder)

    try:
        _check_free(target, given, source, hint)
        folder = Path(os.path.realpath(target))
        if folder.is_dir() and not _is_replaceable(folder):
            _fill_in_place(folder, source, fill)
        else:
            _make(folder, fill)
    except OSError as error:
        raise unwritable(given, error) from None
    return target


def _copy(source: Path, folder: Path) -> None:
    for path in sorted(source.rglob('*')):
        inner = path.relative_to(source)
        if LEFT_OUT.intersection(inner.parts):
            continue
        if path.is_dir():
            (folder / inner).mkdir()
        else:
            shutil.copy(path, folder / inner)


def _check_free(target: Path, given: str, source: Path, hint: str) -> None:
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise RefusedError(f'{given}: file exists', hint)
    names = set(os.listdir(target))
    is_ours = STAGED in names and all(_is_same(target / name, source / name) for name in names - {STAGED})
    if names and not is_ours:
        raise RefusedError(f'{given} is not empty', hint)


def _is_same(one: Path, other: Path) -> bool:
    # What an interrupted copy left is what the next one writes anyway.
    if one.is_dir() and not one.is_symlink():
        return other.is_dir() and all(_is_same(path, other / path.name) for path in one.iterdir())
    return is_regular(one) and other.is_file() and filecmp.cmp(one, other, shallow=False)


def _make(folder: Path, fill: Callable[[Path], None]) -> None:
    top = folder
    while not top.parent.exists():
        top = top.parent
    with _staged(top.parent / f'{STAGED}.{top.name[:100]}') as staged:
        made = staged / folder.relative_to(top)
        made.mkdir(parents=True, exist_ok=True)
        fill(made)
        if folder.is_dir():
            staged.chmod(stat.S_IMODE(folder.stat().st_mode))
        _sync_all(staged)
        os.rename(staged, top)
    sync(top.parent)


def _is_replaceable(folder: Path) -> bool:
    # Whoever stands in a folder would be left in one that is no more.
    is_stood_in = os.path.exists('.') and folder.samefile('.')
    is_ours = folder.stat().st_uid == os.geteuid() and os.access(folder.parent, os.W_OK)
    return is_ours and not is_stood_in and not folder.is_mount() and not os.listdir(folder)


def _fill_in_place(folder: Path, source: Path, fill: Callable[[Path], None]) -> None:
    with _staged(folder / STAGED) as staged:
        fill(staged)
        _sync_all(staged)
        for path in folder.iterdir():
            if path != staged:
                _remove(path)
        # What the sample lacks, such as a file of passwords, comes last: with it, all is there.
        for path in sorted(staged.iterdir(), key=lambda path: not (source / path.name).exists()):
            os.rename(path, folder / path.name)
    sync(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    # The lock tells a folder that is being made from one that was left behind.
    with suppress(FileExistsError):
        path.mkdir()
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _lock(handle, path)
        try:
            for old in path.iterdir():
                _remove(old)
            yield path
        finally:
            # A folder that got its name, and one that another process makes then, are not to be removed.
            if _is_at(handle, path):
                shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    is_free = True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        is_free = False
    except OSError:
        # A file system without locks has to do without.
        return
    if not is_free or not _is_at(handle, path):
        raise OSError(errno.EBUSY, 'another process is making it')


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False


def _sync_all(folder: Path) -> None:
    for path in [*folder.rglob('*'), folder]:
        sync(path)
