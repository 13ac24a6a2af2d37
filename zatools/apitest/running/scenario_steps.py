"""The steps of a scenario: what still runs after a failure, what is skipped, what is kept of each."""

from __future__ import annotations

import time
from contextlib import suppress

from zatools.apitest.failures import CallFailed, MissingName, StepBroken, StepFailed, StepProblem
from zatools.apitest.gherkin.model import Feature, Scenario, Step, steps_of
from zatools.apitest.report.results import FAILED, NOT_RUN, PASSED, SKIPPED, ScenarioResult, StepResult
from zatools.apitest.running import matching, one_step
from zatools.apitest.running.hosts_down import DOWN, HostDown
from zatools.apitest.running.matching import Match, OwnStep
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play
from zatools.apitest.steps.index import PhraseMatch
from zatools.apitest.steps.phrase import THEN, WHEN

NO_CALL = 'there is no call in this scenario'
CALL_MISSING = f'{NO_CALL}: this would look at the answer of an earlier one'
LET_PASS = 'zato-apitest let this pass; --compat restores that'


def blank(feature: Feature, step: Step) -> StepResult:
    """Returns the result of a step that has not run."""
    result = StepResult(step.keyword, step.text, step.line, feature.label, group=step.group)
    if step.below is not None:
        result.below = step.below
    elif step.table is not None:
        result.below = '\n'.join(step.table.lines)
    return result


def run_steps(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    """Runs the steps of a scenario, as far as they go."""
    # Hooks may have changed behave's own.
    steps = steps_of(scenario.behave.all_steps) if play.run.code.hooks else scenario.steps
    running = _Steps(play, scenario, found)
    for step in steps:
        running.take(step)


class _Steps:
    # After a failed check (`is_soft`) those of the same answer still run; what acts doesn't, and nothing after the
    # next call.

    def __init__(self, play: Play, scenario: Scenario, found: ScenarioResult) -> None:
        self._play, self._scenario, self._found = play, scenario, found
        self._code, self._context = play.run.code, play.context
        self._is_soft = self._is_over = self._has_called = False

    def take(self, step: Step) -> None:
        """Runs a step, unless an earlier one stands in its way."""
        result = blank(self._play.feature, step)
        self._found.steps.append(result)
        match = matching.find(self._code, step)
        if self._is_over or (self._is_soft and step.group != THEN):
            self._is_over = True
            return
        if self._is_soft and matching.acts(match):
            return
        error = self._counted(step, match, result)
        if error is None:
            self._found.has_checked = self._found.has_checked or matching.checks(match, step)
        elif self._is_soft and isinstance(error, MissingName):
            # The step that failed would have stored it.
            result.status = SKIPPED
        else:
            self._fail(step, match, result, error)

    def _counted(self, step: Step, match: Match, result: StepResult) -> StepProblem | None:
        exchanges = self._context.exchanges
        before = len(exchanges)
        error = self._tried(step, match, result)
        calls_itself = isinstance(match, OwnStep) and step.group == WHEN
        self._has_called = self._has_called or len(exchanges) > before or calls_itself
        if len(exchanges) > before or (exchanges and step.group == THEN):
            result.exchange = len(exchanges) - 1
        if self._scenario.is_skipped and error is None:
            result.status, self._is_over = SKIPPED, True
            self._found.status = SKIPPED
            self._found.reason = self._context.secrets.mask(self._scenario.skip_reason)
        return error

    def _tried(self, step: Step, match: Match, result: StepResult) -> StepProblem | None:
        start, before = time.perf_counter(), self._context.exchange
        error = self._outcome(step, match)
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
        result.status = error.status if error else PASSED
        return error

    def _outcome(self, step: Step, match: Match) -> StepProblem | None:
        try:
            if self._code.hooks:
                self._code.run_hook('before_step', self._context, step.behave)
            self._demand_call(match)
            one_step.run(self._code, match, step, self._context)
        except StepProblem as problem:
            return problem
        except HookError:
            raise
        except Exception as unexpected:
            error = StepBroken(f'{type(unexpected).__name__}: {unexpected}')
            error.__cause__ = unexpected
            return error
        return None

    def _demand_call(self, match: Match) -> None:
        if self._has_called or not matching.needs_response(match) or self._play.run.settings.is_compat:
            return
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
        # The step with its values filled in.
        if not isinstance(match, PhraseMatch) or not any(mark in step.text for mark in '$#@'):
            return ''
        with suppress(StepProblem):
            text = step.text
            values = one_step.arguments(match, step, self._context)
            for before, after in zip(match.values, values, strict=False):
                text = text.replace(f'"{before}"', f'"{after}"', 1)
            return self._context.secrets.mask(text)
        return ''

    def _fail(self, step: Step, match: Match, result: StepResult, error: StepProblem) -> None:
        feature, mask = self._play.feature, self._context.secrets.mask
        result.problem = one_step.problem(error, match, step, self._context)
        row = feature.source(step.line)
        # In an outline the file has placeholders: what is shown is the step of this row.
        result.source = mask(row.rstrip() if step.text in row else f'{step.keyword} {step.text}')
        if len(self._found.steps) > 1:
            before = self._found.steps[-2]
            before.source = before.source or mask(feature.source(before.line).rstrip())
        self._worsen(error)
        self._is_soft = step.group == THEN and not matching.acts(match)
        self._is_over = not self._is_soft

    def _worsen(self, error: StepProblem) -> None:
        # The first that is no failed check is the cause.
        if isinstance(error, HostDown):
            self._found.status, self._found.reason = NOT_RUN, error.text
        elif error.status != FAILED or self._found.status == PASSED:
            self._found.status = error.status
