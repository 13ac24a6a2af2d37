"""All channels that listen or look by themselves: opened, changed and closed as definitions want it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from zatools.kinds.traits import EVENTS, FILES, MLLP, OPENED, SOCKETS, STREAMED, WEB_SOCKETS
from zatools.server.api.outgoing import closed_beside, recipe_of
from zatools.server.parts import is_on
from zatools.state import Item, in_order

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime

log = logging.getLogger('zatools.server')
#: Seconds that calls which are under way have to end when the server stops.
PATIENCE = 6.0
#: What opens channels, by what the server makes of them; imported once a definition wants one.
OPENERS: Mapping[str, str] = {
    WEB_SOCKETS: 'zatools.server.channels.web_sockets',
    MLLP: 'zatools.server.channels.mllp',
    FILES: 'zatools.server.channels.files',
    SOCKETS: 'zatools.server.channels.zeromq',
    STREAMED: 'zatools.server.channels.kafka',
    OPENED: 'zatools.server.channels.remote',
}
#: Addresses that are all of a machine: they are that of the server itself here.
ANY = ('', '*', '0.0.0.0', '::', '[::]')


class Open(Protocol):
    """What is open: a port or a folder, with the channels that share it."""

    def stop(self) -> None:
        """Takes nothing more."""

    def close(self) -> None:
        """Stops, and returns once what is under way has ended."""


class Listening:
    """All that is open. A change of definitions does not interrupt what it leaves alone."""

    def __init__(self, server: Runtime) -> None:
        self._server = server
        self._open: dict[Hashable, tuple[list[Any], Open | None]] = {}
        self._closing: list[threading.Thread] = []

    def update(self) -> None:
        """Closes what changed or is gone, and opens what is new."""
        wanted = self._wanted()
        recipes = {place: [recipe_of(item, self._server.state) for item in items] for place, items in wanted.items()}
        gone = [place for place, (recipe, _) in self._open.items() if recipes.get(place) != recipe]
        self._leave(gone)
        for place, items in wanted.items():
            if place not in self._open:
                self._open[place] = recipes[place], self._opened(place, items)

    def _wanted(self) -> dict[Any, list[Item]]:
        found: dict[Any, list[Item]] = {}
        for item in in_order(self._server.state.values()):
            if is_open_here(item) and is_on(item, self._server.generation):
                place = import_module(OPENERS[item.kind.served]).place_of(item, self._server)
                found.setdefault((item.kind.served, place), []).append(item)
        return found

    def _opened(self, place: Any, items: list[Item]) -> Open | None:
        served, where = place
        try:
            opened: Open = import_module(OPENERS[served]).opened(self._server, where, items)
        # A port that is taken, a folder that can't be read, a package that is missing: all else goes on.
        except (OSError, ValueError, ImportError) as error:
            reason = getattr(error, 'strerror', None) or str(error)
            for item in items:
                log.error('%s is not open: %s', item, reason)
            return None
        return opened

    def _leave(self, places: Iterable[Hashable]) -> None:
        gone = [opened for _, opened in (self._open.pop(place) for place in places) if opened]
        for opened in gone:
            # The place must be free before another takes it; what is under way ends beside.
            opened.stop()
        self._closing = closed_beside(self._closing, gone)

    def stop(self) -> None:
        """Takes nothing more. What is under way goes on."""
        self._leave(list(self._open))

    def close(self) -> None:
        """Closes all; what is under way has some seconds to end."""
        self.stop()
        for thread in self._closing:
            thread.join(PATIENCE)


def is_open_here(item: Item) -> bool:
    """Tells whether an object is open as long as the server runs: all channels, and connections that services hear."""
    if item.kind.served == OPENED:
        return any(item.values.get(name) for name in EVENTS)
    return item.kind.served in OPENERS


def address_of(text: str, host: str) -> tuple[str, int]:
    """Returns the host and the port of an address; `host` stands for all addresses of a machine. Raises ValueError."""
    name, _, port = text.rpartition(':')
    if not port.isdigit() or int(port) > 65535:
        raise ValueError(f"'{text}' is no address such as 127.0.0.1:30901")
    return (host if name in ANY else name.strip('[]')), int(port)


def shown(address: Any) -> str:
    """Returns the address of a socket as users write it."""
    host, port = address[:2]
    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'
