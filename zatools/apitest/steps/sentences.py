"""Sentences of clauses: steps whose end is as long as one likes, each clause an entry of a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from zatools.apitest.failures import StepBroken
from zatools.apitest.steps.index import MARK, QUOTES, plain
from zatools.apitest.steps.phrase import PARAMETER
from zatools.place import did_you_mean


class Clause(NamedTuple):
    """A clause of a sentence: how it begins, its words as in the table, its values, and the number of its part.

    A sentence has another part from each `then` on. `shown` is the clause as it is written, with names for values.
    """

    mode: str
    words: str
    values: tuple[str, ...]
    part: int = 0
    shown: str = ''


@dataclass(frozen=True)
class Entry:
    """A clause that there is: the words that begin it, its own words with parameters in quotes, what it does."""

    mode: str
    words: str
    run: Callable[..., None]
    doc: str = ''

    @cached_property
    def outline(self) -> str:
        """The words as they are compared."""
        return _spaced(MARK.join(plain(piece) for piece in PARAMETER.split(self.words)[0::2]))


class Grammar:
    """The clauses that a sentence may have. The first one needs no word to begin it: its mode is `start`."""

    def __init__(self, start: str, entries: Iterable[Entry]) -> None:
        self.start = start
        self.entries = tuple(entries)
        self.modes = tuple(dict.fromkeys(entry.mode for entry in self.entries))
        # The longest ones first: 'is one of' also begins with 'is'.
        self._by_length = sorted(self.entries, key=lambda entry: -len(entry.outline))
        self.by_key = {(entry.mode, entry.outline): entry for entry in self.entries}
        pieces = (piece.split() for entry in self.entries for piece in entry.outline.split(MARK)[1:])
        follow = {piece[0] for piece in pieces if piece}
        words = '|'.join(sorted(map(re.escape, {'and', 'then', *self.modes, *follow, *self._alone()} - {'', MARK})))
        blanks = r'(?:\s{1,9}+|\s{0,9}+,\s{1,9}+)'
        self._end = re.compile(rf'\s{{0,9}}+$|\s{{1,9}}+"|{blanks}(?:{words})(?!\w)', re.IGNORECASE)

    def _alone(self) -> Iterable[str]:
        # Clauses of the mode '' need no word to begin them, wherever they stand.
        return (entry.outline.split(' ')[0] for entry in self.entries if not entry.mode)

    def parse(self, text: str) -> list[Clause]:
        """Returns the clauses of a sentence; raises StepBroken for words that are none. A last value may be missing."""
        words, values = self._pieces(text)
        rest, mode, part = words, self.start, 0
        found: list[Clause] = []
        while rest := rest.strip(' ,'):
            first, _, after = rest.partition(' ')
            if first == 'then':
                part, mode, rest = part + 1, 'with', after
            elif first == 'and':
                rest = after
            elif first in self.modes and after:
                mode, rest = first, after
            else:
                entry = self._entry(mode, rest)
                if entry is None:
                    raise self._unknown(rest, values[len(values) - rest.count(MARK) :])
                start = len(values) - rest.count(MARK)
                given = values[start : start + entry.outline.count(MARK)]
                clause = Clause(entry.mode, entry.outline, tuple(given), part)
                found.append(clause._replace(shown=written(clause)))
                rest = rest[len(entry.outline) :]
        return found

    def _pieces(self, text: str) -> tuple[str, list[str]]:
        # A value ends at the first quote that a clause may follow, so that JSON may stand in it.
        words, _, rest = text.translate(QUOTES).partition('"')
        pieces, values = [plain(words)], []
        while rest:
            end = rest.find('"')
            while end >= 0 and not self._end.match(rest, end + 1):
                end = rest.find('"', end + 1)
            if end < 0:
                raise StepBroken('its last quotes are not closed', at='clauses')
            values.append(rest[:end])
            words, _, rest = rest[end + 1 :].partition('"')
            pieces.append(plain(words))
        return ' '.join(f' {MARK} '.join(pieces).split()), values

    def _entry(self, mode: str, rest: str) -> Entry | None:
        for entry in self._by_length:
            # The value of the last clause may stand below the step.
            is_whole = f'{rest} '.startswith((f'{entry.outline} ', f'{entry.outline},'))
            if entry.mode in (mode, '') and (is_whole or rest == entry.outline.removesuffix(f' {MARK}')):
                return entry
        return None

    def _unknown(self, rest: str, values: Sequence[str]) -> StepBroken:
        shown = rest
        for value in values[:2]:
            shown = shown.replace(MARK, f'"{value}"', 1)
        known = [PARAMETER.sub('"…"', f'{entry.mode} {entry.words}'.strip()) for entry in self.entries]
        hint = did_you_mean(rest.replace(MARK, '"…"')[:60], known) or 'docs/mock.md has all clauses'
        return StepBroken(
            f"'{shown.partition(MARK)[0].strip()[:80]}' is no clause of this step", at='clauses', hint=hint
        )


def _spaced(words: str) -> str:
    return ' '.join(words.replace(MARK, f' {MARK} ').split())


def written(clause: Clause, limit: int = 60) -> str:
    """Returns a clause as it is written."""
    text = f'{clause.mode} {clause.words}'.strip()
    for value in clause.values:
        text = text.replace(MARK, f'"{value[:limit]}"', 1)
    return text


def values_of(clauses: Iterable[Clause], read: Callable[[str], Any]) -> list[Clause]:
    """Returns clauses with their values as `read` returns them."""
    return [clause._replace(values=tuple(read(value) for value in clause.values)) for clause in clauses]
