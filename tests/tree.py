"""What a folder holds, byte for byte: to see that nothing of it was touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def tree(folder: Path) -> dict[str, object]:
    """Returns all that is below a folder, by its path: what it is, its mode, when it was changed, its content."""
    return {str(path.relative_to(folder)): _entry(path) for path in sorted(folder.rglob('*'))}


def _entry(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content: object = None
    if stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(status.st_mode):
        content = path.read_bytes()
    return status.st_mode, status.st_mtime_ns, status.st_ino, content
