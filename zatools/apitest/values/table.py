"""The table below a step; its cells have no types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values.compare import same
from zatools.apitest.values.readers import as_json


@dataclass(frozen=True, slots=True)
class Table:
    """A table below a step."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """The table as lines."""
        return [' | '.join(row) for row in (self.headings, *self.rows)]


def cell_fits(actual: Any, cell: Any) -> bool:
    """Tells whether a value is what a cell says: 42 is the number or the text."""
    if not isinstance(cell, str) or isinstance(actual, str):
        return same(actual, cell)
    try:
        return same(actual, as_json(cell))
    except StepBroken:
        return False
