"""The files of all environments at once: what is wrong in each of them, and what only one lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zatools.environments.checked import Checked
from zatools.environments.filling import paths
from zatools.environments.lacking import env_file, lacking, missing_env_file
from zatools.environments.reading import FILE, Project, find, read
from zatools.errors import UsageError
from zatools.files.scope import Scope
from zatools.origin import Origin
from zatools.place import Problem
from zatools.plan.choices import FileChoice
from zatools.world import World


def choices(files: FileChoice) -> tuple[Project, dict[str, FileChoice]]:
    """Returns the file of environments, and what each of them reads; `files` says how."""
    path = find()
    if not path:
        raise UsageError(f'--all-envs: there is no {FILE} here or above, in this project')
    if files.paths or files.overlays or files.env_file:
        raise UsageError('--all-envs takes files, overlays and env-files as the environments say them')
    project = read(path)
    found = {}
    for environment in project.environments.values():
        named, overlays = (paths(project, environment, name) for name in ('files', 'overlay'))
        variables = env_file(project, environment)
        if missing_env_file(project, environment):
            variables = ''
        if named:
            found[environment.name] = replace(
                files,
                paths=tuple(named),
                overlays=tuple(overlays),
                env_file=variables,
                origin=Origin(environment.name, environments=frozenset(project.environments)),
            )
    if not found:
        raise UsageError(f'--all-envs: no environment of {path} has files')
    return project, found


def policies(project: Project, name: str) -> tuple[str, ...]:
    """Returns the policies of an environment."""
    return tuple(paths(project, project.environments[name], 'policy'))


def merged(world: World, project: Project, checked: Mapping[str, Checked], reaches_outside: bool) -> Checked:
    """Returns what was found everywhere as one: what not all environments have says whose it is."""
    whose: dict[Problem, list[str]] = {}
    for name, found in checked.items():
        for problem in dict.fromkeys(found.problems):
            whose.setdefault(problem, []).append(name)
    problems = [_named(problem, names, len(checked)) for problem, names in whose.items()]
    missing = [missing_env_file(project, environment) for environment in project.environments.values()]
    problems.extend(problem for problem in missing if problem)
    problems.extend(lacking(world, project, Scope(reaches_outside=reaches_outside)))

    def lines(path: str) -> Sequence[str]:
        return next((rows for rows in (one.lines(path) for one in checked.values()) if rows), project.lines.of(path))

    return Checked(
        problems,
        lines,
        max(found.files for found in checked.values()),
        sum(found.objects for found in checked.values()),
        max(found.allowed for found in checked.values()),
        len(checked),
    )


def _named(problem: Problem, names: Sequence[str], count: int) -> Problem:
    if len(names) == count:
        return problem
    noun = 'environment'
    if len(names) > 1:
        noun = 'environments'
    return replace(problem, text=f'{problem.text} ({noun} {", ".join(names)})')
