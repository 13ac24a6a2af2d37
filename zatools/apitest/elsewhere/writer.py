"""Features written of calls: each step is read back before it is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zatools.apitest.elsewhere import notation, request_lines, shapes
from zatools.apitest.elsewhere.call import Answer, Call, Line, Raw, Taken
from zatools.apitest.elsewhere.hiding import Hidden
from zatools.apitest.steps import index

GROUPS = ('Given', 'When', 'Then')
QUOTES = ('"""', '```')
#: Characters that a feature can't hold, and a line break at the end of a text.
ODD = re.compile(r'[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]|\n\Z')
#: Blanks at the end of a line, which are lost below a step.
BLANKS = re.compile(r'[ \t](?:\n|\Z)')


@dataclass
class Written:
    """A feature's text, the variables that it needs, and how many remarks it has."""

    text: str = ''
    variables: list[str] = field(default_factory=list)
    remarks: int = 0


def write(taken: Taken, command: str) -> Written:
    """Returns the feature of all calls of a source."""
    return _Writer(taken, command).write()


class _Writer:
    def __init__(self, taken: Taken, command: str) -> None:
        self._taken, self._command = taken, command
        self._hidden, self._follows = Hidden(), True
        self._variables: dict[str, None] = {}
        self._remarks = 0

    def write(self) -> Written:
        calls = [self._hidden.call(call) for call in self._taken.calls]
        blocks = [self._scenario(call, len(calls) > 1) for call in calls]
        variables = list(self._variables)
        head = [f'# Made by: {self._command}']
        if variables:
            head.append(f'# Set before a run: {", ".join(f"${name}" for name in variables)}')
        head += self._comments(self._taken.remarks, '')
        text = '\n'.join([*head, f'Feature: {_title(self._taken.name)}', '', '\n\n'.join(blocks), ''])
        return Written(text, variables, self._remarks)

    def _scenario(self, call: Call, has_others: bool) -> str:
        remarks = list(call.remarks)
        given = [line for line in self._given(call, has_others) if self._is_exact('Given', line, remarks)]
        when = [line for line in [call.how] if self._is_exact('When', line, remarks)]
        checks = [*_checks(call.answer), *call.checks, *call.stores]
        then = [line for line in checks if self._is_exact('Then', line, remarks)]
        rows = [*self._comments(remarks, '  '), f'  Scenario: {self._hidden.mask(_title(call.name))}']
        for word, lines in zip(GROUPS, (given, when, then), strict=True):
            keyword = word
            for line in lines:
                rows += self._step(keyword, line)
                keyword = 'And'
            if word != 'Then':
                rows.append('')
        return '\n'.join(rows)

    def _given(self, call: Call, has_others: bool) -> Iterator[Line]:
        if has_others:
            yield Line('a new request')
        if call.follows != self._follows:
            self._follows = call.follows
            yield Line(('redirects are not followed', 'redirects are followed')[call.follows])
        yield from call.before
        yield from request_lines.lines(call, self._hidden)

    def _is_exact(self, word: str, line: Line, remarks: list[str]) -> bool:
        # Tells whether a step says what is meant; one that can't is left out, with its reason.
        head, below = _rendered(line)
        match = index().find(word.lower(), head, below is not None)
        found: list[str] = []
        if match:
            found += match.values
        if below is not None:
            found.append(below)
        texts = [_written(value) for value in line.values]
        is_whole = below is None or (bool(_quotes(below)) and not BLANKS.search(below))
        if found == texts and is_whole and not any(map(ODD.search, texts)):
            return True
        remarks.append(f"{line.words.partition(' {')[0]}: its value has characters that a step can't hold")
        return False

    def _step(self, keyword: str, line: Line) -> list[str]:
        for value in line.values:
            self._variables |= dict.fromkeys(notation.variables(value))
        head, below = _rendered(line)
        rows = [f'    {keyword} {head}']
        if below is not None:
            quotes = _quotes(below)
            rows += [f'      {row}' for row in (quotes, *below.split('\n'), quotes)]
        return rows

    def _comments(self, remarks: Iterable[str], margin: str) -> list[str]:
        rows = []
        for remark in dict.fromkeys(remarks):
            self._remarks += 1
            first, *others = self._hidden.mask(notation.shown(remark)).splitlines() or ['']
            rows.append(f'{margin}# not carried over: {first}')
            rows += [f'{margin}#   {row}'.rstrip() for row in others]
        return rows


def _title(text: str) -> str:
    return ' '.join(notation.shown(text).split())[:200] or 'A call'


def _written(value: str) -> str:
    if isinstance(value, Raw):
        return str(value)
    return notation.written(value)


def _rendered(line: Line) -> tuple[str, str | None]:
    # The text of a step, and what stands below it.
    texts = [_written(value) for value in line.values]
    below = None
    words = line.words
    if texts and _belongs_below(line, texts):
        below = texts.pop()
        words = words.removesuffix(' {}')
    for text in texts:
        words = words.replace('{}', f'"{text}"', 1)
    return words, below


def _belongs_below(line: Line, texts: list[str]) -> bool:
    if not line.words.endswith('{}'):
        return False
    last = texts[-1]
    if '\n' in last or len(last) > 400:
        return True
    return '"' in last


def _quotes(text: str) -> str:
    # The quotes that no line of a text begins with.
    rows = [row.strip() for row in text.split('\n')]
    return next((quotes for quotes in QUOTES if not any(row.startswith(quotes) for row in rows)), '')


def _checks(answer: Answer) -> Iterator[Line]:
    if ',' in answer.status:
        yield Line('status is one of {}', (answer.status,))
    elif answer.status:
        yield Line('status is {}', (answer.status,))
    if answer.kind:
        yield Line('header {} starts with {}', ('Content-Type', answer.kind))
    if answer.shape is not None:
        yield Line('response has shape {}', (json.dumps(answer.shape, indent=2, ensure_ascii=False),))


def recorded(status: int, kind: str, text: str, is_exact: bool) -> Answer:
    """Returns what is to be checked of an answer that was recorded."""
    media, shape = kind.partition(';')[0].strip().lower(), None
    if media.endswith('json') and text:
        try:
            shape = shapes.of(json.loads(text), is_exact)
        except (ValueError, RecursionError):
            shape = None
    if not text or media.startswith('x-'):
        # The tools give a media type to answers without a body.
        media = ''
    return Answer(str(status), media, shape=shape)
