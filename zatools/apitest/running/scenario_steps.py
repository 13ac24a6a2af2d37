"""The steps of a scenario: what still runs after a failure, what is skipped, what is kept of each."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import CallFailed, MissingName, StepBroken, StepFailed, StepProblem
from zatools.apitest.gherkin.reader import Feature, source
from zatools.apitest.report.results import FAILED, NOT_RUN, PASSED, SKIPPED, ScenarioResult, StepResult
from zatools.apitest.running import one_step
from zatools.apitest.running.hosts_down import DOWN, HostDown
from zatools.apitest.running.own_code import HookError
from zatools.apitest.steps.index import Found
from zatools.apitest.steps.phrase import THEN

if TYPE_CHECKING:
    from zatools.apitest.running.feature import Run
    from zatools.apitest.state.context import Context

CALL_MISSING = 'there is no call in this scenario: this would look at the answer of an earlier one'
LET_PASS = 'zato-apitest let this pass; --compat restores that'


def blank(feature: Feature, step: Any) -> StepResult:
    """Returns the result of a step that has not run."""
    result = StepResult(step.keyword, step.name, step.line, feature.label, group=step.step_type)
    if step.text is not None or step.table is not None:
        rows = [' | '.join(row) for row in (step.table.headings, *step.table.rows)] if step.table else []
        result.below = str(step.text) if step.text is not None else '\n'.join(rows)
    return result


def run_steps(run: Run, context: Context, feature: Feature, scenario: Any, found: ScenarioResult) -> None:
    """Runs the steps of a scenario, as far as they go."""
    # After a failed check those of the same answer still run; what acts doesn't, and nothing after the next call.
    is_soft = is_over = has_called = False
    for step in scenario.all_steps:
        result = blank(feature, step)
        found.steps.append(result)
        own = one_step.find(run.code, step)
        if is_over or (is_soft and step.step_type != THEN):
            is_over = True
            continue
        if is_soft and one_step.acts(own):
            continue
        calls = len(context.exchanges)
        error = _step(run, context, step, own, result, has_called)
        has_called = has_called or len(context.exchanges) > calls or _is_own_call(own, step)
        if len(context.exchanges) > calls or (context.exchanges and step.step_type == THEN):
            result.exchange = len(context.exchanges) - 1
        if scenario.should_skip and error is None:
            result.status, is_over = SKIPPED, True
            found.status, found.reason = SKIPPED, context.secrets.mask(str(scenario.skip_reason or ''))
        if error is None:
            found.has_checked = found.has_checked or one_step.checks(own, step)
            continue
        if is_soft and isinstance(error, MissingName):
            result.status, result.problem = SKIPPED, None
            continue
        _describe(context, feature, step, own, result, error)
        if len(found.steps) > 1:
            before = found.steps[-2]
            before.source = before.source or context.secrets.mask(source(feature, before.line).rstrip())
        _worse(found, error)
        is_soft = step.step_type == THEN and not one_step.acts(own)
        is_over = not is_soft


def _is_own_call(own: Any, step: Any) -> bool:
    return isinstance(own, one_step.Own) and step.step_type == 'when'


def _worse(found: ScenarioResult, error: StepProblem) -> None:
    if isinstance(error, HostDown):
        found.status, found.reason = NOT_RUN, error.text
    elif error.status != FAILED or found.status == PASSED:
        found.status = error.status


def _step(run: Run, context: Context, step: Any, own: Any, result: StepResult, has_called: bool) -> StepProblem | None:
    start, before = time.perf_counter(), context.exchange
    error: StepProblem | None = None
    try:
        if run.code.hooks:
            run.code.run_hook('before_step', context, step)
        if not has_called and one_step.needs_response(own) and not run.settings.is_compat:
            let_pass = LET_PASS if context.exchange else ''
            raise StepFailed(CALL_MISSING if context.exchange else 'there is no call in this scenario', at='-',
                             hint=let_pass or 'call first: When the URL is invoked')  # fmt: skip
        one_step.run(run.code, own, step, context)
    except StepProblem as problem:
        error = problem
    except HookError:
        raise
    except Exception as unexpected:
        error = StepBroken(f'{type(unexpected).__name__}: {unexpected}')
        error.__cause__ = unexpected
    result.seconds = time.perf_counter() - start
    if context.exchange and context.exchange is not before and context.exchange.status:
        run.health.answered(context.exchange.url)
    if isinstance(error, CallFailed) and error.kind in DOWN:
        run.health.failed(error.peer)
    if run.settings.keeps_all:
        result.live = _live(context, step, own)
    if run.code.hooks:
        error = _after_step(run, context, step, error)
    result.status = error.status if error else PASSED
    return error


def _after_step(run: Run, context: Context, step: Any, error: StepProblem | None) -> StepProblem | None:
    from behave.model_core import Status

    if error or step.status != Status.skipped:
        step.status = Status.failed if error else Status.passed
    try:
        run.code.run_hook('after_step', context, step)
    except HookError as hook:
        return error or StepBroken(str(hook))
    return error


def _describe(context: Context, feature: Feature, step: Any, own: Any, result: StepResult, error: StepProblem) -> None:
    result.problem = one_step.problem(error, own, step, context)
    row = source(feature, step.line)
    mask = context.secrets.mask
    # In an outline the file has placeholders: what is shown is the step of this row.
    result.source = mask(row.rstrip() if step.name in row else f'{step.keyword} {step.name}')


def _live(context: Context, step: Any, own: Any) -> str:
    if not isinstance(own, Found) or not any(mark in step.name for mark in '$#@'):
        return ''
    with suppress(StepProblem):
        filled = [str(value) for value in one_step.arguments(own, step, context)]
        text = step.name
        for before, after in zip(own.values, filled, strict=False):
            text = text.replace(f'"{before}"', f'"{after}"', 1)
        return context.secrets.mask(text)
    return ''
