"""`zato enmasse undo`: takes a run of the history back; that is a run, too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zatools.errors import Exit, RefusedError, UsageError
from zatools.odb.history import Run
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, commit, opened
from zatools.odb.target import OdbChoice, choose, line
from zatools.plan import ids, runs
from zatools.plan.importing import done, server_note
from zatools.plan.undoing import Conflict, undoing
from zatools.reports import plan as reports
from zatools.state import Difference
from zatools.world import World

#: So many conflicts are named.
SHOWN = 20


@dataclass(frozen=True)
class Options:
    """Which run, whether it is taken back or only looked at, and how the plan is shown."""

    run: int | None = None
    yes: bool = False
    plan: str = ''
    force: bool = False
    as_json: bool = False
    lock_timeout: float = 30
    is_protected: bool = False


def undo(world: World, choice: OdbChoice, options: Options) -> Exit:
    """Shows what takes a run back, the last one unless another is named; with `yes` or its `plan`, carries it out.

    Exit 5 where objects were changed since, unless `force` takes that along.
    """
    wanted = ''
    if options.plan:
        wanted = ids.checked(options.plan)
    if options.plan and options.yes:
        raise UsageError('--plan or --yes, not both')
    if options.is_protected and options.yes:
        words = ['zato enmasse undo']
        if options.run is not None:
            words.append(str(options.run))
        ids.refuse_unseen(choice.origin.environment, line(' '.join(words), choice))
    wait = None
    if options.plan or options.yes:
        wait = Wait(options.lock_timeout, world.say)
    with opened(choice, world.environ, wait, choose(choice, world.environ)) as odb:
        world.say(odb.title)
        run = _run(runs.needed(odb, choice), options.run)
        if run is None:
            world.say('There is no run to undo.')
            return Exit.NO
        found, conflicts = undoing(odb, run.number)
        id_ = ids.plan_id(odb, found)
        _show(world, odb, found, options.as_json, id_)
        if conflicts and not options.force:
            raise _refused(run, conflicts)
        if not wait or not found.changes:
            _say_how(world, choice, run, found, id_, options.force)
            return Exit.OK
        if wanted:
            ids.check(wanted, id_)
        return _carry_out(world, odb, run, found, id_, line('zato enmasse log', choice))


def _run(known: list[Run], number: int | None) -> Run | None:
    if number is not None:
        run = runs.run_of(known, number)
        if run.text('command') == runs.BEGINNING:
            raise UsageError(f'run {number} is where the history begins: there is nothing to take back')
        return run
    return next((run for run in known if run.text('command') != runs.BEGINNING), None)


def _show(world: World, odb: Odb, found: Difference, as_json: bool, id_: str) -> None:
    if as_json:
        world.print_json(reports.as_json(found, 'history', odb.target.shown, id_))
        return
    if found.changes:
        world.print(reports.render(found, odb.generation, 'the run made it'))
        world.print(f'plan {id_}')


def _refused(run: Run, conflicts: list[Conflict]) -> RefusedError:
    rows = [f'  {conflict}' for conflict in conflicts[:SHOWN]]
    if len(conflicts) > SHOWN:
        rows.append(f'  and {len(conflicts) - SHOWN} more')
    text = '\n'.join([f'Changed since run {run.number}:', *rows, 'Nothing was changed.'])
    return RefusedError(text, 'undo the later runs first, or take it all the same: --force')


def _say_how(world: World, choice: OdbChoice, run: Run, found: Difference, id_: str, is_forced: bool) -> None:
    if not found.changes:
        world.say(f'Nothing to do: all is as it was before run {run.number}.')
        return
    words = ['zato enmasse undo', str(run.number), '--plan', id_]
    if is_forced:
        words.append('--force')
    command = line(' '.join(words), choice)
    world.say(f'Nothing was changed. To carry it out: {command}')


def _carry_out(world: World, odb: Odb, run: Run, found: Difference, id_: str, look: str) -> Exit:
    odb.apply(found.changes)
    runs.note(world, odb, found, (), command='undo', undoes=run.number, plan=id_)
    world.settle()
    commit(odb, f'see whether they do: {look}')
    text = done(replace(found, same=0))
    world.print(f'Run {run.number} is undone. {text}')
    note = server_note(odb, found)
    if note:
        world.say(note)
    return Exit.OK
