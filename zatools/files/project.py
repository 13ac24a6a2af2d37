"""How far includes reach: the project of a file, and whether a path is inside of it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1000)
def root_of(folder: str, current: str) -> str:
    """Returns the project's root for files in a folder: the nearest folder with `.git`; without one, the current folder
    if it is above, else the folder itself. Neither the home folder nor / is a project, whatever it has.
    """
    start = os.path.realpath(folder or '.')
    above = [str(path) for path in (Path(start), *Path(start).parents)]
    candidates = [path for path in above if path not in (os.path.realpath(os.path.expanduser('~')), os.sep)]
    for path in candidates:
        if os.path.exists(os.path.join(path, '.git')):
            return path
    here = os.path.realpath(current)
    if here in candidates:
        return here
    return start


def is_inside(path: str, root: str) -> bool:
    """Tells whether what a path leads to, links followed, is in a folder or below."""
    real = os.path.realpath(path)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)
