"""What runs a step: one of our phrases, or a step of the project's own; and what a step that nobody knows is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zatools.apitest.failures import StepProblem
from zatools.apitest.gherkin.model import Step
from zatools.apitest.report.results import UNDEFINED
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.steps import index, unsupported
from zatools.apitest.steps.index import PhraseMatch
from zatools.apitest.steps.phrase import THEN


@dataclass(frozen=True)
class OwnStep:
    """A step of the project's own, as behave has found it."""

    behave: Any


Match = PhraseMatch | OwnStep | None


class Undefined(StepProblem):
    """There is no such step."""

    status = UNDEFINED


def find(code: ProjectCode, step: Step) -> Match:
    """Returns what runs a step: zato-apitest's phrases, then the project's steps, then phrases of ours."""
    group, text = step.group, step.text
    if code.is_own(group, text) and (match := code.find(step)):
        return OwnStep(match)
    found = index().find(group, text, step.below is not None)
    if (found is None or not found.phrase.origin) and code.has_steps and (match := code.find(step)):
        return OwnStep(match)
    return found


def acts(match: Match) -> bool:
    """Tells whether a step does more than look at the answer."""
    return not isinstance(match, PhraseMatch) or match.phrase.acts or match.phrase.group != THEN


def checks(match: Match, step: Step) -> bool:
    """Tells whether a step that passed has looked at something; of the project's own steps every Then may have."""
    if isinstance(match, OwnStep):
        return step.group == THEN
    return match is not None and (match.phrase.checks or not acts(match))


def needs_response(match: Match) -> bool:
    """Tells whether a step looks at an answer."""
    return isinstance(match, PhraseMatch) and match.phrase.group == THEN and match.phrase.response


def undefined(step: Step) -> Undefined:
    """Returns the error of a step that nobody knows: the nearest one, or the group that it belongs to."""
    others = [group for group in index().groups(step.text, step.below is not None) if group != step.group]
    if others:
        hint = f'it is a {others[0].capitalize()} step: put it after {others[0].capitalize()}'
        return Undefined(f'there is no such step after {step.group.capitalize()}', hint=hint)
    found = index().find(step.group, step.text, True)
    if found and found.text_below:
        return Undefined('the last value of this step is missing', hint='write it in quotes, or below the step')
    if area := unsupported.area(step.text):
        text = f'steps of zato-apitest for {area} are not supported yet'
        return Undefined(text, hint='a step of your own can do it: features/steps/*.py')
    near = index().nearest(step.group, step.text)
    hint = f'did you mean: {step.keyword} {near[0]}' if near else 'see what there is: apitest steps WORDS'
    return Undefined('there is no such step', hint=hint)
