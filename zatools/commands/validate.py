"""`zato enmasse validate`: files alone, all problems at once, no database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zatools.checks import Known
from zatools.environments.checked import Checked
from zatools.errors import Exit, UsageError
from zatools.files.reader import Read
from zatools.odb.target import OdbChoice
from zatools.origin import Origin
from zatools.place import Problem
from zatools.plan.choices import FileChoice
from zatools.plan.reading import needed, read_files
from zatools.plan.selection import Selection
from zatools.plan.wanted import prepare
from zatools.reports import problems as reports
from zatools.rules import View, hold
from zatools.screens import quantity
from zatools.secret import templates
from zatools.state import State
from zatools.stores.table import store_of
from zatools.world import World


def _note_variables(files: Read) -> None:
    for item in files.state.values():
        for name, value in item.values.items():
            for template in templates(value):
                if all(map(store_of, template.names)):
                    continue
                text = f'{item}: {name} {template.need} here'
                files.problems.append(Problem(item.place_of(name), text, width=1, is_warning=True))


#: Nothing but files.
NO_ODB = OdbChoice()


@dataclass(frozen=True)
class Options:
    """For which generation files are checked, how strictly, for which environments, and how problems are told."""

    generation: str = ''
    format: str = 'text'
    strict: bool = False
    skip_unsupported: bool = False
    all_envs: bool = False
    policies: tuple[str, ...] = ()


def validate(world: World, files: FileChoice, options: Options, choice: OdbChoice = NO_ODB) -> Exit:
    """Checks files offline, or policies on an ODB. Exit 3 for errors, or with `strict` for warnings."""
    if options.format not in ('text', 'json', 'github'):
        raise UsageError('--format must be text, json or github')
    if options.generation not in ('', '3.2', '4.1'):
        raise UsageError('--for must be 3.2 or 4.1')
    if (choice.odb or choice.server) and not choice.origin.filled & {'odb', 'server'}:
        return _told(world, _stored(world, choice, files, options), options)
    if options.all_envs:
        from zatools.environments.everywhere import choices, merged, policies

        project, each = choices(files)
        checked = {}
        for name, one in each.items():
            own = replace(options, policies=options.policies or policies(project, name))
            checked[name] = _checked(world, one, own, False)
        return _told(world, merged(world, project, checked, files.allow_outside), options)
    return _told(world, _checked(world, files, options, True), options)


def _checked(world: World, files: FileChoice, options: Options, has_variables: bool) -> Checked:
    # What is checked offline asks no store of secrets.
    read = read_files(world, files, asks_stores=False)
    generation = options.generation or needed(read, options.skip_unsupported)
    prepare(read, Known(), generation, Selection(skips_unsupported=options.skip_unsupported))
    if has_variables:
        _note_variables(read)
    held = hold(View(read.state, read.mentioned, not read.errors), read.sources.lines)
    problems = [*read.problems, *held.problems]
    problems.extend(_against_policies(read.state, generation, files.origin, options))
    return Checked(problems, read.sources.lines, read.files, len(read.state), held.allowed)


def _against_policies(state: State, generation: str, origin: Origin, options: Options) -> list[Problem]:
    if not options.policies:
        return []
    # Behave takes longer to import than most files to check.
    from zatools.policies import holding, reading
    from zatools.policies.view import View as Seen

    policies = reading.read(options.policies)
    broken = holding.hold(policies, Seen(state, generation or '3.2', None, origin.environment))
    return [*broken, *holding.unheard(policies, origin.environments)]


def _stored(world: World, choice: OdbChoice, files: FileChoice, options: Options) -> Checked:
    # The objects of an ODB have no places, and comments allow nothing there.
    if options.all_envs or (files.paths and 'paths' not in files.origin.filled):
        raise UsageError('files or an ODB, not both')
    if not options.policies:
        raise UsageError('an ODB is checked by policies', 'name them: --policy policies/')
    from zatools.odb.odb import opened

    with opened(choice, world.environ, needs_key=False) as odb:
        world.say(odb.title)
        state = odb.loaded.state
        problems = _against_policies(state, odb.generation, choice.origin, options)
    return Checked(problems, lambda path: (), 0, len(state), 0)


def _told(world: World, found: Checked, options: Options) -> Exit:
    errors = [problem for problem in found.problems if options.strict or not problem.is_warning]
    _tell(world, found, options.format)
    if options.format == 'text':
        _sum_up(world, found, errors)
    if errors:
        return Exit.INVALID
    return Exit.OK


def _tell(world: World, found: Checked, form: str) -> None:
    if form == 'json':
        world.print_json(reports.as_json(found.problems))
    elif form == 'github':
        world.annotate(reports.as_github(found.problems))
    elif found.problems:
        world.say(reports.render(found.problems, found.lines))


def _sum_up(world: World, found: Checked, errors: list[Problem]) -> None:
    exceptions = ''
    if found.allowed:
        exceptions = f'{found.allowed} allowed by comments'
    if errors:
        world.say(f'{reports.count(errors, found.files)} {exceptions}'.rstrip())
        return
    parts = [reports.objects(found.objects), 'no problems']
    if found.environments:
        parts.insert(0, quantity(found.environments, 'environment'))
    warnings = len(set(found.problems))
    if warnings:
        parts.append(quantity(warnings, 'warning'))
    if exceptions:
        parts.append(exceptions)
    world.print(', '.join(parts))
