"""User configuration: `user-conf/*.conf`, read again when a file changes."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.place import Place, Problem
from zatools.server.project.sections import Section, Where, lines_of

ENDINGS = ('.conf', '.ini')
#: Our words for ConfigObj's errors, by their beginning. Its own messages quote lines, and those may hold secrets.
REASONS = {
    'Invalid line': 'this is neither [section] nor name = value',
    'Duplicate section': 'this name is there twice',
    'Duplicate keyword': 'this name is there twice',
    'Cannot compute the section depth': 'the brackets of this section do not match',
    'Section too nested': 'this section is in no other, so it has one bracket: [name]',
    'Parse error in value': 'the value has a quote or a comma too many or too few',
    'Parse error in multiline value': 'the triple quotes of this value are not closed',
}
WORDS = {'true': True, 'yes': True, 'on': True, 'false': False, 'no': False, 'off': False}


@dataclass
class Config:
    """The files of a folder, as services see them: `tutorial.conf` is `user_config.tutorial`."""

    folder: Path
    root: Path
    generation: str
    environ: Mapping[str, str]
    values: Section = field(init=False)
    #: Each problem with the text of its file: the same problem in a file that was edited is reported again.
    _problems: list[tuple[Problem, str]] = field(default_factory=list, repr=False)
    _text: str = field(default='', repr=False)

    def __post_init__(self) -> None:
        self.values = self._root({})

    def load(self) -> list[Problem]:
        """Reads all files and returns the problems that are new. A broken file keeps its last good content."""
        before, self._problems = self._problems, []
        sections: dict[str, Section] = {}
        paths: dict[str, Path] = {}
        for path in sorted(path for path in self.folder.glob('*') if path.suffix in ENDINGS and path.is_file()):
            name, self._text = self._name(path), ''
            if name in paths:
                text = f"'{name}' is {self._shown(paths[name])} too: that one is used"
                self._add(Place(self._shown(path), 0, 0), text, is_warning=True)
                continue
            paths[name] = path
            content = self._content(name, path)
            if content is not None:
                sections[name] = content
            elif name in self.values:
                sections[name] = self.values[name]
        self.values = self._root(sections)
        return [problem for problem, text in self._problems if (problem, text) not in before]

    def _add(self, place: Place, text: str, is_warning: bool = False) -> None:
        self._problems.append((Problem(place, text, is_warning=is_warning), self._text))

    def _root(self, sections: Mapping[str, Any]) -> Section:
        return Section(sections, Where('user_config', (), self._shown(self.folder), {}))

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self.root.parent)

    def _name(self, path: Path) -> str:
        name = path.name.partition('.')[0]
        if self.generation == '3.2':
            return name
        # Zato 4.1 knows files by their name in lower case.
        return name.lower()

    def _content(self, name: str, path: Path) -> Section | None:
        from configobj import ConfigObj, ConfigObjError

        place = Place(self._shown(path), 0, 0)
        try:
            self._text = path.read_text(encoding='utf-8-sig')
            lines = self._text.splitlines()
            line_numbers = lines_of(lines)
            content = ConfigObj(lines, interpolation=False, raise_errors=True)
        except ConfigObjError as error:
            place, reason = place._replace(line=error.line_number or 1, column=1), _reason(error, line_numbers)
        except (OSError, UnicodeDecodeError) as error:
            reason = (getattr(error, 'strerror', None) or '').lower() or 'is not UTF-8'
        else:
            return self._section(content, Where(f'user_config.{name}', (), place.path, line_numbers))
        outcome = 'the file is not read'
        if name in self.values:
            outcome = 'what it said before stays'
        self._add(place, f'{reason}: {outcome}')
        return None

    def _section(self, values: Mapping[str, Any], where: Where) -> Section:
        return Section({key: self._value(value, where.below(key)) for key, value in values.items()}, where)

    def _value(self, value: Any, where: Where) -> Any:
        if isinstance(value, Mapping):
            return self._section(value, where)
        if isinstance(value, list):
            if self.generation == '3.2':
                return value
            return [self._value(element, where) for element in value]
        if not isinstance(value, str):
            return value
        if value.startswith('$') and not value.startswith('$$') and value[1:]:
            return self._variable(value[1:], where)
        if self.generation != '3.2' and value.lower() in WORDS:
            return WORDS[value.lower()]
        try:
            return ast.literal_eval(value)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return value

    def _variable(self, name: str, where: Where) -> str:
        value = self.environ.get(name, self.environ.get(name.upper()))
        if value is not None:
            return value
        text = f'{where.name} needs the variable {name}, which is not set here'
        self._add(Place(where.file, where.line, 1), text, is_warning=True)
        # The platform gives services this text too.
        return f'Env_Key_Missing_{name}'


def _reason(error: Any, line_numbers: Mapping[tuple[str, ...], int]) -> str:
    text = str(error)
    reason = next((reason for start, reason in REASONS.items() if text.startswith(start)), 'is no INI file')
    if not text.startswith('Duplicate'):
        return reason
    name = str(error.line).partition('=')[0].strip(' \t[]\'"')
    earlier = [line for path, line in line_numbers.items() if path[-1] == name and line < error.line_number]
    if not earlier:
        return reason
    return f'{reason}, first in line {earlier[-1]}'
