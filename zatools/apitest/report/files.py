"""Files of reports: their names in a folder, and writing them, whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile

from zatools.apitest.report.results import RunResult
from zatools.atomic import check_writable, unwritable, write_file

#: The reports of a folder.
NAMES = {'html': 'index.html', 'json': 'report.json', 'junit': 'junit.xml'}


def rendered(name: str, result: RunResult) -> Iterator[str]:
    """Yields the pieces of a report: html, json or junit."""
    import importlib

    yield from importlib.import_module(f'zatools.apitest.report.{name}').pieces(result)


def make_room(path: Path) -> None:
    """Makes the folder of a report; raises FileError where the report could not be written after the run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() or not path.exists():
            TemporaryFile(dir=os.path.realpath(path.parent)).close()
    except FileExistsError:
        raise unwritable(path, OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))) from None
    except OSError as error:
        raise unwritable(path, error) from None
    check_writable(path)


def write(path: Path, text: str | Iterable[str]) -> None:
    """Writes a report, or its pieces as they are made; raises FileError where it can't be written."""
    # An answer may have half of a surrogate pair, which is no UTF-8.
    write_file(path, text, errors='backslashreplace')
