"""The `bunch` module as the platform ships it: dicts with dot access, all the way down."""

from __future__ import annotations

from typing import Any

from zatools.server.api.dotdict import DotDict


class Bunch(DotDict):
    """A dict with dot access."""

    def toDict(self) -> dict[str, Any]:  # noqa: N802
        """Returns plain dicts, all the way down."""
        plain: dict[str, Any] = unbunchify(self)
        return plain

    @staticmethod
    def fromDict(values: Any) -> Any:  # noqa: N802
        """Returns Bunches for dicts, all the way down."""
        return bunchify(values)

    def copy(self) -> Bunch:
        """Returns a copy, as deep as dicts and lists go."""
        copied: Bunch = bunchify(self)
        return copied

    deepcopy = copy


def bunchify(value: Any) -> Any:
    """Returns a value with a Bunch for each dict in it."""
    if isinstance(value, dict):
        return Bunch({name: bunchify(part) for name, part in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(map(bunchify, value))
    return value


def unbunchify(value: Any) -> Any:
    """Returns a value with a dict for each Bunch in it."""
    if isinstance(value, dict):
        return {name: unbunchify(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(unbunchify, value))
    return value


__all__ = ['Bunch', 'bunchify', 'unbunchify']
