"""Sections of user configuration that know their file and line, so that errors about them can name the place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zatools.place import did_you_mean
from zatools.server.api.dotdict import DotDict

HEADING = re.compile(r'\s*+(\[++)([^\]]*+)\]++\s*+(?:#.*)?')
OPTION = re.compile(r"""\s*+(?:("[^"]*+"|'[^']*+')\s*+|([^\s'"=#\[][^=]*+))=\s*+('{3}|"{3})?""")
TYPES = {str: 'a text', bool: 'a boolean', int: 'a whole number', float: 'a number', list: 'a list', dict: 'a mapping'}
#: The section and the name of the option that a thread has read last.
_last = threading.local()


class Where(NamedTuple):
    """Where a section is: its name, its path within its file, the file, and the lines of all paths in that."""

    name: str
    path: tuple[str, ...]
    file: str
    lines: Mapping[tuple[str, ...], int]

    def below(self, name: str) -> Where:
        """Returns the place of a section or an option in this one."""
        return self._replace(name=f'{self.name}.{name}', path=(*self.path, name))

    @property
    def line(self) -> int:
        """The line of the section; 0 for a whole file, and for the folder."""
        return self.lines.get(self.path, 0)

    def __str__(self) -> str:
        if self.line:
            return f'{self.name} ({self.file}:{self.line})'
        return f'{self.name} ({self.file})'


class NoOptionError(KeyError):
    """A service asks for an option that no file has."""

    def __str__(self) -> str:
        return str(self.args[0])


class Section(DotDict):
    """A dict with dot access. The error for a missing name has the place and the nearest name."""

    def __init__(self, values: Mapping[str, Any], where: Where) -> None:
        super().__init__(values)
        object.__setattr__(self, '_where', where)

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        _last.read = self, name
        return value

    def __missing__(self, name: str) -> Any:
        names = [str(key) for key in self]
        hint = did_you_mean(str(name), names) or f'there are: {", ".join(names[:10]) or "none"}'
        raise NoOptionError(f"no '{name}' in {self._where}; {hint}")

    def get(self, name: str, default: Any = None) -> Any:
        """Returns a value, or the default where there is none."""
        # Read by [], which remembers it.
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
    """Forgets which option was read last: a call that begins has read none."""
    _last.read = None


def option_behind(error: BaseException) -> str:
    """Returns the option whose type led to an error, with its place, never its value; '' where there is none."""
    section, name = getattr(_last, 'read', None) or (None, '')
    if section is None or name not in section:
        return ''
    value = dict.__getitem__(section, name)
    if not _is_about(error, value):
        return ''
    type_name = TYPES.get(type(value), type(value).__name__)
    if isinstance(value, Section):
        type_name = 'a section'
    return f'{section._where.below(name)} is {type_name}'


def _is_about(error: BaseException, value: Any) -> bool:
    if isinstance(error, AttributeError):
        # A section's own error names what it lacks already.
        return error.obj is value and not isinstance(value, Section)
    if isinstance(error, TypeError):
        return re.search(rf'\b{type(value).__name__}\b', str(error)) is not None
    return isinstance(error, ValueError) and value != '' and str(value) in str(error)


def lines_of(rows: Iterable[str]) -> dict[tuple[str, ...], int]:
    """Returns the line of each section and option of a file; of duplicates the first line."""
    lines: dict[tuple[str, ...], int] = {}
    path: tuple[str, ...] = ()
    # The triple quotes of a value that goes on in the next line.
    quote = ''
    for number, line in enumerate(rows, 1):
        if quote:
            if quote in line:
                quote = ''
        elif heading := HEADING.fullmatch(line):
            path = (*path[: len(heading[1]) - 1], heading[2].strip().strip('\'"'))
            lines.setdefault(path, number)
        elif option := OPTION.match(line):
            name = option[1] or option[2].rstrip()
            lines.setdefault((*path, name.strip('\'"')), number)
            if option[3] and option[3] not in line[option.end() :]:
                quote = option[3]
    return lines
