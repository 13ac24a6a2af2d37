"""`zato enmasse kinds`: every kind of object that files and ODBs may have."""

from __future__ import annotations

import json
from typing import Any

from zatools.errors import Exit
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.screens import pad, quantity
from zatools.world import World

HEADER = ('kind', 'in 3.2', 'in 4.1', 'fields', 'ping', 'server', 'what it is')


def _called(kind: Kind, generation: str) -> str:
    # What the files of a generation call it; nothing where it has no such objects.
    if generation not in kind.generations:
        return ''
    return kind.label_in(generation)


def _mark(is_so: bool) -> str:
    if is_so:
        return 'yes'
    return ''


def _row(kind: Kind) -> tuple[str, ...]:
    return (
        kind.label,
        _called(kind, '3.2'),
        _called(kind, '4.1'),
        str(len(kind.fields)),
        _mark(bool(kind.protocol)),
        _mark(bool(kind.served)),
        kind.doc,
    )


def _entry(kind: Kind) -> dict[str, Any]:
    return {
        'section': kind.section,
        'type': kind.type_or_none,
        'spelled': {generation: kind.spelled(generation) for generation in kind.generations},
        'aliases': sorted({*kind.aliases, *kind.shared}),
        'generations': list(kind.generations),
        'tables': list(dict.fromkeys(row.table for row in kind.rows)),
        'fields': len(kind.fields),
        'can_ping': bool(kind.protocol),
        'is_served': bool(kind.served),
        'doc': kind.doc,
    }


def kinds(world: World, *, as_json: bool = False) -> Exit:
    """Prints a line for each kind: its names, how many fields it has, whether it can be pinged and run."""
    if as_json:
        world.print_json(json.dumps([_entry(kind) for kind in KINDS], indent=2))
        return Exit.OK
    rows = [HEADER, *(_row(kind) for kind in KINDS)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(HEADER) - 1)]
    for row in rows:
        cells = [pad(cell, width) for cell, width in zip(row, (*widths, 0), strict=True)]
        world.print('  '.join(cells).rstrip())
    world.say(f'{quantity(len(KINDS), "kind")}; the fields of each: docs/reference.md')
    return Exit.OK
