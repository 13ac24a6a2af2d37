"""Variables that one environment lacks and the others have: mostly one that somebody forgot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from zatools.environments.filling import path_from, paths
from zatools.environments.reading import Environment, Project
from zatools.files.needs import Need, needs
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.variables import read_env_file
from zatools.place import Problem
from zatools.world import World


@dataclass
class Uses:
    """Who wants a variable first, and which environments have it and lack it."""

    need: Need
    having: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


def env_file(project: Project, environment: Environment) -> str:
    """Returns the path of an environment's variables as the current folder sees it; '' for none."""
    path = environment.values.get('env-file', '')
    if not path:
        return ''
    return path_from(project.folder, path)


def missing_env_file(project: Project, environment: Environment) -> Problem | None:
    """Returns a warning where an environment's variables are not on this machine."""
    path = env_file(project, environment)
    if not path or os.path.exists(os.path.expanduser(path)):
        return None
    text = f"environment '{environment.name}': {path} is not here: which of its variables are set is not checked"
    return Problem(environment.places['env-file'], text, is_warning=True)


def lacking(world: World, project: Project, scope: Scope = EVERYTHING) -> list[Problem]:
    """Returns a warning for each variable that exactly one environment lacks."""
    uses: dict[str, Uses] = {}
    for environment in project.environments.values():
        if not missing_env_file(project, environment):
            _add(world, project, environment, uses, scope)
    return [_problem(name, use) for name, use in sorted(uses.items()) if use.having and len(use.lacking) == 1]


def _add(world: World, project: Project, environment: Environment, uses: dict[str, Uses], scope: Scope) -> None:
    values: Mapping[str, str] = world.environ
    if path := env_file(project, environment):
        values = {**values, **read_env_file(path)}
    named = [paths(project, environment, name) for name in ('files', 'overlay')]
    for need in needs(named[0], world.stdin, named[1], scope).found:
        use = uses.setdefault(need.variable, Uses(need))
        names = use.lacking
        if need.variable in values:
            names = use.having
        if environment.name not in names:
            names.append(environment.name)


def _problem(name: str, use: Uses) -> Problem:
    verb = 'have'
    if len(use.having) == 1:
        verb = 'has'
    text = f"{name}: environment '{use.lacking[0]}' lacks it; {', '.join(use.having)} {verb} it"
    return Problem(use.need.place, text, 'set it there, or in its env-file', 1, is_warning=True)
