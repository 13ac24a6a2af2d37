"""Places in files, and problems at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Place(NamedTuple):
    """A position in a file: its path as the user wrote it, line and column from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f'{self.path}:{self.line}:{self.column}'

    @property
    def short(self) -> str:
        """The place without its column, as plans show it."""
        if not self.line:
            return self.path
        return f'{self.path}:{self.line}'


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with the input: where, what, and how to fix it.

    `width` is how many characters the caret marks; 0 shows no excerpt. `detail` are further lines;
    `rule` is the id of the rule that it is against, if it is one's.
    """

    place: Place | None
    text: str
    hint: str = ''
    width: int = 0
    detail: tuple[str, ...] = ()
    is_warning: bool = field(default=False)
    rule: str = ''

    def __str__(self) -> str:
        if self.place is None:
            return self.text
        return f'{self.place}: {self.text}'


def width_of(value: object) -> int:
    """Returns how many characters a caret marks of a value: those of a text, else the first."""
    if isinstance(value, str) and value:
        return len(value)
    return 1


#: Known names that are compared letter by letter: those that share most pairs of letters with a wrong one.
CLOSE = 50
#: Wrong names of a run for which a suggestion is looked for.
MOST = 30


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Returns the known names most like `name`, the best first; [] when none is near."""
    folded = {other.lower(): other for other in known}
    return [folded[hit] for hit in get_close_matches(name.lower(), _likely(name.lower(), folded), count, 0.6)]


def _likely(name: str, known: Mapping[str, str]) -> Iterable[str]:
    if len(known) <= CLOSE:
        return known
    wanted = _pairs(name)

    def shared(other: str) -> float:
        pairs = _pairs(other)
        return len(wanted & pairs) / (len(wanted) + len(pairs))

    return nlargest(CLOSE, known, key=shared)


def _pairs(text: str) -> set[tuple[str, str]]:
    # A blank on each side makes pairs of the first and the last letter, too.
    return set(pairwise(f' {text} '))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns `did you mean 'x'?`, or an empty text when nothing is near."""
    hits = nearest(name, known)
    if not hits:
        return ''
    return f"did you mean '{hits[0]}'?"


class Suggestions:
    """Suggestions for the wrong names of a run. There is a limit, since each name is compared with all known ones."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """Returns the known name most like a wrong one; empty when none is near, or too many were wrong before."""
        if name not in self.found and len(self.found) < MOST:
            self.found[name] = next(iter(nearest(name, known)), '')
        return self.found.get(name, '')

    def did_you_mean(self, name: str, known: Iterable[str]) -> str:
        """Returns `did you mean 'x'?`, or an empty text."""
        hit = self.nearest(name, known)
        if not hit:
            return ''
        return f"did you mean '{hit}'?"
