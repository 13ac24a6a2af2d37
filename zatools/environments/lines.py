"""Where the keys of a TOML file stand: Python's own reader of TOML says what they are, and not where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from zatools.place import Place

HEADER = re.compile(r'[ \t]*\[{1,2}([^\]#]*)\]')
KEY = re.compile(r'([ \t]*)([A-Za-z0-9_.-]+|"[^"]*"|\'[^\']*\')[ \t]*=')

Path = tuple[str, ...]


def _parts(text: str) -> Path:
    # Whoever knows what quotes, dots and escapes mean in a key reads it; what is no key is nowhere.
    path: list[str] = []
    with suppress(tomllib.TOMLDecodeError):
        found: Any = tomllib.loads(f'{text} = 0')
        while isinstance(found, dict):
            ((name, found),) = found.items()
            path.append(name)
    return tuple(path)


class Lines:
    """The lines of a file, and the places of its tables and keys; what is written within a line has that line's."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.rows: Sequence[str] = text.splitlines()
        self._places: dict[Path, Place] = {}
        table: Path = ()
        for number, row in enumerate(self.rows, 1):
            if header := HEADER.match(row):
                table = _parts(header[1])
                for end in range(1, len(table) + 1):
                    self._places.setdefault(table[:end], Place(path, number, row.index('[') + 1))
            elif key := KEY.match(row):
                self._places.setdefault((*table, *_parts(key[2])), Place(path, number, len(key[1]) + 1))

    def at(self, *path: str) -> Place:
        """Returns where a table or key stands, else what it is in."""
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, Place(self.path, 0, 0))

    def of(self, path: str) -> Sequence[str]:
        """Returns the lines of the file, for excerpts."""
        if path == self.path:
            return self.rows
        return ()
