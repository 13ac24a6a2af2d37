"""`apitest check`: what is wrong with features, without calling anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zatools import legacy
from zatools.apitest.checking import endless_calls, unresolved
from zatools.apitest.commands.world import World
from zatools.apitest.gherkin import reader
from zatools.apitest.project import config as projects
from zatools.apitest.running import own_code
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.errors import Exit


def check(
    paths: Sequence[str],
    world: World,
    *,
    profile: str = '',
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
    language: str = '',
) -> int:
    """Says what is wrong with features; returns 0, 1 where something is, 3 where a file can't be read."""
    project, selected = projects.load(paths, profile, overrides)
    steps = found = broken = 0
    with legacy.resolving(MODULES, FALLBACKS):
        code = own_code.load(project.features)
        checker = unresolved.Checker(project, code, world.environ if environ is None else environ)
        features = [reader.read(item, language) for item in selected]
        endless_calls.mark(features, project, code)
        for feature in features:
            broken += len(feature.problems)
            problems = [*feature.problems, *checker.feature(feature)]
            found += len(problems)
            steps += sum(len(list(scenario.all_steps)) for scenario in feature.scenarios)
            for problem in problems:
                world.print('\n'.join(unresolved.rendered(problem, feature)))
    files = f'{len(selected)} {"file" if len(selected) == 1 else "files"}'
    if not found:
        world.print(f'{steps} steps in {files}, no problems')
        return Exit.OK
    world.print(f'{found} {"problem" if found == 1 else "problems"} in {files}, {steps} steps')
    return Exit.INVALID if broken else Exit.NO
