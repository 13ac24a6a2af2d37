"""Files that are copied to start from: the samples, in the package or in the repository that it runs from."""

from __future__ import annotations

import shutil
from pathlib import Path

from zatools.errors import RefusedError

LEFT_OUT = shutil.ignore_patterns('__pycache__', '.apitest')


def sample(name: str) -> Path:
    """Returns a folder of samples."""
    package = Path(__file__).parent
    inside = package / 'samples' / name
    return inside if inside.is_dir() else package.parent / 'samples' / name


def copied(source: Path, given: str, hint: str) -> Path:
    """Copies a folder to one that is new or empty and returns that; any other is refused."""
    if given == '-':
        raise RefusedError("'-' names no folder", hint)
    target = Path(given).expanduser()
    try:
        if target.is_dir() and any(target.iterdir()):
            raise RefusedError(f'{given} is not empty', hint)
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=LEFT_OUT)
    except (OSError, shutil.Error) as error:
        reason = (getattr(error, 'strerror', None) or "can't be written").lower()
        raise RefusedError(f'{given}: {reason}', hint) from None
    return target
