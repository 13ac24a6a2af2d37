"""Finding and reading `zatools.toml`: its environments with their defaults, all that is wrong in it at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from stat import S_ISREG
from typing import Any

from zatools.environments.lines import Lines
from zatools.environments.settings import (
    BY_NAME,
    DEFAULTS,
    ENVIRONMENTS,
    NAME,
    POLICY,
    SETTINGS,
    SORTS,
    TABLES,
    WHICH,
    is_of,
)
from zatools.errors import FileError, InvalidError, UsageError
from zatools.files.project import root_of
from zatools.place import Place, Problem, did_you_mean
from zatools.screens import quantity

FILE = 'zatools.toml'
#: The variable that names an environment where --env does not.
VARIABLE = 'ZATO_ENV'
#: Bytes; what is larger is no such file.
TOO_LARGE = 1_000_000
AT_LINE = re.compile(r' \(at line (\d+), column (\d+)\)')


@dataclass(frozen=True)
class Environment:
    """One environment: its values by the names of settings, and where each of them stands."""

    name: str
    values: Mapping[str, Any]
    places: Mapping[str, Place]

    @property
    def is_protected(self) -> bool:
        """Tells whether an import needs a plan that was looked at."""
        return bool(self.values.get('protected'))


@dataclass(frozen=True)
class Project:
    """A file of environments: its path, its folder, what is in it."""

    path: str
    environments: Mapping[str, Environment]
    lines: Lines

    @property
    def folder(self) -> str:
        """The folder that its paths are relative to; '' for the current one."""
        return os.path.dirname(self.path)


def find(current: str = '') -> str:
    """Returns the path of the nearest file, in the current folder or above it in the project; '' for none."""
    here = os.path.realpath(current or os.getcwd())
    root = root_of(here, here)
    folder, path = here, FILE
    # What is called so and is no file is told when it is read.
    while not os.path.lexists(os.path.join(folder, FILE)):
        if folder in (root, os.path.dirname(folder)):
            return ''
        folder, path = os.path.dirname(folder), os.path.join(os.pardir, path)
    return path


def read(path: str) -> Project:
    """Reads a file of environments; raises InvalidError for all that is wrong in it."""
    text = _text(path)
    lines = Lines(path, text)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, str(error)) from None
    except RecursionError:
        raise _broken(path, 'is nested too deep') from None
    problems = _Checks(parsed, lines).run()
    if problems:
        text = f'{quantity(len(problems), "problem")} in {path}. Nothing was changed.'
        raise InvalidError(text, problems=problems, lines=lines.of)
    return Project(path, _environments(parsed, lines), lines)


def _text(path: str) -> str:
    try:
        if not S_ISREG(os.stat(path).st_mode):
            # A pipe would be waited for.
            raise FileError(f'{path} is no file')
        with open(path, 'rb') as file:
            data = file.read(TOO_LARGE + 1)
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror}") from None
    if len(data) > TOO_LARGE:
        raise InvalidError(f'{path}: is larger than {TOO_LARGE // 1_000_000} MB')
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise InvalidError(f'{path}: is not UTF-8 (byte {error.start})') from None


def _broken(path: str, text: str) -> InvalidError:
    # What a message quotes may be a part of a password: only the words that say what is wrong are shown.
    found = AT_LINE.search(text)
    place = Place(path, 0, 0)
    if found:
        place = Place(path, int(found[1]), int(found[2]))
    what = re.split(r' \(at |[:\'"]', text)[0].strip().rstrip('.')
    problem = Problem(place, f'is no TOML: {what[:1].lower()}{what[1:]}', 'texts stand in quotes')
    return InvalidError(f'1 problem in {path}. Nothing was changed.', problems=[problem])


class _Checks:
    def __init__(self, parsed: Mapping[str, Any], lines: Lines) -> None:
        self.parsed = parsed
        self.lines = lines
        self.problems: list[Problem] = []

    def run(self) -> list[Problem]:
        for name, table in self.parsed.items():
            if name not in TABLES:
                self._unknown((name,), TABLES)
            elif not isinstance(table, dict):
                self._add((name,), f'[{name}] must be a table')
        self._settings((DEFAULTS,), self._table(DEFAULTS))
        self._policy(self._table(POLICY))
        for name, values in self._table(ENVIRONMENTS).items():
            path = (ENVIRONMENTS, name)
            if not re.fullmatch(NAME, name):
                self._add(path, f"an environment can't be called {name[:100]!r}", 'letters, digits, - and _ can')
            if not isinstance(values, dict):
                self._add(path, f'[env.{name}] must be a table', f'as in: [env.{name}]')
                continue
            self._settings(path, values)
            self._which(path, values)
        return self.problems

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self.parsed.get(name, {})
        if isinstance(table, dict):
            return table
        return {}

    def _settings(self, path: tuple[str, ...], values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name not in BY_NAME:
                self._unknown((*path, name), BY_NAME)
            elif not is_of(BY_NAME[name].sort, value):
                self._add((*path, name), f'{name} must be {SORTS[BY_NAME[name].sort].called}')

    def _policy(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name != 'files':
                self._unknown((POLICY, name), {'files': POLICY})
            elif not is_of('paths', value):
                self._add((POLICY, name), f'{name} must be {SORTS["paths"].called}')

    def _which(self, path: tuple[str, ...], values: Mapping[str, Any]) -> None:
        if all(name in values for name in WHICH):
            self._add(
                (*path, WHICH[1]), f'{".".join(path)} has both {" and ".join(WHICH)}', 'one of them says which ODB'
            )

    def _unknown(self, path: tuple[str, ...], known: Mapping[str, Any]) -> None:
        hint = did_you_mean(path[-1], known) or f'there are: {", ".join(known)}'
        self._add(path, f"unknown key '{path[-1]}'", hint)

    def _add(self, path: tuple[str, ...], text: str, hint: str = '') -> None:
        self.problems.append(Problem(self.lines.at(*path), text, hint, len(path[-1])))


def _environments(parsed: Mapping[str, Any], lines: Lines) -> dict[str, Environment]:
    defaults: dict[str, Any] = {}
    places_of: dict[str, Place] = {}
    if parsed.get(POLICY):
        defaults[POLICY], places_of[POLICY] = parsed[POLICY]['files'], lines.at(POLICY, 'files')
    for name, value in parsed.get(DEFAULTS, {}).items():
        defaults[name], places_of[name] = value, lines.at(DEFAULTS, name)
    found = {}
    for name, own in parsed.get(ENVIRONMENTS, {}).items():
        values = {**defaults, **own}
        for one, other in (WHICH, WHICH[::-1]):
            # What an environment says of its ODB goes over the defaults, whichever way it says it.
            if one in own and other not in own:
                values.pop(other, None)
        places = dict(places_of)
        places.update({key: lines.at(ENVIRONMENTS, name, key) for key in own})
        ordered = {setting.name: values[setting.name] for setting in SETTINGS if setting.name in values}
        found[name] = Environment(name, ordered, places)
    return found


def chosen(name: str, option: str) -> tuple[Project, Environment]:
    """Returns the environment of a name, which an `option` gave; raises UsageError where there is none."""
    path = find()
    if not path:
        text = f'{option} {name}: there is no {FILE} here or above, in this project'
        raise UsageError(text, 'what it may say: docs/teams-reference.md')
    project = read(path)
    if name not in project.environments:
        known = ', '.join(project.environments) or 'none'
        hint = did_you_mean(name, project.environments) or f'there are: {known}'
        raise UsageError(f"{option}: there is no environment '{name}' in {path}", hint)
    return project, project.environments[name]
