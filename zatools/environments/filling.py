"""What an environment stands for on a command line: a flag that is given wins, and what is left is filled in."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from zatools.environments.reading import VARIABLE, Environment, Project, chosen
from zatools.environments.settings import SETTINGS
from zatools.errors import InvalidError, RefusedError, UsageError
from zatools.files.variables import Variables, has_variables, read_env_file
from zatools.origin import Origin
from zatools.place import Problem
from zatools.secret import Template
from zatools.world import World

#: Parameters that say which ODB is meant, or that none is.
ODBS = ('odb', 'server', 'path', 'source', 'target', 'file')
#: Those that an environment fills in for an ODB, and for files.
OF_ODB = ('odb', 'server', 'server_key', 'cluster')
OF_FILES = ('overlays', 'env_file')
SQLITE = 'sqlite:///'


def named(given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Returns the name of the environment that is meant; '' for none."""
    if given.get('env') is not None:
        if not given['env'].strip():
            raise UsageError('--env is empty', 'see which there are: zato env list')
        return str(given['env'])
    return environ.get(VARIABLE, '')


def filled(world: World, given: Mapping[str, Any], known: Collection[str], needs_odb: bool) -> dict[str, Any]:
    """Returns what was given on a command line with what its environment says besides.

    `known` are the parameters that the command has. One that `needs_odb` takes files only where there is none.
    """
    name = named(given, world.environ)
    option = VARIABLE
    if given.get('env') is not None:
        option = '--env'
    project, environment = chosen(name, option)
    values = parameters_of(world, project, environment)
    _check_cluster(environment, given)
    takes = _taken(values, given, known, needs_odb)
    found = {name: values[name] for name in takes if name in values and name in known}
    origin = Origin(name, frozenset(found), frozenset(project.environments))
    return {**given, **found, 'origin': origin, 'is_protected': environment.is_protected}


def _taken(values: Mapping[str, Any], given: Mapping[str, Any], known: Collection[str], needs_odb: bool) -> list[str]:
    takes = ['policies']
    has_sides = any(given.get(name) for name in ('source', 'target', 'file'))
    has_odb = any(given.get(name) for name in ODBS) or (needs_odb and bool(given.get('paths')))
    if not has_odb:
        takes.extend(OF_ODB)
    elif not has_sides:
        takes.append('cluster')
    is_of_odb = needs_odb and (has_odb or 'odb' in values or 'server' in values)
    if not given.get('paths') and not has_sides and not is_of_odb:
        takes.append('paths')
    if given.get('paths') or has_sides or 'paths' in takes:
        takes.extend(OF_FILES)
    return [name for name in takes if not given.get(name)]


def _check_cluster(environment: Environment, given: Mapping[str, Any]) -> None:
    wanted, typed = environment.values.get('cluster'), given.get('cluster')
    if wanted and typed and wanted != typed:
        text = f"environment '{environment.name}' is of cluster {wanted}, and --cluster is {typed}"
        raise RefusedError(f'{text}. Nothing was changed.', f'as said in {environment.places["cluster"].short}')


def parameters_of(world: World, project: Project, environment: Environment) -> dict[str, Any]:
    """Returns what an environment says, by parameters: paths from the current folder, variables of an ODB resolved."""
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        value = environment.values.get(setting.name)
        if value is None:
            continue
        if setting.sort == 'paths':
            value = paths(project, environment, setting.name)
        elif setting.sort == 'path':
            value = path_from(project.folder, value)
        elif setting.sort == 'odb':
            value = _odb(world, project, environment, value)
        found[setting.parameter] = value
    return found


def paths(project: Project, environment: Environment, name: str) -> list[str]:
    """Returns the paths of a setting as the current folder sees them; [] where it says none."""
    value = environment.values.get(name, [])
    if isinstance(value, str):
        value = [value]
    return [path_from(project.folder, text) for text in value]


def path_from(folder: str, text: str) -> str:
    """Returns a path of the file as the current folder sees it."""
    if text.startswith('~'):
        return text
    if text == '-':
        return os.path.join(folder or '.', text)
    return os.path.join(folder, text)


def _odb(world: World, project: Project, environment: Environment, text: str) -> str:
    if has_variables(text):
        text = _resolved(world, project, environment, text)
    world.masks.hide_named({'odb': text})
    if text.startswith(SQLITE):
        return SQLITE + path_from(project.folder, text.removeprefix(SQLITE))
    if '://' in text:
        return text
    return path_from(project.folder, text)


def _resolved(world: World, project: Project, environment: Environment, text: str) -> str:
    values = dict(world.environ)
    path = environment.values.get('env-file')
    if path:
        values.update(read_env_file(path_from(project.folder, path)))
    place = environment.places['odb']
    try:
        found = Variables(values).resolve(text)
    except ValueError as error:
        raise _invalid(project, Problem(place, f'odb: {error}')) from None
    if isinstance(found, Template):
        raise _invalid(project, Problem(place, f'odb {found.need}', 'set it, or name it in the env-file'))
    return found


def _invalid(project: Project, problem: Problem) -> InvalidError:
    text = f'1 problem in {project.path}. Nothing was changed.'
    return InvalidError(text, problems=[problem], lines=project.lines.of)
