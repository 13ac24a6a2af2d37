"""Reports as files: their names in a folder, whether they can be written, writing them whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from zatools.apitest.results import RunResult
from zatools.errors import OdbError

#: The reports of a folder.
NAMES = {'html': 'index.html', 'json': 'report.json', 'junit': 'junit.xml'}


def rendered(name: str, result: RunResult) -> str:
    """Returns a report: html, json or junit."""
    import importlib

    return str(importlib.import_module(f'zatools.apitest.report.{name}').render(result))


def make_room(path: Path) -> None:
    """Makes the folder of a report; raises OdbError where it can't be written: before the run that it is of."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path.parent).close()
    except FileExistsError:
        raise _unwritable(path, os.strerror(errno.ENOTDIR)) from None
    except OSError as error:
        raise _unwritable(path, error.strerror) from None
    if path.is_dir():
        raise _unwritable(path, os.strerror(errno.EISDIR))


def write(path: Path, text: str) -> None:
    """Writes a report; raises OdbError where that can't be."""
    fresh = path.with_name(f'{path.name}.new')
    try:
        # An answer may hold half a character.
        fresh.write_text(text, encoding='utf-8', errors='backslashreplace')
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise _unwritable(path, error.strerror) from None


def _unwritable(path: Path, reason: str | None) -> OdbError:
    return OdbError(f"{path} can't be written: {reason}")
