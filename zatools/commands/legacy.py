"""What Zato's own command lines did, in the words that the tutorial shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from zatools.commands.import_ import (
    Finish,
    Wishes,
    attempt,
    done,
    objects,
    plan_import,
    server_note,
    session,
    teller,
    warn_of_reload,
)
from zatools.errors import Exit, RefusedError
from zatools.files.reader import Read
from zatools.files.writer import emit
from zatools.kinds import is_later
from zatools.kinds.later import LATER_WORDS
from zatools.live.services import names_of, seconds, wait_for
from zatools.odb.odb import Odb, commit, opened
from zatools.odb.target import OdbChoice, Target, choose
from zatools.plan.exported import selected, style_of
from zatools.plan.wanted import Options, raise_errors, read_files, say_warnings, selection
from zatools.state import Difference
from zatools.whole import write_file
from zatools.world import World

#: 4.1's variable that keeps its enmasse from telling the server, and the values that do.
SWITCH = 'Zato_Needs_Config_Reload'
FALSE = frozenset({'false', 'no', 'off', 'n', 'f', '0'})


def export_odb(
    world: World,
    choice: OdbChoice,
    *,
    output: str = '',
    format: str = 'yaml',
    types: Sequence[str] = (),
    names: Sequence[str] = (),
    local: str = '',
    skip_unknown: bool = False,
) -> Exit:
    """Exports with defaults included, to a file named after the local time unless `output` is given.

    `local` is a file whose objects go over those of the ODB. Types that only Zato has are warned of.
    """
    empty = [name for name in types if is_later(name) or name in LATER_WORDS]
    chosen = selection(types, names, option='--include-type', empty=empty)
    with opened(choice, world.environ, needs_key=False) as odb:
        world.say(odb.title)
        for name in empty:
            world.say(f'warning: --include-type {name}: such objects are not supported yet, none is exported')
        state = selected(world, odb, chosen)
        world.print('ODB objects read')
        if local:
            files = read_files(world, [local], Options(is_substituting=False, skip_unknown=skip_unknown))
            raise_errors(files, 'Nothing was written.')
            say_warnings(world, files)
            state = {**state, **files.state}
        world.print('ODB objects merged in')
        stamp = datetime.now().isoformat(timespec='microseconds').replace(':', '_').replace('.', '_')
        suffix = 'json' if format == 'json' else 'yml'
        path = Path(output or f'zato-export-{stamp}.{suffix}').expanduser().absolute()
        write_file(path, emit(state, style_of(odb, state, '', True, False), format))
        world.print(f'Data exported to {path}')
    return Exit.OK


def _report(world: World, found: Difference, generation: str) -> None:
    for change in found.changes:
        kind = change.item.kind
        verb, word = ('create', 'Created') if change.op == 'create' else ('edit', 'Updated')
        world.print(f'Invoking {kind.admin}.{verb} for {kind.label_in(generation)}')
        world.print(f'{word} object `{change.item.name}`')
    world.print(done(found))


def _reloads(world: World, odb: Odb) -> bool:
    # As 4.1's own: its server re-reads its configuration, unless that is switched off.
    if odb.is_ours or odb.generation != '4.1' or odb.target.server is None or not odb.target.server.url:
        return False
    switch = world.environ.get(SWITCH, '').strip().lower()
    if switch in FALSE:
        world.say(f'The server is not told: {SWITCH} is {switch}.')
    return switch not in FALSE


def import_odb(
    world: World,
    choice: OdbChoice,
    inputs: Sequence[str],
    *,
    replace: bool = False,
    env_file: str = '',
    wait_services: str = '',
    skip_unknown: bool = False,
) -> Exit:
    """Imports as Zato's own command lines do; 4.1's has no flag for replacing and always does, and reloads."""
    target = choose(choice, world.environ)
    files = read_files(world, inputs, Options(env_file=env_file, skip_unknown=skip_unknown))
    if wait_services:
        wait_for(world, choice, target, names_of(files.state), seconds(wait_services, '--missing-wait-time'))
    finish = attempt(world, files, lambda: _import(world, choice, target, files, replace))
    return finish()


def _import(world: World, choice: OdbChoice, target: Target, files: Read, replace: bool) -> Finish:
    with session(world, choice, target, files) as odb:
        world.say(odb.title)
        wishes = Wishes(reload=_reloads(world, odb))
        tell = teller(world, odb, wishes)
        _, found = plan_import(odb, files, selection((), ()), wishes)
        say_warnings(world, files)
        updates = found.replacing
        may_replace = replace or (odb.generation == '4.1' and not odb.is_ours)
        if updates and not may_replace:
            names = ', '.join(str(change.item) for change in updates[:10])
            raise RefusedError(
                f'{objects(len(updates))} there already, and different: {names}\nNothing was changed.',
                'update them: --replace-odb-objects',
            )
        odb.apply(found.changes)
        warn_of_reload(world, odb, wishes)
        world.settle()
        commit(odb)
        _report(world, found, odb.generation)
        note = server_note(odb, found)
        if note and not wishes.reload:
            world.say(note)
        return lambda: tell(found)
