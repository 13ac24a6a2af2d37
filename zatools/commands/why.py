"""`zato enmasse why`: which file, line, overlay, anchor, variable or default each value of an object comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zatools.errors import Exit, UsageError
from zatools.files.about import About
from zatools.files.reader import Read
from zatools.files.variables import read_env_file
from zatools.place import did_you_mean, nearest
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.plan.origins import Sources, lines_of, origins, renamed
from zatools.plan.reading import raise_errors, read_files, say_warnings, variables_of
from zatools.plan.selection import Selection, selection
from zatools.reports import origins as reports
from zatools.reports.origins import Origin
from zatools.state import Item, in_order
from zatools.world import World

#: The text of `absent: true`, as plans say it.
GONE = 'is to be absent'


@dataclass(frozen=True)
class Options:
    """Whether values that nobody gives are told, too, and how it is shown."""

    full: bool = False
    as_json: bool = False


def why(world: World, name: str, files: FileChoice, meant: ObjectChoice, options: Options) -> Exit:
    """Tells where the values of an object come from, or one of them: `name` is NAME or NAME.FIELD.

    Exit 1 where there is no such object.
    """
    if not name.strip():
        raise UsageError('no object is named', 'as in: zato enmasse why CRM.host')
    chosen = selection(meant)
    about = About(name)
    read = read_files(world, files, chosen.scope, asks_stores=False, about=about)
    raise_errors(read)
    say_warnings(world, read)
    found = _found(read, about, chosen)
    if found:
        _tell(world, _sources(world, files, read, about), found, options)
        return Exit.OK
    places = [(key, place) for key, place in read.moves.gone.items() if about.field_of(key[1]) is not None]
    if places and not options.as_json:
        for (section, one), place in places:
            world.print(f"{section} '{one}' {GONE}  {place}")
        return Exit.OK
    if options.as_json:
        world.print_json('[]')
    return _missing(world, files, chosen, name)


def _found(read: Read, about: About, chosen: Selection) -> list[tuple[Item, str]]:
    # The objects that are meant, each with the field that is asked for. One that is called like that goes before
    # one with such a field.
    named = [(item, about.field_of(item.name)) for item in in_order(read.state.values()) if chosen.has(item)]
    whole = [(item, field) for item, field in named if field == '']
    fields = [(item, field) for item, field in named if field]
    known = [(item, _known(item, field)) for item, field in fields if _known(item, field)]
    if whole or known or not fields:
        return [*whole, *known]
    item, field = fields[0]
    raise UsageError(f"{item} has no field '{field}'", did_you_mean(field, item.kind.lookup))


def _known(item: Item, name: str) -> str:
    # A field by any word that files have for it.
    field = item.kind.lookup.get(name)
    if field is not None:
        return field.name
    if name in item.kind.by_name or name in item.values:
        return name
    return ''


def _sources(world: World, files: FileChoice, read: Read, about: About) -> Sources:
    lines = {}
    if files.env_file:
        lines = lines_of(files.env_file, read_env_file(files.env_file))
    return Sources(read, about, files.on_conflict, files.env_file, variables_of(world, files.env_file), lines)


def _tell(world: World, sources: Sources, found: Iterable[tuple[Item, str]], options: Options) -> None:
    rows = [(item, _of(sources, item, field, options.full)) for item, field in found]
    if options.as_json:
        world.print_json(reports.dumped([reports.as_json(item, item.kind.section, told) for item, told in rows]))
        return
    world.print('\n\n'.join(reports.render(item, item.kind.label, told) for item, told in rows))


def _of(sources: Sources, item: Item, field: str, is_full: bool) -> list[Origin]:
    found = origins(sources, item, field, is_full)
    name = renamed(sources.read, item)
    if name and field in ('', 'name'):
        found.insert(0, name)
    return found


def _missing(world: World, files: FileChoice, chosen: Selection, name: str) -> Exit:
    world.say(f"There is no object '{name}'.")
    hits: list[str] = []
    if '-' not in files.paths:
        # Whoever has mistyped a name waits for all of them to be read.
        read = read_files(world, files, chosen.scope, asks_stores=False)
        known = [item.name for item in chosen.take(read.state).values()]
        hits = nearest(name, known, 3) or nearest(name.rpartition('.')[0], known, 3)
    if hits:
        world.say(f'hint: did you mean {" or ".join(map(repr, hits))}?')
    return Exit.NO
