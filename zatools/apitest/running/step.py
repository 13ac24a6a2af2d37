"""One step: it runs with its values filled in; where it does not pass, its problem is what reports show."""

from __future__ import annotations

import traceback
from typing import Any

from zatools.apitest.failures import NOTHING, StepFailed, StepProblem
from zatools.apitest.gherkin.model import Step
from zatools.apitest.gherkin.reader import parse_steps
from zatools.apitest.report.results import Explanation
from zatools.apitest.running.matching import Match, find, undefined
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.state.context import Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.index import PhraseMatch, spans
from zatools.apitest.values.compare import described


def run_step(code: ProjectCode, match: Match, step: Step, context: Context) -> None:
    """Runs a step; raises StepProblem where it does not pass."""
    if isinstance(match, PhraseMatch):
        context.table, context.below = step.table, step.below
        match.phrase.run(context, *arguments(match, step, context))
    elif match is None:
        raise undefined(step)
    else:
        code.run_step(match.behave, step, context)


def arguments(match: PhraseMatch, step: Step, context: Context) -> list[Any]:
    """Returns the values of a step's parameters."""
    texts = list(match.values)
    if match.text_below:
        texts.append(str(step.below))
    return [expand(context, text, name) for name, text in zip(match.phrase.parameters, texts, strict=True)]


def problem_of(error: StepProblem, match: Match, step: Step, context: Context) -> Explanation:
    """Returns the problem of a step that did not pass, secrets masked."""
    mask = context.secrets.mask
    result = Explanation(mask(error.text), _span(error, match, step.text), kind=error.kind)
    if isinstance(error, StepFailed):
        result.expected = mask(_described(error.expected))
        result.actual = mask(_described(error.actual))
    result.hints = tuple(mask(_completed(hint, step, match)) for hint in error.hints)
    result.detail = tuple(map(mask, error.detail))
    if context.shows_traceback and error.__cause__:
        result.detail += tuple(map(mask, traceback_of(error.__cause__)))
    return result


def _described(value: Any) -> str:
    if value is NOTHING:
        return ''
    return described(value)


def traceback_of(error: BaseException) -> list[str]:
    """Returns the lines of an exception's traceback."""
    return ''.join(traceback.format_exception(error)).splitlines()


def _completed(hint: str, step: Step, match: Match) -> str:
    # A hint that names the step that would pass has {step} for the beginning of this one, with its first value.
    if '{step}' not in hint or not isinstance(match, PhraseMatch):
        return hint
    _, end = spans(match.phrase, step.text).get(match.phrase.parameters[0], (0, 0))
    return hint.replace('{step}', f'{step.keyword} {step.text[:end]}')


def _span(error: StepProblem, match: Match, text: str) -> tuple[int, int]:
    # The caret marks the parameter that the error is about, else the value that differs, else the subject.
    if not isinstance(match, PhraseMatch):
        return 0, len(text)
    places = spans(match.phrase, text)
    if not places:
        return 0, len(text)
    if error.at in places:
        return places[error.at]
    first, *_ = places.values()
    *_, last = places.values()
    if isinstance(error, StepFailed) and (error.expected is not NOTHING or error.detail):
        return last
    return first


def run_steps_of_text(code: ProjectCode, context: Context, text: str) -> None:
    """Runs steps that a step of the project's own gives as text; raises AssertionError at the first that fails."""
    outer = context.table
    for step in parse_steps(text):
        match = find(code, step)
        try:
            run_step(code, match, step, context)
        except StepProblem as error:
            raise AssertionError(_sentence(problem_of(error, match, step, context), step)) from None
    context.table = outer


def _sentence(problem: Explanation, step: Step) -> str:
    parts = [problem.text, *problem.hints]
    if problem.expected:
        parts.insert(1, f'expected {problem.expected}, got {problem.actual}')
    return f'{step.keyword} {step.text}: {" ".join(filter(None, parts))}'
