"""Scenarios that others call: whichever process comes first runs them, and the others take their outcomes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from zatools.apitest.failures import StepBroken
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.project.config import Selected
from zatools.apitest.project.files import shown
from zatools.apitest.report.results import PASSED, ScenarioResult
from zatools.apitest.running.called_results import Outcome, can_travel, key_of
from zatools.apitest.running.run import Play, Run
from zatools.apitest.running.scenario import run_scenario
from zatools.apitest.state.context import Context, copied
from zatools.apitest.values.bunch import Bunch
from zatools.place import did_you_mean, nearest

#: Parts of `ctx.zato` that an outcome has fields of its own for, and the last answer, which no other scenario reads.
APART = frozenset({'user_ctx', 'date_formats', 'response'})


def open_play(run: Run, feature: Feature) -> Play:
    """Returns a feature with the start values, whose steps can run scenarios of other files."""
    return run.open(feature, partial(call, run))


def call(run: Run, caller: Context, name: str, file: str, max_age: float) -> None:
    """Gives the caller the values that a scenario stores; runs it, unless it has run within `max_age` seconds."""
    feature, scenario = find(caller, name, file)
    key = key_of(feature, scenario)
    running = run.called.running
    if key in running:
        # Waiting for its lock would never end.
        circle = [*running[running.index(key) :], key]
        raise StepBroken(' runs '.join(name for _, _, name in circle), at='name')
    with run.called.locked(key) as entry:
        outcome = entry.read()
        if outcome is None or time.time() - outcome.time >= max_age:
            outcome = _run(run, caller, feature, scenario)
            entry.write(outcome)
    run.secrets.add(outcome.secrets)
    if outcome.error:
        raise StepBroken(outcome.error, at='name', detail=outcome.detail)
    _hand_over(outcome, caller)


def _hand_over(outcome: Outcome, context: Context) -> None:
    context.zato.user_ctx.update(outcome.values)
    context.zato.date_formats.update(outcome.date_formats)
    context.transport.take_cookies(outcome.cookies)


def run_unless_called(play: Play, scenario: Scenario, run_it: Callable[[], ScenarioResult]) -> ScenarioResult:
    """Returns the result of a scenario of the run's own features: that of an earlier call, else that of running it."""
    called, key = play.run.called, key_of(play.feature, scenario)
    if key[:2] not in called.called or not called.folder:
        # Most scenarios are called by no other, and need no lock.
        return run_it()
    with called.locked(key) as entry:
        outcome = entry.read()
        if outcome and outcome.result and outcome.state is not None and not outcome.error:
            play.run.secrets.add(outcome.secrets)
            _hand_over(outcome, play.context)
            play.context.zato.update(outcome.state)
            return outcome.result
        result = run_it()
        if result.status == PASSED:
            # A failure is not shared: where a caller runs the scenario itself, it may pass.
            entry.write(_outcome(play, result))
        return result


def _outcome(play: Play, result: ScenarioResult) -> Outcome:
    zato = play.context.zato
    error, detail = _failure(result)
    outcome = Outcome(
        time=time.time(),
        values={name: value for name, value in zato.user_ctx.items() if can_travel(value)},
        date_formats={name: value for name, value in zato.date_formats.items() if can_travel(value)},
        secrets=list(play.run.secrets.values()),
        error=error,
        detail=detail,
    )
    if zato.http.keeps_cookies:
        outcome = replace(outcome, cookies=play.context.transport.cookies())
    # Where something can't go to another process (an XML tree, an open file), the scenario runs there again.
    state = {name: value for name, value in zato.items() if name not in APART}
    if len(outcome.values) == len(zato.user_ctx) and can_travel(state):
        outcome = replace(outcome, state=state, result=result)
    return outcome


def find(caller: Context, name: str, file: str) -> tuple[Feature, Scenario]:
    """Returns the scenario of that name in a file beside the caller's, or in the project's folder."""
    feature = _read(caller, file)
    for scenario in feature.scenarios:
        if scenario.name == name:
            return feature, scenario
    names = [scenario.name for scenario in feature.scenarios]
    hint = did_you_mean(name, names) or f'it has: {", ".join(names[:8])}'
    raise StepBroken(f"there is no scenario '{name}' in '{feature.label}'", at='name', hint=hint)


def _read(caller: Context, file: str) -> Feature:
    folders = (caller.feature_folder, caller.project.features)
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None:
        hint = f'it is looked for in {shown(folders[0])}/'
        if similar := nearest(file, [other.name for folder in folders for other in folder.glob('*.feature')]):
            hint = f"there is '{similar[0]}'"
        raise StepBroken(f"there is no file '{file}'", at='file', hint=hint)
    feature = reader.read(Selected(path.resolve()))
    if not feature.is_read:
        raise StepBroken(f"'{shown(path)}' can't be read: {feature.problems[0].text}", at='file')
    return feature


def _run(run: Run, caller: Context, feature: Feature, scenario: Scenario) -> Outcome:
    current = run.code.current
    outer, state, config = current.context, dict(current.state), copied(caller.zato.user_config)
    play = open_play(run, feature)
    # All features of a process share one state, which is the caller's now: the called scenario gets one of its own.
    play.context.zato = Bunch(play.context.zato)
    play.context.zato.user_config = play.context.config = config
    current.state.clear()
    current.state.update(state)
    current.context = play.context
    try:
        result = run_scenario(play, scenario)
        if key_of(feature, scenario)[:2] not in run.called.planned:
            # The calls of a planned scenario are counted in its own result.
            caller.called += result.calls
        return _outcome(play, result)
    finally:
        play.close()
        current.context = outer


def _failure(result: ScenarioResult) -> tuple[str, list[str]]:
    # The sentence, and the lines that show the cause: the step, both values, the call.
    if not result.is_red:
        return '', []
    step = next(iter(result.bad_steps()), None)
    if step is None:
        return f"scenario '{result.name}' failed: {result.reason}", []
    reason, rows = 'a check failed', [f'{step.keyword} {step.text}']
    if step.problem:
        reason = step.problem.text or reason
        if step.problem.expected:
            rows += [f'expected  {step.problem.expected}', f'got       {step.problem.actual}']
        rows += step.problem.detail
    rows += [exchange['summary'] for exchange in result.exchanges[-1:]]
    return f"scenario '{result.name}' failed at {step.path}:{step.line}: {reason}", rows
