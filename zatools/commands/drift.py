"""`zato enmasse drift`: what somebody changed in an ODB since the last import, and whether the files agree."""

from __future__ import annotations

from dataclasses import dataclass

from zatools.errors import Exit, UsageError, answer
from zatools.odb.history import Run
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice
from zatools.plan import runs
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.drifting import Drift, Wanted, drifts
from zatools.plan.reading import raise_errors, read_files, say_warnings
from zatools.plan.selection import Selection, selection
from zatools.plan.wanted import check_variables, compared, prepare
from zatools.reports import drift as reports
from zatools.reports.drift import Row
from zatools.screens import quantity
from zatools.world import World


@dataclass(frozen=True)
class Options:
    """How drift is shown."""

    as_json: bool = False
    as_markdown: bool = False


def drift(world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, options: Options) -> Exit:
    """Compares an ODB with what the last import of each object left there, and with files if any are named.

    Exit 1 where somebody changed something.
    """
    if options.as_json and options.as_markdown:
        raise UsageError('--json or --markdown, not both')
    chosen = selection(meant)
    with opened(choice, world.environ) as odb:
        world.say(odb.title)
        known = {run.number: run for run in runs.needed(odb, choice)}
        wanted = None
        if files.paths:
            wanted = _wanted(world, odb, files, chosen)
        found = drifts(odb, wanted, chosen)
        rows = [_row(one, known) for one in found]
        if options.as_json:
            world.print_json(reports.as_json(rows))
        elif options.as_markdown:
            world.data(reports.as_markdown(rows, odb.target.shown))
        elif rows:
            world.print(reports.as_lines(rows, odb.generation))
        else:
            world.print('No drift: all is as the last import left it.')
        _say_pending(world, wanted, found)
        if odb.sealer is None:
            world.say("Passwords are not compared: the ODB's key is not known.")
    return answer(not rows)


def _wanted(world: World, odb: Odb, files: FileChoice, chosen: Selection) -> Wanted:
    read = read_files(world, files, chosen.scope)
    known = odb.known()
    state = prepare(read, known, odb.generation, chosen)
    check_variables(read, state, known.state, True, False)
    raise_errors(read)
    say_warnings(world, read)
    changes = compared(state, known.state, odb.generation, read).changes
    return Wanted(state, {change.item.key: change for change in changes})


def _row(one: Drift, known: dict[int, Run]) -> Row:
    since = ''
    if one.run in known:
        since = f'since run {one.run}, {runs.shown_moment(known[one.run])}'
    fields = [(change, one.files.get(change.name, ''), one.verdict(change.name)) for change in one.change.fields]
    return Row(one.change, since, one.verdict(), fields)


def _say_pending(world: World, wanted: Wanted | None, found: list[Drift]) -> None:
    # What differs because the files have changed is no drift.
    if wanted is None:
        return
    drifted = {one.change.item.key for one in found}
    pending = [key for key in wanted.changes if key not in drifted]
    if pending:
        world.say(f'{quantity(len(pending), "object")} of the files not imported yet: zato enmasse diff shows them')
