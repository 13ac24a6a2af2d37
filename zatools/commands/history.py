"""`zato odb history`: whether an ODB keeps a history of imports, and the switch for it."""

from __future__ import annotations

from zatools.errors import Exit, RefusedError, UsageError
from zatools.odb import history
from zatools.odb.locks import Wait
from zatools.odb.mapping import HISTORY
from zatools.odb.odb import Odb, commit, opened
from zatools.odb.target import OdbChoice, line
from zatools.plan import runs
from zatools.reports.problems import objects
from zatools.screens import quantity
from zatools.state import Change, Difference, in_order
from zatools.world import World

LOOK = 'zato odb history'


def switch(
    world: World, choice: OdbChoice, *, switch: str = '', drop: bool = False, is_protected: bool = False
) -> Exit:
    """Says whether a history is kept; `on` makes its table, `off` with `drop` removes it and all that it holds."""
    if switch not in ('', 'on', 'off'):
        raise UsageError('on or off, or nothing to see which it is')
    if drop and switch != 'off':
        raise UsageError('--drop goes with off')
    if not switch:
        return _look(world, choice)
    if is_protected and switch == 'off':
        # There is no plan of it to look at.
        text = f"environment '{choice.origin.environment}' is protected: its history stays. Nothing was changed."
        raise RefusedError(text, 'if it is to go, name the ODB itself: --odb URL')
    if switch == 'off' and not drop:
        raise RefusedError('off removes all that the history holds. Nothing was changed.', 'if so: --drop')
    # What is there already is the history's beginning, secrets sealed as they are.
    with opened(choice, world.environ, Wait(say=world.say), needs_key=switch == 'on', loads=switch == 'on') as odb:
        world.say(odb.title)
        turn = {'on': _on, 'off': _off}[switch]
        text = turn(world, odb)
        world.settle()
        commit(odb, f'see whether they do: {line(LOOK, choice)}')
        world.print(text)
    return Exit.OK


def _look(world: World, choice: OdbChoice) -> Exit:
    with opened(choice, world.environ, needs_key=False, loads=False) as odb:
        world.say(odb.title)
        if not history.is_on(odb):
            world.print('No history is kept.')
            world.say(f'hint: {line(f"{LOOK} on", choice)}')
            return Exit.OK
        found = history.runs(odb)
        since = ''
        if found:
            since = f' since {runs.shown_moment(found[-1])}'
        world.print(f'A history is kept: {quantity(len(found), "run")}{since}.')
    return Exit.OK


def _on(world: World, odb: Odb) -> str:
    if history.is_on(odb):
        return 'A history is kept already.'
    history.make(odb)
    there = tuple(Change('create', item, None, ()) for item in in_order(odb.loaded.state.values()))
    runs.note(world, odb, Difference(there, (), 0), (), command=runs.BEGINNING, begins=len(there))
    return f'From now on imports are kept in the table {HISTORY}. It begins with {objects(len(there))}.'


def _off(world: World, odb: Odb) -> str:
    if not history.is_on(odb):
        return 'No history is kept.'
    count = history.count(odb)
    history.drop(odb)
    return f'The history is gone: {quantity(count, "run")}.'
