"""What the caller hands over, arguments and variables, is UTF-8 whatever the locale."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

HINT = 'arguments and variables are read as UTF-8 whatever the locale'
#: What the names of variables begin with that are the programs' own.
OURS = ('ZATO_', 'APITEST_')


def read_as_utf8() -> None:
    """Starts the program again where Python wouldn't read arguments, variables and names of files as UTF-8.

    Python itself does so for the locale C, but not for others, nor with PYTHONUTF8=0; and what it has read
    another way can't be told from what was meant so.
    """
    if sys.getfilesystemencoding() == 'utf-8' or sys.flags.utf8_mode or not sys.executable:
        return
    os.execv(sys.executable, [sys.executable, '-X', 'utf8', *sys.orig_argv[1:]])


def check(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Refuses what isn't UTF-8, except files that are there: a file's name may be any bytes."""
    # Most are plain, and a few microseconds are all that this may take.
    if not all(argument.isascii() for argument in arguments):
        for number, argument in enumerate(arguments, 1):
            _check(f'argument {number}', argument)
    for name, value in environ.items():
        if name.startswith(OURS) and not value.isascii():
            _check(name, value)


def _check(what: str, value: str) -> None:
    from zatools.errors import UsageError
    from zatools.utf8 import why_not

    why = why_not(value)
    if why and not _is_file(value) and not _is_file(value.partition('=')[2]):
        raise UsageError(f'{what} {why}', HINT)


def _is_file(path: str) -> bool:
    return bool(path) and os.path.lexists(path)
