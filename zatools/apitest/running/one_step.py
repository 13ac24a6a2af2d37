"""Running one step: found among ours and the project's, its values expanded, its outcome told."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import NOTHING, StepFailed, StepProblem
from zatools.apitest.report.results import UNDEFINED, Problem
from zatools.apitest.state.names import expand
from zatools.apitest.steps import index, unsupported
from zatools.apitest.steps.index import Found, spans
from zatools.apitest.steps.phrase import THEN
from zatools.apitest.values.compare import described

if TYPE_CHECKING:
    from zatools.apitest.running.own_code import ProjectCode
    from zatools.apitest.state.context import Context


@dataclass(frozen=True)
class Own:
    """A step of the project's own."""

    match: Any


class Undefined(StepProblem):
    """There is no such step."""

    status = UNDEFINED


def find(code: ProjectCode, step: Any) -> Found | Own | None:
    """Returns what runs a step: zato-apitest's phrases, then the project's steps, then phrases of ours."""
    group, text = step.step_type, step.name
    if code.is_own(group, text) and (match := code.find(step)):
        return Own(match)
    found = index().find(group, text, step.text is not None)
    if (found is None or not found.phrase.origin) and code.has_steps and (match := code.find(step)):
        return Own(match)
    return found


def acts(found: Found | Own | None) -> bool:
    """Tells whether a step does more than look at the answer."""
    return not isinstance(found, Found) or found.phrase.acts or found.phrase.group != THEN


def checks(found: Found | Own | None, step: Any) -> bool:
    """Tells whether a step that passed has looked at something; of the project's own steps every Then may have."""
    if isinstance(found, Own):
        return bool(step.step_type == THEN)
    return found is not None and (found.phrase.checks or (found.phrase.group == THEN and not found.phrase.acts))


def needs_response(found: Found | Own | None) -> bool:
    """Tells whether a step looks at an answer."""
    return isinstance(found, Found) and found.phrase.group == THEN and found.phrase.response


def run(code: ProjectCode, found: Found | Own | None, step: Any, context: Context) -> None:
    """Runs a step; raises StepProblem where it does not pass."""
    if isinstance(found, Found):
        context.table = step.table
        found.phrase.run(context, *arguments(found, step, context))
    elif found is None:
        raise undefined(step)
    else:
        code.run_step(found.match, step, context)


def arguments(found: Found, step: Any, context: Context) -> list[Any]:
    """Returns the values of a step's parameters."""
    texts = (*found.values, str(step.text)) if found.text_below else found.values
    return [expand(context, text, name) for name, text in zip(found.phrase.parameters, texts, strict=True)]


def undefined(step: Any) -> Undefined:
    """Returns the error of a step that nobody knows: the nearest one, or the group that it belongs to."""
    others = [group for group in index().groups(step.name, step.text is not None) if group != step.step_type]
    if others:
        hint = f'it is a {others[0].capitalize()} step: put it after {others[0].capitalize()}'
        return Undefined(f'there is no such step after {step.step_type.capitalize()}', hint=hint)
    found = index().find(step.step_type, step.name, True)
    if found and found.text_below:
        return Undefined('the last value of this step is missing', hint='write it in quotes, or below the step')
    if area := unsupported.area(step.name):
        text = f'steps of zato-apitest for {area} are not supported yet'
        return Undefined(text, hint='a step of your own can do it: features/steps/*.py')
    near = index().nearest(step.step_type, step.name)
    hint = f'did you mean: {step.keyword} {near[0]}' if near else 'see what there is: apitest steps WORDS'
    return Undefined('there is no such step', hint=hint)


def problem(error: StepProblem, found: Found | Own | None, step: Any, context: Context) -> Problem:
    """Returns what reports show of a step that did not pass, secrets masked."""
    mask = context.secrets.mask
    keyword = step.keyword
    result = Problem(mask(error.text), _span(error, found, step.name), kind=getattr(error, 'kind', ''))
    if isinstance(error, StepFailed):
        result.expected = '' if error.expected is NOTHING else mask(described(error.expected))
        result.actual = '' if error.actual is NOTHING else mask(described(error.actual))
    result.hints = tuple(mask(_filled(hint, keyword, found, step.name)) for hint in error.hints)
    detail = [*error.detail, *(traceback_of(error.__cause__) if context.shows_traceback and error.__cause__ else ())]
    result.detail = tuple(mask(row) for row in detail)
    return result


def traceback_of(error: BaseException) -> list[str]:
    """Returns the lines of an exception's traceback."""
    return ''.join(traceback.format_exception(error)).splitlines()


def _filled(hint: str, keyword: str, found: Found | Own | None, text: str) -> str:
    # A hint names the step that would pass: with the subject of this one.
    if '{step}' not in hint or not isinstance(found, Found):
        return hint
    first = spans(found.phrase, text).get(found.phrase.parameters[0], (0, 0))
    return hint.replace('{step}', f'{keyword} {text[: first[1]]}')


def _span(error: StepProblem, found: Found | Own | None, text: str) -> tuple[int, int]:
    if not isinstance(found, Found):
        return (0, len(text))
    places = spans(found.phrase, text)
    names = found.phrase.parameters
    if error.at in places:
        return places[error.at]
    if not places:
        return (0, len(text))
    is_value = isinstance(error, StepFailed) and (error.expected is not NOTHING or error.detail)
    return places[names[-1]] if is_value and len(names) > 1 else places[names[0]] if names else (0, len(text))


def run_texts(code: ProjectCode, context: Context, text: str) -> None:
    """Runs steps that a step of the project's own gives as text; raises AssertionError at the first that fails."""
    from behave.parser import parse_steps

    outer = context.text, context.table
    for step in parse_steps(text):
        try:
            run(code, find(code, step), step, context)
        except StepProblem as error:
            result = problem(error, find(code, step), step, context)
            rows = [result.text, result.expected and f'expected {result.expected}, got {result.actual}', *result.hints]
            raise AssertionError(f'{step.keyword} {step.name}: {" ".join(filter(None, rows))}') from None
    context.text, context.table = outer
