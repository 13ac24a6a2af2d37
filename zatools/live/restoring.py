"""`zato enmasse import --restore`: puts an ODB's objects back as a backup has them; what came since goes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from zatools.errors import Exit, RefusedError
from zatools.live import reload, ways
from zatools.live.ways import Through
from zatools.odb import backup
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice, line
from zatools.plan import ids
from zatools.plan.choices import ObjectChoice
from zatools.plan.direct import Wish, planned, whole
from zatools.plan.importing import Order, done, keep, look_before, secure, server_note
from zatools.plan.plan import check_count
from zatools.plan.selection import Selection, selection
from zatools.reports import plan as reports
from zatools.reports.problems import objects
from zatools.screens import word
from zatools.state import Difference
from zatools.world import World

#: What plans say of objects that go.
NOT_THERE = 'not in the backup'


@dataclass(frozen=True)
class Options:
    """Which backup, what may be done of it, who is told afterwards, and how the plan is shown."""

    path: str
    plan: str = ''
    replace: bool = False
    yes: int | None = None
    dry_run: bool = False
    reload: bool = False
    server_url: str = ''
    as_json: bool = False
    through: Through = field(default_factory=Through)


def restore(world: World, order: Order, meant: ObjectChoice, wishes: Options) -> Exit:
    """Shows what a backup changes; with `plan`, or with `replace` and the number of deletions, carries it out."""
    chosen, choice = selection(meant), order.choice
    wait = None
    if not wishes.dry_run:
        wait = Wait(order.lock_timeout, world.say)
    with opened(choice, world.environ, wait, order.target) as odb:
        look_before(odb, order)
        way = ways.way_of(odb, wishes.through, wishes.reload or wishes.dry_run)
        world.say(f'{odb.title}{way.words if way else ""}')
        telling = reload.telling(odb, wishes.server_url, world.environ, wishes.reload)
        found = planned(odb, _wish(odb, wishes.path, chosen))
        id_ = ids.plan_id(odb, found)
        _show(world, odb, found, id_, wishes.as_json)
        if wishes.dry_run or not found.changes:
            _say_unchanged(world, found)
            return Exit.OK
        _check(odb, found, id_, wishes, choice)
        live = ways.ready(world, order, odb, found, way)
        secure(world, odb, order)
        odb.apply(found.changes)
        if live is None:
            keep(world, odb, order, found, id_, f'see whether they do: {line("zato enmasse log", choice)}')
            _say_done(world, found, wishes.as_json)
    if live:
        code = live.run()
        if code is Exit.OK:
            _say_done(world, found, wishes.as_json)
        return code
    note = server_note(odb, found)
    if note and not wishes.reload:
        world.say(note)
    return telling(world, found)


def _say_unchanged(world: World, found: Difference) -> None:
    if found.changes:
        world.say('Dry run: nothing was changed.')
    else:
        world.print(f'Nothing to do: {objects(found.same)} as in the backup.')


def _say_done(world: World, found: Difference, as_json: bool) -> None:
    text = done(replace(found, same=0))
    if as_json:
        world.say(text)
    else:
        world.print(text)


def _wish(odb: Odb, path: str, chosen: Selection) -> Wish:
    then = backup.read(odb, path)
    renames = [one for one in then.renames(odb) if chosen.has(then.state[one.new])]
    renamed = odb.rename(renames) if renames else None
    now, everybodys = odb.loaded.state, odb.known().everybodys
    wanted = {key: whole(item, odb.generation) for key, item in then.state.items() if chosen.has(item)}
    gone = [item for key, item in now.items() if key not in then.state and item.kind not in everybodys]
    return Wish(wanted, [item for item in gone if chosen.has(item)], 0, renames, renamed)


def _show(world: World, odb: Odb, found: Difference, id_: str, as_json: bool) -> None:
    if as_json:
        world.print_json(reports.as_json(found, 'backup', odb.target.shown, id_))
    elif found.changes:
        world.print(reports.render(found, odb.generation, NOT_THERE))
        world.print(f'plan {id_}')


def _check(odb: Odb, found: Difference, id_: str, wishes: Options, choice: OdbChoice) -> None:
    if wishes.plan:
        ids.check(wishes.plan, id_)
        return
    gone = len(found.of('delete'))
    check_count(gone, len(odb.loaded.state), wishes.yes)
    if not wishes.replace and (found.replacing or gone):
        command = f'{line(f"zato enmasse import --restore {word(wishes.path)}", choice)} --plan {id_}'
        text = f'{objects(len(found.changes))} would be as in the backup. Nothing was changed.'
        raise RefusedError(text, f'to carry it out: {command}')
