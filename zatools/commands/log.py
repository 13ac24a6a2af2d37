"""`zato enmasse log`: what imports did to an ODB, who, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zatools.errors import Exit, UsageError
from zatools.odb import history
from zatools.odb.entries import Entry
from zatools.odb.history import Run
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice
from zatools.plan import runs
from zatools.plan.dangers import with_warnings
from zatools.reports import plan as reports, runs as lines
from zatools.reports.runs import Line
from zatools.screens import quantity
from zatools.state import Difference
from zatools.world import World


@dataclass(frozen=True)
class Options:
    """Which runs, and how they are shown."""

    name: str = ''
    since: str = ''
    run: int | None = None
    as_json: bool = False


def log(world: World, choice: OdbChoice, options: Options) -> Exit:
    """Lists runs, the last one first: all, or those that changed objects of a name; or shows what one run did.

    Exit 1 where none changed such an object.
    """
    if options.run is not None and (options.name or options.since):
        raise UsageError('--run shows one run: give no name and no --since beside it')
    since = runs.since(options.since)
    with opened(choice, world.environ, needs_key=False, loads=False) as odb:
        world.say(odb.title)
        known = runs.needed(odb, choice)
        if options.run is not None:
            _show(world, odb, runs.run_of(known, options.run), options.as_json)
            return Exit.OK
        done: dict[int, list[Entry]] = {}
        if options.name:
            done = history.of_name(odb, options.name)
            known = [run for run in known if run.number in done]
        if since:
            known = [run for run in known if (moment := runs.moment_of(run)) is None or moment >= since]
        return _list(world, [_line(run, done.get(run.number, ())) for run in known], options)


def _list(world: World, found: Sequence[Line], options: Options) -> Exit:
    if options.as_json:
        world.print_json(lines.as_json(found))
    elif found:
        world.print(lines.as_lines(found))
    if options.name and not found:
        world.say(f"No run changed an object '{options.name}'.")
        return Exit.NO
    world.say(f'{quantity(len(found), "run")}.')
    return Exit.OK


def _line(run: Run, done: Iterable[Entry] = ()) -> Line:
    return Line(run.number, runs.shown_moment(run), run.about, [entry.change for entry in done])


def _show(world: World, odb: Odb, run: Run, as_json: bool) -> None:
    changes = tuple(entry.change for entry in history.entries(odb, run.number))
    line = _line(run)
    plan = with_warnings(Difference(changes, (), int(run.about.get('same') or 0)))
    if as_json:
        world.print_json(lines.as_json_run(line, reports.as_json(plan, '', '')))
        return
    world.print(lines.head(line))
    world.print('')
    world.print(reports.render(plan, odb.generation, ''))
