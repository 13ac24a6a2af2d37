"""`zato enmasse export`: ODB -> files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zatools.atomic import write_file, write_files
from zatools.errors import Exit, UsageError, answer
from zatools.files.folder import keep_line, write_folder
from zatools.files.writer import Style, emit, form_of
from zatools.kinds.areas import area_of
from zatools.kinds.model import Field
from zatools.kinds.traits import ENDPOINT
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.exported import selected, style_of
from zatools.plan.leftovers import counted, keys_of
from zatools.plan.selection import selection
from zatools.plan.updating import Ask, update
from zatools.reports.problems import objects, render
from zatools.secret import LOGIN, Secret, credentials
from zatools.state import Item, State, is_no_name
from zatools.world import World

#: More objects than these are put into a file an area, not a file a section.
MANY = 200


def _split(state: State, split_by: str, generation: str) -> dict[str, State]:
    found: dict[str, State] = {}
    taken: dict[str, tuple[str, str]] = {}
    for key, item in state.items():
        name = item.kind.spelled(generation)
        if split_by == 'area':
            name = area_of(item.kind)
        if split_by == 'object':
            name = f'{name}.{re.sub(r"[^A-Za-z0-9._-]+", "_", item.name)}'
            number, base = 2, name
            while taken.setdefault(name.lower(), key) != key:
                name, number = f'{base}_{number}', number + 1
        found.setdefault(name, {})[key] = item
    return found


def _check_secrets(state: State) -> None:
    # Real values are asked for: one that can't be opened must not become a variable or a token.
    for item in state.values():
        for field in item.kind.all_fields:
            value = item.values.get(field.name)
            if field.secret and isinstance(value, Secret):
                value.reveal()


def _say_left_out(world: World, odb: Odb, state: State) -> None:
    counts = counted(odb.others())
    if counts:
        text = ', '.join(f'{name} {count}' for name, count in counts.items())
        world.say(f'Not exported, rows of no known kind: {text}')
    keys = keys_of({key: parts for key, parts in odb.undeclared().items() if key in state}, odb.loaded.state)
    if keys:
        world.say(f'Not exported, since no field has them yet: {"; ".join(keys)}')


def _say_what_to_know(world: World, odb: Odb, state: State) -> None:
    _say_doubts(world, odb, state)
    _say_left_out(world, odb, state)


def _say_doubts(world: World, odb: Odb, state: State) -> None:
    for item in state.values():
        if is_no_name(item.name):
            world.say(f'warning: {item}: no import takes a name that is blank or has control characters')
        for part in item.kind.meaning(ENDPOINT):
            if LOGIN.search(str(item.values.get(part, ''))):
                world.say(f'warning: {item}: there is a password in its {part}, and so in this export')
        for part, value in item.values.items():
            for header in credentials(value):
                world.say(f"warning: {item}: '{header}' in its {part} looks like a credential, and is in this export")
        for field in item.kind.refs:
            name = item.values.get(field.name)
            if name and isinstance(name, str):
                _say_reference(world, odb, item, field, name)


def _say_reference(world: World, odb: Odb, item: Item, field: Field, name: str) -> None:
    if (field.ref, name) in odb.loaded.foreign:
        world.say(f"{item}: {field.name} '{name}' is of a kind that is not supported yet: written by name")
    elif name.startswith('#') and name not in odb.loaded.ids.get(field.ref, {}):
        world.say(f'warning: {item}: its {field.name} has the id {name[1:]}, which the ODB does not have')


@dataclass(frozen=True)
class Options:
    """Where an export goes, in which form, and whether secrets go along."""

    output: str = '-'
    format: str = ''
    split_by: str = ''
    full: bool = False
    secrets: bool = False
    generation: str = ''
    force: bool = False
    update: bool = False
    new_in: str = ''
    remove_missing: bool = False

    @property
    def form(self) -> str:
        """The format that is given, else the one that the file's name says."""
        return self.format or form_of(self.output)


def export(world: World, choice: OdbChoice, meant: ObjectChoice, options: Options, files: FileChoice) -> Exit:
    """Exports an ODB to a file, a folder (a path that ends with / or is one) or standard output.

    With `update` it goes into the files that are there. Exit 1 where something could not be put into them.
    """
    _check(options)
    chosen = selection(meant)
    if options.update:
        return _update(world, choice, Ask(files, chosen, options.new_in, options.remove_missing), options)
    if options.new_in or options.remove_missing:
        raise UsageError('--new-in and --remove-missing go with --update')
    if files.paths and 'paths' not in choice.origin.filled:
        raise UsageError('files are named with --update, to be brought up to date', 'a new file or folder: -o PATH')
    # Conversion compares the passwords of brokers.
    with opened(choice, world.environ, needs_key=options.secrets or bool(options.generation)) as odb:
        world.say(odb.title)
        state = selected(world, odb, chosen, options.generation)
        style = style_of(odb, state, options.generation, options.full, options.secrets)
        if options.secrets:
            _check_secrets(state)
        _put(world, state, style, options)
        _say_what_to_know(world, odb, state)
        if options.output != '-':
            world.say(f'Exported {objects(len(state))} to {options.output}')
    return Exit.OK


def _update(world: World, choice: OdbChoice, ask: Ask, options: Options) -> Exit:
    for name, value in (('-o', options.output != '-'), ('--secrets', options.secrets), ('--for', options.generation)):
        if value:
            raise UsageError(f'--update or {name}, not both')
    if '-' in ask.files.paths:
        raise UsageError('--update writes files: standard input is none')
    with opened(choice, world.environ) as odb:
        world.say(odb.title)
        found = update(world, odb, ask)
        write_files({Path(path): text for path, text in found.texts.items()})
    for path in sorted(found.texts):
        world.print(f'updated {path}')
    words = (f'{name} {found.counts[name]}' for name in ('changed', 'added', 'removed') if found.counts[name])
    world.say(f'Values and objects: {", ".join(words) or "all as in the ODB"}.')
    if found.counts['left']:
        world.say(f'{objects(found.counts["left"])} of sections that no file has: --new-in FILE takes them')
    if found.problems:
        world.say(render(found.problems))
    return answer(not found.problems)


def _check(options: Options) -> None:
    for name, value, allowed in (
        ('--format', options.form, ('yaml', 'json')),
        ('--split-by', options.split_by, ('', 'area', 'type', 'object')),
        ('--for', options.generation, ('', '3.2', '4.1')),
    ):
        if value not in allowed:
            raise UsageError(f'{name} must be one of: {", ".join(filter(None, allowed))}')


def _put(world: World, state: State, style: Style, options: Options) -> None:
    form, path = options.form, Path(options.output).expanduser()
    is_folder = options.output.endswith('/') or (options.output != '-' and path.is_dir())
    if options.split_by and not is_folder:
        raise UsageError('--split-by needs a folder', 'end the path with /: -o definitions/')
    if is_folder:
        usual = 'type' if len(state) <= MANY else 'area'
        parts = _split(state, options.split_by or usual, style.generation)
        files = {f'{name}.{form}': emit(part, style, form) for name, part in parts.items()}
        write_folder(path, files, options.force, style.shows_secrets)
    elif options.output == '-':
        world.write(emit(state, style, form))
    else:
        write_file(path, keep_line(path, emit(state, style, form)), style.shows_secrets)
