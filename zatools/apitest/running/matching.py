"""Matching of steps: each runs by one of our phrases or by a step of the project's own; unknown ones are explained."""

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
    """A step of the project's own, with behave's match."""

    behave: Any


Match = PhraseMatch | OwnStep | None


class Undefined(StepProblem):
    """There is no such step."""

    status = UNDEFINED


def find(code: ProjectCode, step: Step) -> Match:
    """Returns the match of a step: of zato-apitest's phrases, then of the project's steps, then of our new phrases."""
    group, text = step.group, step.text
    if code.is_own(group, text) and (own := code.find(step)):
        return OwnStep(own)
    match = index().find(group, text, step.below is not None)
    # A project that comes from zato-apitest may have steps that we have made phrases since.
    if (match is None or not match.phrase.origin) and code.has_steps and (own := code.find(step)):
        return OwnStep(own)
    return match


def acts(match: Match) -> bool:
    """Tells whether a step does more than look at the answer."""
    return not isinstance(match, PhraseMatch) or match.phrase.acts or match.phrase.group != THEN


def checks(match: Match, step: Step) -> bool:
    """Tells whether a step checks something when it passes."""
    if isinstance(match, OwnStep):
        # Only its group tells what a step of the project's own does.
        return step.group == THEN
    return match is not None and (match.phrase.checks or not acts(match))


def needs_response(match: Match) -> bool:
    """Tells whether a step looks at an answer."""
    return isinstance(match, PhraseMatch) and match.phrase.group == THEN and match.phrase.response


def undefined(step: Step) -> Undefined:
    """Returns the error of an unknown step, with a hint: its group, the value that it lacks, or the nearest step."""
    others = [group for group in index().groups(step.text, step.below is not None) if group != step.group]
    if others:
        hint = f'it is a {others[0].capitalize()} step: put it after {others[0].capitalize()}'
        return Undefined(f'there is no such step after {step.group.capitalize()}', hint=hint)
    match = index().find(step.group, step.text, True)
    if match and match.text_below:
        return Undefined('the last value of this step is missing', hint='write it in quotes, or below the step')
    if area := unsupported.area(step.text):
        text = f'steps of zato-apitest for {area} are not supported yet'
        return Undefined(text, hint='a step of your own can do it: features/steps/*.py')
    hint = 'see what there is: apitest steps WORDS'
    if similar := index().nearest(step.group, step.text):
        hint = f'did you mean: {step.keyword} {similar[0]}'
    return Undefined('there is no such step', hint=hint)
