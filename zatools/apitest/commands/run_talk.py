"""The screen of a run: its head, problems, features and foot."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

from zatools.apitest.checking.unresolved import Checker, rendered
from zatools.apitest.commands.console import Console
from zatools.apitest.commands.run_asked import Asked
from zatools.apitest.commands.run_options import Options
from zatools.apitest.gherkin.model import Feature
from zatools.apitest.project.files import shown
from zatools.apitest.report.console import Screen, printable, steerless
from zatools.apitest.report.results import FeatureResult, RunResult
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.running.run import Run
from zatools.apitest.secrets import Secrets
from zatools.screens import columns, put


class Talk:
    """Writes to the screen as a run goes on."""

    def __init__(self, console: Console, options: Options) -> None:
        self._console, self._is_quiet = console, options.quiet
        self._stream = console.out
        if '-' in (options.json, options.html):
            # A report that goes to standard output has it for itself.
            self._stream = console.err
        width = columns(self._stream, console.environ)
        self._screen = Screen(_is_coloured(console, options), options.full, width)

    def _print(self, text: str = '') -> None:
        put(text, self._stream, self._console.environ)

    def head(self, result: RunResult, secrets: Secrets) -> None:
        """Prints what is about to run."""
        for line in self._screen.head(result, secrets.mask):
            self._print(line)

    def problems(self, asked: Asked, features: Iterable[Feature], run: Run) -> bool:
        """Prints the problems of features before they run; tells whether some of them can't run."""
        checker = Checker(asked.project, run.code, asked.environ)
        is_broken, has_printed = False, False
        for feature in features:
            is_broken = is_broken or bool(feature.problems)
            for problem in [*feature.problems, *checker.feature(feature)]:
                has_printed = True
                self._print(printable(run.secrets.mask('\n'.join(rendered(problem, feature)))))
        for note in _override_notes(run.code):
            self._print(note)
        if has_printed:
            self._print()
        return is_broken

    def feature(self, result: FeatureResult) -> None:
        """Prints the result of a feature; one that an interruption left out is only counted, in the last lines."""
        if self._is_quiet and not any(scenario.is_red for scenario in result.scenarios):
            return
        if not result.is_left_out:
            self._print('\n'.join(self._screen.feature(result)))
            self._stream.flush()

    def foot(self, asked: Asked, result: RunResult, written: list[str]) -> None:
        """Prints the result of the run, its reports, and how to go on."""
        if os.environ.get('GITHUB_ACTIONS') or asked.environ.get('GITHUB_ACTIONS'):
            from zatools.apitest.report.github import render

            self._stream.write(f'{steerless(render(result))}\n')
        self._print('\n'.join(self._screen.foot(result, written, _again(asked))))
        self._stream.flush()


def _again(asked: Asked) -> str:
    folder = shown(asked.project.features)
    if folder == 'features':
        return 'apitest run --failed'
    return f'apitest run {shlex.quote(folder)} --failed'


def _override_notes(code: ProjectCode) -> list[str]:
    if not code.overridden:
        return []
    words = sorted({' "…" '.join(text.split('\0')).strip() for _, text in code.overridden})
    return [f"note: steps of the project's own come before ours of the same text: {'; '.join(words)}"]


def _is_coloured(console: Console, options: Options) -> bool:
    if options.color in ('on', 'always'):
        return True
    is_off = options.no_color or options.color in ('off', 'never') or console.environ.get('NO_COLOR')
    return console.is_terminal and not is_off and console.environ.get('TERM') != 'dumb'
