"""`zato enmasse diff`: what would change, field by field."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zatools import generations
from zatools.checks import Known
from zatools.errors import Exit, UsageError, answer
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice, shown
from zatools.place import Problem
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.dangers import with_warnings
from zatools.plan.ids import plan_id
from zatools.plan.leftovers import Comparison
from zatools.plan.plan import Demand, planned
from zatools.plan.reading import STDIN_ONCE, raise_errors, raise_or_say, read_files, say_warnings
from zatools.plan.selection import Selection, selection
from zatools.plan.sides import Look, Side, read_side
from zatools.plan.wanted import prepare
from zatools.reports import plan as reports
from zatools.reports.problems import objects
from zatools.state import Change, Difference, Item, Key, State, diff as compare, in_order, references
from zatools.world import World


@dataclass(frozen=True)
class Options:
    """Between what, and how differences are shown; both sides are named, or files are compared with the ODB."""

    source: str = ''
    target: str = ''
    delete: bool = False
    strict: bool = False
    as_json: bool = False
    as_markdown: bool = False


def diff(world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, options: Options) -> Exit:
    """Compares files with an ODB, or any two sides with `source` and `target`. Exit 1 where they differ."""
    if options.as_json and options.as_markdown:
        raise UsageError('--json or --markdown, not both')
    chosen = selection(meant)
    if not options.source and not options.target:
        return _with_odb(world, choice, files, Demand(chosen, options.delete, False, options.strict, True), options)
    if files.paths or not (options.source and options.target):
        raise UsageError('give files to compare with the ODB, or both --from and --to')
    if [options.source, options.target, *files.overlays].count('-') > 1:
        raise UsageError(STDIN_ONCE)
    return _of_sides(world, choice, Look(files, chosen, reveals=True), options)


def _with_odb(world: World, choice: OdbChoice, files: FileChoice, demand: Demand, options: Options) -> Exit:
    read = read_files(world, files, demand.chosen.scope)
    with opened(choice, world.environ) as odb:
        title = ', '.join(files.paths)
        world.say(f'{odb.title}  ->  {title} (wanted)')
        found = planned(odb, read, demand).difference
        say_warnings(world, read)
        named = replace(options, source=odb.target.shown, target=title)
        _show(world, found, odb.generation, named, reports.IN_NO_FILE, plan_id(odb, found))
    return _answer(found)


def _of_sides(world: World, choice: OdbChoice, look: Look, options: Options) -> Exit:
    old = read_side(world, choice, options.source, look)
    new = read_side(world, choice, options.target, look)
    world.say(f'{old.title}  ->  {new.title}')
    generation = new.generation or old.generation or '3.2'
    states = _as(world, old, new, generation, look.chosen), _as(world, new, old, generation, look.chosen)
    for one in (old, new):
        if one.files:
            raise_errors(one.files, is_strict=options.strict)
            say_warnings(world, one.files)
    found = _compared(states, generation, bool(old.files) == bool(new.files))
    if old.leftovers and new.leftovers:
        beside = Comparison(old.leftovers, new.leftovers, old.generation == new.generation)
        found = beside.added_to(found, *states, look.chosen)
    found = with_warnings(found)
    named = replace(options, source=shown(options.source), target=shown(options.target))
    _show(world, found, generation, named, '')
    return _answer(found)


def _compared(states: tuple[State, State], generation: str, is_same_sort: bool) -> Difference:
    found = compare(states[1], states[0], generation, is_same_sort)
    if not is_same_sort:
        return found
    gone = tuple(Change('delete', item, item, ()) for item in in_order(found.only_stored))
    return replace(found, changes=(*found.changes, *gone), only_stored=())


def _as(world: World, one: Side, other: Side, generation: str, chosen: Selection) -> State:
    # A side's objects as a generation has them; inline brokers use the definitions that the other side has.
    known = {key: item for key, item in other.state.items() if item.kind.is_inlined}
    if one.files:
        state = prepare(one.files, Known(state=known), generation, chosen)
    else:
        problems: list[Problem] = []
        own = {**known, **one.state}
        state = generations.convert(chosen.take(one.state), generation, own, problems, chosen.skips_unsupported)
        raise_or_say(world, problems, f'They are in {one.title}.')
    # What an object refers to just since it was converted.
    pairs = ((item, one.state.get(key, item)) for key, item in state.items())
    used = {key for item, old in pairs if item is not old for key in _referred(item) - _referred(old)}
    return {**state, **{key: known[key] for key in sorted(used - state.keys()) if key in known}}


def _referred(item: Item) -> set[Key]:
    return {key for _, key in references(item)}


def _show(world: World, found: Difference, generation: str, options: Options, elsewhere: str, plan: str = '') -> None:
    if options.as_json:
        world.print_json(reports.as_json(found, options.source, options.target, plan))
        return
    if options.as_markdown:
        world.data(reports.as_markdown(found, options.source, options.target, plan))
        return
    if found.changes:
        world.print(reports.render(found, generation, elsewhere))
    else:
        world.print(f'No differences in {objects(found.same)}.')
    for line in reports.remarks(found, generation, ()):
        world.print(line)
    if plan:
        world.print(f'plan {plan}')


def _answer(found: Difference) -> Exit:
    return answer(not found.changes)
