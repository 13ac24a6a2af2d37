"""User configuration: `user-conf/*.conf`, read anew when a file changes."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.place import Place, Problem
from zatools.server.bunch import Bunch

ENDINGS = ('.conf', '.ini')
WORDS = {'true': True, 'yes': True, 'on': True, 'false': False, 'no': False, 'off': False}


@dataclass
class Config:
    """The files of a folder, as services see them: `tutorial.conf` is `user_config.tutorial`."""

    folder: Path
    root: Path
    generation: str
    environ: Mapping[str, str]
    values: Bunch = field(default_factory=Bunch)
    _read: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def load(self) -> list[Problem]:
        """Reads what has changed; a broken file is a problem, and its last good content stays."""
        problems: list[Problem] = []
        paths = sorted(path for path in self.folder.glob('*') if path.suffix in ENDINGS and path.is_file())
        found = Bunch()
        for path in paths:
            name = self._name(path)
            content = self._content(path, problems)
            if content is None:
                content = self.values.get(name)
            if content is not None:
                found[name] = content
        self.values = found
        return problems

    def _name(self, path: Path) -> str:
        name = path.name.partition('.')[0]
        return name if self.generation == '3.2' else name.lower()

    def _content(self, path: Path, problems: list[Problem]) -> Bunch | None:
        from configobj import ConfigObj, ConfigObjError

        shown = os.path.relpath(path, self.root.parent)
        try:
            content = ConfigObj(str(path), interpolation=False, encoding='utf-8', raise_errors=True)
        except ConfigObjError as error:
            reason = str(error).partition(' at line')[0].rstrip('.').lower()
            place = Place(shown, getattr(error, 'line_number', None) or 1, 1)
            problems.append(Problem(place, f'{reason}: the file is not read'))
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = (getattr(error, 'strerror', None) or 'is not UTF-8').lower()
            problems.append(Problem(Place(shown, 0, 0), f'{reason}: the file is not read'))
            return None
        return self._section(content)

    def _section(self, values: Mapping[str, Any]) -> Bunch:
        return Bunch({key: self._value(value) for key, value in values.items()})

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._section(value)
        if isinstance(value, list):
            return value if self.generation == '3.2' else [self._value(one) for one in value]
        if not isinstance(value, str):
            return value
        if value.startswith('$') and not value.startswith('$$') and value[1:]:
            name = value[1:]
            return self.environ.get(name, self.environ.get(name.upper(), f'Env_Key_Missing_{name}'))
        if self.generation != '3.2' and value.lower() in WORDS:
            return WORDS[value.lower()]
        try:
            return ast.literal_eval(value)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return value
