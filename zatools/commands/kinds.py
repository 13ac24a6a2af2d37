"""`zato enmasse kinds`: every kind of object that files and ODBs may have."""

from __future__ import annotations

import json
from typing import Any

from zatools.errors import Exit
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.screens import pad, quantity
from zatools.world import World

HEADER = ('kind', 'in', 'what it is')


def _row(kind: Kind) -> tuple[str, ...]:
    done = [word for word, can in (('zato ping', kind.protocol), ('zato server', kind.served)) if can]
    by = f' [{", ".join(done)}]' if done else ''
    return kind.label, ' '.join(kind.generations), f'{kind.doc}{by}'


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
    """Prints a line for each kind: its name, which generations have it, what pings or runs it."""
    if as_json:
        world.print_json(json.dumps([_entry(kind) for kind in KINDS], indent=2))
        return Exit.OK
    rows = [HEADER, *(_row(kind) for kind in KINDS)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(HEADER) - 1)]
    for row in rows:
        cells = [pad(cell, width) for cell, width in zip(row, (*widths, 0), strict=True)]
        world.print('  '.join(cells).rstrip())
    world.say(f'{quantity(len(KINDS), "kind")}; the fields of each: docs/reference')
    return Exit.OK
