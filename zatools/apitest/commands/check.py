"""`apitest check`: what is wrong with features, without calling anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zatools import legacy
from zatools.apitest.checking import endless_calls
from zatools.apitest.checking.unresolved import Checker, notes, rendered
from zatools.apitest.commands.world import World
from zatools.apitest.gherkin import reader
from zatools.apitest.project import config
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import own_code_loader
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.errors import Exit


def check(paths: Sequence[str], world: World, *, profile: str = '', environ: Mapping[str, str] | None = None) -> int:
    """Says what is wrong with features; returns 0, 1 where something is, 3 where a file can't be read."""
    project, selected = config.load(paths, profile)
    return check_project(project, selected, world, world.environ if environ is None else environ)


def check_project(
    project: Project, selected: Sequence[Selected], world: World, environ: Mapping[str, str], language: str = ''
) -> int:
    """Says what is wrong with features of a project; returns what `check` does."""
    steps = found = noted = broken = 0
    with legacy.resolving(MODULES, FALLBACKS):
        code = own_code_loader.load(project.features)
        checker = Checker(project, code, environ, reads_values=True)
        features = [reader.read(item, language) for item in selected]
        endless_calls.add_problems(features, project, code)
        for feature in features:
            broken += len(feature.problems)
            problems = [*feature.problems, *checker.feature(feature)]
            found += len(problems)
            steps += sum(len(scenario.steps) for scenario in feature.scenarios)
            remarks = list(notes(feature, code))
            noted += len(remarks)
            for problem in [*problems, *remarks]:
                world.print('\n'.join(rendered(problem, feature)))
    files = _counted(len(selected), 'file')
    more = f', {_counted(noted, "note")}' if noted else ''
    if not found:
        world.print(f'{steps} steps in {files}, no problems{more}')
        return Exit.OK
    world.print(f'{_counted(found, "problem")} in {files}, {steps} steps{more}')
    return Exit.INVALID if broken else Exit.NO


def _counted(count: int, word: str) -> str:
    return f'{count} {word}' if count == 1 else f'{count} {word}s'
