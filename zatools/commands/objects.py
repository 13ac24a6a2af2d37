"""`zato enmasse list` and `zato enmasse show`: what is there, in an ODB or in files."""

from __future__ import annotations

import json
from dataclasses import dataclass

from zatools.errors import Exit, UsageError, answer
from zatools.odb.target import OdbChoice, option_value
from zatools.place import nearest
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.hints import command_line
from zatools.plan.reading import raise_errors, say_warnings
from zatools.plan.selection import Selection, selection
from zatools.plan.sides import Look, Side, read_from
from zatools.reports import objects
from zatools.screens import quantity
from zatools.state import Item, State, in_order, references
from zatools.world import World


@dataclass(frozen=True)
class Options:
    """What is looked at, if not an ODB, and how it is shown."""

    source: str = ''
    full: bool = False
    as_json: bool = False


def _look(world: World, choice: OdbChoice, source: str, look: Look) -> Side:
    side = read_from(world, choice, source, look)
    if side.files:
        raise_errors(side.files)
        say_warnings(world, side.files)
    else:
        world.say(side.title)
    return side


def list_objects(
    world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, options: Options, file: str = ''
) -> Exit:
    """Prints a line for each object; `file` is another way to give the `source`."""
    if options.source and file:
        raise UsageError('a file or --from, not both')
    chosen = selection(meant)
    side = _look(world, choice, options.source or file, Look(files, chosen, is_substituting=False))
    found, generation = chosen.take(side.state), side.generation or '3.2'
    if options.as_json:
        world.print_json(objects.as_json_list(found, generation))
    elif found:
        world.print(objects.as_lines(found, generation))
    count = quantity(len(side.state), 'object')
    if len(found) != len(side.state):
        count = f'{len(found)} of {count}'
    world.say(f'{count}.')
    return Exit.OK


def _missing(world: World, name: str, state: State, all_: str) -> Exit:
    users = [
        (item.key, field, key) for item in in_order(state.values()) for field, key in references(item) if key[1] == name
    ]
    if users:
        # It is a service, or files leave it to the ODB: only those that refer to it can be shown.
        section = users[0][2][0]
        world.say(f"There is no object '{name}' here; as a {section} it is referred to by:")
        for key, field, _ in users:
            world.print(f'  {field}  {state[key]}')
        return Exit.NO
    hits = nearest(name, [item.name for item in state.values()], 3)
    world.say(f"There is no object '{name}'.")
    if hits:
        world.say(f'hint: did you mean {" or ".join(map(repr, hits))}?')
    else:
        world.say(f'hint: see all: {all_}')
    return Exit.NO


def _listing(choice: OdbChoice, files: FileChoice, meant: ObjectChoice, source: str) -> str:
    command = 'zato enmasse list'
    if source:
        command += f' --from {option_value(source)}'
    return command_line(command, files, choice, meant)


def _named(name: str, state: State, chosen: Selection) -> list[Item]:
    return [item for item in in_order(state.values()) if item.name == name and chosen.has(item)]


def show(world: World, choice: OdbChoice, files: FileChoice, meant: ObjectChoice, options: Options, name: str) -> Exit:
    """Prints every object of a name, with what it refers to and what refers to it. Exit 1 where there is none."""
    chosen = selection(meant)
    side = _look(world, choice, options.source, Look(files, chosen))
    generation = side.generation or '3.2'
    found = _named(name, side.state, chosen)
    if options.full and not side.generation:
        world.say('The files fit Zato 3.2 and 4.1: defaults are those of 3.2.')
    if options.as_json:
        rows = [objects.as_json(item, side.state, generation, options.full) for item in found]
        world.print_json(json.dumps(rows, indent=2, ensure_ascii=False))
        return answer(bool(found))
    if not found:
        return _missing(world, name, side.state, _listing(choice, files, meant, options.source))
    world.print('\n\n'.join(objects.render(item, side.state, generation, options.full) for item in found))
    return Exit.OK
