"""Where each value of an object comes from: files and what includes them, overlays, anchors, variables, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from zatools.files.about import About, Given
from zatools.files.anchors import through
from zatools.files.merging import REMOVED, conflicts
from zatools.files.reader import Read
from zatools.files.sources import read_regular
from zatools.files.tree import ItemList, Mapping as MappingNode, Node, Scalar
from zatools.files.variables import names
from zatools.kinds.field import Field
from zatools.kinds.model import GENERATIONS
from zatools.place import Place
from zatools.reports.objects import for_json, shown
from zatools.reports.origins import Origin, Step
from zatools.state import Item, is_equal
from zatools.stores.table import store_of

#: What an object has that no field says.
KEPT = '(as in the ODB)'


@dataclass(frozen=True)
class Sources:
    """What was read about an object, and what variables are looked for in."""

    read: Read
    about: About
    on_conflict: str
    env_file: str
    variables: Mapping[str, str]
    #: The variables of the env-file, by name, with the line of each; 0 where it is not known.
    lines: Mapping[str, int]


def lines_of(path: str, known: Mapping[str, str]) -> dict[str, int]:
    """Returns the variables of an env-file, each with the line that gives it; 0 where no line is seen to."""
    found = dict.fromkeys(known, 0)
    text = ''
    with suppress(OSError):
        text = read_regular(path).decode('utf-8', 'replace')
    for number, line in enumerate(text.splitlines(), 1):
        name = re.match(r'\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=', line)
        if name and name[1] in found:
            found[name[1]] = number
    return found


def origins(sources: Sources, item: Item, field: str, is_full: bool) -> list[Origin]:
    """Returns the origins of an object's fields, or of one field; those that nobody gives if it `is_full`."""
    given = list(sources.about.of(item.key))
    found = []
    for one in _fields(item):
        if field and one.name != field:
            continue
        origin = _origin(sources, item, one, given)
        if field or is_full or origin.steps[0].what != 'default':
            found.append(origin)
    return found


def _fields(item: Item) -> Iterator[Field]:
    seen = {'name'}
    for field in item.kind.all_fields:
        if field.name not in seen:
            yield field
        seen.add(field.name)


def _origin(sources: Sources, item: Item, field: Field, given: list[Given]) -> Origin:
    saying = [one for one in _ordered(given, sources.on_conflict) if field.name in one.item.values]
    steps: list[Step] = []
    for number, one in enumerate(saying):
        steps.extend(_given(sources, one, field, number, saying[0]))
    if item.values.get(field.name) is None and not (saying and field.name in item.values):
        # An overlay that takes a value away leaves what there is without one.
        return _unsaid(item, field, steps)
    value = item.values[field.name]
    return Origin(field.name, shown(item, field.name, value), for_json(item, field.name, value), steps)


def _ordered(given: list[Given], on_conflict: str) -> list[Given]:
    # What counts comes first: the last overlay, the others, then the files.
    overlays = [one for one in given if one.is_overlay][::-1]
    files = [one for one in given if not one.is_overlay]
    counted = next(iter(files), None)
    for one in files[1:]:
        if counted and on_conflict == 'last' and conflicts(counted.item, one.item):
            counted = one
    return [*overlays, *(one for one in files if one is counted), *(one for one in files if one is not counted)]


def _unsaid(item: Item, field: Field, steps: list[Step]) -> Origin:
    defaults = [item.kind.defaults[generation].get(field.name) for generation in GENERATIONS]
    known = [one for one in GENERATIONS if field.name in item.kind.names[one]]
    texts = [shown(item, field.name, value) for value in defaults]
    where = f'Zato {" and ".join(known)}'
    if len(known) == len(GENERATIONS) and texts[0] != texts[1]:
        text = ', '.join(f'{one} in Zato {name}' for one, name in zip(texts, known, strict=True))
        value: Any = dict(zip(known, (for_json(item, field.name, one) for one in defaults), strict=True))
    else:
        number = GENERATIONS.index(known[0]) if known else 0
        text, value = texts[number], for_json(item, field.name, defaults[number])
    if field.name in item.kind.kept:
        step = Step('kept', None, f'no file says it: it stays as it is; {text} where the object is new')
        return Origin(field.name, KEPT, None, [*steps, step])
    step = Step('default', None, f'the default of {where}')
    return Origin(field.name, text, value, [*steps, step])


def _given(sources: Sources, one: Given, field: Field, number: int, counted: Given) -> Iterator[Step]:
    item = one.item
    what, words = 'file', 'here'
    if one.is_overlay:
        what, words = 'overlay', 'an overlay'
    if number:
        words = _instead(one, field, counted)
    if item.values[field.name] is REMOVED:
        words = f'{words}: null, which takes it away'
    place, key, node = _written(one, field)
    yield Step(what, place, words)
    if node is None:
        yield from _made(one, field)
    else:
        yield from _links(sources, one, key, node)
        for name in dict.fromkeys(_variables(node)):
            yield _variable(sources, name)
    yield from _includes(sources, place)


def _instead(one: Given, field: Field, counted: Given) -> str:
    value, now = one.item.values[field.name], counted.item.values[field.name]
    if value is REMOVED:
        return 'over it'
    if is_equal(value, now):
        return 'the same here'
    return f'instead of {shown(one.item, field.name, value)}'


def _written(one: Given, field: Field) -> tuple[Place | None, Scalar | None, Node | None]:
    # Where a field's value stands, its key and its node; only the place of the item where none of its keys says it.
    item, node = one.item, one.node
    if not isinstance(node, MappingNode):
        return item.place, None, None
    pairs = [pair for key, pair in node.pairs.items() if _is_of(item, key, field)]
    place = item.places.get(field.name)
    for key, value in pairs:
        if place is None or (value.line, value.column) == (place.line, place.column):
            return Place(one.document.path, value.line, value.column), key, value
    return place or item.place, None, None


def _is_of(item: Item, key: str, field: Field) -> bool:
    found = item.kind.lookup.get(key)
    if found is None:
        return key == field.name
    return found.name == field.name


def _made(one: Given, field: Field) -> Iterator[Step]:
    sections = one.item.kind.by_section
    if sections and field.name == sections.field:
        key = one.document.key
        yield Step('section', Place(one.document.path, key.line, key.column), f"by the section '{key.text}'")
    else:
        yield Step('made', one.item.place, 'made of what else the item says')


def _links(sources: Sources, one: Given, key: Scalar | None, node: Node) -> Iterator[Step]:
    # Looked for only where something does not stand in its order: the text is read once more for it.
    item, path = one.item, one.document.path
    text = sources.read.sources.text(path)
    if key is None or item.place is None or not text:
        return
    starts = (item.place.line, item.place.column), (key.line, key.column), (node.line, node.column)
    if starts[0] <= starts[1] <= starts[2]:
        return
    words = {'anchor': 'of the anchor', 'alias': 'by the alias', 'merge': 'by the merge key'}
    for link in through(text, item.place.line, item.place.column, key.text):
        yield Step(link.what, Place(path, link.line, link.column), f'{words[link.what]} {link.text}')


def _variables(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Scalar):
            yield from names(part.text)
        elif isinstance(part, ItemList):
            waiting.extend(reversed(part.items))
        else:
            waiting.extend(value for _, value in reversed(part.pairs.values()))


def _variable(sources: Sources, name: str) -> Step:
    store = store_of(name)
    if store:
        return Step('store', None, f'${{{name}}}: from {store.called}, which is not asked here')
    if name in sources.lines:
        return Step('variable', _in_env_file(sources, name), f'the variable {name}, of the env-file')
    if name in sources.variables:
        return Step('variable', None, f'the variable {name}, of the environment')
    return Step('variable', None, f'the variable {name}, which is not set')


def _in_env_file(sources: Sources, name: str) -> Place:
    line = sources.lines[name]
    return Place(sources.env_file, line, min(line, 1))


def _includes(sources: Sources, place: Place | None) -> Iterator[Step]:
    # Circles are problems, and nothing is told of files with problems.
    included = sources.read.sources.included
    while place is not None and place.path in included:
        path, place = place.path, included[place.path]
        yield Step('include', place, f'includes {path}')


def renamed(read: Read, item: Item) -> Origin | None:
    """Returns the origin of an object's name where a file says that it had others; None otherwise."""
    was = read.moves.was.get(item.key)
    if was is None:
        return None
    step = Step('was', was.place, f'was {", ".join(map(repr, was.names))} before')
    return Origin('name', item.name, item.name, [step])
