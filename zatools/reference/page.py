"""KINDS -> docs/reference: a page an area, with every kind and field, and an example that works."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from zatools.kinds import KINDS, SPELLINGS
from zatools.kinds.areas import AREAS, area_of
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.kinds.types import TYPES
from zatools.reference.schema import show

HEAD = """# Reference

Every kind of object that definition files may hold: a page for each area. Made from the table of kinds, as is
the JSON Schema that `zato enmasse schema` prints; `pytest tests/reference --update-golden` writes these pages anew.

A field that is left out has its default. What is marked *kept* stays as it is in the ODB instead; a new object gets
the default. A *required* field must be there. Where the generations differ, both are told: 3.2 / 4.1. Secrets belong
in variables: `${NAME}`.

| area | kinds |
|---|---|
"""
QUOTE = '"'


def _range(field: Field) -> str:
    if field.maximum is not None:
        return f'{field.minimum} to {field.maximum}'
    if field.minimum is not None:
        return f'{field.minimum} or more'
    return ''


def _type(field: Field) -> str:
    if field.choices:
        return ' or '.join(_choice(field, word) for word in field.choices)
    if field.ref and field.type == 'list':
        return f'list of names of {field.ref}'
    if field.ref:
        return f'name of {field.ref}'
    return ', '.join(part for part in (TYPES[field.type].shown, _range(field)) if part)


def _choice(field: Field, word: str) -> str:
    number = field.number_of(word)
    if number is None:
        return f'`{word}`'
    return f'`{word}` ({number})'


def _default(field: Field) -> str:
    if field.required:
        return '*required*'
    values = [field.default_of(generation) for generation in field.generations]
    words = list(dict.fromkeys(map(_default_word, values)))
    shown = words[0]
    if len(words) > 1:
        shown = ' / '.join(word or 'none' for word in words)
    if field.kept or field.secret:
        return f'{shown} *kept*'.strip()
    return shown


def _default_word(value: Any) -> str:
    if value in (None, '', []):
        return ''
    return f'`{show(value).strip(QUOTE)}`'


def _doc(field: Field) -> str:
    spellings = [field.spelled(generation) for generation in GENERATIONS]
    names = [name for name in spellings if name != field.name]
    parts = [field.doc]
    if field.generations != GENERATIONS:
        parts.append(f'{field.generations[0]} only.')
    others = [f'`{name}`' for name in dict.fromkeys([*names, *field.keys]) if name != field.keys[0]]
    if others:
        parts.append(f'Also called {", ".join(others)}.')
    return ' '.join(parts).replace('|', '\\|')


def _variable(kind: Kind, field: Field) -> str:
    words = f'{kind.section}_{example_name(kind)}_{field.name}'.upper()
    return f'${{{re.sub(r"[^A-Z0-9]", "_", words)}}}'


def example_name(kind: Kind) -> str:
    """Returns the name that the example of a kind has."""
    return f'my-{kind.label.replace("_", "-")}'


def example(kind: Kind) -> list[str]:
    """Returns the lines of an example item: required fields, secrets, and others that show the syntax."""
    lines = [f'name: {example_name(kind)}']
    if kind.type:
        lines.append(f'type: {kind.type}')
    for field in kind.fields_of(kind.generations[0]):
        if field.example:
            value = field.example
            if field.type == 'list':
                value = f'[{value}]'
            lines.append(f'{field.name}: {value}')
        elif field.secret:
            lines.append(f'{field.name}: {_variable(kind, field)}')
    first, *others = lines
    return [f'  - {first}', *(f'    {line}' for line in others)]


def _called(kind: Kind) -> str:
    by_section = [name for name, kinds in SPELLINGS.items() if kinds == (kind,)]
    if kind.type:
        return f'In `security` with `type: {kind.type}`; also a section of its own: {_quoted(by_section)}.'
    shared = [name for name, kinds in SPELLINGS.items() if kind in kinds and len(kinds) > 1]
    match = ', '.join(f'`{key}: {value}`' for key, value in kind.rows[0].match.items()) or _quoted(kind.keys)
    told = _quoted(shared)
    if match:
        told = f'{told} with {match}'
    if not by_section or not shared:
        return f'Section: {_quoted(by_section) or told}.'
    return f'Section: {_quoted(by_section)}. Also in {told}.'


def _quoted(names: Iterable[str]) -> str:
    return ' or '.join(f'`{name}`' for name in names)


def _kind(kind: Kind) -> str:
    only = ''
    if kind.generations != GENERATIONS:
        only = f' Zato {kind.generations[0]} only.'
    rows = [f'| `{field.keys[0]}` | {_type(field)} | {_default(field)} | {_doc(field)} |' for field in kind.fields]
    return '\n'.join(
        [
            f'## {kind.label}',
            '',
            f'{kind.doc}{only} {_called(kind)}',
            '',
            '```yaml',
            f'{kind.section}:',
            *example(kind),
            '```',
            '',
            '| field | type | default | what it is |',
            '|---|---|---|---|',
            *rows,
        ]
    )


def _of(area: str) -> list[Kind]:
    return [kind for kind in KINDS if area_of(kind) == area]


def _page(area: str, doc: str) -> str:
    kinds = _of(area)
    links = ' · '.join(f'[{kind.label}](#{kind.label})' for kind in kinds)
    head = f'# {area.capitalize()}\n\n{doc} In the order of creation; [all areas](README.md).'
    return '\n\n'.join([head, links, *map(_kind, kinds)]) + '\n'


def _links(area: str) -> str:
    return ' · '.join(f'[{kind.label}]({area}.md#{kind.label})' for kind in _of(area))


def _index() -> str:
    rows = [f'| [{area}]({area}.md): {doc} | {_links(area)} |' for area, doc in AREAS.items()]
    return HEAD + '\n'.join(rows) + '\n'


def pages() -> dict[str, str]:
    """Returns the pages of docs/reference by their names."""
    return {'README.md': _index(), **{f'{area}.md': _page(area, doc) for area, doc in AREAS.items()}}
