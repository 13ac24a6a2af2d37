"""Warns of rows of an ODB that its server can't read."""

from __future__ import annotations

from collections.abc import Sequence

from zatools.kinds.model import START
from zatools.odb.odb import Odb
from zatools.odb.running import Flaw
from zatools.world import World

#: So many rows are named.
SHOWN = 10


def say_unreadable(world: World, odb: Odb, rows: Sequence[Flaw], at_start: str) -> None:
    """Warns of rows that a server can't read and says what happens then; `at_start` where the server does not start."""
    for row in rows[:SHOWN]:
        outcome = row.outcome
        if outcome == START:
            outcome = at_start
        world.say(f'warning: {row.text}: {outcome}')
    if len(rows) > SHOWN:
        world.say(f'warning: and so {len(rows) - SHOWN} more')
    if rows:
        hint = 'hint: an import of such an object writes what its row lacks'
        # An ODB of ours has no Dashboard.
        if not odb.is_ours:
            hint += ', as does saving it in the Dashboard'
        world.say(hint)
