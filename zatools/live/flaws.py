"""Warns of rows of an ODB that its server can't do with."""

from __future__ import annotations

from collections.abc import Sequence

from zatools.kinds.model import START
from zatools.odb.running import Flaw
from zatools.world import World

#: So many rows are named.
SHOWN = 10


def say_unreadable(world: World, rows: Sequence[Flaw], at_start: str) -> None:
    """Warns of rows that a server can't do with, and of what becomes of that: `at_start` for those that it stops at."""
    for row in rows[:SHOWN]:
        world.say(f'warning: {row.text}: {at_start if row.outcome == START else row.outcome}')
    if len(rows) > SHOWN:
        world.say(f'warning: and so {len(rows) - SHOWN} more')
    if rows:
        world.say('hint: an import of such an object writes what its row lacks, as does saving it in the Dashboard')
