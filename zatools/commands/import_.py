"""`zato enmasse import`: files -> ODB, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from zatools import checks
from zatools.errors import ConflictError, Exit, RefusedError, UsageError
from zatools.files.reader import Read
from zatools.live.services import names_of, seconds, wait_for
from zatools.odb.creation import alone, created
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, is_missing, opened
from zatools.odb.target import OdbChoice, Target, choose
from zatools.plan.wanted import (
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
from zatools.reports import plan
from zatools.screens import word
from zatools.state import Change, Difference, State
from zatools.world import World

FREE_DELETIONS = 5
#: What is left to do of an import when its ODB is left.
Finish = Callable[[], Exit]


@dataclass(frozen=True)
class Wishes:
    """What an import may do besides creating, how long it waits for others, and how it answers."""

    replace: bool = False
    dry_run: bool = False
    delete: bool = False
    yes: int | None = None
    require_secrets: bool = False
    reload: bool = False
    server_url: str = ''
    with_references: bool = False
    strict: bool = False
    as_json: bool = False
    lock_timeout: float = 30


@contextmanager
def session(
    world: World,
    choice: OdbChoice,
    target: Target,
    files: Read,
    lock_timeout: float = 30,
    is_kept: bool = True,
    skips_unsupported: bool = False,
) -> Iterator[Odb]:
    """Opens the target of an import, or makes it if it is a SQLite file that isn't there."""
    wait = Wait(lock_timeout, world.say)
    if is_missing(target):
        with alone(target, wait) if is_kept else nullcontext():
            # Who waited may find the ODB made.
            if is_missing(target):
                layout = needed(files, skips_unsupported) or '3.2'
                with created(target, layout, choice, world.environ, wait, is_kept) as odb:
                    yield odb
                return
    with opened(choice, world.environ, wait, target) as odb:
        yield odb


def with_deletions(odb: Odb, found: Difference, files: Read, chosen: Selection, wanted: State) -> Difference:
    """Adds the deletions to a difference; those that are still in use are problems."""
    known = odb.known()
    gone = [Change('delete', item, item, ()) for item in deletions(known, wanted, files, chosen)]
    keys = {change.item.key for change in gone}
    after = checks.effective_state(wanted, known.state)
    checks.in_use([change.item for change in gone], after, files.problems)
    files.problems.extend(odb.in_use(gone))
    rest = tuple(item for item in found.only_stored if item.key not in keys)
    return replace(found, changes=(*found.changes, *gone), only_stored=rest)


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
    updates = found.replacing
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
        f'see them: zato enmasse diff {" ".join(map(word, paths))}    update them: add --replace',
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
    synced = sum(1 for change in found.changes if change.item.kind.sync and change.op != 'delete')
    return f'{text}; --reload syncs its security definitions ({synced}).' if synced else f'{text}.'


def plan_import(odb: Odb, files: Read, chosen: Selection, wishes: Wishes) -> tuple[State, Difference]:
    """Returns what is wanted and what it takes; raises all problems at once."""
    known = odb.known()
    wanted = prepare(files, known, odb.generation, chosen, wishes.with_references, wishes.delete)
    check_variables(files, wanted, known.state, False, wishes.require_secrets)
    found = odb.mended(compared(wanted, known.state, odb.generation, files), wanted)
    if wishes.delete:
        found = with_deletions(odb, found, files, chosen, wanted)
    files.problems.extend(odb.limits(found.changes))
    raise_errors(files, f'Nothing was changed in {odb.target.shown}.', wishes.strict)
    return wanted, found


def import_files(
    world: World,
    choice: OdbChoice,
    paths: Sequence[str] = (),
    *,
    types: Sequence[str] = (),
    names: Sequence[str] = (),
    yes: int | None = None,
    delete: bool = False,
    overlays: Sequence[str] = (),
    env_file: str = '',
    on_conflict: str = '',
    allow_outside: bool = False,
    skip_unknown: bool = False,
    skip_unsupported: bool = False,
    strict: bool = False,
    wait_services: str = '',
    **wishes: Any,
) -> Exit:
    """Imports files, folders and globs, as `Wishes` says. Exit 5 where objects differ and `replace` isn't given."""
    if yes is not None and not delete:
        raise UsageError('--yes goes with --delete')
    wished = Wishes(yes=yes, delete=delete, strict=strict, **wishes)
    if wished.server_url and not wished.reload:
        raise UsageError('--server-url goes with --reload')
    chosen = selection(types, names, skip_unsupported)
    target = choose(choice, world.environ)
    scope = chosen.scope(wished.with_references, allow_outside)
    options = Options(tuple(overlays), env_file, on_conflict, skip_unknown, strict, scope=scope)
    files = read_files(world, paths, options)
    if wait_services:
        services = names_of(chosen.take(files.state, wished.with_references))
        wait_for(world, choice, target, services, seconds(wait_services))
    finish = attempt(world, files, lambda: _import(world, choice, target, files, chosen, wished, paths))
    return finish()


def attempt(world: World, files: Read, run: Callable[[], Finish]) -> Finish:
    """Runs an import, and once more from the start if another program got in its way; returns what is left to do."""
    found_so_far = len(files.problems)
    try:
        return run()
    except ConflictError as error:
        world.say(f'{error.text}: starting over.')
        del files.problems[found_so_far:]
        return run()


def _import(
    world: World,
    choice: OdbChoice,
    target: Target,
    files: Read,
    chosen: Selection,
    wishes: Wishes,
    paths: Sequence[str],
) -> Finish:
    is_kept = not wishes.dry_run
    with session(world, choice, target, files, wishes.lock_timeout, is_kept, chosen.skips_unsupported) as odb:
        world.say(f'{odb.title}  ->  {_count(files)}')
        tell = teller(world, odb, wishes)
        _, found = plan_import(odb, files, chosen, wishes)
        say_warnings(world, files)
        try:
            _check_deletions(found, odb.loaded.state, files, wishes.yes)
            if not wishes.replace:
                _check_replace(found, paths)
            # What gets in another program's way starts over: only a plan that was carried out is shown.
            odb.apply(found.changes)
        except RefusedError:
            _show(world, odb, files, found, wishes.as_json)
            raise
        _show(world, odb, files, found, wishes.as_json)
        warn_of_reload(world, odb, wishes)
        if wishes.dry_run:
            world.say('Dry run: nothing was changed.')
            return lambda: Exit.OK
        world.settle()
        commit(odb)
        _close(world, odb, found, wishes)
        return lambda: tell(found)


def teller(world: World, odb: Odb, wishes: Wishes) -> Callable[[Difference], Exit]:
    """Returns what to do with the changes once the ODB is left: nothing, or tell its server, which is found now."""
    if not wishes.reload:
        return lambda found: Exit.OK
    from zatools.live import reload

    server = reload.find(odb, wishes.server_url, world.environ)
    return lambda found: reload.reload(world, server, found, odb.loaded.state)


def warn_of_reload(world: World, odb: Odb, wishes: Wishes) -> None:
    """Says what the server, if it is to be told, will stumble over; the changes are in the ODB, and may be its cure."""
    if wishes.reload:
        from zatools.live import reload

        reload.warn(world, odb)


def _count(files: Read) -> str:
    return f'{files.files} file{"s" if files.files != 1 else ""}, {objects(len(files.state))}'


def _show(world: World, odb: Odb, files: Read, found: Difference, as_json: bool) -> None:
    if as_json:
        world.print_json(plan.as_json(found, _count(files), odb.target.shown))
        return
    text = plan.render(found, odb.generation)
    if text:
        world.print(text)
    for line in plan.remarks(found, odb.generation, files.sections):
        world.print(line)


def _close(world: World, odb: Odb, found: Difference, wishes: Wishes) -> None:
    for name in odb.made_services:
        world.say(f"Service '{name}' was not in the ODB: made a row for it.")
    write = world.say if wishes.as_json else world.print
    write(done(found))
    note = server_note(odb, found)
    if note and not wishes.reload:
        world.say(note)
