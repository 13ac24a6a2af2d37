"""Files as commands read them: with the variables of the environment, problems collected and raised together."""

from __future__ import annotations

from dataclasses import replace

from zatools import generations
from zatools.errors import InvalidError, UsageError
from zatools.files.about import About
from zatools.files.reader import How, Read, read
from zatools.files.scope import EVERYTHING, Scope
from zatools.files.variables import read_env_file
from zatools.place import Problem
from zatools.plan.choices import FileChoice
from zatools.reports import problems as reports
from zatools.world import World

#: What was read of it is gone: a second reading would find nothing, and nothing is a wish too.
STDIN_ONCE = 'standard input (-) can be read once'


def variables_of(world: World, env_file: str) -> dict[str, str]:
    """Returns the environment with the values of --env-file over it; what is secret there is not shown."""
    given = {}
    if env_file:
        given = read_env_file(env_file)
    world.masks.hide_named(given)
    return {**world.environ, **given}


def read_files(
    world: World,
    choice: FileChoice,
    scope: Scope = EVERYTHING,
    *,
    is_substituting: bool = True,
    asks_stores: bool = True,
    about: About | None = None,
) -> Read:
    """Reads files with the variables of the environment and --env-file, which wins; or leaves variables as they are."""
    if not choice.paths:
        raise UsageError('no files are given', 'name files, folders or - for standard input')
    if [*choice.paths, *choice.overlays].count('-') > 1:
        raise UsageError(STDIN_ONCE)
    if choice.on_conflict not in ('', 'first', 'last'):
        raise UsageError('--on-conflict must be first or last')
    environ = variables_of(world, choice.env_file)
    how = How(
        choice.overlays,
        choice.on_conflict,
        choice.skip_unknown,
        replace(scope, reaches_outside=choice.allow_outside),
        choice.drafts,
        asks_stores,
        about,
    )
    variables = {}
    if is_substituting:
        variables = environ
    files = read(choice.paths, world.stdin, variables, how)
    world.masks.hide(files.secrets)
    overrides = sorted(name for name in environ if name.startswith('Zato_Enmasse_Env_'))
    files.problems.extend(
        Problem(None, f'{name} is set, but such variables are not read', 'use an overlay', is_warning=True)
        for name in overrides
    )
    return files


def needed(files: Read, skips_unsupported: bool = False, create: str = generations.CREATE) -> str:
    """Returns the generation that the files need, '' for either; needing both is a problem, or 3.2 if it skips.

    `create` is the command line that makes the ODB, for the problem's hint.
    """
    generation, problems = generations.needed(files.counted, create)
    if not problems or skips_unsupported:
        return generation
    files.problems.extend(problems)
    return ''


def raise_errors(files: Read, closing: str = '', is_strict: bool = False) -> None:
    """Raises all errors together; with --strict warnings count."""
    problems = files.errors
    if is_strict:
        problems = files.problems
    if problems:
        text = f'{reports.count(problems, files.files)} {closing}'.strip()
        raise InvalidError(text, problems=problems, lines=files.sources.lines)


def say_warnings(world: World, files: Read) -> None:
    """Writes the warnings to the talk."""
    found = [problem for problem in files.problems if problem.is_warning]
    if found:
        world.say(reports.render(found))


def raise_or_say(world: World, problems: list[Problem], closing: str) -> None:
    """Raises the errors among problems of an ODB's own objects, or writes the warnings to the talk."""
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise InvalidError(f'{reports.count(errors, 0)} {closing}', problems=errors)
    if problems:
        world.say(reports.render(problems))
