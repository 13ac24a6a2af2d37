"""Parts of the Service API that say what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zatools.place import did_you_mean
from zatools.server.bunch import Bunch
from zatools.server.exceptions import UnsupportedError, unsupported


class Supported:
    """What knows how services call it: an attribute that it lacks is an error that names it."""

    called = ''
    #: What the platform has here: no wrong spelling of what there is.
    lacks: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        if hasattr(type(self), name):
            # A property whose code raised AttributeError: that is what went wrong.
            return object.__getattribute__(self, name)
        known = [other for other in (*dir(type(self)), *vars(self)) if not other.startswith('_')]
        raise self._unsupported(name, known)

    def _unsupported(self, name: str, known: Iterable[str]) -> UnsupportedError:
        return unsupported(f'{self.called}.{name}', '' if name in self.lacks else did_you_mean(name, known))


class Lacking:
    """An attribute of services that the platform has and the local server lacks; they may set their own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, service: Any, owner: Any) -> Any:
        is_after = False
        for cls in owner.__mro__:
            found = vars(cls).get(self._name)
            if is_after and found is not None:
                # Of a class that stands beside ours: class Mine(Service, Mixin).
                return found.__get__(service, owner) if hasattr(found, '__get__') else found
            is_after = is_after or found is self
        raise unsupported(f'self.{self._name}')


class About(Bunch):
    """A dict with dot access that knows how services call it: a key that it lacks is an error that names it."""

    def __init__(self, called: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        object.__setattr__(self, '_called', called)

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name.startswith('_'):
            raise AttributeError(name)
        raise unsupported(f'{self._called}.{name}', did_you_mean(name, list(self)))
