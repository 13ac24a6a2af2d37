"""`apitest check`: finds problems of features without a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zatools import legacy
from zatools.apitest.checking import endless_calls
from zatools.apitest.checking.unresolved import Checker, notes, rendered
from zatools.apitest.commands.console import Console
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Feature
from zatools.apitest.project import config
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import own_code_loader
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.errors import Exit
from zatools.screens import quantity


def check(
    paths: Sequence[str], console: Console, *, profile: str = '', environ: Mapping[str, str] | None = None
) -> int:
    """Prints the problems of features; returns 0 where there are none, 1 for problems, 3 for an unreadable file."""
    project, selected = config.load(paths, profile)
    if environ is None:
        environ = console.environ
    return check_project(project, selected, console, environ)


def check_project(
    project: Project, selected: Sequence[Selected], console: Console, environ: Mapping[str, str], language: str = ''
) -> int:
    """Prints the problems of some features of a project; returns what `check` does."""
    problem_count = note_count = 0
    with legacy.resolving(MODULES, FALLBACKS):
        code = own_code_loader.load(project.features)
        checker = Checker(project, code, environ, reads_values=True)
        features = [reader.read(item, language) for item in selected]
        endless_calls.add_problems(features, project, code)
        for feature in features:
            problems = [*feature.problems, *checker.feature(feature)]
            remarks = list(notes(feature, code))
            for problem in [*problems, *remarks]:
                console.print('\n'.join(rendered(problem, feature)))
            problem_count += len(problems)
            note_count += len(remarks)
    console.print(_summary(features, problem_count, note_count))
    if not problem_count:
        return Exit.OK
    if any(feature.problems for feature in features):
        return Exit.INVALID
    return Exit.NO


def _summary(features: Sequence[Feature], problems: int, notes: int) -> str:
    files = quantity(len(features), 'file')
    steps = sum(len(scenario.steps) for feature in features for scenario in feature.scenarios)
    text = f'{quantity(steps, "step")} in {files}, no problems'
    if problems:
        text = f'{quantity(problems, "problem")} in {files}, {quantity(steps, "step")}'
    if notes:
        text += f', {quantity(notes, "note")}'
    return text
