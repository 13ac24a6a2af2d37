"""`apitest run`: loads a project, checks it, runs its features, reports."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shlex
import time
from argparse import Namespace
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from zatools import __version__, legacy
from zatools.apitest.checking import endless_calls, unresolved
from zatools.apitest.commands import run_options
from zatools.apitest.commands.world import World
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.reader import Feature
from zatools.apitest.project import config as projects, env_file
from zatools.apitest.project.config import Project
from zatools.apitest.project.files import shown
from zatools.apitest.report import files
from zatools.apitest.report.console import Screen, printable, steerless
from zatools.apitest.report.progress import Progress
from zatools.apitest.report.results import FeatureResult, RunResult, whole_file
from zatools.apitest.running import last_failures, one_step, output, own_code, processes, selection
from zatools.apitest.running.feature import MAX_BODY, Run, Settings, hook_text, mask_again
from zatools.apitest.running.own_code import HookError, ProjectCode
from zatools.apitest.running.selection import Plan
from zatools.apitest.secrets import Secrets, variable, without_login
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.apitest.state.names import is_public
from zatools.errors import Exit, FailedError, InvalidError, OdbError, UsageError
from zatools.screens import columns, put

#: A name that stands for a value: alone, or in braces within a text.
NAMED = re.compile(r'(?:^(?=.[^{])|(?=.\{))([$@#])\{?([\w.-]+)\}?')
#: Options that a verdict depends on, and where they are kept.
REPEATED = {
    '--strict': 'strict', '--compat': 'compat', '--isolated': 'isolated', '--only': 'only', '--lang': 'lang',
    '--profile': 'profile', '--env-file': 'env_file', '--max-body': 'max_body', '--set': 'values',
    '--define': 'define', '--tags': 'tags', '--name': 'names',
}  # fmt: skip
#: Options that choose scenarios.
CHOOSING = {'--tags': 'tags', '--name': 'names', '--include': 'include', '--exclude': 'exclude'}
SEEDS = range(1000, 10_000)
DURATION = re.compile(r'(\d+(?:\.\d+)?)\s*(ms|s|m|h|)')
UNITS = {'ms': 0.001, 's': 1.0, '': 1.0, 'm': 60.0, 'h': 3600.0}
RETRY_KINDS = frozenset({'connection', 'timeout', '5xx', 'tls'})


def run(words: Sequence[str], world: World) -> int:
    """Runs features as a command line says; returns the exit code."""
    given = run_options.parse(words)
    # Hooks may set variables: those of the process count at the time they are looked up.
    environ: Mapping[str, str] = ChainMap(env_file.read(given.env_file) if given.env_file else {}, world.environ)  # type: ignore[arg-type]
    profile = given.profile or environ.get('APITEST_PROFILE', '')
    project, selected = projects.load(_paths(given), profile, _overrides(given))
    chosen = run_options.parse([*project.options(), *words])
    chosen.given = given
    if chosen.dry_run:
        from zatools.apitest.commands.check import check

        said = {'overrides': _overrides(given), 'language': chosen.lang or ''}
        return check(_paths(given), world, profile=profile, environ=environ, **said)  # type: ignore[arg-type]
    secrets = Secrets()
    secrets.track_surroundings(environ, project.secrets())
    with legacy.resolving(MODULES, FALLBACKS), output.masked(secrets):
        code = _loaded(project, chosen.traceback)
        if chosen.define and code.runner:
            pairs = (text.partition('=') for text in chosen.define)
            code.runner.config.update_userdata({name: value or 'true' for name, _, value in pairs})
        features = [reader.read(item, chosen.lang or '') for item in _included(selected, chosen)]
        called = endless_calls.mark(features, project, code)
        session = _Session(world, project, code, chosen, environ, profile)
        return session.run(features, secrets, called)


def _loaded(project: Project, shows_traceback: bool) -> ProjectCode:
    try:
        return own_code.load(project.features)
    except InvalidError as error:
        if shows_traceback and error.__context__:
            raise InvalidError('\n'.join([*one_step.traceback_of(error.__context__), error.text]), error.hint) from None
        raise


def _paths(given: Namespace) -> list[str]:
    if given.paths:
        return list(given.paths)
    return ['features' if Path('features').is_dir() else '.']


def _overrides(given: Namespace) -> dict[str, str]:
    found = {}
    for text in given.values or ():
        name, sign, value = text.partition('=')
        if not sign or not name:
            raise UsageError(f"--set: '{text}' is no NAME=VALUE")
        found[name.strip()] = value
    return found


def _included(selected: Any, chosen: Namespace) -> list[Any]:
    def fits(patterns: Sequence[str], path: Path) -> bool:
        try:
            return any(re.search(pattern, str(path)) for pattern in patterns)
        except re.error as error:
            raise UsageError(f'--include, --exclude: this is no regular expression: {error}') from None

    return [
        item
        for item in selected
        if (not chosen.include or fits(chosen.include, item.path)) and not fits(chosen.exclude or (), item.path)
    ]


def seconds(text: str) -> float:
    """Returns the seconds that `60s` or `2m` say."""
    match = DURATION.fullmatch(text.strip())
    if text and not match:
        raise UsageError(f"--wait: '{text}' is no time", 'write 60s or 2m')
    return float(match[1]) * UNITS[match[2]] if match else 0.0


class _Session:
    def __init__(
        self, world: World, project: Project, code: Any, chosen: Namespace, environ: Mapping[str, str], profile: str
    ) -> None:
        self._world, self._project, self._code, self._chosen = world, project, code, chosen
        self._environ, self._profile = environ, profile
        # A report that goes to standard output has it for itself.
        self._talk = world.err if '-' in (chosen.json, chosen.html) else world.out
        self._screen = Screen(_is_coloured(world, chosen), chosen.full, columns(self._talk, world.environ))
        self._started = time.perf_counter()
        seed = chosen.seed if chosen.seed is not None else random.choice(SEEDS)
        self._result = RunResult(seed=seed, profile=profile, version=__version__)
        self._result.start = datetime.now().astimezone().strftime('%Y-%m-%d %H:%M:%S %z')

    def _print(self, text: str = '') -> None:
        put(text, self._talk, self._world.environ)

    def run(self, features: list[Feature], secrets: Secrets, called: set[tuple[str, int]]) -> int:
        run = Run(self._project, self._settings(), self._environ, self._code, secrets)
        plans = self._plans(features)
        for path in self._reports().values():
            if path != '-':
                files.make_room(Path(path))
        self._result.addresses = self._addresses(features)
        self._result.filters = self._filters()
        for line in self._screen.head(self._result, secrets.mask):
            self._print(line)
        self._show_problems(features, secrets)
        self._result.features += [_unread(feature) for feature in features if feature.model is None]
        run.shared.open()
        run.shared.called = called
        run.shared.planned = {
            (str(plan.feature.path.resolve()), scenario.line)
            for plan in plans
            for scenario in (*plan.setup, *plan.scenarios, *plan.teardown)
        }
        try:
            with self._whole_run(run):
                is_watched = self._world.is_terminal and self._world.err.isatty()
                progress = Progress(self._world.err, len(plans), is_watched)
                progress.show()
                for result in processes.run_all(run, plans, self._chosen.jobs or 1):
                    progress.clear()
                    mask_again(run, result)
                    self._show(result)
                    progress.step()
                    progress.show()
        finally:
            run.shared.close()
        self._result.is_interrupted = run.is_interrupted
        for result in self._result.features:
            mask_again(run, result)
        return self._finish()

    def _addresses(self, features: list[Feature]) -> tuple[str, ...]:
        # What the features will call, as far as it is known before they run.
        known: dict[str, Any] = {'$': self._environ, '@': self._project.user_config(), '#': {}}

        def filled(match: re.Match[str]) -> str:
            is_shown = is_public(match.string, *match.span(), 'address')
            return str(known[match[1]].get(match[2], '')) if is_shown else match[0]

        written = unresolved.addresses(features, self._code)
        found = [without_login(NAMED.sub(filled, text)).partition('?')[0] for text in written]
        return tuple(dict.fromkeys(text for text in found if text.startswith(('http://', 'https://'))))

    def _settings(self) -> Settings:
        chosen = self._chosen
        kinds = frozenset(filter(None, (chosen.retry_on or '').split(',')))
        if unknown := kinds - RETRY_KINDS:
            raise UsageError(f"--retry-on: there is no '{min(unknown)}'", f'there are {", ".join(sorted(RETRY_KINDS))}')
        return Settings(
            seed=self._result.seed,
            is_compat=chosen.compat,
            is_strict=chosen.strict,
            is_isolated=chosen.isolated,
            fails_fast=chosen.fail_fast or chosen.stop or chosen.wip,
            retries=chosen.retries or (1 if kinds else 0),
            retry_on=kinds,
            keeps_all=bool(chosen.report or chosen.html or chosen.json or chosen.junit is not None),
            repeat=self._repeat(),
            wait=seconds(chosen.wait or ''),
            max_body=chosen.max_body or MAX_BODY,
            shows_traceback=chosen.traceback,
        )

    def _repeat(self) -> str:
        # The options of the command line that a verdict depends on; values of [secrets] as variables.
        given = vars(self._chosen.given) | {'profile': self._profile}
        words = ['apitest', 'run', '{place}', '--seed', str(self._result.seed)]
        for option, name in REPEATED.items():
            values = given[name] if isinstance(given[name], list) else filter(None, [given[name]])
            words += [option if value is True else self._option(option, str(value), name) for value in values or ()]
        return ' '.join(word.replace('{', '{{').replace('}', '}}') if word != '{place}' else word for word in words)

    def _option(self, option: str, value: str, name: str) -> str:
        # A value that begins like an option needs the sign.
        return f'{option}{"=" if value.startswith("-") else " "}{self._quoted(value, name)}'

    def _quoted(self, value: str, name: str) -> str:
        key = value.partition('=')[0].strip()
        if name == 'values' and key in self._project.secret_names:
            return f'{key}="{variable(key)}"'
        return shlex.quote(value)

    def _show_problems(self, features: list[Feature], secrets: Secrets) -> None:
        checker = unresolved.Checker(self._project, self._code, self._environ)
        count = 0
        for feature in features:
            broken = feature.problems
            self._result.is_broken = self._result.is_broken or bool(broken)
            for problem in [*broken, *checker.feature(feature)]:
                count += 1
                self._print(printable(secrets.mask('\n'.join(unresolved.rendered(problem, feature)))))
        for note in _override_notes(self._code):
            self._print(note)
        if count:
            self._print()

    def _plans(self, features: list[Feature]) -> list[Plan]:
        chosen = self._chosen
        tags = [*(chosen.tags or ()), *selection.environment_tags(self._environ), *(['wip'] if chosen.wip else [])]
        has_tags, has_name = selection.tag_filter(tags), selection.name_filter(chosen.names or ())
        failed = self._failed() if chosen.failed else None

        def is_wanted(scenario: Any) -> bool:
            return has_tags(scenario) and has_name(scenario)

        plans = []
        for feature in features:
            if feature.model is None or (failed is not None and str(feature.path) not in failed):
                continue
            if failed is not None and chosen.isolated:
                feature.asked = tuple(failed[str(feature.path)])
            plan = selection.plan(feature, is_wanted, chosen.only or (failed is not None and chosen.isolated))
            plans += [plan] if plan else []
        return plans

    def _filters(self) -> str:
        # The options that choose scenarios, as one types them.
        chosen = {name: getattr(self._chosen, dest) or () for name, dest in CHOOSING.items()}
        words = [f'{name} {shlex.quote(text)}' for name, texts in chosen.items() for text in texts]
        words += [
            f'{name}={shlex.quote(self._environ[name])}' for name in selection.VARIABLES if self._environ.get(name)
        ]
        return ' '.join([*words, *(['--wip'] if self._chosen.wip else [])])

    def _failed(self) -> dict[str, list[int]]:
        found = last_failures.failed(self._project)
        if not found:
            raise UsageError('--failed: nothing failed the last time' if found == {} else '--failed: there was no run')
        return found

    @contextlib.contextmanager
    def _whole_run(self, run: Run) -> Iterator[None]:
        # The hooks around all features; a before_all that fails ends the run.
        try:
            run.code.run_hook('before_all', None)
            run.code.keeps_state = 'zato' in getattr(run.code.behave, '_root', {})
        except HookError as error:
            raise FailedError(self._told(run, error), 'nothing was run') from None
        try:
            yield
        finally:
            try:
                run.code.end()
            except HookError as error:
                self._result.failure = self._told(run, error)

    def _told(self, run: Run, error: HookError) -> str:
        return run.secrets.mask(hook_text(error, self._chosen.traceback))

    def _show(self, result: FeatureResult) -> None:
        self._result.features.append(result)
        self._result.is_broken = self._result.is_broken or any(item.is_broken for item in result.scenarios)
        if self._chosen.quiet and not any(scenario.is_red for scenario in result.scenarios):
            return
        if result.is_left_out:
            # The last lines count what was not run; reports name it.
            return
        self._print('\n'.join(self._screen.feature(result)))
        self._talk.flush()

    def _finish(self) -> int:
        result = self._result
        result.seconds = time.perf_counter() - self._started
        result.addresses = result.addresses or result.called()
        if not self._chosen.failed or any(result.scenarios()):
            last_failures.keep(self._project, result)
        written, unwritten = self._write_reports()
        if os.environ.get('GITHUB_ACTIONS') or self._environ.get('GITHUB_ACTIONS'):
            from zatools.apitest.report.github import render

            self._talk.write(f'{steerless(render(result))}\n')
        self._print('\n'.join(self._screen.foot(result, written, self._again())))
        if unwritten:
            self._talk.flush()
            raise unwritten[0]
        return exit_code(result, self._chosen.fail_on_flaky)

    def _again(self) -> str:
        folder = shown(self._project.features)
        return 'apitest run --failed' if folder == 'features' else f'apitest run {shlex.quote(folder)} --failed'

    def _write_reports(self) -> tuple[list[str], list[OdbError]]:
        # Returns those that are written, and why others are not.
        written, unwritten = [], []
        for name, path in self._reports().items():
            text = files.rendered(name, self._result)
            if path == '-':
                self._world.write_report(text)
                continue
            try:
                files.write(Path(path), text)
                written.append(path)
            except OdbError as error:
                unwritten.append(error)
        return written, unwritten

    def _reports(self) -> dict[str, str]:
        # A path for each report that is wanted; --report is a folder for all.
        chosen = self._chosen
        junit = '' if chosen.no_junit or chosen.junit is None else chosen.junit or chosen.junit_directory
        folders = {'html': chosen.report, 'json': chosen.report, 'junit': junit or chosen.report}
        paths = {name: os.path.join(folder, files.NAMES[name]) for name, folder in folders.items() if folder}
        named = {'html': chosen.html, 'json': chosen.json}
        return paths | {name: path for name, path in named.items() if path}


def _unread(feature: Feature) -> FeatureResult:
    problem = feature.problems[0]
    line = max(problem.place.line, 1) if problem.place else 1
    return whole_file(feature.label, feature.name, problem.text, line, is_broken=True)


def _override_notes(code: Any) -> list[str]:
    if not code.overridden:
        return []
    words = sorted({' "…" '.join(text.split('\0')).strip() for _, text in code.overridden})
    return [f"note: steps of the project's own come before ours of the same text: {'; '.join(words)}"]


def _is_coloured(world: World, chosen: Namespace) -> bool:
    if chosen.color in ('on', 'always'):
        return True
    is_off = chosen.no_color or chosen.color in ('off', 'never') or world.environ.get('NO_COLOR')
    return world.is_terminal and not is_off and world.environ.get('TERM') != 'dumb'


def exit_code(result: RunResult, fails_on_flaky: bool = False) -> int:
    """Returns the exit code of a run."""
    if result.is_interrupted:
        return Exit.INTERRUPTED
    if result.is_broken:
        return Exit.INVALID
    scenarios = list(result.scenarios())
    is_red = any(scenario.is_red for scenario in scenarios)
    is_flaky = fails_on_flaky and any(scenario.is_flaky for scenario in scenarios)
    return Exit.NO if is_red or is_flaky or result.failure or not scenarios else Exit.OK
