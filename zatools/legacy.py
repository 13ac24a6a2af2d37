"""One import finder: names of other packages' modules resolve to ours while a user's files are loaded."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from zatools.place import did_you_mean


class _Alias:
    def __init__(self, target: str, lacks: str, is_package: bool) -> None:
        self._target, self._lacks, self._is_package = target, lacks, is_package

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        if self._is_package:
            module.__path__ = []
        return module

    def exec_module(self, module: ModuleType) -> None:
        if not self._target:
            return
        ours = importlib.import_module(self._target)
        own = {'__name__', '__spec__', '__loader__', '__package__'}
        # The same dict would give away our name; a copy of its content is what users read and call.
        module.__dict__.update({name: value for name, value in vars(ours).items() if name not in own})
        if hasattr(ours, '__getattr__'):
            module.__getattr__ = ours.__getattr__  # type: ignore[method-assign]
        elif self._lacks and not self._is_package:
            # What a package lacks may be a module of it, which the finder says.
            module.__getattr__ = _missing(module, self._lacks)  # type: ignore[method-assign]


def _missing(module: ModuleType, lacks: str) -> Callable[[str], Any]:
    known = getattr(module, '__all__', None) or [name for name in vars(module) if not name.startswith('_')]

    def missing(name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        hint = did_you_mean(name, known)
        if hint:
            raise ImportError(f"no '{name}' in {module.__name__}; {hint}")
        raise ImportError(f'{name}{lacks}')

    return missing


class _Finder:
    def __init__(self, table: Mapping[str, str], fallbacks: Mapping[str, str], lacks: str) -> None:
        self._table, self._fallbacks, self._lacks = table, fallbacks, lacks

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Finder) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        ours = self._table.get(name)
        if ours is None and name in self._fallbacks and not _is_installed(name, path):
            ours = self._fallbacks[name]
        if ours is None:
            if self._lacks and name.partition('.')[0] in self._table:
                raise ModuleNotFoundError(f'{name}{self._lacks}')
            return None
        # Classes of importlib.abc would cost 10 ms, and do nothing here.
        is_package = not ours or any(other.startswith(f'{name}.') for other in self._table)
        alias: Any = _Alias(ours, self._lacks, is_package)
        return importlib.util.spec_from_loader(name, alias, is_package=is_package or None)


def _is_installed(name: str, path: Any) -> bool:
    return PathFinder.find_spec(name, path) is not None


@contextmanager
def resolving(table: Mapping[str, str], fallbacks: Mapping[str, str] | None = None, lacks: str = '') -> Iterator[None]:
    """Makes names of modules resolve to ours; those of `fallbacks` only where nothing of that name is installed.

    A name that stands for nothing but a package has '' for its target. With `lacks`, other names of these packages are
    import errors that say so: the name, and `lacks` after it.
    """
    finder = _Finder(table, fallbacks or {}, lacks)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def resolve(table: Mapping[str, str], fallbacks: Mapping[str, str] | None = None, lacks: str = '') -> None:
    """Makes names of modules resolve to ours for the rest of the process: see `resolving`. Once is enough."""
    finder = _Finder(table, fallbacks or {}, lacks)
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)
