"""A dict whose keys are attributes too: what services get their input and their configuration in."""

from __future__ import annotations

from typing import Any

from zatools.place import did_you_mean


class DotDict(dict[str, Any]):
    """A dict with dot access; a missing attribute is an AttributeError that says what there is."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            hint = did_you_mean(name, [key for key in self if isinstance(key, str)])
            if not hint:
                names = ', '.join(map(str, list(self)[:10]))
                hint = f'there are: {names or "none"}'
            raise AttributeError(f"no '{name}' here; {hint}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None
