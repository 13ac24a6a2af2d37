"""OpenAPI documents that are read once, and again where they have changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from zatools.apitest.openapi.described import Described
from zatools.apitest.project.files import shown
from zatools.errors import InvalidError


def load(path: Path) -> Described:
    """Returns what a document describes; raises InvalidError where it can't be read."""
    try:
        state = path.stat()
    except OSError as error:
        raise InvalidError(
            f"{shown(path)} can't be read: {error.strerror}",
            "its path is that from the feature's file, or from config.ini",
        ) from None
    return _read(path.resolve(), state.st_mtime_ns, state.st_size)


@lru_cache(8)
def _read(path: Path, changed: int, size: int) -> Described:
    return Described(path)
