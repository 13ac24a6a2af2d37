"""What a step is: a phrase with parameters in quotes, what it does, an example of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

GIVEN, WHEN, THEN = 'given', 'when', 'then'
PARAMETER = re.compile(r'"\{(\w+)\}"')
#: Spellings of earlier versions, word for word, and what they read as today; `origin` as in Phrase.
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
    """A step: its text, its group (given, when or then), what it does, and how it is explained.

    `origin` names the versions of zato-apitest that have it: A 1.13, B 24.10, O older ones, '' none: it is ours.
    `values` fill the example. A Then that `acts` is not run once a check of the same response has failed; one that
    needs no `response` is fine without a call; one that `checks` may fail by the answer though it acts. `section` is
    where the list of steps has it.

    The rest is for what can be said before anything runs: `reads` turn a parameter's text into what it means, `files`
    are parameters that name files, with the folder of these; `stores` is the parameter with the name of what it
    stores; one that `runs_scenario` has name and file for parameters; `empty_holds` is the parameter for which the
    empty text makes the step hold whatever the answer is.
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
        """The names of what stands in quotes, in their order."""
        return tuple(PARAMETER.findall(self.text))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression that finds the parameters in any spelling of the step."""
        return re.compile(_expression(self.text), re.IGNORECASE | re.DOTALL)

    @property
    def example(self) -> str:
        """The step with values filled in, and what stands below it."""
        values = iter(self.values)
        text = PARAMETER.sub(lambda match: f'"{next(values, match[1])}"', self.text)
        return f'{text}\n{self.body}' if self.body else text

    @property
    def keyword(self) -> str:
        """Given, When or Then."""
        return self.group.capitalize()


def in_section(section: str, *phrases: Phrase) -> tuple[Phrase, ...]:
    """Returns phrases that stand in one section of the list of steps."""
    return tuple(replace(phrase, section=section) for phrase in phrases)


def _expression(text: str) -> str:
    pieces = PARAMETER.split(text)
    names = iter(pieces[1::2])
    rows = [_words(pieces[0])]
    for piece in pieces[2:-1:2]:
        # What fits first is kept: no later choice could let the rest fit where this one doesn't.
        rows.append(f'"(?>(?P<{next(names)}>.*?)"{_words(piece)}(?="))')
    if len(pieces) > 1:
        rows.append(f'"(?P<{next(names)}>.*?)"{_words(pieces[-1])}')
    return rf'\s*{"".join(rows)}\s*'


def _words(piece: str) -> str:
    words = r'\s+'.join(map(re.escape, piece.split()))
    for old, new, _ in SPELLINGS:
        today = r'\s+'.join(map(re.escape, new.split()))
        before = r'\s+'.join(map(re.escape, old.replace("'", '’').split())).replace('’', "['’]")
        words = re.sub(rf'(?i)(?<!\w){re.escape(today)}(?!\w)', lambda _: f'(?:{today}|{before})', words)  # noqa: B023
    start = r'\s*' if piece[:1].isspace() or not words else ''
    return rf'{start}{words}\s*' if piece[-1:].isspace() or not words else rf'{start}{words}'
