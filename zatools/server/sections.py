"""Sections of user configuration that know where they stand, so that a wrong name or type is told with its place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.bunch import Bunch

HEADING = re.compile(r'\s*+(\[++)([^\]]*+)\]++\s*+(?:#.*)?')
OPTION = re.compile(r"""\s*+(?:("[^"]*+"|'[^']*+')\s*+|([^\s'"=#\[][^=]*+))=\s*+('{3}|"{3})?""")
TYPES = {str: 'a text', bool: 'a boolean', int: 'a whole number', float: 'a number', list: 'a list', dict: 'a mapping'}
#: What a thread has read last of the configuration: a section and a name.
_last = threading.local()


class Where(NamedTuple):
    """What a section is called, its path within its file, the file, and the lines of all paths there."""

    name: str
    path: tuple[str, ...]
    file: str
    lines: Mapping[tuple[str, ...], int]

    def below(self, name: str) -> Where:
        """Returns the place of a section or an option in this one."""
        return self._replace(name=f'{self.name}.{name}', path=(*self.path, name))

    @property
    def line(self) -> int:
        """The line that it stands in; 0 for a file, and for all of them."""
        return self.lines.get(self.path, 0)

    def __str__(self) -> str:
        return f'{self.name} ({self.file}:{self.line})' if self.line else f'{self.name} ({self.file})'


class NoOptionError(KeyError):
    """A service asks for an option that no file has."""

    def __str__(self) -> str:
        return str(self.args[0])


class Section(Bunch):
    """A dict with dot access; what is not in it is told with the place and the nearest name."""

    def __init__(self, values: Mapping[str, Any], where: Where) -> None:
        super().__init__(values)
        object.__setattr__(self, '_where', where)

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        _last.read = self, name
        return value

    def __missing__(self, name: str) -> Any:
        known = [str(key) for key in self]
        hint = did_you_mean(str(name), known) or f'there are: {", ".join(known[:10]) or "none"}'
        raise NoOptionError(f"no '{name}' in {self._where}; {hint}")

    def get(self, name: str, default: Any = None) -> Any:
        """Returns a value, or the default where there is none."""
        # Read the way all others are, so that it is remembered.
        if name not in self:
            return default
        return self[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') or name == '_where':
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error)) from None


def forget() -> None:
    """Begins anew: what was read before is of no interest."""
    _last.read = None


def blamed(error: BaseException) -> str:
    """Returns the option whose type an error is about, with its place, never its value; '' where it is about none."""
    section, name = getattr(_last, 'read', None) or (None, '')
    if section is None or name not in section:
        return ''
    value = dict.__getitem__(section, name)
    text = str(error)
    is_section = isinstance(value, Section)
    is_it = (
        # What a section lacks it says itself.
        (isinstance(error, AttributeError) and error.obj is value and not is_section)
        or (isinstance(error, TypeError) and re.search(rf'\b{type(value).__name__}\b', text) is not None)
        or (isinstance(error, ValueError) and value != '' and str(value) in text)
    )
    kind = 'a section' if is_section else TYPES.get(type(value), type(value).__name__)
    return f'{section._where.below(name)} is {kind}' if is_it else ''


def lines_of(rows: Iterable[str]) -> dict[tuple[str, ...], int]:
    """Returns the line of each section and option of a file, the first of those that are there twice."""
    found: dict[tuple[str, ...], int] = {}
    path: tuple[str, ...] = ()
    quote = ''
    for number, line in enumerate(rows, 1):
        if quote:
            quote = '' if quote in line else quote
        elif heading := HEADING.fullmatch(line):
            path = (*path[: len(heading[1]) - 1], heading[2].strip().strip('\'"'))
            found.setdefault(path, number)
        elif option := OPTION.match(line):
            name = option[1] or option[2].rstrip()
            found.setdefault((*path, name.strip('\'"')), number)
            quote = option[3] if option[3] and option[3] not in line[option.end() :] else ''
    return found
