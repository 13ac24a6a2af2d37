"""What a check of files found, of one environment or of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zatools.place import Problem


@dataclass(frozen=True)
class Checked:
    """Problems, what gives lines for their excerpts, numbers of files and objects, and what comments allowed."""

    problems: list[Problem]
    lines: Callable[[str], Sequence[str]]
    files: int
    objects: int
    allowed: int
    environments: int = 0
