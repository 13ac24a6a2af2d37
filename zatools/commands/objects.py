"""`zato enmasse list` and `zato enmasse show`: what is there, in an ODB or in files."""

from __future__ import annotations

import json
from collections.abc import Sequence

from zatools.errors import Exit, UsageError
from zatools.odb.target import OdbChoice
from zatools.place import nearest
from zatools.plan.side import Side, looked_at
from zatools.plan.wanted import Options, Selection, raise_errors, say_warnings, selection
from zatools.reports import objects
from zatools.state import Item, State, in_order, references
from zatools.world import World


def _look(world: World, choice: OdbChoice, source: str, options: Options) -> Side:
    side = looked_at(world, choice, source, options)
    if side.files:
        raise_errors(side.files)
        say_warnings(world, side.files)
    else:
        world.say(side.title)
    return side


def list_objects(
    world: World,
    choice: OdbChoice,
    *,
    source: str = '',
    file: str = '',
    types: Sequence[str] = (),
    names: Sequence[str] = (),
    allow_outside: bool = False,
    skip_unknown: bool = False,
    as_json: bool = False,
) -> Exit:
    """Prints a line for each object; `file` is another way to give the `source`."""
    if source and file:
        raise UsageError('a file or --from, not both')
    source = source or file
    chosen = selection(types, names)
    options = Options(
        skip_unknown=skip_unknown, is_substituting=False, scope=chosen.scope(reaches_outside=allow_outside)
    )
    side = _look(world, choice, source, options)
    found, generation = chosen.take(side.state), side.generation or '3.2'
    if as_json:
        world.print_json(objects.as_json_list(found, generation))
    elif found:
        world.print(objects.as_lines(found, generation))
    number = len(found)
    of = f' of {len(side.state)}' if number != len(side.state) else ''
    world.say(f'{number}{of} object{"s" if len(side.state) != 1 else ""}.')
    return Exit.OK


def _missing(world: World, name: str, state: State, generation: str) -> Exit:
    users = [
        (item.key, field, key) for item in in_order(state.values()) for field, key in references(item) if key[1] == name
    ]
    if users:
        # A service, or what files leave to the ODB: nothing to show of it, but who needs it.
        section = users[0][2][0]
        world.say(f"There is no object '{name}' here; as a {section} it is referred to by:")
        for key, field, _ in users:
            world.print(f'  {field}  {state[key]}')
        return Exit.NO
    hits = nearest(name, [item.name for item in state.values()], 3)
    world.say(f"There is no object '{name}'.")
    world.say(
        f'hint: did you mean {" or ".join(repr(hit) for hit in hits)}?' if hits else 'hint: see all: zato enmasse list'
    )
    return Exit.NO


def _named(name: str, state: State, chosen: Selection) -> list[Item]:
    return [item for item in in_order(state.values()) if item.name == name and chosen.has(item)]


def show(
    world: World,
    choice: OdbChoice,
    name: str,
    *,
    source: str = '',
    types: Sequence[str] = (),
    full: bool = False,
    allow_outside: bool = False,
    skip_unknown: bool = False,
    as_json: bool = False,
) -> Exit:
    """Prints every object of a name, with what it refers to and what refers to it. Exit 1 where there is none."""
    chosen = selection(types, ())
    side = _look(
        world, choice, source, Options(skip_unknown=skip_unknown, scope=chosen.scope(reaches_outside=allow_outside))
    )
    generation = side.generation or '3.2'
    found = _named(name, side.state, chosen)
    if full and not side.generation:
        world.say('The files fit Zato 3.2 and 4.1: defaults are those of 3.2.')
    if as_json:
        rows = [objects.as_json(item, side.state, generation, full) for item in found]
        world.print_json(json.dumps(rows, indent=2, ensure_ascii=False))
        return Exit.OK if found else Exit.NO
    if not found:
        return _missing(world, name, side.state, generation)
    world.print('\n\n'.join(objects.render(item, side.state, generation, full) for item in found))
    return Exit.OK
