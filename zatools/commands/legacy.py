"""What Zato's own command lines did, in the words that the tutorial shows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zatools.atomic import write_file
from zatools.errors import Exit, RefusedError
from zatools.files.writer import emit
from zatools.kinds.beside import ELSEWHERE
from zatools.live import reload, ways
from zatools.live.services import names_of, seconds, wait_for
from zatools.live.ways import Through
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice, choose
from zatools.plan import runs
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.exported import selected, style_of
from zatools.plan.hints import command_line
from zatools.plan.importing import Finish, Order, attempt, done, keep, server_note, session
from zatools.plan.plan import Demand, planned
from zatools.plan.reading import raise_errors, read_files, say_warnings
from zatools.plan.selection import selection
from zatools.reports.problems import objects
from zatools.state import Change, Difference
from zatools.world import World

if TYPE_CHECKING:
    from zatools.live.importing import Live

#: 4.1's variable that keeps its enmasse from telling the server, and the values that do.
SWITCH = 'Zato_Needs_Config_Reload'
FALSE = frozenset({'false', 'no', 'off', 'n', 'f', '0'})


def export_odb(
    world: World, choice: OdbChoice, meant: ObjectChoice, local: FileChoice, output: str = '', form: str = 'yaml'
) -> Exit:
    """Exports with defaults included, to a file named after the local time unless `output` is given.

    `local` is a file whose objects go over those of the ODB. Types that only Zato has are warned of.
    """
    empty = [name for name in meant.types if name in ELSEWHERE]
    chosen = selection(meant, option='--include-type', empty=empty)
    with opened(choice, world.environ, needs_key=False) as odb:
        world.say(odb.title)
        for name in empty:
            world.say(f'warning: --include-type {name}: none is exported, {ELSEWHERE[name]}')
        state = selected(world, odb, chosen)
        world.print('ODB objects read')
        if local.paths:
            files = read_files(world, local, is_substituting=False)
            raise_errors(files, 'Nothing was written.')
            say_warnings(world, files)
            state = {**state, **files.state}
        world.print('ODB objects merged in')
        path = Path(output or _file_name(form)).expanduser().absolute()
        write_file(path, emit(state, style_of(odb, state, '', True, False), form))
        world.print(f'Data exported to {path}')
    return Exit.OK


def _file_name(form: str) -> str:
    stamp = datetime.now().isoformat(timespec='microseconds').replace(':', '_').replace('.', '_')
    if form == 'json':
        return f'zato-export-{stamp}.json'
    return f'zato-export-{stamp}.yml'


def _report(world: World, found: Difference, generation: str) -> None:
    for change in found.changes:
        verb = 'edit'
        if change.op == 'create':
            verb = 'create'
        _say(world, change, f'{change.item.kind.admin}.{verb}', generation)
    world.print(done(found))


def _say(world: World, change: Change, service: str, generation: str) -> None:
    word = 'Updated'
    if change.op == 'create':
        word = 'Created'
    world.print(f'Invoking {service} for {change.item.kind.label_in(generation)}')
    world.print(f'{word} object `{change.item.name}`')


def _through(world: World, live: Live) -> Exit:
    # Each line is a call that was made and answered.
    code = live.run(lambda step: _say(world, step.change, step.service, '3.2'))
    if code is Exit.OK:
        world.print(done(live.found))
    return code


def _reloads(world: World, odb: Odb) -> bool:
    # As 4.1's own: its server re-reads its configuration, unless that is switched off.
    if odb.is_ours or odb.generation != '4.1' or odb.target.server is None or not odb.target.server.url:
        return False
    switch = world.environ.get(SWITCH, '').strip().lower()
    if switch in FALSE:
        world.say(f'The server is not told: {SWITCH} is {switch}.')
    return switch not in FALSE


def import_odb(
    world: World, choice: OdbChoice, files: FileChoice, replace: bool = False, wait_services: str = ''
) -> Exit:
    """Imports as Zato's own command lines do; 4.1's has no flag for replacing and always does, and reloads."""
    target = choose(choice, world.environ)
    read = read_files(world, files)
    if wait_services:
        wait_for(world, choice, target, names_of(read.state), seconds(wait_services, '--missing-wait-time'))
    look = command_line('zato enmasse diff', files, choice)
    finish = attempt(world, read, lambda: _import(world, Order(choice, target, read), replace, look))
    return finish()


def _import(world: World, order: Order, replace: bool, look: str) -> Finish:
    with session(world, order) as odb:
        way = ways.way_of(odb, Through(), is_direct=False)
        words = ''
        if way:
            words = way.words
        world.say(f'{odb.title}{words}')
        is_told = _reloads(world, odb)
        telling = reload.telling(odb, '', world.environ, is_told)
        found = planned(odb, order.files, Demand()).difference
        say_warnings(world, order.files)
        _check_replacing(odb, found, replace, look)
        live = ways.ready(world, order, odb, found, way)
        id_ = runs.plan_of(odb, found)
        odb.apply(found.changes)
        if live:
            carried_out = live
            return lambda: _through(world, carried_out)
        if is_told:
            reload.warn(world, odb)
        keep(world, odb, order, found, id_, f'see whether they do: {look}')
        _report(world, found, odb.generation)
        note = server_note(odb, found)
        if note and not is_told:
            world.say(note)
        return lambda: telling(world, found)


def _check_replacing(odb: Odb, found: Difference, replace: bool, look: str) -> None:
    updates = found.replacing
    may_replace = replace or (odb.generation == '4.1' and not odb.is_ours)
    if updates and not may_replace:
        names = ', '.join(str(change.item) for change in updates[:10])
        raise RefusedError(
            f'{objects(len(updates))} there already, and different: {names}\nNothing was changed.',
            f'see them: {look}    update them: add --replace-odb-objects',
        )
