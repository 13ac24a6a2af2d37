"""`zato enmasse import`: files -> ODB, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from zatools import checks
from zatools.commands.services import names_of, seconds, wait
from zatools.commands.wanted import (
    Options,
    Selection,
    check_variables,
    compared,
    deletions,
    needed,
    prepare,
    raise_errors,
    read_files,
    say_warnings,
    selection,
)
from zatools.commands.world import World
from zatools.errors import Exit, RefusedError, UsageError
from zatools.files.reader import Read
from zatools.odb.odb import Odb, commit, created, is_missing, opened
from zatools.odb.target import OdbChoice, Target, choose
from zatools.reports import plan
from zatools.state import Change, Difference, State

FREE_DELETIONS = 5


@dataclass(frozen=True)
class Wishes:
    """What an import may do besides creating."""

    replace: bool = False
    dry_run: bool = False
    delete: bool = False
    yes: int | None = None
    require_secrets: bool = False
    reload: bool = False
    server_url: str = ''


@contextmanager
def session(
    world: World, choice: OdbChoice, target: Target, files: Read, is_kept: bool, skips_unsupported: bool = False
) -> Iterator[Odb]:
    """Opens the target of an import, or makes it if it is a SQLite file that isn't there."""
    if not is_missing(target):
        with opened(choice, world.environ, is_writing=True, target=target) as odb:
            yield odb
        return
    layout = needed(files, skips_unsupported) or '3.2'
    with created(target, layout, choice, world.environ, is_kept) as odb:
        yield odb


def with_deletions(found: Difference, files: Read, chosen: Selection, wanted: State, stored: State) -> Difference:
    """Adds the deletions to a difference; those that are still in use are problems."""
    gone = [Change('delete', item, item, ()) for item in deletions(stored, wanted, files, chosen)]
    keys = {change.item.key for change in gone}
    after = {
        key: checks.effective(wanted[key], stored.get(key)) if key in wanted else item
        for key, item in {**stored, **wanted}.items()
    }
    checks.in_use([change.item for change in gone], after, files.problems)
    rest = tuple(item for item in found.only_stored if item.key not in keys)
    return Difference((*found.changes, *gone), rest, found.same, found.kept_secrets, found.uncompared)


def _check_deletions(found: Difference, stored: State, files: Read, yes: int | None) -> None:
    count = len(found.of('delete'))
    sections = {section for section, _ in files.sections}
    total = sum(1 for section, _ in stored if section in sections)
    if yes is not None and yes != count:
        raise RefusedError(f'--yes {yes} was given, but {count} objects would be deleted. Nothing was changed.')
    if count > max(FREE_DELETIONS, total // 10) and yes is None:
        raise RefusedError(
            f'{count} of {total} objects would be deleted. Nothing was changed.', f'if so: --yes {count}'
        )


def _check_replace(found: Difference, paths: Sequence[str]) -> None:
    updates = found.of('update')
    if not updates:
        return
    names = ', '.join(
        f'{change.item} ({change.item.place.short if change.item.place else ""}: '
        f'{", ".join(field.name for field in change.fields)})'
        for change in updates[:10]
    )
    more = f', and {len(updates) - 10} more' if len(updates) > 10 else ''
    verb = 'objects exist and differ' if len(updates) > 1 else 'object exists and differs'
    raise RefusedError(
        f'{len(updates)} {verb}: {names}{more}\nNothing was changed.',
        f'see them: zato enmasse diff {" ".join(paths)}    update them: add --replace',
    )


def done(found: Difference) -> str:
    """Returns the line that says what an import did."""
    words = (('create', 'created'), ('update', 'changed'), ('delete', 'deleted'))
    parts = [f'{text} {len(found.of(op))}' for op, text in words if found.of(op)]
    if not parts:
        return f'Nothing to do: {objects(found.same)} as in the files.'
    text = ', '.join(parts)
    rest = f'; {found.same} as in the files' if found.same else ''
    return f'{text[0].upper()}{text[1:]}{rest}.'


def objects(count: int) -> str:
    """Returns a count with its noun."""
    return f'{count} object{"s" if count != 1 else ""}'


def server_note(odb: Odb, found: Difference) -> str:
    """Says how a running server learns of the change."""
    if odb.is_ours or not found.changes:
        return ''
    if odb.generation == '4.1':
        return 'A running server goes on with what it has read, until a restart or an import with --reload.'
    text = f'A running server goes on with what it has read: {objects(len(found.changes))} to be read at its restart'
    synced = sum(1 for change in found.changes if change.item.kind.section == 'security' and change.op != 'delete')
    return f'{text}; --reload syncs its security definitions ({synced}).' if synced else f'{text}.'


def plan_import(
    odb: Odb, files: Read, chosen: Selection, wishes: Wishes, with_references: bool, closing: str, strict: bool
) -> tuple[State, Difference]:
    """Returns what is wanted and what it takes; raises all problems at once."""
    known = odb.known()
    wanted = prepare(files, known, odb.generation, chosen, with_references, wishes.delete)
    check_variables(files, wanted, known.state, False, wishes.require_secrets)
    found = compared(wanted, known.state, odb.generation, files)
    if wishes.delete:
        found = with_deletions(found, files, chosen, wanted, known.state)
    files.problems.extend(odb.limits(found.changes))
    raise_errors(files, closing, strict)
    return wanted, found


def import_files(
    world: World,
    choice: OdbChoice,
    paths: Sequence[str],
    *,
    types: Sequence[str] = (),
    names: Sequence[str] = (),
    with_references: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    delete: bool = False,
    yes: int | None = None,
    overlays: Sequence[str] = (),
    env_file: str = '',
    require_secrets: bool = False,
    on_conflict: str = '',
    skip_unknown: bool = False,
    skip_unsupported: bool = False,
    strict: bool = False,
    reload: bool = False,
    server_url: str = '',
    wait_services: str = '',
    as_json: bool = False,
) -> Exit:
    """Imports files, folders and globs. Exit 5 where objects differ and `replace` isn't given."""
    if yes is not None and not delete:
        raise UsageError('--yes goes with --delete')
    if server_url and not reload:
        raise UsageError('--server-url goes with --reload')
    wishes = Wishes(replace, dry_run, delete, yes, require_secrets, reload, server_url)
    options = Options(tuple(overlays), env_file, on_conflict, skip_unknown, strict)
    chosen = selection(types, names, skip_unsupported)
    target = choose(choice, world.environ)
    files = read_files(world, paths, options)
    if wait_services:
        wait(world, choice, target, names_of(chosen.take(files.state, with_references)), seconds(wait_services))
    with session(world, choice, target, files, not dry_run, skip_unsupported) as odb:
        world.say(f'{odb.title}  ->  {_count(files)}')
        tell = teller(world, odb, wishes)
        _, found = plan_import(
            odb, files, chosen, wishes, with_references, f'Nothing was changed in {target.shown}.', strict
        )
        say_warnings(world, files)
        _show(world, odb, files, found, as_json)
        _check_deletions(found, odb.loaded.state, files, yes)
        if not replace:
            _check_replace(found, paths)
        _carry_out(world, odb, found, wishes, as_json)
    return tell(found)


def teller(world: World, odb: Odb, wishes: Wishes) -> Callable[[Difference], Exit]:
    """Returns what to do with the changes once the ODB is left: nothing, or tell its server, which is found now."""
    if not wishes.reload:
        return lambda found: Exit.OK
    from zatools.commands import reload

    server = reload.find(odb, wishes.server_url, world.environ)
    return lambda found: Exit.OK if wishes.dry_run else reload.reload(world, server, found, odb.loaded.state)


def _carry_out(world: World, odb: Odb, found: Difference, wishes: Wishes, as_json: bool) -> None:
    odb.apply(found.changes)
    if wishes.dry_run:
        world.say('Dry run: nothing was changed.')
        return
    world.settle()
    commit(odb)
    _close(world, odb, found, as_json, wishes.reload)


def _count(files: Read) -> str:
    return f'{files.files} file{"s" if files.files != 1 else ""}, {objects(len(files.state))}'


def _show(world: World, odb: Odb, files: Read, found: Difference, as_json: bool) -> None:
    if as_json:
        world.print(plan.as_json(found, _count(files), odb.target.shown))
        return
    text = plan.render(found, odb.generation)
    if text:
        world.print(text)
    for line in plan.remarks(found, odb.generation, files.sections):
        world.print(line)


def _close(world: World, odb: Odb, found: Difference, as_json: bool, is_told: bool) -> None:
    for name in odb.made_services:
        world.say(f"Service '{name}' was not in the ODB: made a row for it.")
    write = world.say if as_json else world.print
    write(done(found))
    note = server_note(odb, found)
    if note and not is_told:
        world.say(note)
