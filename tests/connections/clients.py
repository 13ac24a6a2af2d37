"""Connections of the table of clients for tests: a definition from its values, and its ping."""

from __future__ import annotations

from typing import Any

from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong
from zatools.kinds import SPELLINGS
from zatools.secret import Secret
from zatools.state import Item

PASSWORD = 'hunter2'


def item(section: str, generation: str = '3.2', **values: Any) -> Item:
    """Returns an object of a section, its secrets as secrets."""
    kind = next(kind for kind in SPELLINGS[section] if generation in kind.generations)
    given: dict[str, Any] = {'name': 'Shop', **values}
    for name in kind.secrets:
        if name in given:
            given[name] = Secret(given[name])
    return Item(kind, given)


def pinged(section: str, generation: str = '3.2', seconds: float = 10, **values: Any) -> Pong:
    """Pings a connection of these values."""
    found = connect(item(section, generation, **values), {}, generation=generation)
    pong = found.ping(Attempt(seconds))
    assert PASSWORD not in repr(found) + pong.sentence + str(pong.facts)
    return pong
