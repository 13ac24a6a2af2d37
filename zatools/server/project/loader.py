"""Loads users' service files. A broken file is a problem with its place, and its last good version stays."""

from __future__ import annotations

import ast
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from zatools.place import Place, Problem, nearest
from zatools.server.api.declaring import NONE, Skips, declared_by
from zatools.server.api.elements import Element
from zatools.server.api.exceptions import UnsupportedError
from zatools.server.api.models import Model
from zatools.server.api.service import HOOKS, Service
from zatools.server.http.channels import METHODS
from zatools.server.project.imports import needs, package_of
from zatools.server.project.layouts import service_files
from zatools.server.project.names import name_of

log = logging.getLogger('zatools.server')
#: Files whose names begin with these are loaded before the others, as the platform does it.
FIRST = ('common', 'util', 'model')
#: Seconds after which a file that is still being loaded is told of: it may wait for something, or never end.
SLOW = 5


@dataclass(frozen=True)
class Deployed:
    """A service that can be invoked: its class, what it declares, and its place."""

    name: str
    cls: type[Service]
    place: Place
    input: tuple[Element, ...] = ()
    output: tuple[Element, ...] = ()
    verbs: frozenset[str] = frozenset()
    wrapper: str = ''
    input_model: type[Model] | None = None
    output_model: type[Model] | None = None
    #: The hooks that its class overrides.
    hooks: frozenset[str] = frozenset()
    is_repeated: bool = False
    skips: Skips = NONE

    def wrapped(self, payload: Any, generation: str) -> Any:
        """Returns a response within the element that 3.2 puts it in where a SimpleIO declares it."""
        if self.wrapper and generation == '3.2' and isinstance(payload, (dict, list)):
            return {self.wrapper: payload}
        return payload


class DeclarationError(Exception):
    """A service declares something invalid; `place` is that of its class."""

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
    #: Its classes that handle nothing, with their places: no services, but others may derive from them.
    idle: tuple[tuple[type[Service], Place], ...] = ()


@dataclass
class Loader:
    """The service files of a folder, loaded or broken."""

    folder: Path
    root: Path
    #: What modules are named from, those in subfolders too; None: there are none in subfolders.
    base: Path | None = None
    #: Whether a module that is imported already is taken as it is: a test that imported it means the same one.
    takes_imported: bool = False
    files: dict[Path, Loaded] = field(default_factory=dict)
    #: Files that can't be loaded: each with its source and its problem.
    broken: dict[Path, tuple[bytes, Problem]] = field(default_factory=dict)
    _standing: list[Problem] = field(default_factory=list)

    def load(self) -> list[Problem]:
        """Loads files that are new or changed and those that import them. Returns the problems that are new."""
        standing: list[Problem] = []
        paths = self.paths()
        for path in [path for path in self.files if path not in paths]:
            _forget(self.files.pop(path))
        self.broken = {path: failure for path, failure in self.broken.items() if path in paths}
        sources = {path: source for path in paths if (source := _read(path, standing)) is not None}
        news: list[Problem] = []
        fresh: set[str] = set()
        names = {path: self.module_name(path) for path in sources}
        if self.base and any('.' in name for name in names.values()) and str(self.base) not in sys.path:
            # The packages that they are in are imported as any others.
            sys.path.append(str(self.base))
        for path in _in_order(sources, names):
            if not self._is_due(path, sources[path], fresh):
                continue
            before = self.broken.pop(path, None)
            with self._told_if_slow(path):
                problem = self._load(path, sources[path])
            if problem is None:
                fresh.add(names[path])
                continue
            self.broken[path] = sources[path], problem
            if self.broken[path] != before:
                news.append(problem)
        standing.extend(self._duplicates())
        standing.extend(self._idle())
        news.extend(problem for problem in standing if problem not in self._standing)
        self._standing = standing
        return news

    def paths(self) -> list[Path]:
        """Returns the service files, in the order in which they are loaded."""
        return sorted(service_files(self.folder, self.base), key=_order)

    def module_name(self, path: Path) -> str:
        """Returns what other files import a file by: `api.users` in subfolders."""
        if self.base is None or not path.is_relative_to(self.base):
            return path.stem
        return '.'.join(path.relative_to(self.base).with_suffix('').parts)

    def services(self) -> dict[str, Deployed]:
        """Returns all services by name; of two with the same name the first."""
        by_name: dict[str, Deployed] = {}
        for path in sorted(self.files, key=_order):
            for service in self.files[path].services:
                by_name.setdefault(service.name, service)
        return by_name

    def _is_due(self, path: Path, source: bytes, fresh: set[str]) -> bool:
        loaded = self.files.get(path)
        if path in self.broken:
            previous, _ = self.broken[path]
        elif loaded:
            previous = loaded.source
        else:
            return True
        # A file that imports something loaded anew still has the old one.
        if source != previous or not fresh.isdisjoint(needs(source, package_of(self.module_name(path)))):
            return True
        return loaded is not None and _imports(loaded.module, fresh)

    def _load(self, path: Path, source: bytes) -> Problem | None:
        name = self.module_name(path)
        imported = sys.modules.get(name)
        before = self.files.get(path)
        # A file must not take the place of a library's module with the same name.
        is_ours = imported is None or getattr(imported, '__file__', None) == str(path)
        module = ModuleType(name)
        module.__file__ = str(path)
        if '.' in name:
            module.__package__ = package_of(name)
        is_done = is_ours and imported is not None and before is None and self.takes_imported
        if is_done and imported:
            module = imported
        if is_ours:
            _register(name, module)
        try:
            tree = ast.parse(source, str(path))
            if not is_done:
                exec(compile(tree, str(path), 'exec'), module.__dict__)
            services, idle = _services(module, tree, path, self.shown(path))
        # A file may do anything while it is loaded: also sys.exit() must not end the server.
        except (Exception, SystemExit) as error:
            if is_ours and before:
                _register(name, before.module)
            elif is_ours:
                sys.modules.pop(name, None)
            return _problem(error, path, self.shown(path), self._hint(error))
        self.files[path] = Loaded(path, source, module, services, idle)
        return None

    @contextmanager
    def _told_if_slow(self, path: Path) -> Iterator[None]:
        text = '%s is still being loaded, after %d seconds: until it is, no other file is'
        timer = threading.Timer(SLOW, log.warning, (text, self.shown(path), SLOW))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hint(self, error: BaseException) -> str:
        # To an author who sees the imported file beside this one, "no module" alone explains nothing.
        parts = str(getattr(error, 'name', None)).split('.')
        path = (self.base or self.folder).joinpath(*parts).with_suffix('.py')
        if not isinstance(error, ModuleNotFoundError) or not path.is_file():
            return ''
        if path in self.broken:
            return f'{self.shown(path)} is not loaded either'
        return f'{self.shown(path)} needs this one in turn'

    def shown(self, path: Path) -> str:
        """Returns a path as users see it: relative to what the command was given."""
        if not self.root.name:
            return str(path)
        return os.path.relpath(path, self.root.parent)

    def _duplicates(self) -> list[Problem]:
        seen: dict[str, Deployed] = {}
        problems = []
        for path in sorted(self.files, key=_order):
            for service in self.files[path].services:
                first = seen.setdefault(service.name, service)
                if first is not service:
                    text = f"service '{service.name}' is in {first.place.short} too: that one is used"
                    problems.append(Problem(service.place, text, 'give one of them another name', is_warning=True))
        return problems

    def _idle(self) -> Iterator[Problem]:
        bases = {base for one in self.files.values() for service in one.services for base in service.cls.__mro__}
        for loaded in self.files.values():
            for cls, place in loaded.idle:
                if cls not in bases:
                    near = nearest('handle', [name for name in vars(cls) if not name.startswith('_')])
                    hint = 'a service has def handle(self)'
                    if near:
                        hint = f"did you mean 'handle' by '{near[0]}'?"
                    yield Problem(place, f'{cls.__name__} has no handle: it is no service', hint)


def _rank(stem: str) -> int:
    return next((number for number, start in enumerate(FIRST) if stem.startswith(start)), len(FIRST))


def _read(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        # The file was removed after the folder was listed.
        return None
    except OSError as error:
        problems.append(Problem(Place(str(path), 0, 0), f"can't be read: {(error.strerror or '').lower()}"))
        return None


def _register(name: str, module: ModuleType) -> None:
    sys.modules[name] = module
    package = sys.modules.get(package_of(name))
    if package is not None:
        # Else whoever imports it from its package has the one before.
        setattr(package, name.rpartition('.')[2], module)


def _forget(loaded: Loaded) -> None:
    if sys.modules.get(loaded.module.__name__) is loaded.module:
        del sys.modules[loaded.module.__name__]


def _order(path: Path) -> tuple[int, str, str]:
    return _rank(path.stem), path.name, str(path)


def _in_order(sources: Mapping[Path, bytes], names: Mapping[Path, str]) -> Iterable[Path]:
    # Depth first: what a file imports comes before it, and apart from that the order stays.
    by_name = {names[path]: path for path in sources}
    ordered: dict[Path, None] = {}
    seen: set[Path] = set()

    def visit(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        for name in sorted(by_name.keys() & needs(sources[path], package_of(names[path]))):
            visit(by_name[name])
        ordered[path] = None

    for path in sources:
        visit(path)
    return ordered


def _imports(module: ModuleType, names: set[str]) -> bool:
    for value in vars(module).values():
        name = getattr(value, '__module__', None)
        if isinstance(value, ModuleType):
            name = value.__name__
        if isinstance(name, str) and name in names and name != module.__name__:
            return True
    return False


def _lines(tree: ast.Module) -> Mapping[str, int]:
    return {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _services(
    module: ModuleType, tree: ast.Module, path: Path, shown: str
) -> tuple[tuple[Deployed, ...], tuple[tuple[type[Service], Place], ...]]:
    lines = _lines(tree)
    services, idle = [], []
    for name in sorted(vars(module)):
        cls = vars(module)[name]
        is_own = isinstance(cls, type) and issubclass(cls, Service) and cls.__module__ == module.__name__
        if not is_own or cls is Service or hasattr(cls, 'zato_dont_import'):
            continue
        place = Place(shown, lines.get(cls.__name__, 1), 1)
        service = deployed(cls, path, place)
        add = getattr(cls, 'before_add_to_store', None)
        if add and not (answer := add(log)):
            log.info("service '%s' is left out: its before_add_to_store returned %r", service.name, answer)
            continue
        if handles(cls):
            services.append(service)
        else:
            idle.append((cls, place))
    return tuple(services), tuple(idle)


def handles(cls: type[Service]) -> bool:
    """Tells whether a class has a handle: only then it is a service."""
    return cls.handle is not Service.handle or bool(_verbs(cls))


def _verbs(cls: type[Service]) -> frozenset[str]:
    return frozenset(name[7:] for name in dir(cls) if name.startswith('handle_') and name[7:] in METHODS)


def deployed(cls: type[Service], path: Path, place: Place) -> Deployed:
    """Returns a class of a file as a service. Raises DeclarationError."""
    cls.zatools_name = name_of(cls, path)  # type: ignore[attr-defined]
    name: str = cls.zatools_name  # type: ignore[attr-defined]
    try:
        declared = declared_by(cls)
    except (TypeError, ValueError, UnsupportedError) as error:
        raise DeclarationError(place, f"service '{name}': {error}") from None
    hooks = frozenset(hook for hook in HOOKS if getattr(cls, hook) is not getattr(Service, hook))
    return Deployed(
        name,
        cls,
        place,
        declared.input,
        declared.output,
        _verbs(cls),
        declared.wrapper,
        declared.input_model,
        declared.output_model,
        hooks,
        declared.is_repeated,
        declared.skips,
    )


def _problem(error: BaseException, path: Path, shown: str, hint: str) -> Problem:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return Problem(Place(shown, error.lineno or 1, error.offset or 1), f'{error.msg}: the file is not loaded')
    if isinstance(error, DeclarationError):
        return Problem(error.place, f'{error}: the file is not loaded')
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = 1
    if frames:
        line = frames[-1].lineno or 1
    text = f'{type(error).__name__}: {error}'.splitlines()[0]
    return Problem(Place(shown, line, 1), f'{text}: the file is not loaded', hint)
