"""One feature: its set-up, scenarios and clean-up run between its hooks, and share its state."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.report.results import ERROR, NOT_RUN, FeatureResult, ScenarioResult, masked_again
from zatools.apitest.running import rules
from zatools.apitest.running.called_scenarios import open_play, run_unless_called
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play, Run
from zatools.apitest.running.scenario import break_by_hook, masked_hook_message, not_run, run_with_retries
from zatools.apitest.running.selection import SETUP, TEARDOWN, Plan
from zatools.apitest.state.context import copied


def run_feature(run: Run, plan: Plan) -> FeatureResult:
    """Runs the planned scenarios of a feature; its clean-up runs whatever happens."""
    start, feature = time.perf_counter(), plan.feature
    run.covered.clear()
    result, play = _result(run, feature), open_play(run, feature)
    run.code.current.context = play.context
    try:
        with run.code.layer('feature', feature=feature.behave, tags=set(feature.tags)):
            _between_hooks(play, plan, result)
    except HookError as error:
        _break_last(play, result, error)
    finally:
        play.close()
        run.code.current.context = None
    result.seconds = time.perf_counter() - start
    result.covered = {path: list(names) for path, names in run.covered.items()}
    mask_again(run, result)
    return result


def _result(run: Run, feature: Feature) -> FeatureResult:
    result = FeatureResult(feature.label, feature.name, feature.line, feature.tags)
    result.description, result.masked = feature.description, run.secrets.state
    return result


def left_out(run: Run, plan: Plan) -> FeatureResult:
    """Returns the result of a feature that did not run since the run was interrupted before."""
    result = _result(run, plan.feature)
    result.scenarios = [not_run(plan.feature, scenario, NOT_RUN, 'interrupted') for scenario in plan.all]
    result.is_left_out = True
    return result


def mask_again(run: Run, result: FeatureResult) -> None:
    """Masks secrets that later steps have found, such as a token in an answer, in the results of earlier ones."""
    if result.masked != (state := run.secrets.state):
        masked_again(result, run.secrets.mask)
        result.masked = state


def _between_hooks(play: Play, plan: Plan, result: FeatureResult) -> None:
    code, context, behave = play.run.code, play.context, plan.feature.behave
    try:
        code.run_tag_hooks('before_tag', context, behave.tags)
        code.run_hook('before_feature', context, behave)
    except HookError as error:
        text = masked_hook_message(play, error)
        result.scenarios = [not_run(play.feature, scenario, ERROR, text) for scenario in plan.all]
        return
    # Hooks may have changed what @name stands for; scenarios begin with that.
    context.config = copied(context.zato.user_config)
    _run_plan(play, plan, result)
    try:
        code.run_hook('after_feature', context, behave)
        code.run_tag_hooks('after_tag', context, behave.tags)
    except HookError as error:
        _break_last(play, result, error)


def _break_last(play: Play, result: FeatureResult, error: HookError) -> None:
    # Reports know scenarios only, so a hook that fails after the last one makes that one an error.
    result.notes.append(play.run.secrets.mask(str(error)))
    if result.scenarios:
        break_by_hook(play, result.scenarios[-1], error)


@dataclass(frozen=True)
class _Group:
    """Scenarios of one role. Each begins with the state `saved`, or, if that is None, with what the one before left."""

    role: str
    scenarios: list[Scenario]
    saved: Any = None
    above: frozenset[int] = field(default_factory=frozenset)


def _run_plan(play: Play, plan: Plan, result: FeatureResult) -> None:
    try:
        failed = _run_group(play, _Group(SETUP, plan.setup), result)
        if failed:
            reason = f'the set-up of this feature failed: {failed}'
            result.scenarios += [not_run(play.feature, item, NOT_RUN, reason) for item in plan.scenarios]
        else:
            saved = None
            if play.run.settings.is_isolated:
                saved = play.context.snapshot()
            _run_group(play, _Group('', plan.scenarios, saved, plan.above), result)
    except KeyboardInterrupt:
        # The clean-up below runs all the same, and reports name the scenarios that did not run.
        play.run.interrupt()
        done = {(item.line, item.row) for item in result.scenarios}
        left = [item for item in (*plan.setup, *plan.scenarios) if (item.line, item.row) not in done]
        result.scenarios += [not_run(play.feature, item, NOT_RUN, 'interrupted') for item in left]
    _run_group(play, _Group(TEARDOWN, plan.teardown), result)


def _run_group(play: Play, group: _Group, result: FeatureResult) -> str:
    # Returns the place of the first scenario that failed.
    done, start = result.scenarios, len(result.scenarios)
    for rule, scenarios in rules.grouped(group.scenarios):
        try:
            with rules.entered(play, rule) as broken:
                # One by one: an interruption must not take the results of the scenarios before it along.
                for scenario_result in _results(play, group, scenarios, broken):
                    done.append(scenario_result)
        except HookError as error:
            done[-1].status = ERROR
            done[-1].reason = masked_hook_message(play, error)
    return next((f'{item.path}:{item.line}' for item in done[start:] if item.is_red), '')


def _results(
    play: Play, group: _Group, scenarios: Iterable[Scenario], broken: HookError | None
) -> Iterator[ScenarioResult]:
    run, context = play.run, play.context
    for scenario in scenarios:
        if run.is_stopped and group.role != TEARDOWN:
            return
        if group.saved is not None:
            context.restore(group.saved)
        if broken:
            result = not_run(play.feature, scenario, ERROR, masked_hook_message(play, broken))
        else:
            result = run_unless_called(play, scenario, partial(run_with_retries, play, scenario))
        result.role = group.role
        if id(scenario) in group.above:
            result.role = 'above'
        if run.code.is_aborted or (result.is_red and run.settings.fails_fast):
            run.is_stopped = True
        yield result
