"""Phrases: the text of a step with parameters in quotes, the function that it runs, its documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

GIVEN, WHEN, THEN = 'given', 'when', 'then'
PARAMETER = re.compile(r'"\{(\w+)\}"')
#: Parameters without quotes: a name before a verb, and the clauses at the end, which `sentences` reads.
BARE = re.compile(r'(?<!")\{(system|clauses)\}(?!")')
ANY_PARAMETER = re.compile(r'\{(\w+)\}')
BARE_VALUES = {'system': r'(?P<system>[^"\s](?:[^"]{0,98}[^"\s])?)', 'clauses': r'(?P<clauses>\S.*)'}
#: Spellings of earlier versions, today's spellings, and `origin` as in Phrase.
SPELLINGS = (
    ('json pointer', 'path', 'O'),
    ("isn't", 'is not', 'O'),
    ("doesn't", 'does not', 'O'),
    ('rest method', 'http method', 'B'),
    ('request param', 'form field', 'AO'),
    ('reply format', 'response format', 'O'),
)


@dataclass(frozen=True)
class Phrase:
    """A step: its text, its group (given, when or then), the function that it runs, its documentation.

    `origin` has a letter for each version of zato-apitest with this step: A 1.13, B 24.10, O older ones; '' is a step
    of ours. `values` fill the example. A Then that `acts` is not run once a check of the same response has failed; one
    without `response` needs no call; one that `checks` may fail by the answer though it acts. `section` is that of the
    list of steps.

    The rest is for checks before anything runs. `reads` parse the texts of parameters; `files` are parameters that
    name files, with their folders; `stores` is the parameter with the name that a value is stored under; a step that
    `runs_scenario` has name and file for parameters; `empty_holds` is the parameter whose empty text makes the step
    pass whatever the answer is.
    """

    text: str
    group: str
    run: Callable[..., None]
    origin: str = ''
    doc: str = ''
    values: tuple[str, ...] = ()
    acts: bool = False
    response: bool = True
    section: str = ''
    body: str = ''
    checks: bool = False
    reads: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict, hash=False)
    files: Mapping[str, str] = field(default_factory=dict, hash=False)
    stores: str = ''
    runs_scenario: bool = False
    empty_holds: str = ''

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in their order."""
        return tuple(ANY_PARAMETER.findall(self.text))

    @cached_property
    def has_bare(self) -> bool:
        """Tells whether it has parameters without quotes."""
        return BARE.search(self.text) is not None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression that finds the parameters in any spelling of the step."""
        pieces = BARE.split(self.text)
        rows = [_expression(pieces[0])] * bool(pieces[0])
        for name, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            rows.append(BARE_VALUES[name])
            if piece:
                rows.append(_expression(piece))
        return re.compile(rf'\s*{"".join(rows)}\s*', re.IGNORECASE | re.DOTALL)

    @property
    def example(self) -> str:
        """The step with values filled in, and the text or table below it."""
        values = iter(self.values)
        text = ANY_PARAMETER.sub(lambda match: next(values, match[1]), self.text)
        if not self.body:
            return text
        return f'{text}\n{self.body}'

    @property
    def keyword(self) -> str:
        """Given, When or Then."""
        return self.group.capitalize()


def in_section(section: str, *phrases: Phrase) -> tuple[Phrase, ...]:
    """Returns phrases with the section of the list of steps that they belong to."""
    return tuple(replace(phrase, section=section) for phrase in phrases)


def _expression(text: str) -> str:
    pieces = PARAMETER.split(text)
    names = iter(pieces[1::2])
    rows = [_words(pieces[0])]
    for piece in pieces[2:-1:2]:
        # Atomic, so that a long step can't take exponential time: where the shortest value doesn't fit, no other would.
        rows.append(f'"(?>(?P<{next(names)}>.*?)"{_words(piece)}(?="))')
    if len(pieces) > 1:
        rows.append(f'"(?P<{next(names)}>.*?)"{_words(pieces[-1])}')
    return ''.join(rows)


def _words(piece: str) -> str:
    words = r'\s+'.join(map(re.escape, piece.split()))
    for old, new, _ in SPELLINGS:
        today = r'\s+'.join(map(re.escape, new.split()))
        before = r'\s+'.join(map(re.escape, old.replace("'", '’').split())).replace('’', "['’]")
        words = re.sub(rf'(?i)(?<!\w){re.escape(today)}(?!\w)', lambda _: f'(?:{today}|{before})', words)  # noqa: B023
    if not words:
        return r'\s*'
    if piece[:1].isspace():
        words = rf'\s*{words}'
    if piece[-1:].isspace():
        words = rf'{words}\s*'
    return words
