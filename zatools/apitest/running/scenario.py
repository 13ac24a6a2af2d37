"""One scenario: its steps run between its hooks; its result is what reports show."""

from __future__ import annotations

import re
import shlex
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.http.curl import as_curl
from zatools.apitest.http.exchange import Exchange, as_dict
from zatools.apitest.report.results import ERROR, FAILED, KNOWN, PASSED, SKIPPED, UNDEFINED, ScenarioResult
from zatools.apitest.running import output, selection
from zatools.apitest.running.called_results import key_of
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play, Run
from zatools.apitest.running.scenario_steps import blank_result, run_steps
from zatools.apitest.running.step import traceback_of
from zatools.apitest.secrets import Secrets
from zatools.apitest.values import random_values

#: The tag of a scenario whose changes to databases are undone.
ROLLBACK = 'rollback'
#: The number of a row in the name of its scenario.
ROW = re.compile(r'-- @(\d+)\.(\d+) ')
CHECKS_NOTHING = 'checks nothing: this scenario calls, and no Then looks at the answer'


def hook_message(error: HookError, shows_traceback: bool) -> str:
    """Returns the message about a hook that failed, with the traceback where that is wanted."""
    if shows_traceback and error.__cause__:
        return '\n'.join([str(error), *traceback_of(error.__cause__)])
    return str(error)


def masked_hook_message(play: Play, error: HookError) -> str:
    """Returns the message about a hook that failed, secrets masked."""
    return play.run.secrets.mask(hook_message(error, play.context.shows_traceback))


def not_run(feature: Feature, scenario: Scenario, status: str, reason: str) -> ScenarioResult:
    """Returns the result of a scenario that is not run."""
    result = ScenarioResult(feature.label, scenario.line, scenario.name, scenario.all_tags, status, reason=reason)
    result.row = scenario.row
    result.steps = [blank_result(feature, step) for step in scenario.steps]
    return result


def break_by_hook(play: Play, result: ScenarioResult, error: HookError) -> None:
    """Makes a scenario an error; the first hook that failed is the reason."""
    result.status = ERROR
    result.reason = result.reason or masked_hook_message(play, error)


def run_with_retries(play: Play, scenario: Scenario) -> ScenarioResult:
    """Runs a scenario, and again as long as it fails and there are retries left."""
    retries = play.run.settings.retries
    if not retries:
        return _known_or_not(scenario, run_scenario(play, scenario))
    saved = play.context.snapshot()
    earlier: list[ScenarioResult] = []
    result = run_scenario(play, scenario)
    while len(earlier) < retries and _may_retry(play, result):
        play.context.restore(saved)
        earlier.append(result)
        result = run_scenario(play, scenario)
        result.calls += earlier[-1].calls
    result.tries, result.earlier = len(earlier) + 1, earlier
    return _known_or_not(scenario, result)


def _known_or_not(scenario: Scenario, result: ScenarioResult) -> ScenarioResult:
    result.is_known, result.reference = selection.known_failure(scenario)
    if result.is_known and result.status in (FAILED, ERROR, UNDEFINED):
        result.status = KNOWN
    return result


def _may_retry(play: Play, result: ScenarioResult) -> bool:
    if play.run.is_stopped or result.status not in (FAILED, ERROR):
        return False
    wanted = play.run.settings.retry_on
    if not wanted:
        return True
    kinds = {step.problem.kind for step in result.steps if step.problem}
    for exchange in result.exchanges[-1:]:
        if 500 <= (exchange['status'] or 0) < 600:
            kinds.add('5xx')
    return bool(kinds & wanted)


def run_scenario(play: Play, scenario: Scenario) -> ScenarioResult:
    """Runs one scenario, with the feature's present state."""
    result = ScenarioResult(play.feature.label, scenario.line, scenario.name.strip(), scenario.all_tags)
    result.row = scenario.row
    if reason := play.broken(scenario):
        result.status, result.reason, result.is_broken = ERROR, reason, True
        return result
    if scenario.is_skipped:
        # A hook of the feature has skipped it.
        _skip(play, scenario, result)
        return result
    run, context = play.run, play.context
    context.random = random_values.generator(run.settings.seed, run.place(play.feature), scenario.place)
    context.exchanges, context.notes, context.called = [], [], 0
    start, result.began = time.perf_counter(), time.time()
    run.called.running.append(key_of(play.feature, scenario))
    try:
        _run_collecting_output(play, scenario, result)
    finally:
        run.called.running.pop()
    result.seconds = time.perf_counter() - start
    _complete(play, result)
    return result


def _run_collecting_output(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    run = play.run
    with output.collected(run.streams) as lines:
        try:
            with _layer(run, scenario), play.context.opened.scenario(ROLLBACK in scenario.all_tags):
                _between_hooks(play, scenario, result)
        except HookError as error:
            # The end of the layer runs clean-ups that the project's code has registered.
            break_by_hook(play, result, error)
    result.printed = run.secrets.mask(''.join(lines))


def _layer(run: Run, scenario: Scenario) -> AbstractContextManager[None]:
    if run.code.behave is None:
        # behave's scenario of a row would be made of the whole file.
        return nullcontext()
    return run.code.layer('scenario', scenario=scenario.behave, tags=set(scenario.all_tags))


def _between_hooks(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    code = play.run.code
    try:
        if code.hooks:
            code.run_tag_hooks('before_tag', play.context, scenario.behave.tags)
            code.run_hook('before_scenario', play.context, scenario.behave)
        if scenario.is_skipped:
            _skip(play, scenario, result)
        else:
            run_steps(play, scenario, result)
            _note_unchecked(play, scenario, result)
    except HookError as error:
        break_by_hook(play, result, error)
    if code.hooks:
        _after_scenario(play, scenario, result)


def _skip(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    result.status, result.reason = SKIPPED, play.run.secrets.mask(scenario.skip_reason)
    result.steps = [blank_result(play.feature, step) for step in scenario.steps]


def _note_unchecked(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    # Set-up and clean-up call for the effect of their calls, so they need no check.
    if result.status != PASSED or result.has_checked or not play.context.exchanges or selection.role(scenario):
        return
    if play.run.settings.is_strict:
        result.status, result.reason = FAILED, CHECKS_NOTHING
    else:
        result.notes.append(CHECKS_NOTHING)


def _after_scenario(play: Play, scenario: Scenario, result: ScenarioResult) -> None:
    code = play.run.code
    code.set_scenario_status(scenario, result.status)
    try:
        code.run_hook('after_scenario', play.context, scenario.behave)
        code.run_tag_hooks('after_tag', play.context, scenario.behave.tags)
    except HookError as error:
        break_by_hook(play, result, error)


def _complete(play: Play, result: ScenarioResult) -> None:
    # Masks what the steps have left, and adds what the context has kept for the whole scenario.
    context, settings, mask = play.context, play.run.settings, play.run.secrets.mask
    result.calls = context.called + sum(exchange.tries for exchange in context.exchanges)
    result.notes += [mask(note) for note in context.notes]
    if result.status == PASSED and not settings.keeps_all:
        # No report shows the steps and calls of a scenario that passed, and keeping and masking them costs.
        result.steps = []
        return
    for step in result.steps:
        step.text, step.below = mask(step.text), mask(step.below)
    result.exchanges = [_masked(exchange, context.secrets) for exchange in context.exchanges]
    if settings.repeat:
        place = shlex.quote(f'{result.path}:{result.line}')
        result.repeat = mask(settings.repeat.format(place=place)) + _one_row(result, settings.repeat)


def _one_row(result: ScenarioResult, repeat: str) -> str:
    # The rows of a file share their line: the number in the name tells them apart. Of several names each is run.
    number = ROW.search(result.name)
    if not result.row or not number or ' --name ' in repeat:
        return ''
    return f" --name '@{number[1]}\\.{number[2]} '"


def _masked(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    content = as_dict(exchange)
    for key, value in content.items():
        if isinstance(value, str):
            content[key] = secrets.mask(value)
    for part in ('request_headers', 'response_headers'):
        content[part] = {name: secrets.header(name, value) for name, value in content[part].items()}
    content['summary'], content['cid'] = secrets.mask(exchange.summary), secrets.mask(exchange.cid)
    content['curl'], content['added'] = as_curl(exchange, secrets), sorted(exchange.added)
    return content
