"""Files that appear whole or not at all, whoever ends the program or fills the disk in between."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from zatools.errors import OdbError

#: A stream that the program was given, by its number.
STREAM = re.compile(r'/(?:dev|proc/(?:self|\d+))/fd/(\d+)')
#: Links that may lead to a stream.
LINKS = 8


def write_file(path: Path, text: str, is_private: bool = False, errors: str = 'strict') -> None:
    """Replaces a file in one step; `is_private` makes it readable by its owner only (0600).

    A device, a pipe or a stream such as /dev/stdout is written to. Raises OdbError where that can't be done.
    """
    data = text.encode('utf-8', errors)
    try:
        if _is_no_file(path):
            _write_into(path, data)
        else:
            _replace({Path(os.path.realpath(path)): data}, is_private)
    except OSError as error:
        raise unwritable(path, error) from None


def write_files(files: Mapping[Path, str]) -> None:
    """Replaces files, none before there is room for all of them."""
    try:
        _replace({Path(os.path.realpath(path)): text.encode() for path, text in files.items()}, False)
    except OSError as error:
        raise unwritable(next(iter(files)).parent, error) from None


def check_writable(path: Path) -> None:
    """Raises OdbError where a file can't be written: before work whose outcome would have nowhere to go."""
    if _stream(path) is not None:
        return
    real = Path(os.path.realpath(path))
    code = 0
    if real.is_dir():
        code = errno.EISDIR
    elif not real.parent.is_dir():
        code = errno.ENOENT
    elif not os.access(real.parent if real.is_file() or not real.exists() else real, os.W_OK):
        code = errno.EACCES
    if code:
        raise unwritable(path, OSError(code, os.strerror(code)))


def unwritable(path: Path | str, error: OSError) -> OdbError:
    """Returns what to raise where a file or a folder can't be written."""
    return OdbError(f"{path} can't be written: {error.strerror or error}")


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
    """Gives a whole file its name; raises FileExistsError where there is something of that name: it stays."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(draft, path)
    with suppress(FileNotFoundError):
        draft.unlink()


def sync(path: Path) -> None:
    """Waits until the disk has a file, or what was renamed in a folder; not all file systems can be told so."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _is_no_file(path: Path) -> bool:
    return _stream(path) is not None or (path.exists() and not path.is_file())


def _stream(path: Path) -> int | None:
    # /dev/stdout leads to a name that may not be opened, or opens a file anew and writes over what is in it.
    for _ in range(LINKS):
        found = STREAM.fullmatch(os.path.abspath(path))
        if found:
            return int(found[1])
        if not path.is_symlink():
            break
        path = path.parent / os.readlink(path)
    return None


def _write_into(path: Path, data: bytes) -> None:
    # A device or a pipe is written to: putting a file in its place would destroy it.
    number = _stream(path)
    if number is not None:
        # What was printed before comes before it.
        sys.stdout.flush()
    with open(path if number is None else os.dup(number), 'wb') as file:
        file.write(data)


def _replace(files: Mapping[Path, bytes], is_private: bool) -> None:
    staged: dict[str, Path] = {}
    try:
        for path, data in files.items():
            handle, temporary = tempfile.mkstemp(prefix=f'.{path.name[:100]}.', dir=path.parent)
            staged[temporary] = path
            with os.fdopen(handle, 'wb') as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o600 if is_private else mode_of(path))
        for temporary, path in list(staged.items()):
            os.replace(temporary, path)
            del staged[temporary]
    finally:
        for temporary in staged:
            Path(temporary).unlink(missing_ok=True)
