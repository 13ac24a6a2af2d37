"""Files that steps name: requests, answers, uploads, schemas, in the folders where projects keep them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zatools.apitest.failures import StepBroken
from zatools.place import nearest

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context


def _folders(context: Context, side: str, formats: list[str]) -> list[Path]:
    base = Path(context.zato.environment_dir)
    return [base / name.lower() / side for name in dict.fromkeys(formats) if name]


def find(context: Context, name: str, side: str, formats: list[str], parameter: str) -> Path:
    """Returns the file of that name for requests, responses or schemas; the error of a missing one names near ones."""
    if not name:
        raise StepBroken('the name of the file is empty', at=parameter)
    folders = _folders(context, side, formats)
    for folder in [*folders, context.feature_folder]:
        path = Path(os.path.normpath(folder / name))
        if path.is_file():
            return path
    near = nearest(name, [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()], 1)
    hint = f"there is '{near[0]}'" if near else f'it is looked for in {_shown(folders[0])}/'
    raise StepBroken(f"there is no file '{_shown(folders[0] / name)}'", at=parameter, hint=hint)


def _shown(path: Path) -> str:
    relative = os.path.relpath(os.path.normpath(path))
    return str(path) if relative.startswith('..') else relative


def shown(path: Path) -> str:
    """Returns a path as users see it: below the current folder, without the way to it."""
    return _shown(path)


def read(path: Path, parameter: str) -> str:
    """Returns a file's text."""
    try:
        return read_bytes(path, parameter).decode('utf-8-sig')
    except UnicodeDecodeError as error:
        text = f"'{_shown(path)}' is not UTF-8: byte {error.start} is wrong"
        raise StepBroken(text, at=parameter, hint='save it as UTF-8') from None


def read_bytes(path: Path, parameter: str) -> bytes:
    """Returns a file's bytes."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StepBroken(f"'{_shown(path)}' can't be read: {error.strerror}", at=parameter) from None
