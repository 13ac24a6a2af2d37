"""One scenario: its steps between its hooks, and what is kept of it."""

from __future__ import annotations

import shlex
import time
from typing import Any

from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.http.curl import as_curl
from zatools.apitest.http.exchange import Exchange, as_dict
from zatools.apitest.report.results import ERROR, FAILED, KNOWN, PASSED, SKIPPED, UNDEFINED, ScenarioResult
from zatools.apitest.running import output, selection
from zatools.apitest.running.called_results import key_of
from zatools.apitest.running.one_step import traceback_of
from zatools.apitest.running.own_code import HookError
from zatools.apitest.running.run import Play
from zatools.apitest.running.scenario_steps import blank, run_steps
from zatools.apitest.secrets import Secrets
from zatools.apitest.values import random_values

CHECKS_NOTHING = 'checks nothing: this scenario calls, and no Then looks at the answer'


def hook_text(error: HookError, shows_traceback: bool) -> str:
    """Returns what is said of a hook that failed."""
    rows = traceback_of(error.__cause__) if shows_traceback and error.__cause__ else ()
    return '\n'.join([str(error), *rows])


def told(play: Play, error: HookError) -> str:
    """Returns what is said of a hook that failed, secrets masked."""
    return play.run.secrets.mask(hook_text(error, play.context.shows_traceback))


def unrun(feature: Feature, scenario: Scenario, status: str, reason: str) -> ScenarioResult:
    """Returns the result of a scenario that is not run."""
    found = ScenarioResult(feature.label, scenario.line, scenario.name, scenario.all_tags, status, reason=reason)
    found.steps = [blank(feature, step) for step in scenario.steps]
    return found


def break_by_hook(play: Play, found: ScenarioResult, error: HookError) -> None:
    """Makes a scenario an error; the first hook that failed is the cause."""
    found.status = ERROR
    found.reason = found.reason or told(play, error)


def run_with_retries(play: Play, scenario: Scenario) -> ScenarioResult:
    """Runs a scenario; again where it failed and may be tried again."""
    retries = play.run.settings.retries
    saved = play.context.snapshot() if retries else None
    earlier: list[ScenarioResult] = []
    found = run_scenario(play, scenario)
    while saved and len(earlier) < retries and _may_retry(play, found):
        play.context.restore(saved)
        earlier.append(found)
        found = run_scenario(play, scenario)
        found.calls += earlier[-1].calls
    found.tries, found.earlier = len(earlier) + 1, earlier
    found.is_known, found.reference = selection.known_failure(scenario)
    if found.is_known and found.status in (FAILED, ERROR, UNDEFINED):
        found.status = KNOWN
    return found


def _may_retry(play: Play, found: ScenarioResult) -> bool:
    if play.run.is_stopped or found.status not in (FAILED, ERROR):
        return False
    wanted = play.run.settings.retry_on
    if not wanted:
        return True
    kinds = {step.problem.kind for step in found.steps if step.problem}
    kinds |= {'5xx' for exchange in found.exchanges[-1:] if 500 <= (exchange['status'] or 0) < 600}
    return bool(kinds & wanted)


def run_scenario(play: Play, scenario: Scenario) -> ScenarioResult:
    """Runs one scenario in the state that there is."""
    found = ScenarioResult(play.feature.label, scenario.line, scenario.name.strip(), scenario.all_tags)
    if reason := play.broken(scenario):
        found.status, found.reason, found.is_broken = ERROR, reason, True
        return found
    if scenario.is_skipped:
        # A hook of the feature has skipped it.
        _skip(play, scenario, found)
        return found
    run, context = play.run, play.context
    context.random = random_values.generator(run.settings.seed, run.place(play.feature), scenario.line)
    context.exchanges, context.notes, context.called = [], [], 0
    start, found.began = time.perf_counter(), time.time()
    run.called.running.append(key_of(play.feature, scenario))
    try:
        _printing(play, scenario, found)
    finally:
        run.called.running.pop()
    found.seconds = time.perf_counter() - start
    _keep(play, found)
    return found


def _printing(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    run = play.run
    with output.kept(run.streams) as lines:
        try:
            with run.code.layer('scenario', scenario=scenario.behave, tags=set(scenario.all_tags)):
                _between_hooks(play, scenario, found)
        except HookError as error:
            # A clean-up that the project's code asked for.
            break_by_hook(play, found, error)
    found.printed = run.secrets.mask(''.join(lines))


def _between_hooks(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    code = play.run.code
    try:
        if code.hooks:
            code.run_tag_hooks('before_tag', play.context, scenario.behave.tags)
            code.run_hook('before_scenario', play.context, scenario.behave)
        if scenario.is_skipped:
            _skip(play, scenario, found)
        else:
            run_steps(play, scenario, found)
            _note_unchecked(play, scenario, found)
    except HookError as error:
        break_by_hook(play, found, error)
    if code.hooks:
        _after_scenario(play, scenario, found)


def _skip(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    found.status, found.reason = SKIPPED, play.run.secrets.mask(scenario.skip_reason)
    found.steps = [blank(play.feature, step) for step in scenario.steps]


def _note_unchecked(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    # Set-up and clean-up are there for what they do.
    if found.status != PASSED or found.has_checked or not play.context.exchanges or selection.role(scenario):
        return
    if play.run.settings.is_strict:
        found.status, found.reason = FAILED, CHECKS_NOTHING
    else:
        found.notes.append(CHECKS_NOTHING)


def _after_scenario(play: Play, scenario: Scenario, found: ScenarioResult) -> None:
    code = play.run.code
    code.set_scenario_status(scenario, found.status)
    try:
        code.run_hook('after_scenario', play.context, scenario.behave)
        code.run_tag_hooks('after_tag', play.context, scenario.behave.tags)
    except HookError as error:
        break_by_hook(play, found, error)


def _keep(play: Play, found: ScenarioResult) -> None:
    context, settings, mask = play.context, play.run.settings, play.run.secrets.mask
    found.calls = context.called + sum(exchange.tries for exchange in context.exchanges)
    found.notes += [mask(note) for note in context.notes]
    for step in found.steps:
        step.text, step.below = mask(step.text), mask(step.below)
    if found.status == PASSED and not settings.keeps_all:
        return
    found.exchanges = [_shown(exchange, context.secrets) for exchange in context.exchanges]
    if settings.repeat:
        place = shlex.quote(f'{found.path}:{found.line}')
        found.repeat = mask(settings.repeat.format(place=place))


def _shown(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    content = as_dict(exchange)
    shown = {key: secrets.mask(value) if isinstance(value, str) else value for key, value in content.items()}
    for part in ('request_headers', 'response_headers'):
        shown[part] = {name: secrets.header(name, value) for name, value in content[part].items()}
    shown['summary'], shown['cid'] = secrets.mask(exchange.summary), secrets.mask(exchange.cid)
    shown['curl'], shown['added'] = as_curl(exchange, secrets), sorted(exchange.added)
    return shown
