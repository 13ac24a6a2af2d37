"""A dict whose keys are attributes: what `ctx.zato` and everything in it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Bunch(dict[str, Any]):
    """A dict with attribute access; names of dict's own methods stay methods."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(dict, name):
            # Were `keys` or `items` a key, code that uses the dict would break.
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __contains__(self, name: object) -> bool:
        # As in the library bunch, which zato-apitest uses.
        return dict.__contains__(self, name) or (isinstance(name, str) and hasattr(dict, name))

    @classmethod
    def fromDict(cls, value: Mapping[str, Any]) -> Any:  # noqa: N802
        """Returns a bunch of a dict, at any depth."""
        return bunchify(value)

    def toDict(self) -> dict[str, Any]:  # noqa: N802
        """Returns a dict, at any depth."""
        return unbunchify(self)  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        return (type(self), (dict(self),))


def bunchify(value: Any) -> Any:
    """Returns a value whose dicts, at any depth, are bunches."""
    if isinstance(value, Mapping):
        return Bunch({key: bunchify(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(bunchify(item) for item in value)
    return value


def unbunchify(value: Any) -> Any:
    """Returns a value whose bunches, at any depth, are dicts."""
    if isinstance(value, Mapping):
        return {key: unbunchify(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(unbunchify(item) for item in value)
    return value
