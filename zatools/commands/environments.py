"""`zato env`: the environments of a project, what each says and where it says it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from zatools.environments.reading import FILE, Environment, Project, chosen, find, read
from zatools.environments.settings import schema as schema_of
from zatools.errors import Exit, UsageError
from zatools.odb.target import shown
from zatools.place import Problem
from zatools.reports import problems as reports
from zatools.reports.objects import columns
from zatools.screens import quantity
from zatools.secret import LOGIN
from zatools.world import World


def _project() -> Project:
    path = find()
    if not path:
        raise UsageError(
            f'there is no {FILE} here or above, in this project', 'what it may say: docs/teams-reference.md'
        )
    return read(path)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ', '.join(value)
    if name == 'odb':
        return shown(value)
    return str(value)


def passwords(environments: Iterable[Environment]) -> list[Problem]:
    """Returns a warning for each password that stands in the file itself."""
    found = []
    for environment in environments:
        login = LOGIN.search(str(environment.values.get('odb', '')))
        if login and '${' not in login[0]:
            text = f"environment '{environment.name}': a password stands in its odb"
            hint = 'a variable keeps it out of git: ${ODB_PASSWORD}'
            found.append(Problem(environment.places['odb'], text, hint, is_warning=True))
    return found


def _warn(world: World, environments: Iterable[Environment]) -> None:
    found = passwords(environments)
    if found:
        world.say(reports.render(found))


def list_environments(world: World, *, as_json: bool = False) -> Exit:
    """Prints a line for each environment: its ODB, cluster, files."""
    project = _project()
    known = project.environments.values()
    if as_json:
        rows = [{'name': one.name, **{name: _json(name, value) for name, value in one.values.items()}} for one in known]
        world.print_json(json.dumps(rows, indent=2, ensure_ascii=False))
        return Exit.OK
    if known:
        world.print(columns(map(_row, known)))
    world.say(f'{quantity(len(known), "environment")} in {project.path}.')
    _warn(world, known)
    return Exit.OK


def _row(environment: Environment) -> list[str]:
    said = {name: _text(name, value) for name, value in environment.values.items()}
    protected = ''
    if environment.is_protected:
        protected = 'protected'
    where = said.get('odb') or said.get('server', '')
    return [environment.name, where, said.get('cluster', ''), said.get('files', ''), protected]


def _json(name: str, value: Any) -> Any:
    if name == 'odb':
        return shown(value)
    return value


def show_environment(world: World, name: str, *, as_json: bool = False) -> Exit:
    """Prints what an environment says, and where each of it stands."""
    project, environment = chosen(name, 'zato env show')
    if as_json:
        values = {key: _json(key, value) for key, value in environment.values.items()}
        world.print_json(json.dumps({'name': name, **values}, indent=2, ensure_ascii=False))
        return Exit.OK
    rows = [[key, _text(key, value), environment.places[key].short] for key, value in environment.values.items()]
    if rows:
        world.print(columns(rows))
    else:
        world.print(f'[env.{name}] says nothing.')
    world.say(f'{project.path}: environment {name}')
    _warn(world, [environment])
    return Exit.OK


def schema(world: World) -> Exit:
    """Prints a JSON Schema of the file, for editors."""
    world.print_json(json.dumps(schema_of(), indent=2, ensure_ascii=False))
    return Exit.OK
