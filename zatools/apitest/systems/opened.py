"""The systems that a feature has opened: all are closed when it ends, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol


class System(Protocol):
    """A system that is open."""

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario; its changes are undone at its end where `rolls_back`."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Closes connections, and removes what was made."""


@dataclass
class Opened:
    """What a feature has opened, by kind and name; `current` has the one of each kind that a step has named last."""

    systems: dict[tuple[str, str], Any] = field(default_factory=dict)
    current: dict[str, Any] = field(default_factory=dict)
    rolls_back: bool = False

    def add(self, kind: str, name: str, system: System) -> None:
        """Keeps a system that was opened; another one of that name is closed."""
        if before := self.systems.pop((kind, name), None):
            before.close()
        self.systems[kind, name] = self.current[kind] = system
        system.begin(self.rolls_back)

    def names(self, kind: str) -> list[str]:
        """Returns the names of the systems of a kind."""
        return [name for of, name in self.systems if of == kind]

    @contextmanager
    def scenario(self, rolls_back: bool) -> Iterator[None]:
        """The time of a scenario; changes are undone at its end where `rolls_back`."""
        self.rolls_back = rolls_back
        for system in self.systems.values():
            system.begin(rolls_back)
        try:
            yield
        finally:
            for system in self.systems.values():
                system.end()

    def close(self) -> None:
        """Closes all of them, the last one first, those too that come after one that fails."""
        with ExitStack() as stack:
            for system in self.systems.values():
                stack.callback(system.close)
        self.systems.clear()
        self.current.clear()
