"""Scenarios that others call: run once in a run, by whichever process comes first; the others take what they left."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from zatools.apitest.failures import StepBroken
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.project.config import Selected
from zatools.apitest.project.files import shown
from zatools.apitest.report.results import PASSED, ScenarioResult
from zatools.apitest.running.called_results import Kept, can_travel, key_of
from zatools.apitest.running.run import Play, Run
from zatools.apitest.running.scenario import run_scenario
from zatools.apitest.state.context import Context, copied
from zatools.apitest.values.bunch import Bunch
from zatools.place import nearest

#: Parts of `ctx.zato` that are kept by name, and the last answer, which other scenarios don't look at.
APART = frozenset({'user_ctx', 'date_formats', 'response'})


def opened(run: Run, feature: Feature) -> Play:
    """Returns a feature with the start values, whose steps can have scenarios of other files run."""
    return run.open(feature, partial(take, run))


def take(run: Run, caller: Context, name: str, file: str, max_age: float) -> None:
    """Gives the caller what a scenario stored; runs it first unless it ran in the last seconds."""
    feature, scenario = find(caller, name, file)
    key = key_of(feature, scenario)
    if key in run.called.running:
        circle = [*run.called.running[run.called.running.index(key) :], key]
        raise StepBroken(' runs '.join(name for _, _, name in circle), at='name')
    with run.called.locked(key) as entry:
        kept = entry.read()
        if kept is None or time.time() - kept.time >= max_age:
            kept = _run(run, caller, feature, scenario)
            entry.write(kept)
    run.secrets.add(kept.secrets)
    if kept.error:
        raise StepBroken(kept.error, at='name', detail=kept.detail)
    _hand_over(kept, caller)


def _hand_over(kept: Kept, context: Context) -> None:
    context.zato.user_ctx.update(kept.values)
    context.zato.date_formats.update(kept.date_formats)
    context.transport.take_cookies(kept.cookies)


def own(play: Play, scenario: Scenario, run_it: Callable[[], ScenarioResult]) -> ScenarioResult:
    """Runs a scenario of the run's own files, unless another has called it before; keeps it for those that will."""
    called, key = play.run.called, key_of(play.feature, scenario)
    if key[:2] not in called.called or not called.folder:
        return run_it()
    with called.locked(key) as entry:
        kept = entry.read()
        if kept and kept.result and kept.state is not None and not kept.error:
            play.run.secrets.add(kept.secrets)
            _hand_over(kept, play.context)
            play.context.zato.update(kept.state)
            return kept.result
        result = run_it()
        if result.status == PASSED:
            entry.write(_kept(play, result))
        return result


def _kept(play: Play, result: ScenarioResult) -> Kept:
    # What can't go to another process (an XML tree, an open file) is made there again: the scenario runs there too.
    zato = play.context.zato
    values = {name: value for name, value in zato.user_ctx.items() if can_travel(value)}
    formats = {name: value for name, value in zato.date_formats.items() if can_travel(value)}
    state = {name: value for name, value in zato.items() if name not in APART}
    is_whole = len(values) == len(zato.user_ctx) and can_travel(state)
    error, detail = _why(result)
    return Kept(
        time=time.time(),
        values=values,
        date_formats=formats,
        secrets=list(play.run.secrets.values()),
        error=error,
        detail=detail,
        state=state if is_whole else None,
        cookies=play.context.transport.cookies() if zato.http.keeps_cookies else (),
        result=result if is_whole else None,
    )


def find(caller: Context, name: str, file: str) -> tuple[Feature, Scenario]:
    """Returns the scenario of that name in a file beside the caller's, or in the project's folder."""
    feature = _read(caller, file)
    for scenario in feature.scenarios:
        if scenario.name == name:
            return feature, scenario
    names = [scenario.name for scenario in feature.scenarios]
    near = nearest(name, names)
    hint = f"did you mean '{near[0]}'?" if near else f'it has: {", ".join(names[:8])}'
    raise StepBroken(f"there is no scenario '{name}' in '{feature.label}'", at='name', hint=hint)


def _read(caller: Context, file: str) -> Feature:
    folders = (caller.feature_folder, caller.project.features)
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None:
        known = [other.name for folder in folders for other in folder.glob('*.feature')]
        near = nearest(file, known)
        hint = f"there is '{near[0]}'" if near else f'it is looked for in {shown(folders[0])}/'
        raise StepBroken(f"there is no file '{file}'", at='file', hint=hint)
    feature = reader.read(Selected(path.resolve()))
    if not feature.is_read:
        raise StepBroken(f"'{shown(path)}' can't be read: {feature.problems[0].text}", at='file')
    return feature


def _run(run: Run, caller: Context, feature: Feature, scenario: Scenario) -> Kept:
    current = run.code.current
    outer, state, config = current.context, dict(current.state), copied(caller.zato.user_config)
    play = opened(run, feature)
    # The caller's state is the process's: a called scenario works on one of its own.
    play.context.zato = Bunch(play.context.zato)
    play.context.zato.user_config = play.context.config = config
    current.state.clear()
    current.state.update(state)
    current.context = play.context
    try:
        result = run_scenario(play, scenario)
        if key_of(feature, scenario)[:2] not in run.called.planned:
            # Nobody else counts its calls.
            caller.called += result.calls
        return _kept(play, result)
    finally:
        play.close()
        current.context = outer


def _why(result: ScenarioResult) -> tuple[str, list[str]]:
    # The sentence, and the lines that show the cause: its step, both values, its call.
    if not result.is_red:
        return '', []
    step = next(iter(result.bad_steps()), None)
    if step is None:
        return f"scenario '{result.name}' failed: {result.reason}", []
    problem = step.problem
    reason = problem.text if problem and problem.text else 'a check failed'
    rows = [f'{step.keyword} {step.text}']
    if problem and problem.expected:
        rows += [f'expected  {problem.expected}', f'got       {problem.actual}']
    rows += problem.detail if problem else ()
    rows += [exchange['summary'] for exchange in result.exchanges[-1:]]
    return f"scenario '{result.name}' failed at {step.path}:{step.line}: {reason}", rows
