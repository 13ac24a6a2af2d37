"""The terminal: a line for each scenario; for a failed one the step, both values, the call, and how to repeat it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

from zatools.apitest.report.results import (  # fmt: skip
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    PASSED,
    RED,
    SKIPPED,
    UNDEFINED,
    Explanation,
    FeatureResult,
    RunResult,
    ScenarioResult,
    StepResult,
    rewritten,
)
from zatools.screens import PIPE, cells, quantity

SIGNS = {PASSED: 'ok', FAILED: 'x', ERROR: 'E', UNDEFINED: '?', SKIPPED: '-', NOT_RUN: '-', KNOWN: 'k'}
COLOURS = {PASSED: '32', FAILED: '31', ERROR: '35', UNDEFINED: '33', SKIPPED: '2', NOT_RUN: '33', KNOWN: '33'}
HEADS = {FAILED: 'check failed', ERROR: 'error', UNDEFINED: 'undefined step', NOT_RUN: 'not run'}
#: Characters that control a terminal, or change the direction of its text.
STEERING = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]')
#: Lines that GitHub, Azure and TeamCity take for commands.
COMMAND = re.compile(r'^([^\S\n]*):(?=:[^\n]*::)|(?<=#)#(?=\w{0,20}\[)', re.MULTILINE)
#: What is shown of a body: lines, and characters of each.
BODY_LINES = 40
BODY_WIDTH = 4000
#: Characters of JSON that is shown in one line.
COMPACT = 300
#: Parts of an API that no scenario called, as far as they are shown.
UNCALLED = 20


def printable(text: str) -> str:
    """Returns a text with the characters that control a terminal or a CI server as numbers; newlines and tabs stay."""
    if text.isprintable() and '::' not in text and '##' not in text:
        # Most texts: what is looked for below is not printable, or begins so.
        return text
    return COMMAND.sub(_numbered, steerless(text))


def _numbered(match: re.Match[str]) -> str:
    return f'{match[1] or ""}\\u{ord(match[0][-1]):04x}'


def steerless(text: str) -> str:
    """Returns a text with the characters that control a terminal as numbers."""
    return STEERING.sub(lambda match: f'\\u{ord(match[0]):04x}', text.replace('\r\n', '\n'))


class Screen:
    """Makes the lines of the screen, with colours or without."""

    def __init__(self, is_coloured: bool = False, is_full: bool = False, width: int = 0) -> None:
        self._is_coloured = is_coloured
        self._is_full = is_full
        self._width = width or PIPE

    def paint(self, text: str, colour: str) -> str:
        """Returns a text in a colour, where there are colours."""
        if not self._is_coloured or not colour:
            return text
        return f'\033[{colour}m{text}\033[0m'

    def head(self, run: RunResult, mask: Callable[[str], str]) -> list[str]:
        """Returns the first line: the version, the addresses that are called, and the seed that repeats the run."""
        parts = [f'apitest {run.version}', *run.addresses[:2], f'seed {run.seed}, {run.start}']
        if run.profile:
            parts.insert(1, f'profile {run.profile}')
        text = ', '.join(parts)
        return [self.paint(printable(mask(text)), '2'), '']

    def feature(self, feature: FeatureResult) -> list[str]:
        """Returns the lines of a feature."""
        rows = [_apart(f'Feature: {printable(feature.name)}', printable(feature.path), self._width)]
        rows += [f'  note  {printable(note)}' for note in feature.notes]
        for scenario in feature.scenarios:
            rows += self.scenario(_printable(scenario))
        if rows[-1]:
            rows.append('')
        return rows

    def scenario(self, scenario: ScenarioResult) -> list[str]:
        """Returns the lines of a scenario; of one that passed, a single line."""
        sign = self.paint(f'{SIGNS[scenario.status]:3}', COLOURS[scenario.status])
        rows = [f'  {sign} {_apart(_title(scenario), _outcome(scenario), self._width - 6)}']
        rows += [f'      note  {note}' for note in scenario.notes]
        if scenario.status in (PASSED, SKIPPED) or (scenario.status == KNOWN and not self._is_full):
            return rows
        if scenario.status == NOT_RUN:
            for step in scenario.bad_steps()[:1]:
                rows += self._hints(step.problem, '      ')
            return rows
        if scenario.reason:
            rows += ['', f'      {scenario.path}:{scenario.line}  {scenario.reason}']
        return [*rows, *self._failure(scenario)]

    def _failure(self, scenario: ScenarioResult) -> list[str]:
        rows: list[str] = []
        bad = scenario.bad_steps()
        for step in bad:
            head = self.paint(HEADS.get(step.status, step.status), COLOURS.get(step.status, ''))
            rows += ['', f'      {step.path}:{step.line}  {head}']
            if step is bad[0]:
                rows += self._before(scenario, step)
            rows += self.excerpt(step)
        for number in dict.fromkeys(step.exchange for step in bad if step.exchange >= 0):
            if number < len(scenario.exchanges):
                rows += ['', *self.exchange(scenario.exchanges[number])]
        curls = [
            scenario.exchanges[step.exchange]['curl'] for step in bad if 0 <= step.exchange < len(scenario.exchanges)
        ]
        if scenario.repeat:
            rows += ['', f'      repeat    {scenario.repeat}']
        rows += [f'      as curl   {curl}' for curl in dict.fromkeys(curls)]
        return [*rows, '']

    def _before(self, scenario: ScenarioResult, step: StepResult) -> list[str]:
        place = scenario.steps.index(step)
        before = scenario.steps[place - 1]
        if place == 0 or before.status != PASSED:
            return []
        row = f'{before.line:9} | {before.source}'
        return [self.paint(_apart(row, 'ok', self._width), '2')]

    def excerpt(self, step: StepResult, margin: str = '') -> list[str]:
        """Returns the source line of a step with a caret, and below it the problem."""
        problem = step.problem or Explanation()
        rows = [f'{margin}{step.line:9} | {step.source}']
        start, end = problem.span
        column = step.source.find(step.text)
        if end > start and column >= 0:
            rows.append(f'{margin}          | {" " * (column + start)}{self.paint("^" * (end - start), "31")}')
        indent = f'{margin}          '
        if problem.text:
            rows += _wrapped(problem.text, indent, self._width)
        if problem.expected or problem.actual:
            rows.append(f'{indent}expected  {problem.expected}')
            rows.append(f'{indent}actual    {problem.actual}')
        return [*rows, *(f'{indent}{row}' for row in problem.detail), *self._hints(problem, indent)]

    def _hints(self, problem: Explanation | None, indent: str) -> list[str]:
        rows: list[str] = []
        if problem is None:
            return rows
        for hint in problem.hints:
            label = f'{self.paint("hint", "36")}      '
            if hint.startswith('    '):
                label = '          '
            rows.append(f'{indent}{label}{hint.strip()}')
        return rows

    def exchange(self, exchange: dict[str, Any]) -> list[str]:
        """Returns the lines of a call: its summary, and the bodies of request and answer."""
        rows = [f'      {exchange["summary"]}']
        if exchange['cid']:
            rows.append(f'        X-Zato-CID  {exchange["cid"]}')
        if exchange['trace']:
            rows.append(f'        trace       {exchange["trace"]}')
        rows += self._body('sent', exchange['request_body'])
        if not exchange['error']:
            rows += self._body('received', exchange['response_body'])
        return rows

    def _body(self, label: str, text: str) -> list[str]:
        if not text.strip():
            return []
        lines = shown = printable(_compact(text)).splitlines()
        if not self._is_full:
            shown = [line[:BODY_WIDTH] for line in lines[:BODY_LINES]]
        rows = [f'        {label:9} {shown[0]}', *(f'                  {line}' for line in shown[1:])]
        if more := len(lines) - len(shown):
            rows.append(f'                  and {more} more lines (--full)')
        return rows

    def foot(self, run: RunResult, reports: Iterable[str] = (), command: str = '') -> list[str]:
        """Returns the last lines: the counts, and each failure in short, numbered."""
        rows = [*self.counts(run)]
        red = [scenario for scenario in run.scenarios() if scenario.is_red and scenario.status != NOT_RUN]
        for number, scenario in enumerate(red, 1):
            line, *_ = [*(step.line for step in scenario.bad_steps()), scenario.line]
            rows.append(printable(f'  {number}) {scenario.path}:{line}  {scenario.name}: {_short(scenario)}'))
        rows += [printable(f'  {text}') for text in (run.failure, *_unexpected(run)) if text]
        if run.is_interrupted:
            rows.append('Interrupted: the rest was not run')
        rows += _coverage(run)
        last = []
        if shown := ', '.join(reports):
            last.append(f'Reports: {shown}')
        if red and command:
            last.append(f'Only these again: {command}')
        if last:
            rows.append('    '.join(last))
        return rows

    def counts(self, run: RunResult) -> Iterator[str]:
        """Yields the line with the counts."""
        counts = run.counts()
        words = _counts(run)
        if run.unread:
            words.append(f"{quantity(run.unread, 'file')} can't be run")
        is_red = any(counts[status] for status in RED) or run.unread or run.failure or run.is_interrupted
        colour = COLOURS[PASSED]
        if is_red or not counts.total():
            colour = COLOURS[FAILED]
        right = f'{quantity(run.calls, "request")}, {run.seconds:.1f} s, seed {run.seed}'
        yield self.paint(_apart(', '.join(words), right, self._width), colour)


def _printable(scenario: ScenarioResult) -> ScenarioResult:
    # A copy, since other reports need the texts as they are. Of most scenarios, those that passed, a line is shown.
    if scenario.status != PASSED:
        return rewritten(deepcopy(scenario), printable)  # type: ignore[no-any-return]
    return ScenarioResult(
        scenario.path, scenario.line, printable(scenario.name), seconds=scenario.seconds, tries=scenario.tries,
        notes=list(map(printable, scenario.notes)), role=scenario.role,
    )  # fmt: skip


def _coverage(run: RunResult) -> Iterator[str]:
    if run.coverage is None:
        return
    for document in run.coverage['documents']:
        parts = document['parts'].items()
        words = ', '.join(f'{part["covered"]} of {part["all"]} {kind}' for kind, part in parts)
        yield printable(f'Coverage of {document["file"]}: {document["percent"]} % ({words})')
        missing = [name for _, part in parts for name in part['missing']]
        yield from (printable(f'  not called: {name}') for name in missing[:UNCALLED])
        if len(missing) > UNCALLED:
            yield f'  and {len(missing) - UNCALLED} more: --json FILE has all'
    if not run.coverage['documents']:
        yield 'Coverage: no API is described; write: Given API is described by "openapi.yaml"'
    if run.is_uncovered:
        yield f'Coverage is {run.coverage["percent"]} %: --fail-under wants {run.least} %'


def _counts(run: RunResult) -> list[str]:
    counts = run.counts()
    if not counts.total():
        return [_none_run(run)]
    words = [f'{quantity(counts[PASSED], "scenario")} passed']
    if failed := counts[FAILED] + counts[ERROR]:
        words = [f'{quantity(failed, "scenario")} failed', f'{counts[PASSED]} passed']
    flaky = sum(scenario.is_flaky for scenario in run.scenarios())
    extra = ((flaky, 'flaky'), (counts[KNOWN], 'known to fail'), (counts[UNDEFINED], 'undefined'),
             (counts[NOT_RUN], 'not run'), (counts[SKIPPED], 'skipped'))  # fmt: skip
    return words + [f'{count} {word}' for count, word in extra if count]


def _none_run(run: RunResult) -> str:
    if not run.filters:
        return 'No scenario was run'
    return f'No scenario was run: none fits {run.filters}'


def _apart(left: str, right: str, width: int) -> str:
    if not right:
        return left
    space = width - cells(left) - cells(right)
    return f'{left}{" " * max(space, 2)}{right}'


def _title(scenario: ScenarioResult) -> str:
    role = {'setup': ' (set-up)', 'teardown': ' (clean-up)', 'above': ' (runs first)'}.get(scenario.role, '')
    return f'{scenario.name}{role}'


def _short(scenario: ScenarioResult) -> str:
    bad = scenario.bad_steps()
    checks = [step for step in bad if step.status == FAILED and step.group == 'then']
    if scenario.status == FAILED and checks:
        return f'{quantity(len(checks), "check")} failed'
    if scenario.status == UNDEFINED:
        return 'undefined step'
    text = next((step.problem.text for step in bad if step.problem and step.problem.text), '') or scenario.reason
    return text.partition('\n')[0] or 'error'


def _outcome(scenario: ScenarioResult) -> str:
    took = f'{scenario.seconds * 1000:.0f} ms'
    if scenario.is_flaky:
        return f'flaky: passed on try {scenario.tries}, {took}'
    if scenario.status == PASSED:
        return took
    if scenario.status == KNOWN:
        return f'{" ".join(filter(None, ["known failure", scenario.reference]))}, {took}'
    if scenario.status == SKIPPED:
        return ': '.join(filter(None, ['skipped', scenario.reason]))
    if scenario.status == NOT_RUN:
        return f'not run: {scenario.reason.removeprefix("not run: ")}'
    checks = [step for step in scenario.steps if step.group == 'then' and step.status != SKIPPED]
    failed = [step for step in checks if step.status == FAILED]
    if scenario.status == FAILED and failed:
        return f'{len(failed)} of {quantity(len(checks), "check")} failed, {took}'
    return f'{HEADS.get(scenario.status, scenario.status)}, {took}'


def _unexpected(run: RunResult) -> Iterator[str]:
    for scenario in run.scenarios():
        if scenario.is_known and scenario.status == PASSED:
            yield f'{scenario.path}:{scenario.line}  {scenario.name}: passes now; remove its tag @known-failure'


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    rows: list[str] = []
    for line in text.splitlines() or ['']:
        lines = textwrap.wrap(line, max(width - len(indent), 40), break_long_words=False, break_on_hyphens=False)
        rows += lines or ['']
    return [f'{indent}{row}' for row in rows]


def _compact(text: str) -> str:
    # JSON is shown in one line where that is short, else indented.
    import json

    try:
        content = json.loads(text)
        line = json.dumps(content, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text.strip('\n')
    if len(line) <= COMPACT:
        return line
    return json.dumps(content, ensure_ascii=False, indent=2)
