"""Where a value stands in a file, and what is wrong with it there."""

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
        return f'{self.path}:{self.line}:{self.column}' if self.line else self.path

    @property
    def short(self) -> str:
        """The place without its column, as plans show it."""
        return f'{self.path}:{self.line}' if self.line else self.path


@dataclass(frozen=True)
class Problem:
    """Something wrong with the input: where, what, and how to mend it.

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
        return f'{self.place}: {self.text}' if self.place else self.text


#: So many known names are compared letter by letter, those that share most pairs of letters with a wrong one.
CLOSE = 50
#: So many wrong names of a run are looked up among the known ones.
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
    # A blank on either side, so that names share their first and last letters too.
    return set(pairwise(f' {text} '))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns `did you mean 'x'?`, or an empty text when nothing is near."""
    hits = nearest(name, known)
    return f"did you mean '{hits[0]}'?" if hits else ''


class Suggestions:
    """What the wrong names of a run may have meant: each takes a look at all known ones, so not of thousands."""

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
        return f"did you mean '{hit}'?" if hit else ''
