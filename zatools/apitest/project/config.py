"""A project of tests: its folder of features, its config.ini, its profiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zatools.apitest.project.files import shown
from zatools.apitest.values.bunch import Bunch, bunchify
from zatools.errors import InvalidError, UsageError
from zatools.place import Place, Problem, did_you_mean

#: Keys of a profile that are settings of the run, not values for steps.
OWN_KEYS = ('options', 'tags')


@dataclass(frozen=True)
class Selected:
    """A feature file that was named, with the lines that were asked for."""

    path: Path
    lines: tuple[int, ...] = ()


@dataclass
class Project:
    """The folder `features` of a project, and what its config.ini says."""

    features: Path
    config: Any = None
    profile: str = ''
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def config_path(self) -> Path:
        """The path of config.ini, whether there is one or not."""
        return Path(shown(self.features / 'config.ini'))

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of [secrets]."""
        return frozenset(self._section('secrets'))

    def secrets(self) -> dict[str, Any]:
        """Returns the values of [secrets]; those of the command line take precedence."""
        secrets = _values(self._section('secrets'), self)
        return secrets | {name: value for name, value in self.overrides.items() if name in secrets}

    def described(self) -> dict[str, str]:
        """Returns the path of the OpenAPI document that [contract] names, by the address of its API; '' is any."""
        section = _values(self._section('contract'), self)
        if not section:
            return {}
        if 'file' not in section:
            raise InvalidError(f'{self.config_path}: [contract] has no file', 'write: file = openapi.yaml')
        address = str(section.get('address', '')).rstrip('/')
        return {address: str((self.features / str(section['file'])).resolve())}

    def _section(self, name: str) -> dict[str, Any]:
        section = (self.config or {}).get(name)
        if isinstance(section, dict):
            return section
        # A key before the first section may have the name of one.
        return {}

    def _profile(self) -> dict[str, Any]:
        if not self.profile:
            return {}
        return _values(self._section(f'profile:{self.profile}'), self)

    def user_config(self) -> Bunch:
        """Returns the values that `@name` stands for."""
        values = _values(self._section('user'), self) | _values(self._section('secrets'), self)
        profile = {name: value for name, value in self._profile().items() if name not in OWN_KEYS}
        return bunchify(values | profile | dict(self.overrides))  # type: ignore[no-any-return]

    def options(self) -> list[str]:
        """Returns the words of `[behave] options` and of the profile's options and tags."""
        import shlex

        # dict.items reads the values as they are written: options of behave may hold %(message)s of a log format.
        rows = [_raw(dict(dict.items(self._section('behave'))).get('options', ''))]
        profile = self._profile()
        rows.append(_raw(profile.get('options', '')))
        try:
            words = [word for row in rows for word in shlex.split(row)]
        except ValueError as error:
            raise InvalidError(f'{self.config_path}: options: {str(error).lower()}') from None
        if tags := _raw(profile.get('tags', '')):
            words.append(f'--tags={tags}')
        return words


def _raw(value: Any) -> str:
    # configobj has made a list of a value with a comma outside quotes.
    if isinstance(value, list):
        return ','.join(value)
    return str(value)


def _values(section: Mapping[str, Any], project: Project) -> dict[str, Any]:
    if not section:
        return {}
    from configobj import InterpolationError

    try:
        return dict(section.items())
    except InterpolationError as error:
        quoted = re.search(r'"(.*?)"', str(error))
        name = '…'
        if quoted:
            name = quoted[1]
        text = f'{project.config_path}: %({name})s stands for nothing'
        raise InvalidError(text, 'name a key of the same section, or write %%') from None


def read_config(path: Path) -> Any:
    """Returns the content of a config.ini; None where there is no such file."""
    if not path.is_file():
        return None
    from configobj import ConfigObj, ConfigObjError

    name = shown(path)
    try:
        config = ConfigObj(str(path), encoding='utf-8-sig', raise_errors=True)
    except ConfigObjError as error:
        line = int(getattr(error, 'line_number', 0) or 1)
        text = str(error).partition(' at line')[0].strip().rstrip('.').lower() or 'is no INI file'
        hint = 'lines are: [section], name = value, or # a comment'
        raise InvalidError('', problems=[Problem(Place(name, line, 1), f'config.ini: {text}', hint)]) from None
    except UnicodeDecodeError:
        raise InvalidError(f'{name}: is not UTF-8', 'save it as UTF-8') from None
    except OSError as error:
        raise InvalidError(f"{name}: can't be read: {error.strerror}") from None
    return config


def profiles(config: Any) -> list[str]:
    """Returns the names of a config.ini's profiles."""
    if config is None:
        return []
    return [name.partition(':')[2] for name in config.sections if name.startswith('profile:')]


def _base(path: Path) -> Path:
    # The folder `features` in a path, or around it; else the folder itself.
    folder = path
    if not path.is_dir():
        folder = path.parent
    elif (path / 'features').is_dir():
        return path / 'features'
    return next((parent for parent in (folder, *folder.parents) if parent.name == 'features'), folder)


#: A folder with what systems answer: `zato mock` reads it, nothing in it is run.
MOCKS = 'mocks'


def split_line(text: str) -> tuple[str, tuple[int, ...]]:
    """Returns a path, and the numbers of lines that follow it: `a.feature:3:17`."""
    path, *numbers = text.split('.feature:')
    if not numbers or not all(number.isdigit() for number in numbers[-1].split(':')):
        return text, ()
    return f'{path}.feature', tuple(map(int, numbers[-1].split(':')))


def find(paths: Iterable[str]) -> tuple[Path, list[Selected]]:
    """Returns the folder of features that paths belong to, and the feature files that they name."""
    # Dicts keep the order of the command line.
    bases: dict[Path, None] = {}
    selected: dict[Path, tuple[int, ...]] = {}
    for text in paths:
        name, lines = split_line(text)
        base = _base(Path(name).absolute())
        for file in _feature_files(name, base):
            selected[file] = (*selected.get(file, ()), *lines)
        bases[base] = None
    if len(bases) > 1:
        named = ', '.join(shown(base) for base in bases)
        raise UsageError(f'these paths belong to different projects: {named}', 'run them one after another')
    return next(iter(bases)), [Selected(path, lines) for path, lines in selected.items()]


def _feature_files(name: str, base: Path) -> list[Path]:
    path = Path(name)
    if not path.exists():
        raise InvalidError(f'{name}: no such file or folder', _similar_path(path))
    folder = path.absolute()
    if path.is_file() and path.suffix != '.feature':
        raise InvalidError(f'{name}: is no feature: its name does not end with .feature')
    if not path.is_dir():
        return [folder]
    if base.parent == folder:
        # The folder of a project has other folders too, of virtual environments and the like.
        folder = base
    files = [file for file in sorted(folder.rglob('*.feature')) if MOCKS not in file.relative_to(folder).parts]
    if not files:
        raise InvalidError(f'{name}: there is no feature in it', 'start with one that passes: apitest init PATH')
    return files


def _similar_path(path: Path) -> str:
    if not path.parent.is_dir():
        return ''
    return did_you_mean(path.name, [other.name for other in path.parent.iterdir()])


def load(paths: Iterable[str], profile: str = '', overrides: Mapping[str, str] | None = None) -> tuple[Any, Any]:
    """Returns the project that paths belong to, and the feature files that they name."""
    base, selected = find(paths)
    config = read_config(base / 'config.ini')
    names = profiles(config)
    if profile and profile not in names:
        hint = f'add [profile:{profile}] to {shown(base)}/config.ini'
        if names:
            hint = did_you_mean(profile, names) or f'there are: {", ".join(names)}'
        raise UsageError(f"no profile '{profile}'", hint)
    return Project(base, config, profile, overrides or {}), selected
