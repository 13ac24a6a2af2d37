"""`zato enmasse import`: files -> ODB, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zatools.errors import Exit, RefusedError, UsageError
from zatools.files.reader import NOTHING, Read
from zatools.live import reload, ways
from zatools.live.services import names_of, seconds, wait_for
from zatools.live.ways import Through
from zatools.odb.backup import Backup
from zatools.odb.odb import Odb
from zatools.odb.target import OdbChoice, choose
from zatools.plan import ids, runs
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.hints import command_line
from zatools.plan.importing import Finish, Order, attempt, done, keep, look_before, secure, server_note, session
from zatools.plan.plan import Demand, Plan, planned
from zatools.plan.policies import check_plan
from zatools.plan.reading import read_files, say_warnings
from zatools.plan.selection import selection
from zatools.reports import plan as reports
from zatools.reports.problems import objects
from zatools.screens import quantity, word
from zatools.state import Difference
from zatools.world import World

if TYPE_CHECKING:
    from zatools.live.importing import Live


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
    wait_services: str = ''
    strict: bool = False
    as_json: bool = False
    lock_timeout: float = 30
    plan: str = ''
    is_protected: bool = False
    policies: tuple[str, ...] = ()
    backup: str = ''
    restore: str = ''
    through: Through = field(default_factory=Through)


def import_files(world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, wishes: Wishes) -> Exit:
    """Imports files, folders and globs, as `Wishes` says. Exit 5 where objects differ and `replace` isn't given."""
    if wishes.yes is not None and not (wishes.delete or wishes.restore):
        raise UsageError('--yes goes with --delete')
    if wishes.backup and wishes.dry_run:
        raise UsageError('--backup or --dry-run, not both', 'a dry run writes nothing')
    if wishes.server_url and not wishes.reload:
        raise UsageError('--server-url goes with --reload')
    wishes.through.check(wishes.reload)
    if wishes.plan and wishes.yes is not None:
        raise UsageError('--plan or --yes, not both: a plan says what is deleted')
    if wishes.plan:
        wishes = replace(wishes, plan=ids.checked(wishes.plan))
    if wishes.is_protected and not (wishes.plan or wishes.dry_run):
        ids.refuse_unseen(choice.origin.environment, _look(choice, files, meant, wishes))
    backup = None
    if wishes.backup:
        backup = Backup(wishes.backup)
        backup.check()
    if wishes.restore:
        return _restored(world, choice, files, meant, wishes, backup)
    chosen = selection(meant)
    target = choose(choice, world.environ)
    read = read_files(world, files, chosen.scope)
    order = Order(choice, target, read, chosen, wishes.dry_run, wishes.lock_timeout, backup=backup)
    if wishes.wait_services:
        wait_for(world, choice, target, names_of(chosen.take(read.state)), seconds(wishes.wait_services))
    look = command_line('zato enmasse diff', files, choice, meant)
    finish = attempt(world, read, lambda: _import(world, order, wishes, look))
    return finish()


def _look(choice: OdbChoice, files: FileChoice, meant: ObjectChoice, wishes: Wishes) -> str:
    if wishes.restore:
        return command_line(f'zato enmasse import --restore {word(wishes.restore)} --dry-run', choice)
    if wishes.delete:
        return command_line('zato enmasse diff --delete', files, choice, meant)
    return command_line('zato enmasse diff', files, choice, meant)


def _restored(
    world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, wishes: Wishes, backup: Backup | None
) -> Exit:
    from zatools.live.restoring import Options, restore

    if files.paths and 'paths' not in files.origin.filled:
        raise UsageError('--restore takes no files: a backup has all objects')
    if wishes.delete or wishes.wait_services:
        raise UsageError('--restore goes without --delete and --wait-services')
    if files.overlays and 'overlays' not in files.origin.filled:
        raise UsageError('--restore takes no overlays')
    same = {name: getattr(wishes, name) for name in Options.__annotations__ if name != 'path'}
    target = choose(choice, world.environ)
    order = Order(choice, target, NOTHING, lock_timeout=wishes.lock_timeout, command='restore', backup=backup)
    return restore(world, order, meant, Options(path=wishes.restore, **same))


def _import(world: World, order: Order, wishes: Wishes, look: str) -> Finish:
    files = order.files
    with session(world, order) as odb:
        look_before(odb, order)
        way = ways.way_of(odb, wishes.through, wishes.reload or wishes.dry_run)
        words = ''
        if way:
            words = way.words
        world.say(f'{odb.title}  ->  {_count(files)}{words}')
        telling = reload.telling(odb, wishes.server_url, world.environ, wishes.reload)
        plan = planned(odb, files, Demand(order.chosen, wishes.delete, wishes.require_secrets, wishes.strict))
        found = plan.difference
        if wishes.policies:
            check_plan(plan, odb.generation, order.choice.origin.environment, wishes.policies)
        say_warnings(world, files)
        id_ = _id(odb, found, wishes)
        try:
            _check(plan, id_, wishes, look)
            noted = id_ or runs.plan_of(odb, found)
            live = ways.ready(world, order, odb, found, way)
            secure(world, odb, order)
            # What gets in another program's way starts over: only a plan that was carried out is shown.
            odb.apply(found.changes)
        except RefusedError:
            _show(world, odb, files, found, wishes.as_json, id_)
            raise
        _show(world, odb, files, found, wishes.as_json, id_)
        if wishes.reload:
            reload.warn(world, odb)
        if wishes.dry_run:
            world.say('Dry run: nothing was changed.')
            return lambda: Exit.OK
        if live:
            carried_out = live
            return lambda: _through(world, odb, carried_out, wishes)
        keep(world, odb, order, found, noted, f'see whether they do: {look}')
        _close(world, odb, found, wishes)
        return lambda: telling(world, found)


def _id(odb: Odb, found: Difference, wishes: Wishes) -> str:
    # Whoever neither looks nor has looked needs none.
    if wishes.dry_run or wishes.plan:
        return ids.plan_id(odb, found)
    return ''


def _check(plan: Plan, id_: str, wishes: Wishes, look: str) -> None:
    if wishes.plan:
        # Whoever names a plan has seen what it replaces and deletes.
        ids.check(wishes.plan, id_)
        return
    plan.check_deletions(wishes.yes)
    if not wishes.replace:
        plan.check_replacing(f'see them: {look}    update them: add --replace')


def _through(world: World, odb: Odb, live: Live, wishes: Wishes) -> Exit:
    code = _watched(world, live)
    if code is Exit.OK:
        _say_done(world, odb, live.found, wishes)
    return code


def _watched(world: World, live: Live) -> Exit:
    if world.screen is None:
        return live.run()
    from zatools.live.bar import Bar

    screen = world.screen()
    report = Bar(screen, len(live.work.steps)).begin()
    try:
        return live.run(report, screen.stop)
    finally:
        screen.stop()


def _count(files: Read) -> str:
    return f'{quantity(files.files, "file")}, {objects(len(files.state))}'


def _show(world: World, odb: Odb, files: Read, found: Difference, as_json: bool, id_: str) -> None:
    if as_json:
        world.print_json(reports.as_json(found, _count(files), odb.target.shown, id_))
        return
    text = reports.render(found, odb.generation)
    if text:
        world.print(text)
    for line in reports.remarks(found, odb.generation, files.sections):
        world.print(line)
    if id_:
        world.print(f'plan {id_}')


def _say_done(world: World, odb: Odb, found: Difference, wishes: Wishes) -> None:
    for name in odb.made_services:
        world.say(f"Service '{name}' was not in the ODB: made a row for it.")
    if wishes.as_json:
        world.say(done(found))
    else:
        world.print(done(found))


def _close(world: World, odb: Odb, found: Difference, wishes: Wishes) -> None:
    _say_done(world, odb, found, wishes)
    note = server_note(odb, found)
    if note and not wishes.reload:
        world.say(note)
