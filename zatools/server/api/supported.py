"""Base classes of the Service API whose errors say what the local server lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zatools.place import did_you_mean
from zatools.server.api.dotdict import DotDict
from zatools.server.api.exceptions import UnsupportedError, unsupported
from zatools.server.api.lacking import lacked


class Supported:
    """Knows the name by which services call it; the error for a missing attribute has that name."""

    called = ''

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        if hasattr(type(self), name):
            # The code of a property raised AttributeError: read again, it raises that error.
            return object.__getattribute__(self, name)
        names = [other for other in (*dir(type(self)), *vars(self)) if not other.startswith('_')]
        raise self._unsupported(name, names)

    def _unsupported(self, name: str, names: Iterable[str]) -> UnsupportedError:
        hint = ''
        # What the platform has and we lack is no misspelling, so there is no hint at similar names.
        if name not in lacked(self.called):
            hint = did_you_mean(name, names)
        return unsupported(f'{self.called}.{name}', hint)


class Lacking:
    """An attribute of services that the platform has and the local server lacks; they may set their own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, service: Any, owner: Any) -> Any:
        is_after = False
        for cls in owner.__mro__:
            attribute = vars(cls).get(self._name)
            if is_after and attribute is not None:
                # It is of a class that stands beside ours: class Mine(Service, Mixin).
                if hasattr(attribute, '__get__'):
                    return attribute.__get__(service, owner)
                return attribute
            is_after = is_after or attribute is self
        return self._absent(service, owner)

    def _absent(self, service: Any, owner: Any) -> Any:
        raise unsupported(f'self.{self._name}')


class OwnName(Lacking):
    """The name of a service that gives itself none: a call finds the one that was made of file and class."""

    def __init__(self) -> None:
        super().__init__('name')

    def _absent(self, service: Any, owner: Any) -> str:
        # A class is asked what it names itself: that is nothing, lest subclasses inherit what was made for another.
        if service is None:
            return ''
        return str(getattr(owner, 'zatools_name', ''))


class About(DotDict):
    """A dict with dot access that knows the name by which services call it; errors for missing keys have it."""

    def __init__(self, called: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        object.__setattr__(self, '_called', called)

    def to_dict(self) -> dict[str, Any]:
        """Returns a dict, those within included."""
        return {name: value.to_dict() if isinstance(value, About) else value for name, value in self.items()}

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name.startswith('_'):
            raise AttributeError(name)
        raise unsupported(f'{self._called}.{name}', did_you_mean(name, list(self)))
