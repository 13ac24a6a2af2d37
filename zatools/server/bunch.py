"""Dicts whose keys are attributes too."""

from __future__ import annotations

from typing import Any

from zatools.place import did_you_mean


class Bunch(dict[str, Any]):
    """A dict with dot access; a missing attribute is an AttributeError that says what there is."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            hint = did_you_mean(name, [key for key in self if isinstance(key, str)])
            known = hint or f'there are: {", ".join(map(str, list(self)[:10])) or "none"}'
            raise AttributeError(f"no '{name}' here; {known}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None


def bunched(value: Any) -> Any:
    """Returns a value whose dicts, at every level, are bunches."""
    if isinstance(value, dict):
        return Bunch({key: bunched(one) for key, one in value.items()})
    return [bunched(one) for one in value] if isinstance(value, list) else value
