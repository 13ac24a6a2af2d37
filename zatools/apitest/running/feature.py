"""One feature: its set-up, its scenarios and its clean-up between its hooks; what carries over."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.report.results import ERROR, NOT_RUN, FeatureResult, ScenarioResult, masked_again
from zatools.apitest.running import rules
from zatools.apitest.running.called_scenarios import opened, own
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play, Run
from zatools.apitest.running.scenario import break_by_hook, run_with_retries, told, unrun
from zatools.apitest.running.selection import SETUP, TEARDOWN, Plan
from zatools.apitest.state.context import copied


def run_feature(run: Run, plan: Plan) -> FeatureResult:
    """Runs what is planned of a feature; its clean-up runs whatever happens."""
    start, feature = time.perf_counter(), plan.feature
    result, play = _result(run, feature), opened(run, feature)
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
    mask_again(run, result)
    return result


def _result(run: Run, feature: Feature) -> FeatureResult:
    result = FeatureResult(feature.label, feature.name, feature.line, feature.tags)
    result.description, result.masked = feature.description, run.secrets.state
    return result


def left_out(run: Run, plan: Plan) -> FeatureResult:
    """Returns the result of a feature that an interruption came before."""
    result = _result(run, plan.feature)
    result.scenarios = [unrun(plan.feature, scenario, NOT_RUN, 'interrupted') for scenario in plan.all]
    result.is_left_out = True
    return result


def mask_again(run: Run, result: FeatureResult) -> None:
    """Masks what later steps made a secret, a token that an answer held, in all that came before them."""
    if result.masked != (state := run.secrets.state):
        masked_again(result, run.secrets.mask)
        result.masked = state


def _between_hooks(play: Play, plan: Plan, result: FeatureResult) -> None:
    code, context, behave = play.run.code, play.context, plan.feature.behave
    try:
        code.run_tag_hooks('before_tag', context, behave.tags)
        code.run_hook('before_feature', context, behave)
    except HookError as error:
        text = told(play, error)
        result.scenarios = [unrun(play.feature, scenario, ERROR, text) for scenario in plan.all]
        return
    context.config = copied(context.zato.user_config)
    _run_plan(play, plan, result)
    try:
        code.run_hook('after_feature', context, behave)
        code.run_tag_hooks('after_tag', context, behave.tags)
    except HookError as error:
        _break_last(play, result, error)


def _break_last(play: Play, result: FeatureResult, error: HookError) -> None:
    # What fails after the last scenario is an error of that one: every report knows scenarios.
    result.notes.append(play.run.secrets.mask(str(error)))
    if result.scenarios:
        break_by_hook(play, result.scenarios[-1], error)


@dataclass(frozen=True)
class _Group:
    """Scenarios of one role; `saved` is the state that each of them begins with, None where it carries over."""

    role: str
    scenarios: list[Scenario]
    saved: Any = None
    above: frozenset[int] = field(default_factory=frozenset)


def _run_plan(play: Play, plan: Plan, result: FeatureResult) -> None:
    try:
        failed = _run_group(play, _Group(SETUP, plan.setup), result)
        if failed:
            reason = f'the set-up of this feature failed: {failed}'
            result.scenarios += [unrun(play.feature, item, NOT_RUN, reason) for item in plan.scenarios]
        else:
            saved = play.context.snapshot() if play.run.settings.is_isolated else None
            _run_group(play, _Group('', plan.scenarios, saved, plan.above), result)
    except KeyboardInterrupt:
        play.run.interrupt()
        known = {item.line for item in result.scenarios}
        left = [item for item in (*plan.setup, *plan.scenarios) if item.line not in known]
        result.scenarios += [unrun(play.feature, item, NOT_RUN, 'interrupted') for item in left]
    _run_group(play, _Group(TEARDOWN, plan.teardown), result)


def _run_group(play: Play, group: _Group, result: FeatureResult) -> str:
    # Returns the place of the first that failed.
    done, start = result.scenarios, len(result.scenarios)
    for rule, scenarios in rules.grouped(group.scenarios):
        try:
            with rules.entered(play, rule) as broken:
                for found in _each(play, group, scenarios, broken):
                    done.append(found)
        except HookError as error:
            done[-1].status = ERROR
            done[-1].reason = told(play, error)
    return next((f'{item.path}:{item.line}' for item in done[start:] if item.is_red), '')


def _each(
    play: Play, group: _Group, scenarios: Iterable[Scenario], broken: HookError | None
) -> Iterator[ScenarioResult]:
    run, context = play.run, play.context
    for scenario in scenarios:
        if run.is_stopped and group.role != TEARDOWN:
            return
        if group.saved is not None:
            context.restore(group.saved)
        if broken:
            found = unrun(play.feature, scenario, ERROR, told(play, broken))
        else:
            found = own(play, scenario, partial(run_with_retries, play, scenario))
        found.role = 'above' if id(scenario) in group.above else group.role
        is_last = run.code.is_aborted or (found.is_red and run.settings.fails_fast)
        run.is_stopped = run.is_stopped or is_last
        yield found
