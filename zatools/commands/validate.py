"""`zato enmasse validate`: files alone, all problems at once, no database."""

from __future__ import annotations

from collections.abc import Sequence

from zatools.checks import Known
from zatools.errors import Exit, UsageError
from zatools.files.reader import Read
from zatools.files.scope import Scope
from zatools.place import Problem
from zatools.plan.wanted import Options, needed, prepare, read_files, selection
from zatools.reports import problems as reports
from zatools.rules import View, hold
from zatools.secret import templates
from zatools.world import World


def _note_variables(files: Read) -> None:
    for item in files.state.values():
        for name, value in item.values.items():
            for template in templates(value):
                text = f'{item}: {name} {template.need} here'
                files.problems.append(Problem(item.place_of(name), text, width=1, is_warning=True))


def validate(
    world: World,
    paths: Sequence[str] = (),
    *,
    overlays: Sequence[str] = (),
    env_file: str = '',
    on_conflict: str = '',
    format: str = 'text',
    strict: bool = False,
    allow_outside: bool = False,
    skip_unknown: bool = False,
    skip_unsupported: bool = False,
    generation: str = '',
) -> Exit:
    """Checks files offline, for a `generation` if one is given. Exit 3 for errors, or with `strict` for warnings."""
    if format not in ('text', 'json', 'github'):
        raise UsageError('--format must be text, json or github')
    if generation not in ('', '3.2', '4.1'):
        raise UsageError('--for must be 3.2 or 4.1')
    scope = Scope(reaches_outside=allow_outside)
    files = read_files(world, paths, Options(tuple(overlays), env_file, on_conflict, skip_unknown, scope=scope))
    generation = generation or needed(files, skip_unsupported)
    prepare(files, Known(), generation, selection((), (), skip_unsupported))
    _note_variables(files)
    held = hold(View(files.state, files.mentioned, not files.errors), files.sources.lines)
    files.problems.extend(held.problems)
    errors = files.problems if strict else files.errors
    if format == 'json':
        world.print_json(reports.as_json(files.problems))
    elif format == 'github':
        world.annotate(reports.as_github(files.problems))
    elif files.problems:
        world.say(reports.render(files.problems, files.sources.lines))
    if format == 'text':
        _sum_up(world, files, errors, held.allowed)
    return Exit.INVALID if errors else Exit.OK


def _sum_up(world: World, files: Read, errors: list[Problem], allowed: int) -> None:
    exceptions = f'{allowed} allowed by comments' if allowed else ''
    if errors:
        world.say(f'{reports.count(errors, files.files)} {exceptions}'.rstrip())
        return
    number = len(files.state)
    notes = len(set(files.problems))
    noted = f', {notes} warning{"s" if notes != 1 else ""}' if notes else ''
    noted += f', {exceptions}' if exceptions else ''
    world.print(f'{number} object{"s" if number != 1 else ""}, no problems{noted}')
