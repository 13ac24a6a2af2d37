"""The table of clients: what talks to a system that is neither asked over HTTP nor a broker, for pings and services.

An entry says which definitions it serves, by the protocol that their kinds speak; which package it needs, and the
extra of zatools that brings it; where services see its connections. All else is a `Peer` in the module that it names,
which is imported when a connection is pinged or used, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from zatools.kinds.traits import SQL
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.connections.clients.peer import ClientConnection


class Seen(NamedTuple):
    """Where services see the connections of a protocol, and the class of its module that they get there."""

    path: str
    view: str


@dataclass(frozen=True)
class Client:
    """One entry: the protocol of the kinds, the module with its `Peer` and views, what has to be installed for it."""

    protocol: str
    module: str
    seen: tuple[Seen, ...]
    package: str = ''
    extra: str = ''

    @property
    def lacked(self) -> str:
        """What pip must install; '' where nothing is missing."""
        return lacked(self.package, self.extra)

    def part(self, name: str) -> Any:
        """Returns a part of the module, which is imported now."""
        return getattr(import_module(self.module, __name__), name)


def lacked(package: str, extra: str) -> str:
    """Returns the words for pip that bring a package with an extra of ours; '' where it is there."""
    if not package or find_spec(package) is not None:
        return ''
    return f"'zatools[{extra}]'"


ENTRIES = (Client(SQL, '.sql', (Seen('self.out.sql', 'Pool'),)),)
CLIENTS: Mapping[str, Client] = {entry.protocol: entry for entry in ENTRIES}


def client_of(item: Item, generation: str = '3.2') -> ClientConnection:
    """Returns the connection of a definition. The module of its client is imported, its package is not."""
    from zatools.connections.clients.peer import ClientConnection, Definition

    entry = CLIENTS[item.kind.protocol]
    return ClientConnection(item, entry, entry.part('Peer')(Definition(item, generation)))
