"""Files that steps name: requests, answers, uploads, schemas, in the folders where projects keep them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zatools.apitest.failures import StepBroken
from zatools.apitest.project.files import shown
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
    hint = f"there is '{near[0]}'" if near else f'it is looked for in {shown(folders[0])}/'
    raise StepBroken(f"there is no file '{shown(folders[0] / name)}'", at=parameter, hint=hint)
