"""Running features: the loop over scenarios and steps, what carries over, what is tried again."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zatools.apitest.gherkin.reader import Feature, tags_of
from zatools.apitest.http.curl import as_curl
from zatools.apitest.http.exchange import Exchange, as_dict
from zatools.apitest.http.transport import Transport
from zatools.apitest.project.config import Project
from zatools.apitest.report.results import (  # fmt: skip
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    PASSED,
    SKIPPED,
    UNDEFINED,
    FeatureResult,
    ScenarioResult,
    masked_again,
)
from zatools.apitest.running import called_scenarios, one_step, output, rules, selection
from zatools.apitest.running.hosts_down import Health
from zatools.apitest.running.own_code import HookError, ProjectCode
from zatools.apitest.running.scenario_steps import blank, run_steps
from zatools.apitest.running.selection import Plan
from zatools.apitest.secrets import Secrets
from zatools.apitest.state import current
from zatools.apitest.state.context import Context, copied, fill
from zatools.apitest.values import random_values

#: Bytes of an answer's body, unpacked.
MAX_BODY = 64_000_000
CHECKS_NOTHING = 'checks nothing: this scenario calls, and no Then looks at the answer'


@dataclass
class Settings:
    """How a run goes."""

    seed: int = 0
    is_compat: bool = False
    is_strict: bool = False
    is_isolated: bool = False
    fails_fast: bool = False
    retries: int = 0
    retry_on: frozenset[str] = frozenset()
    keeps_all: bool = False
    repeat: str = ''
    wait: float = 0.0
    max_body: int = MAX_BODY
    shows_traceback: bool = False


@dataclass
class Run:
    """One run in one process: a project, its own code, how it goes, what it has met so far."""

    project: Project
    settings: Settings
    environ: Mapping[str, str]
    code: ProjectCode = field(default_factory=ProjectCode)
    secrets: Secrets = field(default_factory=Secrets)
    health: Health = field(default_factory=Health)
    shared: called_scenarios.Shared = field(default_factory=called_scenarios.Shared)
    is_stopped: bool = False
    is_interrupted: bool = False

    def context(self, feature: Feature) -> Context:
        """Returns the context of a feature, with the start values."""
        zato = self.code.behave.zato if self.code.keeps_state else current.STATE
        transport = Transport(self.environ, self.secrets, self.settings.max_body)
        take = partial(called_scenarios.take, self)
        context = Context(zato, self.project, self.environ, self.secrets, transport, take)
        context.is_compat = self.settings.is_compat
        context.shows_traceback = self.settings.shows_traceback
        context.feature_folder = feature.path.parent
        context.before_call = self.health.guard(self.settings.wait)
        if not self.code.keeps_state:
            fill(zato, str(self.project.features), self.project.user_config())
        return context


def run_feature(run: Run, plan: Plan) -> FeatureResult:
    """Runs what is planned of a feature; its clean-up runs whatever happens."""
    feature, start = plan.feature, time.perf_counter()
    tags = tuple(str(tag) for tag in feature.model.tags)
    result = FeatureResult(feature.label, feature.name, feature.model.line, tags)
    result.description, result.masked = tuple(feature.model.description), run.secrets.state
    context = run.context(feature)
    current.activate(context)
    try:
        with run.code.layer('feature', feature=feature.model, tags=set(tags)):
            _hooked(run, context, result, plan)
    except HookError as error:
        _break_feature(run, context, result, error)
    finally:
        context.transport.close()
        current.activate(None)
    result.seconds = time.perf_counter() - start
    mask_again(run, result)
    return result


def left_out(run: Run, plan: Plan) -> FeatureResult:
    """Returns the result of a feature that an interruption came before."""
    feature = plan.feature
    result = FeatureResult(feature.label, feature.name, feature.model.line, tuple(map(str, feature.model.tags)))
    result.description, result.masked = tuple(feature.model.description), run.secrets.state
    planned = [*plan.setup, *plan.scenarios, *plan.teardown]
    result.scenarios = [_unrun(run, feature, scenario, NOT_RUN, 'interrupted') for scenario in planned]
    result.is_left_out = True
    return result


def mask_again(run: Run, result: FeatureResult) -> None:
    """Masks what later steps made a secret, a token that an answer held, in all that came before them."""
    if result.masked != (state := run.secrets.state):
        masked_again(result, run.secrets.mask)
        result.masked = state


def _hooked(run: Run, context: Context, result: FeatureResult, plan: Plan) -> None:
    feature = plan.feature
    try:
        _tag_hooks(run, context, 'before_tag', feature.model.tags)
        run.code.run_hook('before_feature', context, feature.model)
    except HookError as error:
        text = hook_text(error, context.shows_traceback)
        planned = [*plan.setup, *plan.scenarios, *plan.teardown]
        result.scenarios = [_unrun(run, feature, scenario, ERROR, text) for scenario in planned]
        return
    context.config = copied(context.zato.user_config)
    _scenarios(run, context, result, plan)
    try:
        run.code.run_hook('after_feature', context, feature.model)
        _tag_hooks(run, context, 'after_tag', feature.model.tags)
    except HookError as error:
        _break_feature(run, context, result, error)


def _break_feature(run: Run, context: Context, result: FeatureResult, error: HookError) -> None:
    # What fails after the last scenario is an error of that one: every report knows scenarios.
    result.notes.append(run.secrets.mask(str(error)))
    if result.scenarios:
        _break(run, context, result.scenarios[-1], error)


def hook_text(error: HookError, shows_traceback: bool) -> str:
    """Returns what is said of a hook that failed."""
    rows = one_step.traceback_of(error.__cause__) if shows_traceback and error.__cause__ else ()
    return '\n'.join([str(error), *rows])


def _tag_hooks(run: Run, context: Context, name: str, tags: Iterable[Any]) -> None:
    for tag in tags if name in run.code.hooks else ():
        run.code.run_hook(name, context, tag)


def _scenarios(run: Run, context: Context, result: FeatureResult, plan: Plan) -> None:
    try:
        failed = _run_all(run, context, result, plan, plan.setup, 'setup')
        saved = context.snapshot() if run.settings.is_isolated else None
        if failed:
            reason = f'the set-up of this feature failed: {failed}'
            result.scenarios += [_unrun(run, plan.feature, item, NOT_RUN, reason) for item in plan.scenarios]
        else:
            _run_all(run, context, result, plan, plan.scenarios, '', saved)
    except KeyboardInterrupt:
        run.is_stopped = run.is_interrupted = True
        known = {item.line for item in result.scenarios}
        left = [item for item in (*plan.setup, *plan.scenarios) if item.line not in known]
        result.scenarios += [_unrun(run, plan.feature, item, NOT_RUN, 'interrupted') for item in left]
    _run_all(run, context, result, plan, plan.teardown, 'teardown')


def _run_all(
    run: Run,
    context: Context,
    result: FeatureResult,
    plan: Plan,
    scenarios: Iterable[Any],
    role: str,
    saved: Any = None,
) -> str:
    # Returns the place of the first that failed.
    done, start = result.scenarios, len(result.scenarios)
    for rule, group in rules.grouped(scenarios):
        try:
            with rules.entered(run, context, rule) as broken:
                for found in _each(run, context, plan, group, (role, saved, broken)):
                    done.append(found)
        except HookError as error:
            text = run.secrets.mask(hook_text(error, context.shows_traceback))
            done[-1].status, done[-1].reason = ERROR, text
    return next((f'{item.path}:{item.line}' for item in done[start:] if item.is_red), '')


def _each(
    run: Run, context: Context, plan: Plan, scenarios: Iterable[Any], how: tuple[str, Any, HookError | None]
) -> Iterator[ScenarioResult]:
    role, saved, broken = how
    for scenario in scenarios:
        if run.is_stopped and role != 'teardown':
            return
        if saved is not None:
            context.restore(saved)
        if broken:
            found = _unrun(run, plan.feature, scenario, ERROR, hook_text(broken, context.shows_traceback))
        else:
            play = partial(_tried, run, context, plan.feature, scenario)
            found = called_scenarios.own(run, context, plan.feature, scenario, play)
        found.role = 'above' if id(scenario) in plan.above else role
        is_last = run.code.is_aborted or (found.is_red and run.settings.fails_fast)
        run.is_stopped = run.is_stopped or is_last
        yield found


def _unrun(run: Run, feature: Feature, scenario: Any, status: str, reason: str) -> ScenarioResult:
    tags = tuple(map(str, scenario.effective_tags))
    found = ScenarioResult(feature.label, scenario.line, scenario.name, tags, status, reason=run.secrets.mask(reason))
    found.steps = [blank(feature, step) for step in scenario.all_steps]
    return found


def _tried(run: Run, context: Context, feature: Feature, scenario: Any) -> ScenarioResult:
    retries = run.settings.retries
    saved = context.snapshot() if retries else None
    earlier: list[ScenarioResult] = []
    found = run_scenario(run, context, feature, scenario)
    while saved and len(earlier) < retries and found.is_red and not run.is_stopped and _may_retry(run, found):
        context.restore(saved)
        earlier.append(found)
        found = run_scenario(run, context, feature, scenario)
        found.calls += earlier[-1].calls
    found.tries, found.earlier = len(earlier) + 1, earlier
    found.is_known, found.reference = selection.known_failure(scenario)
    if found.is_known and found.status in (FAILED, ERROR, UNDEFINED):
        found.status = KNOWN
    return found


def _may_retry(run: Run, found: ScenarioResult) -> bool:
    if found.status not in (FAILED, ERROR):
        return False
    if not run.settings.retry_on:
        return True
    kinds = {step.problem.kind for step in found.steps if step.problem}
    kinds |= {'5xx' for exchange in found.exchanges[-1:] if 500 <= (exchange['status'] or 0) < 600}
    return bool(kinds & run.settings.retry_on)


def run_scenario(run: Run, context: Context, feature: Feature, scenario: Any) -> ScenarioResult:
    """Runs one scenario in the state that there is."""
    found = ScenarioResult(feature.label, scenario.line, scenario.name.strip(), tags_of(scenario))
    if (reason := _broken(feature, scenario)) or not any(True for _ in scenario.all_steps):
        found.status, found.reason, found.is_broken = ERROR, reason or 'this scenario has no steps', True
        return found
    if scenario.should_skip:
        # A hook of the feature has skipped it.
        _skip(run, feature, scenario, found)
        return found
    place = feature.path.relative_to(run.project.features) if feature.path.is_relative_to(run.project.features) else ''
    context.random = random_values.generator(run.settings.seed, place, scenario.line)
    context.exchanges, context.notes, context.called = [], [], 0
    start, found.began = time.perf_counter(), time.time()
    run.shared.running.append(called_scenarios.key_of(feature, scenario))
    try:
        with output.kept() as lines, run.code.layer('scenario', scenario=scenario, tags=set(found.tags)):
            _between_hooks(run, context, feature, scenario, found)
    except HookError as error:
        # A clean-up that the project's code asked for.
        _break(run, context, found, error)
    finally:
        run.shared.running.pop()
    found.printed = run.secrets.mask(''.join(lines))
    found.seconds = time.perf_counter() - start
    _keep(run, context, found)
    return found


def _between_hooks(run: Run, context: Context, feature: Feature, scenario: Any, found: ScenarioResult) -> None:
    try:
        _tag_hooks(run, context, 'before_tag', scenario.tags)
        run.code.run_hook('before_scenario', context, scenario)
        if scenario.should_skip:
            _skip(run, feature, scenario, found)
        else:
            run_steps(run, context, feature, scenario, found)
            _note_unchecked(run, context, scenario, found)
    except HookError as error:
        _break(run, context, found, error)
    _after_scenario(run, context, scenario, found)


def _break(run: Run, context: Context, found: ScenarioResult, error: HookError) -> None:
    # The first that failed is the cause.
    found.status = ERROR
    found.reason = found.reason or run.secrets.mask(hook_text(error, context.shows_traceback))


def _skip(run: Run, feature: Feature, scenario: Any, found: ScenarioResult) -> None:
    found.status, found.reason = SKIPPED, run.secrets.mask(str(scenario.skip_reason or ''))
    found.steps = [blank(feature, step) for step in scenario.all_steps]


def _note_unchecked(run: Run, context: Context, scenario: Any, found: ScenarioResult) -> None:
    # Set-up and clean-up are there for what they do.
    if found.status != PASSED or found.has_checked or not context.exchanges or selection.role(scenario):
        return
    if run.settings.is_strict:
        found.status, found.reason = FAILED, CHECKS_NOTHING
    else:
        found.notes.append(CHECKS_NOTHING)


def _after_scenario(run: Run, context: Context, scenario: Any, found: ScenarioResult) -> None:
    if not run.code.hooks:
        return
    from behave.model_core import Status

    known = {PASSED: Status.passed, SKIPPED: Status.skipped}
    scenario.set_status(known.get(found.status, Status.failed))
    try:
        run.code.run_hook('after_scenario', context, scenario)
        _tag_hooks(run, context, 'after_tag', scenario.tags)
    except HookError as error:
        _break(run, context, found, error)


def _broken(feature: Feature, scenario: Any) -> str:
    return feature.broken.get(scenario.line, '') if feature.broken else ''


def _keep(run: Run, context: Context, found: ScenarioResult) -> None:
    found.calls = context.called + sum(exchange.tries for exchange in context.exchanges)
    mask = run.secrets.mask
    found.notes += [mask(note) for note in context.notes]
    for step in found.steps:
        step.text, step.below = mask(step.text), mask(step.below)
    if found.status == PASSED and not run.settings.keeps_all:
        return
    found.exchanges = [_shown(context, exchange) for exchange in context.exchanges]
    place = shlex.quote(f'{found.path}:{found.line}')
    found.repeat = mask(run.settings.repeat.format(place=place)) if run.settings.repeat else ''


def _shown(context: Context, exchange: Exchange) -> dict[str, Any]:
    mask = context.secrets.mask
    content = as_dict(exchange)
    masked: dict[str, Any] = {key: mask(value) if isinstance(value, str) else value for key, value in content.items()}
    for part in ('request_headers', 'response_headers'):
        masked[part] = {name: context.secrets.header(name, value) for name, value in content[part].items()}
    curl = as_curl(exchange, context.secrets)
    return masked | {'summary': mask(exchange.summary), 'cid': mask(exchange.cid), 'curl': curl,
                     'added': sorted(exchange.added)}  # fmt: skip
