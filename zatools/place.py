"""Where a value stands in a file, and what is wrong with it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(NamedTuple):
    """A position in a file: its path as the user wrote it, line and column from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f'{self.path}:{self.line}:{self.column}' if self.line else self.path

    @property
    def short(self) -> str:
        """The place without its column, as plans show it."""
        return f'{self.path}:{self.line}' if self.line else self.path


@dataclass(frozen=True)
class Problem:
    """Something wrong with the input: where, what, and how to mend it.

    `width` is how many characters the caret marks; 0 shows no excerpt. `detail` are further lines.
    """

    place: Place | None
    text: str
    hint: str = ''
    width: int = 0
    detail: tuple[str, ...] = ()
    is_warning: bool = field(default=False)

    def __str__(self) -> str:
        return f'{self.place}: {self.text}' if self.place else self.text


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Returns the known names most like `name`, the best first; [] when none is near."""
    folded = {other.lower(): other for other in known}
    return [folded[hit] for hit in get_close_matches(name.lower(), folded, count, 0.6)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns `did you mean 'x'?`, or an empty text when nothing is near."""
    hits = nearest(name, known)
    return f"did you mean '{hits[0]}'?" if hits else ''
