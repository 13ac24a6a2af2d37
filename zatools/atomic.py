"""Writes files that appear whole or not at all, even if the program is killed or the disk is full."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from zatools.errors import FileError

#: A stream that the program was given, by its number.
STREAM = re.compile(r'/(?:dev|proc/(?:self|\d+))/fd/(\d+)')
#: For the owner of a file only.
PRIVATE = 0o600
#: Links that may lead to a stream.
LINKS = 8


def write_file(path: Path, text: str | Iterable[str], is_private: bool = False, errors: str = 'strict') -> None:
    """Replaces a file in one step by a text, or by its pieces; `is_private` makes it readable by its owner only (0600).

    A device, a pipe or a stream such as /dev/stdout is written to. Raises FileError where that can't be done.
    """
    pieces = text
    if isinstance(text, str):
        pieces = [text]
    data = (piece.encode('utf-8', errors) for piece in pieces)
    try:
        if _is_no_file(path):
            _write_into(path, data)
        else:
            _replace({Path(os.path.realpath(path)): data}, is_private)
    except OSError as error:
        raise unwritable(path, error) from None


def write_files(files: Mapping[Path, str]) -> None:
    """Replaces files. None is replaced before all of them are on the disk under temporary names."""
    try:
        _replace({Path(os.path.realpath(path)): [text.encode()] for path, text in files.items()}, False)
    except OSError as error:
        raise unwritable(next(iter(files)).parent, error) from None


def check_writable(path: Path) -> None:
    """Raises FileError where a file can't be written, before work whose result would be lost."""
    if _stream(path) is not None:
        return
    real = Path(os.path.realpath(path))
    code = 0
    if real.is_dir():
        code = errno.EISDIR
    elif not real.parent.is_dir():
        code = errno.ENOENT
    elif real.is_file() or not real.exists():
        # A file is replaced by another one, which needs the right to write to its folder.
        if not os.access(real.parent, os.W_OK):
            code = errno.EACCES
    elif not os.access(real, os.W_OK):
        code = errno.EACCES
    if code:
        raise unwritable(path, OSError(code, os.strerror(code)))


def unwritable(path: Path | str, error: OSError) -> FileError:
    """Returns the error for a file or a folder that can't be written."""
    return FileError(f"{path} can't be written: {error.strerror or error}")


def mode_of(path: Path) -> int:
    """Returns the permissions that a file has, or will have when it is made."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def is_regular(path: Path) -> bool:
    """Tells whether a path is a file itself: no link to one, no pipe, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Writes a file that isn't there yet, and waits until the disk has it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), 'wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def put(draft: Path, path: Path) -> None:
    """Gives a finished file its name. Raises FileExistsError, and leaves what has that name already."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # The file system has no hard links.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(draft, path)
    with suppress(FileNotFoundError):
        draft.unlink()


def sync(path: Path) -> None:
    """Waits until the disk has a file, or the new names in a folder, where the file system supports that."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _is_no_file(path: Path) -> bool:
    return _stream(path) is not None or (path.exists() and not path.is_file())


def _stream(path: Path) -> int | None:
    # /dev/stdout is a link. Opened by name, its target may be refused, or be a file that is truncated.
    for _ in range(LINKS):
        match = STREAM.fullmatch(os.path.abspath(path))
        if match:
            return int(match[1])
        if not path.is_symlink():
            break
        path = path.parent / os.readlink(path)
    return None


def _write_into(path: Path, data: Iterable[bytes]) -> None:
    # A device or a pipe is opened and written to. Replacing it by a file would destroy it.
    number = _stream(path)
    target: Path | int = path
    if number is not None:
        # The output so far has to come first.
        sys.stdout.flush()
        target = os.dup(number)
    with open(target, 'wb') as file:
        file.writelines(data)


def _replace(files: Mapping[Path, Iterable[bytes]], is_private: bool) -> None:
    staged: dict[str, Path] = {}
    try:
        for path, data in files.items():
            handle, temporary = tempfile.mkstemp(prefix=f'.{path.name[:100]}.', dir=path.parent)
            staged[temporary] = path
            with os.fdopen(handle, 'wb') as file:
                file.writelines(data)
                file.flush()
                os.fsync(file.fileno())
            mode = PRIVATE
            if not is_private:
                mode = mode_of(path)
            os.chmod(temporary, mode)
        for temporary, path in list(staged.items()):
            os.replace(temporary, path)
            del staged[temporary]
    finally:
        for temporary in staged:
            Path(temporary).unlink(missing_ok=True)
