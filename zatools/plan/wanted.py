"""What the files want: read, selected, in the target's generation, checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from zatools import checks, generations
from zatools.checks import Checks, Known
from zatools.errors import InvalidError, UsageError
from zatools.files.reader import Read, read
from zatools.files.scope import EVERYTHING, Scope, with_referred
from zatools.files.values import Id
from zatools.files.variables import read_env_file
from zatools.kinds import SPELLINGS
from zatools.kinds.later import by_name
from zatools.place import Problem, did_you_mean
from zatools.reports import problems as reports
from zatools.state import Difference, Item, State, diff, in_order, references
from zatools.world import World


@dataclass(frozen=True)
class Selection:
    """Which objects a command is about: sections or security types, and globs of names; empty is all.

    What a target of the other generation has no place for is left out if it `skips_unsupported`, else an error.
    """

    types: frozenset[tuple[str, str]]
    names: tuple[str, ...]
    skips_unsupported: bool = False

    def scope(self, with_references: bool = False, reaches_outside: bool = False) -> Scope:
        """Returns how much of files counts."""
        return Scope(with_referred(self.types) if with_references else self.types, reaches_outside)

    def has(self, item: Item) -> bool:
        """Tells whether an object is selected."""
        return self.scope().has(item.kind) and (
            not self.names or any(fnmatchcase(item.name, name) for name in self.names)
        )

    def take(self, state: State, with_references: bool = False) -> State:
        """Returns the selected objects, and what they refer to if asked."""
        if not self.types and not self.names:
            return state
        found = {key: item for key, item in state.items() if self.has(item)}
        return with_all_references(found, state) if with_references else found


def with_all_references(found: State, state: State) -> State:
    """Returns objects and all that they refer to, in the order of `state`."""
    found, waiting = dict(found), list(found.values())
    while waiting:
        for _, key in references(waiting.pop()):
            if key in state and key not in found:
                found[key] = state[key]
                waiting.append(state[key])
    return {key: item for key, item in state.items() if key in found}


def selection(
    types: Sequence[str],
    names: Sequence[str],
    skips_unsupported: bool = False,
    option: str = '--type',
    empty: Collection[str] = (),
) -> Selection:
    """Reads --type, or what it was called, --name and --skip-unsupported; types that are `empty` have no objects."""
    found: set[tuple[str, str]] = set()
    for name in (part.strip() for text in types for part in text.split(',')):
        kinds = SPELLINGS.get(name, ())
        if name in empty:
            found.add((name, ''))
        elif not kinds:
            raise UsageError(f"{option}: there is no '{name}'", did_you_mean(name, SPELLINGS))
        for kind in kinds:
            found.add((kind.section, kind.type if len(kinds) == 1 else ''))
    return Selection(frozenset(found), tuple(names), skips_unsupported)


#: What was read of it is gone: a second reading would find nothing, and nothing is a wish too.
STDIN_ONCE = 'standard input (-) can be read once'


@dataclass(frozen=True)
class Options:
    """How files are read, the same for every command."""

    overlays: tuple[str, ...] = ()
    env_file: str = ''
    on_conflict: str = ''
    skip_unknown: bool = False
    strict: bool = False
    is_substituting: bool = True
    scope: Scope = EVERYTHING


def variables_of(world: World, env_file: str) -> dict[str, str]:
    """Returns the environment with the values of --env-file over it; what is secret there is not shown."""
    given = read_env_file(env_file) if env_file else {}
    world.masks.hide_named(given)
    return {**world.environ, **given}


def read_files(world: World, paths: Sequence[str], options: Options) -> Read:
    """Reads files with the variables of the environment and --env-file, which wins."""
    if not paths:
        raise UsageError('no files are given', 'name files, folders or - for standard input')
    if [*paths, *options.overlays].count('-') > 1:
        raise UsageError(STDIN_ONCE)
    if options.on_conflict not in ('', 'first', 'last'):
        raise UsageError('--on-conflict must be first or last')
    environ = variables_of(world, options.env_file)
    files = read(
        paths,
        world.stdin,
        environ if options.is_substituting else {},
        overlays=options.overlays,
        on_conflict=options.on_conflict,
        skip_unknown=options.skip_unknown,
        scope=options.scope,
    )
    world.masks.hide(files.secrets)
    overrides = sorted(name for name in environ if name.startswith('Zato_Enmasse_Env_'))
    files.problems.extend(
        Problem(None, f'{name} is set, but such variables are not read', 'use an overlay', is_warning=True)
        for name in overrides
    )
    return files


def needed(files: Read, skips_unsupported: bool = False) -> str:
    """Returns the generation that the files need, '' for either; needing both is a problem, or 3.2 if it skips."""
    generation, problems = generations.needed(files.counted)
    if not problems or skips_unsupported:
        return generation
    files.problems.extend(problems)
    return ''


def by_names(state: State, known: Known, problems: list[Problem]) -> None:
    """Puts names in place of the ids that stand alone in files."""
    for item in state.values():
        for field in item.kind.refs:
            value = item.values.get(field.name)
            if not isinstance(value, Id):
                continue
            ids = {id_: name for name, id_ in getattr(known.names.get(field.ref, {}), 'items', dict)()}
            if value in ids:
                item.values[field.name] = ids[value]
            else:
                del item.values[field.name]
                problems.append(
                    Problem(
                        item.place_of(field.name),
                        f'{item}: {field.name} is given by its id {int(value)} alone',
                        'give its name: ids differ from one environment to the next',
                        1,
                    )
                )


def prepare(
    files: Read,
    known: Known,
    generation: str,
    chosen: Selection,
    with_references: bool = False,
    is_deleting: bool = False,
) -> State:
    """Returns what the files want of a target: selected, without internal objects, converted and checked.

    Problems are added to those of `files`.
    """
    problems = files.problems
    if files.has_ids:
        by_names(files.counted, known, problems)
    state = chosen.take(files.state, with_references)
    if files.foreign:
        state = _without_skipped(state, files, known)
    internal = state.keys() & known.internal
    for item in in_order(state[key] for key in internal):
        problems.append(Problem(item.place, f'{item} is internal to the platform: skipped', is_warning=True))
    wanted = {key: item for key, item in state.items() if key not in internal} if internal else state
    wanted = _without_later(wanted, generation, problems)
    if generation:
        wanted = generations.convert(wanted, generation, known.state, problems, chosen.skips_unsupported)
    left_out = frozenset(files.state.keys() - state.keys())
    remaining = known.state
    if is_deleting:
        gone = {item.key for item in deletions(known, wanted, files, chosen)}
        remaining = {key: item for key, item in known.state.items() if key not in gone}
    Checks(wanted, replace(known, state=remaining, left_out=left_out), generation, problems).run()
    return wanted


def _without_skipped(state: State, files: Read, known: Known) -> State:
    # What refers to an object that can't be read yet goes with it, unless the target has such an object.
    gone = [(section, name) for section, name in files.foreign if name not in known.names.get(section, ())]
    return generations.without(state, gone, files.problems)


def _without_later(state: State, generation: str, problems: list[Problem]) -> State:
    # Files of 3.2's own enmasse have JSON-RPC channels twice, once among those of REST; it skips these.
    found = {
        key: label
        for key, item in state.items()
        if (label := by_name(item.kind.rows[0].table, item.kind.rows[0].match, item.name, generation))
    }
    for key, label in found.items():
        text = f'{state[key]} is of the kind {label} in Zato {generation}, which is not supported yet: skipped'
        problems.append(Problem(state[key].place, text, is_warning=True))
    return {key: item for key, item in state.items() if key not in found} if found else state


def deletions(known: Known, wanted: State, files: Read, chosen: Selection) -> list[Item]:
    """Returns what --delete asks for: stored objects of sections that the files have, selected, in no file.

    What may be another cluster's stays.
    """
    # What the files have and --skip-unsupported leaves out is not to go either.
    taken = wanted.keys() | files.state.keys()
    return [
        item
        for item in reversed(in_order(item for key, item in known.state.items() if key not in taken))
        if item.kind not in known.everybodys and item.kind.is_among(files.sections) and chosen.has(item)
    ]


def raise_errors(files: Read, closing: str = '', is_strict: bool = False) -> None:
    """Raises all errors together; with --strict warnings count."""
    found = files.problems if is_strict else files.errors
    if found:
        text = f'{reports.count(found, files.files)} {closing}'.strip()
        raise InvalidError(text, problems=found, lines=files.sources.lines)


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


def compared(wanted: State, stored: State, generation: str, files: Read) -> Difference:
    """Compares what files want with what an ODB has; what they leave to the ODB is in no file at all."""
    found = diff(wanted, stored, generation)
    only_stored = tuple(item for item in found.only_stored if item.key not in files.state)
    return replace(found, only_stored=only_stored)


def check_variables(files: Read, wanted: State, stored: State, is_lenient: bool, needs_secrets: bool) -> None:
    """Adds what variables without a value mean here to the problems."""
    if files.has_unset:
        checks.unset(wanted, stored, is_lenient, needs_secrets, files.problems)
