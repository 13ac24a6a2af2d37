"""Lines that Gherkin takes for a description, though their keywords are only mistyped: nothing would run them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from zatools.apitest.steps import index

STEPS = ('given', 'when', 'then', 'and', 'but')
STATEMENTS = ('background', 'rule', 'scenario', 'scenario_outline', 'examples')


@dataclass(frozen=True)
class Mistyped:
    """A line of a description: `written` stands in place of `meant`."""

    row: str
    written: str
    meant: str


def steps(statement: Any, language: str) -> Iterator[Mistyped]:
    """Yields the lines of the description of a scenario or background that read like steps."""
    keywords = _keywords(language, STEPS)
    for row in statement.description:
        if found := _step(row, keywords):
            yield found


def statements(container: Any, language: str) -> Iterator[Mistyped]:
    """Yields the lines of the description of a feature or rule that read like the beginning of a scenario."""
    keywords, words = _keywords(language, STATEMENTS), _keywords(language, STEPS)
    for row, following in zip(container.description, container.description[1:], strict=False):
        if not following.startswith(tuple(f'{word} ' for word in words)):
            continue
        if found := _statement(row, keywords):
            yield found
        elif (meant := _without_colon(row, keywords)) and _step(following, words):
            yield Mistyped(row, meant, f'{meant}:')


def _keywords(language: str, kinds: tuple[str, ...]) -> list[str]:
    from behave.i18n import languages

    words = [word.strip() for kind in kinds for word in languages[language][kind]]
    # The longest first: one may be the beginning of another.
    return sorted({word for word in words if word != '*'}, key=len, reverse=True)


def _step(row: str, keywords: list[str]) -> Mistyped | None:
    similar = []
    for keyword in keywords:
        *parts, rest = row.split(None, len(keyword.split()))
        if len(parts) < len(keyword.split()) or not index().groups(rest):
            continue
        written = row[: row.index(rest)].rstrip()
        ratio = SequenceMatcher(None, written.lower().rstrip(':'), keyword.lower()).ratio()
        similar.append((ratio, Mistyped(row, written, keyword)))
    ratio, best = max(similar, key=lambda pair: pair[0], default=(0.0, None))
    if ratio < 0.7:
        return None
    return best


def _statement(row: str, keywords: list[str]) -> Mistyped | None:
    written, colon, _ = row.partition(':')
    similar = get_close_matches(written.lower(), [word.lower() for word in keywords], 1, 0.75)
    if not colon or not similar:
        return None
    meant = next(word for word in keywords if word.lower() == similar[0])
    return Mistyped(row, f'{written}:', f'{meant}:')


def _without_colon(row: str, keywords: list[str]) -> str:
    return next((word for word in keywords if row.startswith(f'{word} ') or row == word), '')
