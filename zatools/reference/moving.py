"""KINDS -> the table of docs/migrating.md: what becomes of each kind in the other generation."""

from __future__ import annotations

from collections.abc import Iterator

from zatools.kinds import KINDS
from zatools.kinds.model import Field, Kind

BEGIN, END = '<!-- made from the table of kinds: pytest tests/reference --update-golden -->', '<!-- until here -->'
HEAD = '| kind | from 3.2 to 4.1 | from 4.1 to 3.2 |\n|---|---|---|'
BY_SECTION = {kind.section: kind for kind in KINDS}
OTHER = {'3.2': '4.1', '4.1': '3.2'}


def _fate(kind: Kind, generation: str) -> str:
    other = OTHER[generation]
    if generation not in kind.generations:
        return ''
    if other in kind.generations:
        return _without('goes', _lost(kind, kind, generation))
    if kind.is_inlined:
        return 'becomes what its users have'
    if kind.becomes is None:
        return 'left out'
    target = BY_SECTION[kind.becomes.section]
    return _without(f'becomes `{target.section}`', _lost(kind, target, generation))


def _lost(kind: Kind, target: Kind, generation: str) -> Iterator[Field]:
    # Fields that the other generation has under no name.
    names = {**(kind.becomes.names if kind.becomes else {})}
    known = target.names[OTHER[generation]]
    made = kind.becomes.takes if kind.becomes else ()
    for field in kind.fields_of(generation):
        if names.get(field.name, field.name) not in known and field.name not in made:
            yield field


def _without(text: str, lost: Iterator[Field]) -> str:
    names = [f'`{field.name}`' for field in lost]
    if not names:
        return text
    return f'{text} without {", ".join(names)}'


def table() -> str:
    """Returns the table, with the lines around it that say where it comes from."""
    rows = [f'| `{kind.label}` | {_fate(kind, "3.2")} | {_fate(kind, "4.1")} |' for kind in KINDS]
    return '\n'.join([BEGIN, '', HEAD, *rows, '', END])


def put(page: str) -> str:
    """Returns a page with the table in the place of the one it has."""
    before, _, rest = page.partition(BEGIN)
    return f'{before}{table()}{rest.partition(END)[2]}'
