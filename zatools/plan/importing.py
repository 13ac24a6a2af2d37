"""An import from its ODB's opening to its last line, whichever command line asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from zatools.errors import ConflictError, Exit
from zatools.files.reader import Read
from zatools.odb.backup import Backup
from zatools.odb.creation import alone, created
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, is_missing, opened
from zatools.odb.target import OdbChoice, Target, creation
from zatools.plan import runs
from zatools.plan.reading import needed
from zatools.plan.selection import ALL, Selection
from zatools.reports.problems import objects
from zatools.state import Difference
from zatools.world import World

#: What is left to do of an import when its ODB is left.
Finish = Callable[[], Exit]


@dataclass(frozen=True)
class Order:
    """What is imported where; a trial leaves nothing behind, and others are waited for so many seconds."""

    choice: OdbChoice
    target: Target
    files: Read
    chosen: Selection = ALL
    is_trial: bool = False
    lock_timeout: float = 30
    #: What the history calls it.
    command: str = 'import'
    #: What is written of the ODB before it is changed.
    backup: Backup | None = None


@contextmanager
def session(world: World, order: Order) -> Iterator[Odb]:
    """Opens the target of an import, or makes it if it is a SQLite file that isn't there."""
    target, is_kept = order.target, not order.is_trial
    wait = Wait(order.lock_timeout, world.say)
    if is_missing(target):
        turn: AbstractContextManager[None] = nullcontext()
        if is_kept:
            turn = alone(target, wait)
        with turn:
            # The process that was waited for may have made the ODB.
            if is_missing(target):
                layout = needed(order.files, order.chosen.skips_unsupported, creation(order.choice)) or '3.2'
                with created(target, layout, order.choice, world.environ, wait, is_kept) as odb:
                    yield odb
                return
    with opened(order.choice, world.environ, wait, target) as odb:
        yield odb


def attempt(world: World, files: Read, run: Callable[[], Finish]) -> Finish:
    """Runs an import, and once more from the start if another program got in its way; returns what is left to do."""
    found_so_far = len(files.problems)
    try:
        return run()
    except ConflictError as error:
        world.say(f'{error.text}: starting over.')
        del files.problems[found_so_far:]
        return run()


def look_before(odb: Odb, order: Order) -> None:
    """Takes what an ODB holds before it is planned, where a backup is asked for."""
    if order.backup:
        order.backup.look(odb)


def secure(world: World, odb: Odb, order: Order) -> None:
    """Makes the backup that is asked for, if any: what an ODB holds before it is changed."""
    if order.backup:
        count = order.backup.write(odb, runs.whose(world.environ))
        world.say(f'Backup of {objects(count)}: {order.backup.path}')


def keep(world: World, odb: Odb, order: Order, found: Difference, plan: str, look: str) -> None:
    """Makes changes last that were applied, with what the history says of them; `look` is for whoever can't know."""
    runs.note(world, odb, found, order.files.sources.paths, command=order.command, plan=plan)
    world.settle()
    commit(odb, look)


def done(found: Difference) -> str:
    """Returns the line that says what an import did."""
    words = (('create', 'created'), ('update', 'changed'), ('delete', 'deleted'))
    parts = [f'{text} {len(found.of(op))}' for op, text in words if found.of(op)]
    if not parts:
        return f'Nothing to do: {objects(found.same)} as in the files.'
    text = ', '.join(parts)
    if found.same:
        text += f'; {found.same} as in the files'
    return f'{text[0].upper()}{text[1:]}.'


def server_note(odb: Odb, found: Difference) -> str:
    """Says how a running server learns of the change."""
    if odb.is_ours or not found.changes:
        return ''
    if odb.generation == '4.1':
        return 'A running server goes on with what it has read, until a restart or an import with --reload.'
    text = f'A running server goes on with what it has read: {objects(len(found.changes))} to be read at its restart'
    synced = sum(1 for change in found.changes if change.item.kind.sync and change.op != 'delete')
    if synced:
        text += f'; --reload syncs its security definitions ({synced})'
    return f'{text}.'
