"""The table below a step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table below a step."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """The table as lines."""
        return [' | '.join(row) for row in (self.headings, *self.rows)]
