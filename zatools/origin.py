"""Which environment of `zatools.toml` choices come from: hints say its name, not what it stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The name of an environment, and the parameters that it filled in; '' where none was named.

    `environments` are all that there are then.
    """

    environment: str = ''
    filled: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()


#: Nothing but what was typed.
TYPED = Origin()
