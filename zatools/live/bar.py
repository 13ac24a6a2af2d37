"""A line on a terminal that says how many calls of an import have been answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zatools.live.calls import Step
from zatools.world import Screen

WIDTH = 40


@dataclass
class Bar:
    """How many of so many steps are done, shown with each one that is."""

    screen: Screen
    total: int
    done: int = 0

    def begin(self) -> Callable[[Step], None]:
        """Shows that nothing is done yet; returns what is to be called with each step."""
        self.screen.start([self.line])
        return self.advance

    def advance(self, step: Step) -> None:
        """Shows that one more is done."""
        self.done += 1
        self.screen.update(0, self.line)

    @property
    def line(self) -> str:
        """The line as it is now."""
        filled = WIDTH * self.done // max(1, self.total)
        return f'[{"#" * filled}{" " * (WIDTH - filled)}] {self.done} of {self.total}'
