"""The steps of a scenario: which of them run after a failure, and the result of each."""

from __future__ import annotations

import time
from contextlib import suppress

from zatools.apitest.failures import CallFailed, MissingName, StepBroken, StepFailed, StepProblem
from zatools.apitest.gherkin.from_behave import steps_of
from zatools.apitest.gherkin.model import Feature, Scenario, Step
from zatools.apitest.report.results import FAILED, NOT_RUN, PASSED, SKIPPED, ScenarioResult, StepResult
from zatools.apitest.running import matching
from zatools.apitest.running.hosts_down import DOWN, HostDown
from zatools.apitest.running.matching import Match, OwnStep
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play
from zatools.apitest.running.step import arguments, problem_of, run_step
from zatools.apitest.steps.index import PhraseMatch
from zatools.apitest.steps.phrase import THEN, WHEN

NO_CALL = 'there is no call in this scenario'
CALL_MISSING = f'{NO_CALL}: this would look at the answer of an earlier one'
LET_PASS = 'zato-apitest let this pass; --compat restores that'


def blank_result(feature: Feature, step: Step) -> StepResult:
    """Returns the result of a step that has not run."""
    result = StepResult(step.keyword, step.text, step.line, feature.label, group=step.group)
    if step.below is not None:
        result.below = step.below
    elif step.table is not None:
        result.below = '\n'.join(step.table.lines)
    return result


def _source(feature: Feature, step: StepResult) -> str:
    source = feature.source(step.line).rstrip()
    if step.text in source:
        return source
    # In an outline the file has placeholders: the step is shown with the values of this row.
    return f'{source[: len(source) - len(source.lstrip())]}{step.keyword} {step.text}'


def run_steps(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    """Runs the steps of a scenario, until one can't be done."""
    steps = scenario.steps
    if play.run.code.hooks:
        # A hook may have changed behave's steps.
        steps = steps_of(scenario.behave.all_steps)
    running = _Steps(play, scenario, result)
    for step in steps:
        running.take(step)


class _Steps:
    # After a failed check (`is_soft`), further checks of the same answer still run, so that one run shows all that is
    # wrong with it. Steps that act are left out, and all steps from the next call on.

    def __init__(self, play: Play, scenario: Scenario, result: ScenarioResult) -> None:
        self._play, self._scenario, self._result = play, scenario, result
        self._code, self._context = play.run.code, play.context
        self._is_soft = self._is_over = self._has_called = False

    def take(self, step: Step) -> None:
        """Runs a step, unless an earlier one stands in its way."""
        result = blank_result(self._play.feature, step)
        self._result.steps.append(result)
        match = matching.find(self._code, step)
        if self._is_over or (self._is_soft and step.group != THEN):
            self._is_over = True
            return
        if self._is_soft and matching.acts(match):
            return
        error = self._run_and_count(step, match, result)
        if error is None:
            self._result.has_checked = self._result.has_checked or matching.checks(match, step)
        elif self._is_soft and isinstance(error, MissingName):
            # The step that failed would have stored the value.
            result.status = SKIPPED
        else:
            self._fail(step, match, result, error)

    def _run_and_count(self, step: Step, match: Match, result: StepResult) -> StepProblem | None:
        # Notes whether the step has called, and which call's answer it looks at.
        exchanges = self._context.exchanges
        before = len(exchanges)
        error = self._run_and_time(step, match, result)
        # A step of the project's own may call without our client.
        calls_itself = isinstance(match, OwnStep) and step.group == WHEN
        self._has_called = self._has_called or len(exchanges) > before or calls_itself
        if len(exchanges) > before or (exchanges and step.group == THEN):
            result.exchange = len(exchanges) - 1
        if self._scenario.is_skipped and error is None:
            result.status, self._is_over = SKIPPED, True
            self._result.status = SKIPPED
            self._result.reason = self._context.secrets.mask(self._scenario.skip_reason)
        return error

    def _run_and_time(self, step: Step, match: Match, result: StepResult) -> StepProblem | None:
        start, before = time.perf_counter(), self._context.exchange
        error = self._run(step, match)
        result.seconds = time.perf_counter() - start
        exchange, run = self._context.exchange, self._play.run
        if exchange and exchange is not before and exchange.status:
            run.health.answered(exchange.url)
        if isinstance(error, CallFailed) and error.kind in DOWN:
            run.health.failed(error.peer)
        if run.settings.keeps_all:
            result.live = self._live(step, match)
        if self._code.hooks:
            error = self._after_step(step, error)
        result.status = PASSED
        if error:
            result.status = error.status
        return error

    def _run(self, step: Step, match: Match) -> StepProblem | None:
        try:
            if self._code.hooks:
                self._code.run_hook('before_step', self._context, step.behave)
            self._demand_call(match)
            run_step(self._code, match, step, self._context)
        except StepProblem as problem:
            return problem
        except HookError:
            raise
        except Exception as unexpected:
            # Our steps use objects of the project's own code too: lookups, adapters, values. Those may raise anything.
            error = StepBroken(f'{type(unexpected).__name__}: {unexpected}')
            error.__cause__ = unexpected
            return error
        return None

    def _demand_call(self, match: Match) -> None:
        if self._has_called or not matching.needs_response(match) or self._play.run.settings.is_compat:
            return
        # An earlier scenario's answer may be right by chance.
        if self._context.exchange:
            raise StepFailed(CALL_MISSING, at='-', hint=LET_PASS)
        raise StepFailed(NO_CALL, at='-', hint='call first: When the URL is invoked')

    def _after_step(self, step: Step, error: StepProblem | None) -> StepProblem | None:
        self._code.set_step_status(step, is_failed=error is not None)
        try:
            self._code.run_hook('after_step', self._context, step.behave)
        except HookError as hook:
            return error or StepBroken(str(hook))
        return error

    def _live(self, step: Step, match: Match) -> str:
        # Returns the step with its values filled in; '' where it has no names.
        if not isinstance(match, PhraseMatch) or not any(mark in step.text for mark in '$#@'):
            return ''
        with suppress(StepProblem):
            text = step.text
            values = arguments(match, step, self._context)
            for before, after in zip(match.values, values, strict=False):
                text = text.replace(f'"{before}"', f'"{after}"', 1)
            return self._context.secrets.mask(text)
        return ''

    def _fail(self, step: Step, match: Match, result: StepResult, error: StepProblem) -> None:
        feature, mask = self._play.feature, self._context.secrets.mask
        result.problem = problem_of(error, match, step, self._context)
        result.source = mask(_source(feature, result))
        if len(self._result.steps) > 1:
            # Reports show the line above as well.
            before = self._result.steps[-2]
            before.source = before.source or mask(_source(feature, before))
        self._set_status(error)
        self._is_soft = error.has_answer or (step.group == THEN and not matching.acts(match))
        self._is_over = not self._is_soft

    def _set_status(self, error: StepProblem) -> None:
        # An error outweighs failed checks.
        if isinstance(error, HostDown):
            self._result.status, self._result.reason = NOT_RUN, error.text
        elif error.status != FAILED or self._result.status == PASSED:
            self._result.status = error.status
