"""Files that steps name: requests, answers, uploads and schemas, in the folders where projects keep them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zatools.apitest.failures import StepBroken
from zatools.apitest.project.files import shown
from zatools.place import nearest

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context


def _folders(context: Context, subfolder: str, formats: list[str]) -> list[Path]:
    base = Path(context.zato.environment_dir)
    return [base / name.lower() / subfolder for name in dict.fromkeys(formats) if name]


def find(context: Context, name: str, subfolder: str, formats: list[str], parameter: str) -> Path:
    """Returns the file of that name; `subfolder` is that of requests, responses or schemas."""
    if not name:
        raise StepBroken('the name of the file is empty', at=parameter)
    folders = _folders(context, subfolder, formats)
    for folder in [*folders, context.feature_folder]:
        path = Path(os.path.normpath(folder / name))
        if path.is_file():
            return path
    names = [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]
    hint = f'it is looked for in {shown(folders[0])}/'
    if similar := nearest(name, names):
        hint = f"there is '{similar[0]}'"
    raise StepBroken(f"there is no file '{shown(folders[0] / name)}'", at=parameter, hint=hint)
