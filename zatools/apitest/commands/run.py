"""`apitest run`: loads a project, checks it, runs its features and reports on them."""

from __future__ import annotations

import contextlib
import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zatools import __version__, legacy
from zatools.apitest.checking import endless_calls
from zatools.apitest.commands import run_plans, run_reports
from zatools.apitest.commands.console import Console
from zatools.apitest.commands.run_asked import Asked, asked
from zatools.apitest.commands.run_settings import called_addresses, filters, settings
from zatools.apitest.commands.run_talk import Talk
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature
from zatools.apitest.report.progress import Progress
from zatools.apitest.report.results import FeatureResult, RunResult, whole_file
from zatools.apitest.running import last_failures, output, own_code_loader, processes
from zatools.apitest.running.feature import mask_again
from zatools.apitest.running.own_code import HookError, ProjectCode
from zatools.apitest.running.run import Run
from zatools.apitest.running.scenario import hook_message
from zatools.apitest.running.selection import Plan
from zatools.apitest.running.step import traceback_of
from zatools.apitest.secrets import Secrets
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.errors import Exit, FailedError, InvalidError

#: Seeds that are easy to type.
SEEDS = range(1000, 10_000)


#: Returns addresses by protocol and name, of definition files, an environment, and a file of variables.
Reader = Callable[[Sequence[str], str | None, str], Mapping[tuple[str, str], str]]


def run(words: Sequence[str], console: Console, addresses: Reader | None = None) -> int:
    """Runs features as the words of a command line say; returns the exit code.

    `addresses` reads what definitions say of databases and brokers.
    """
    wanted = asked(words, console.environ)
    if wanted.given.watch:
        from zatools.apitest.commands.watch import watch

        return watch(words, console)
    if wanted.options.dry_run:
        from zatools.apitest.commands.check import check_project

        return check_project(wanted.project, wanted.selected, console, wanted.environ, wanted.options.lang or '')
    secrets = Secrets()
    secrets.track_surroundings(wanted.environ, wanted.project.secrets())
    with legacy.resolving(MODULES, FALLBACKS), output.masked(secrets) as streams:
        code = _loaded(wanted)
        features = [reader.read(item, wanted.options.lang or '') for item in run_plans.included(wanted)]
        called = endless_calls.add_problems(features, wanted.project, code)
        result = _begun(wanted)
        whole = Run(wanted.project, settings(wanted, result.seed), wanted.environ, code, secrets, streams)
        whole.called.called = called
        whole.described = _described(wanted)
        options = wanted.options
        if addresses and (options.definitions or options.env is not None):
            whole.addresses = addresses(options.definitions or (), options.env, options.env_file or '')
        return _Session(wanted, console, features, whole, result).run()


def _loaded(wanted: Asked) -> ProjectCode:
    try:
        code = own_code_loader.load(wanted.project.features)
    except InvalidError as error:
        if wanted.options.traceback and error.__context__:
            raise InvalidError('\n'.join([*traceback_of(error.__context__), error.text]), error.hint) from None
        raise
    if wanted.options.define:
        code.define(wanted.options.define)
    return code


def _described(wanted: Asked) -> dict[str, str]:
    described = wanted.project.described()
    if described:
        # A document that can't be read is told before anything is called.
        from zatools.apitest.openapi.loaded import load

        for path in described.values():
            load(Path(path))
    return described


def _begun(wanted: Asked) -> RunResult:
    seed = wanted.options.seed
    if seed is None:
        seed = random.choice(SEEDS)
    result = RunResult(seed=seed)
    result.profile, result.version = wanted.profile, __version__
    result.start = datetime.now().astimezone().strftime('%Y-%m-%d %H:%M:%S %z')
    return result


@dataclass
class _Session:
    asked: Asked
    console: Console
    features: list[Feature]
    whole: Run
    result: RunResult

    def __post_init__(self) -> None:
        self._talk = Talk(self.console, self.asked.options)
        self._started = time.perf_counter()

    def run(self) -> int:
        """Runs the wanted features; returns the exit code."""
        whole, result = self.whole, self.result
        whole_run = run_plans.plans(self.asked, self.features)
        plans = run_plans.part(self.asked, whole_run)
        result.is_empty_part = bool(whole_run) and not plans
        run_reports.make_room(self.asked.options)
        result.addresses = called_addresses(self.asked, self.features, whole.code)
        result.filters = filters(self.asked)
        # What was read stays: looking through it for garbage, again and again, is time for nothing.
        gc.freeze()
        self._talk.head(result, whole.secrets)
        result.is_broken = self._talk.problems(self.asked, self.features, whole)
        result.features += [_unread(feature) for feature in self.features if not feature.is_read]
        self._play(plans)
        result.is_interrupted = whole.is_interrupted
        for feature in result.features:
            mask_again(whole, feature)
        return self._finish()

    def _play(self, plans: list[Plan]) -> None:
        called = self.whole.called
        called.open()
        called.planned = {(plan.feature.real_path, scenario.line) for plan in plans for scenario in plan.all}
        try:
            with self._between_hooks():
                self._play_all(plans)
        finally:
            called.close()

    def _play_all(self, plans: list[Plan]) -> None:
        is_watched = self.console.is_terminal and self.console.err.isatty()
        progress = Progress(self.console.err, len(plans), is_watched)
        progress.show()
        for result in processes.run_all(self.whole, plans, self.asked.options.jobs or 1):
            progress.clear()
            self._take(result)
            progress.step()
            progress.show()

    def _take(self, result: FeatureResult) -> None:
        mask_again(self.whole, result)
        self.result.features.append(result)
        self.result.is_broken = self.result.is_broken or any(item.is_broken for item in result.scenarios)
        self._talk.feature(result)

    @contextlib.contextmanager
    def _between_hooks(self) -> Iterator[None]:
        # The hooks around all features; a before_all that fails ends the run.
        code = self.whole.code
        try:
            code.begin()
        except HookError as error:
            raise FailedError(self._message(error), 'nothing was run') from None
        try:
            yield
        finally:
            try:
                code.end()
            except HookError as error:
                self.result.failure = self._message(error)

    def _message(self, error: HookError) -> str:
        return self.whole.secrets.mask(hook_message(error, self.asked.options.traceback))

    def _finish(self) -> int:
        options, result = self.asked.options, self.result
        result.seconds = time.perf_counter() - self._started
        result.addresses = result.addresses or result.called()
        if not options.failed or any(result.scenarios()):
            # With --failed, a run of nothing leaves the failures to the next one.
            last_failures.keep(self.asked.project, result)
        if options.coverage or options.fail_under:
            self._measure()
        written, unwritten = run_reports.write(options, result, self.console)
        self._talk.foot(self.asked, result, written)
        if unwritten:
            raise unwritten[0]
        return exit_code(result, options.fail_on_flaky)

    def _measure(self) -> None:
        from zatools.apitest.openapi.coverage import measured

        covered: dict[str, dict[str, None]] = {path: {} for path in self.whole.described.values()}
        for feature in self.result.features:
            for path, names in feature.covered.items():
                covered.setdefault(path, {}).update(dict.fromkeys(names))
        self.result.coverage, self.result.least = measured(covered), self.asked.options.fail_under


def _unread(feature: Feature) -> FeatureResult:
    problem = feature.problems[0]
    line = 1
    if problem.place:
        line = max(problem.place.line, 1)
    return whole_file(feature.label, feature.name, problem.text, line, is_broken=True)


def exit_code(result: RunResult, fails_on_flaky: bool = False) -> int:
    """Returns the exit code of a run."""
    if result.is_interrupted:
        return Exit.INTERRUPTED
    if result.is_broken:
        return Exit.INVALID
    scenarios = list(result.scenarios())
    if result.is_empty_part and not result.failure:
        # The other parts of the run have what there is.
        return Exit.OK
    if not scenarios or result.failure:
        # A run of nothing must not pass: a mistyped tag would make a pipeline green.
        return Exit.NO
    if any(scenario.is_red for scenario in scenarios):
        return Exit.NO
    if result.is_uncovered:
        return Exit.NO
    if fails_on_flaky and any(scenario.is_flaky for scenario in scenarios):
        return Exit.NO
    return Exit.OK
