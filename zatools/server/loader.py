"""Loads users' service files; one that is broken is a problem with its place, and its last good version stays."""

from __future__ import annotations

import ast
import logging
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from zatools.place import Place, Problem
from zatools.server.channels import METHODS
from zatools.server.elements import Element, declared_by
from zatools.server.exceptions import UnsupportedError, unsupported
from zatools.server.names import name_of
from zatools.server.service import Service

log = logging.getLogger('zatools.server')
FIRST = ('common', 'util', 'model')


@dataclass(frozen=True)
class Deployed:
    """A service that can be invoked: its class, what it declares, and where it stands."""

    name: str
    cls: type[Service]
    place: Place
    input: tuple[Element, ...] = ()
    output: tuple[Element, ...] = ()
    verbs: frozenset[str] = frozenset()
    wrapper: str = ''


class DeclarationError(Exception):
    """A service declares what can't be; `place` is that of its class."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place


@dataclass(frozen=True)
class Loaded:
    """One file as it was last loaded without an error."""

    path: Path
    source: bytes
    module: ModuleType
    services: tuple[Deployed, ...]


@dataclass
class Loader:
    """The service files of a folder, and what became of them."""

    folder: Path
    root: Path
    files: dict[Path, Loaded] = field(default_factory=dict)
    broken: dict[Path, bytes] = field(default_factory=dict)

    def load(self) -> list[Problem]:
        """Loads what is new or has changed, and what imports that; returns what is wrong."""
        problems: list[Problem] = []
        paths = self.paths()
        for path in [path for path in self.files if path not in paths]:
            _forget(self.files.pop(path))
        self.broken = {path: source for path, source in self.broken.items() if path in paths}
        sources = {path: source for path in paths if (source := _read(path, problems)) is not None}
        changed = [path for path in sources if self._is_changed(path, sources[path])]
        names = {path.stem for path in changed}
        users = [path for path, one in self.files.items() if path not in changed and _imports(one.module, names)]
        for path in [path for path in paths if path in changed or path in users]:
            self._load(path, sources[path], problems)
        problems.extend(self._doubles())
        return problems

    def paths(self) -> list[Path]:
        """Returns the service files, in the order in which they are loaded."""
        found = [path for path in self.folder.glob('*.py') if path.is_file()]
        return sorted(found, key=lambda path: (_rank(path.stem), path.name))

    def services(self) -> dict[str, Deployed]:
        """Returns all services by name; of two with one name the first."""
        found: dict[str, Deployed] = {}
        for path in sorted(self.files, key=lambda path: (_rank(path.stem), path.name)):
            for service in self.files[path].services:
                found.setdefault(service.name, service)
        return found

    def _is_changed(self, path: Path, source: bytes) -> bool:
        if path in self.broken:
            return self.broken[path] != source
        return path not in self.files or self.files[path].source != source

    def _load(self, path: Path, source: bytes, problems: list[Problem]) -> None:
        shown = self.shown(path)
        name = path.stem
        known = sys.modules.get(name)
        before = self.files.get(path)
        is_ours = known is None or getattr(known, '__file__', None) == str(path)
        module = ModuleType(name)
        module.__file__ = str(path)
        if is_ours:
            sys.modules[name] = module
        try:
            tree = ast.parse(source, str(path))
            exec(compile(tree, str(path), 'exec'), module.__dict__)
            services = tuple(_services(module, tree, path, shown))
        # What a file does when it is loaded is its own affair: sys.exit() included.
        except (Exception, SystemExit) as error:
            self.broken[path] = source
            problems.append(_problem(error, path, shown))
            if is_ours and before:
                sys.modules[name] = before.module
            elif is_ours:
                sys.modules.pop(name, None)
            return
        self.broken.pop(path, None)
        self.files[path] = Loaded(path, source, module, services)

    def shown(self, path: Path) -> str:
        """Returns a path as users see it: relative to what the command was given."""
        return os.path.relpath(path, self.root.parent) if self.root.name else str(path)

    def _doubles(self) -> list[Problem]:
        seen: dict[str, Deployed] = {}
        found = []
        for path in sorted(self.files, key=lambda path: (_rank(path.stem), path.name)):
            for one in self.files[path].services:
                first = seen.setdefault(one.name, one)
                if first is not one:
                    text = f"service '{one.name}' is in {first.place.short} too: that one is used"
                    found.append(Problem(one.place, text, 'give one of them another name', is_warning=True))
        return found


def _rank(stem: str) -> int:
    return next((number for number, start in enumerate(FIRST) if stem.startswith(start)), len(FIRST))


def _read(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        # It went while we looked.
        return None
    except OSError as error:
        problems.append(Problem(Place(str(path), 0, 0), f"can't be read: {(error.strerror or '').lower()}"))
        return None


def _forget(loaded: Loaded) -> None:
    if sys.modules.get(loaded.module.__name__) is loaded.module:
        del sys.modules[loaded.module.__name__]


def _imports(module: ModuleType, names: set[str]) -> bool:
    for value in vars(module).values():
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, '__module__', None)
        if isinstance(name, str) and name in names and name != module.__name__:
            return True
    return False


def _lines(tree: ast.Module) -> Mapping[str, int]:
    return {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _services(module: ModuleType, tree: ast.Module, path: Path, shown: str) -> list[Deployed]:
    lines = _lines(tree)
    found = []
    for name in sorted(vars(module)):
        cls = vars(module)[name]
        is_own = isinstance(cls, type) and issubclass(cls, Service) and cls.__module__ == module.__name__
        if not is_own or cls is Service or hasattr(cls, 'zato_dont_import'):
            continue
        one = _deployed(cls, path, Place(shown, lines.get(cls.__name__, 1), 1))
        add = getattr(cls, 'before_add_to_store', None)
        if add and not (answer := add(log)):
            log.info("service '%s' is left out: its before_add_to_store returned %r", one.name, answer)
            continue
        found.append(one)
    return found


def _deployed(cls: type[Service], path: Path, place: Place) -> Deployed:
    cls.zatools_name = name_of(cls, path)  # type: ignore[attr-defined]
    name: str = cls.zatools_name  # type: ignore[attr-defined]
    verbs = frozenset(name[7:] for name in dir(cls) if name.startswith('handle_') and name[7:] in METHODS)
    try:
        if isinstance(schema := getattr(cls, 'schema', None), (str, Path)) and schema:
            raise unsupported('schema')
        given, wanted, wrapper = declared_by(cls)
    except (TypeError, ValueError, UnsupportedError) as error:
        raise DeclarationError(place, f"service '{name}': {error}") from None
    return Deployed(name, cls, place, given, wanted, verbs, wrapper)


def _problem(error: BaseException, path: Path, shown: str) -> Problem:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return Problem(Place(shown, error.lineno or 1, error.offset or 1), f'{error.msg}: the file is not loaded')
    if isinstance(error, DeclarationError):
        return Problem(error.place, f'{error}: the file is not loaded')
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = (frames[-1].lineno or 1) if frames else 1
    text = f'{type(error).__name__}: {error}'.splitlines()[0]
    return Problem(Place(shown, line, 1), f'{text}: the file is not loaded')
