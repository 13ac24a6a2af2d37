"""Running one step: its values filled in, its outcome told."""

from __future__ import annotations

import traceback
from typing import Any

from zatools.apitest.failures import NOTHING, StepFailed, StepProblem
from zatools.apitest.gherkin.model import Step
from zatools.apitest.gherkin.reader import parse_steps
from zatools.apitest.report.results import Problem
from zatools.apitest.running.matching import Match, find, undefined
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.index import PhraseMatch, spans
from zatools.apitest.values.compare import described


def run(code: ProjectCode, match: Match, step: Step, context: Context) -> None:
    """Runs a step; raises StepProblem where it does not pass."""
    if isinstance(match, PhraseMatch):
        context.table = step.table
        match.phrase.run(context, *arguments(match, step, context))
    elif match is None:
        raise undefined(step)
    else:
        code.run_step(match.behave, step, context)


def arguments(found: PhraseMatch, step: Step, context: Context) -> list[Any]:
    """Returns the values of a step's parameters."""
    texts = (*found.values, str(step.below)) if found.text_below else found.values
    return [expand(context, text, name) for name, text in zip(found.phrase.parameters, texts, strict=True)]


def problem(error: StepProblem, match: Match, step: Step, context: Context) -> Problem:
    """Returns what reports show of a step that did not pass, secrets masked."""
    mask = context.secrets.mask
    result = Problem(mask(error.text), _span(error, match, step.text), kind=error.kind)
    if isinstance(error, StepFailed):
        result.expected = _shown(error.expected, context)
        result.actual = _shown(error.actual, context)
    result.hints = tuple(mask(_filled(hint, step, match)) for hint in error.hints)
    result.detail = tuple(map(mask, error.detail))
    if context.shows_traceback and error.__cause__:
        result.detail += tuple(map(mask, traceback_of(error.__cause__)))
    return result


def _shown(value: Any, context: Context) -> str:
    return '' if value is NOTHING else context.secrets.mask(described(value))


def traceback_of(error: BaseException) -> list[str]:
    """Returns the lines of an exception's traceback."""
    return ''.join(traceback.format_exception(error)).splitlines()


def _filled(hint: str, step: Step, match: Match) -> str:
    # A hint names the step that would pass: with the subject of this one.
    if '{step}' not in hint or not isinstance(match, PhraseMatch):
        return hint
    _, end = spans(match.phrase, step.text).get(match.phrase.parameters[0], (0, 0))
    return hint.replace('{step}', f'{step.keyword} {step.text[:end]}')


def _span(error: StepProblem, match: Match, text: str) -> tuple[int, int]:
    # What the caret marks: the parameter that the error is about, else the value, else the whole step.
    places = spans(match.phrase, text) if isinstance(match, PhraseMatch) else {}
    if not places:
        return 0, len(text)
    if error.at in places:
        return places[error.at]
    *_, last = places.values()
    is_value = isinstance(error, StepFailed) and (error.expected is not NOTHING or error.detail)
    return last if is_value else next(iter(places.values()))


def run_texts(code: ProjectCode, context: Context, text: str) -> None:
    """Runs steps that a step of the project's own gives as text; raises AssertionError at the first that fails."""
    outer = context.table
    for step in parse_steps(text):
        match = find(code, step)
        try:
            run(code, match, step, context)
        except StepProblem as error:
            raise AssertionError(_told(problem(error, match, step, context), step)) from None
    context.table = outer


def _told(found: Problem, step: Step) -> str:
    values = f'expected {found.expected}, got {found.actual}' if found.expected else ''
    return f'{step.keyword} {step.text}: {" ".join(filter(None, [found.text, values, *found.hints]))}'
