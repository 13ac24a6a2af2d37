"""Files of a project: their content, and their paths as users see them."""

from __future__ import annotations

import os
from pathlib import Path

from zatools.apitest.failures import StepBroken


def shown(path: Path) -> str:
    """Returns a path as users see it: relative to the current folder where it is below it."""
    relative = os.path.relpath(path)
    if relative.startswith('..'):
        return str(path)
    return relative


def read(path: Path, parameter: str) -> str:
    """Returns a file's text; raises StepBroken, about the step's parameter, where it can't be read."""
    try:
        return read_bytes(path, parameter).decode('utf-8-sig')
    except UnicodeDecodeError as error:
        text = f"'{shown(path)}' is not UTF-8: byte {error.start} is wrong"
        raise StepBroken(text, at=parameter, hint='save it as UTF-8') from None


def read_bytes(path: Path, parameter: str) -> bytes:
    """Returns a file's bytes; raises StepBroken, about the step's parameter, where it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StepBroken(f"'{shown(path)}' can't be read: {error.strerror}", at=parameter) from None
