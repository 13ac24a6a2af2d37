"""`zato enmasse diff`: what would change, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zatools import generations
from zatools.checks import Known
from zatools.commands.import_ import with_deletions
from zatools.errors import Exit, UsageError
from zatools.odb.odb import opened
from zatools.odb.target import OdbChoice, shown
from zatools.place import Problem
from zatools.plan.leftovers import Comparison
from zatools.plan.side import Side, side
from zatools.plan.wanted import (
    STDIN_ONCE,
    Options,
    Selection,
    check_variables,
    compared,
    prepare,
    raise_errors,
    raise_or_say,
    read_files,
    say_warnings,
    selection,
)
from zatools.reports import plan
from zatools.state import Change, Difference, Item, Key, State, diff as compare, in_order, references
from zatools.world import World


def _show(
    world: World,
    found: Difference,
    generation: str,
    source: str,
    target: str,
    form: str,
    elsewhere: str = plan.IN_NO_FILE,
) -> Exit:
    if form == 'json':
        world.print_json(plan.as_json(found, source, target))
    elif form == 'markdown':
        world.data(plan.as_markdown(found, source, target))
    elif found.changes:
        world.print(plan.render(found, generation, elsewhere))
    else:
        world.print(f'No differences in {found.same} object{"s" if found.same != 1 else ""}.')
    if not form:
        for line in plan.remarks(found, generation, ()):
            world.print(line)
    return Exit.NO if found.changes else Exit.OK


def _form(as_json: bool, as_markdown: bool) -> str:
    if as_json and as_markdown:
        raise UsageError('--json or --markdown, not both')
    return 'json' if as_json else 'markdown' if as_markdown else ''


def diff(
    world: World,
    choice: OdbChoice,
    paths: Sequence[str] = (),
    *,
    source: str = '',
    target: str = '',
    types: Sequence[str] = (),
    names: Sequence[str] = (),
    delete: bool = False,
    overlays: Sequence[str] = (),
    env_file: str = '',
    on_conflict: str = '',
    allow_outside: bool = False,
    skip_unknown: bool = False,
    skip_unsupported: bool = False,
    strict: bool = False,
    as_json: bool = False,
    as_markdown: bool = False,
    with_references: bool = False,
) -> Exit:
    """Compares files with an ODB, or any two sides with `source` and `target`. Exit 1 where they differ."""
    form = _form(as_json, as_markdown)
    chosen = selection(types, names, skip_unsupported)
    scope = chosen.scope(with_references, allow_outside)
    options = Options(tuple(overlays), env_file, on_conflict, skip_unknown, strict, scope=scope)
    if source or target:
        if paths or not (source and target):
            raise UsageError('give files to compare with the ODB, or both --from and --to')
        if [source, target, *overlays].count('-') > 1:
            raise UsageError(STDIN_ONCE)
        return _diff_sides(world, choice, source, target, options, chosen, form)
    files = read_files(world, paths, options)
    with opened(choice, world.environ) as odb:
        title = ', '.join(paths)
        world.say(f'{odb.title}  ->  {title} (wanted)')
        known = odb.known()
        wanted = prepare(files, known, odb.generation, chosen, with_references, delete)
        check_variables(files, wanted, known.state, is_lenient=True, needs_secrets=False)
        found = odb.mended(compared(wanted, known.state, odb.generation, files), wanted)
        found = with_deletions(odb, found, files, chosen, wanted) if delete else found
        raise_errors(files, is_strict=strict)
        say_warnings(world, files)
        return _show(world, found, odb.generation, odb.target.shown, title, form)


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


def _diff_sides(
    world: World, choice: OdbChoice, source: str, target: str, options: Options, chosen: Selection, form: str
) -> Exit:
    skips = chosen.skips_unsupported
    old, new = (side(world, choice, text, options, reveals=True, skips_unsupported=skips) for text in (source, target))
    world.say(f'{old.title}  ->  {new.title}')
    generation = new.generation or old.generation or '3.2'
    states = [_as(world, one, other, generation, chosen) for one, other in ((old, new), (new, old))]
    for one in (old, new):
        if one.files:
            raise_errors(one.files, is_strict=options.strict)
            say_warnings(world, one.files)
    is_same_sort = bool(old.files) == bool(new.files)
    found = compare(states[1], states[0], generation, is_same_sort)
    if is_same_sort:
        gone = tuple(Change('delete', item, item, ()) for item in in_order(found.only_stored))
        found = replace(found, changes=(*found.changes, *gone), only_stored=())
    if old.leftovers and new.leftovers:
        beside = Comparison(old.leftovers, new.leftovers, old.generation == new.generation)
        found = beside.added_to(found, states[0], states[1], chosen)
    return _show(world, found, generation, shown(source), shown(target), form, elsewhere='')
