"""Connections of the table of clients, as services see them: `self.out.sql['Shop']`, `self.email.smtp.get('Mail')`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from zatools.connections.clients import AFTER, ENTRIES, FIRST, Client, Seen
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Idle
from zatools.errors import ZatoolsError
from zatools.kinds.traits import OPENED
from zatools.server.api.exceptions import Inactive
from zatools.server.api.outgoing import Recipe, closed_beside, missing, recipe_of
from zatools.server.api.supported import Lacking, Supported
from zatools.state import Item, Key, State

log = logging.getLogger('zatools.server')
#: Seconds that connections have to be closed in when the server stops.
PATIENCE = 0.5


class Kept(NamedTuple):
    """A definition, what it is made of, and what services got of it so far, by the class that they get."""

    item: Item
    recipe: Recipe
    views: dict[str, Any]


class Named(Mapping[str, Any]):
    """The connections of one protocol, by name; a name that there isn't is an error that says which is near."""

    def __init__(self, opened: Opened, entry: Client, seen: Seen) -> None:
        self._opened, self._entry, self._seen = opened, entry, seen

    def __getitem__(self, name: str) -> Any:
        return self._opened.view(self._entry, self._seen, name)

    def get(self, name: str, *_: Any) -> Any:
        """Returns a connection, as brackets do."""
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened.names(self._entry.protocol))

    def __len__(self) -> int:
        return len(self._opened.names(self._entry.protocol))

    def __contains__(self, name: object) -> bool:
        return name in self._opened.names(self._entry.protocol)

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        return self[name]


class NamingFirst(Named):
    """Connections that messages are sent by: `self.slack.send('Team', '#general', message)`."""

    def send(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Sends a message by a connection."""
        return self[name].send(*args, **kwargs)


class NamingAfter(Named):
    """Connections that messages are sent by: `self.out.zmq.send(message, 'Bus')`."""

    def send(self, message: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """Sends a message by a connection."""
        return self[name].send(message, *args, **kwargs)


#: By where a call that sends has the name of a connection.
NAMING = {'': Named, FIRST: NamingFirst, AFTER: NamingAfter}


class One(NamedTuple):
    """The one connection of a protocol that has no name."""

    opened: Opened
    entry: Client
    seen: Seen

    def __call__(self) -> Any:
        """Returns what services get of it."""
        return self.opened.only(self.entry, self.seen)


class Branch(Supported):
    """What stands between a service and its connections: `self.email`."""

    def __init__(self, called: str, parts: Mapping[str, Any]) -> None:
        self.called = called
        vars(self).update(parts)


class Opened:
    """The connections of the definitions as they are now. Each is opened when a service first asks for it."""

    def __init__(self) -> None:
        self.generation = '3.2'
        self._kept: dict[Key, Kept] = {}
        self._state: State = {}
        self._foreign: Mapping[Key, str] = {}
        self._making = threading.Lock()
        self._otherwise: dict[tuple[str, ...], Any] = {}
        self._closing: list[threading.Thread] = []
        #: By the first part of what services call: `out`, `email`.
        self.roots: dict[str, Any] = tree(self._named)

    def _named(self, entry: Client, seen: Seen) -> Any:
        if seen.is_one:
            return One(self, entry, seen)
        return NAMING[seen.sends](self, entry, seen)

    def names(self, protocol: str) -> list[str]:
        """Returns the names of a protocol's connections."""
        return [kept.item.name for kept in self._kept.values() if kept.item.kind.protocol == protocol]

    def view(self, entry: Client, seen: Seen, name: str) -> Any:
        """Returns what services get of a connection. Raises NoConnectionError, Inactive, ConnectionError."""
        found = next((kept for kept in self._of(entry.protocol) if kept.item.name == name), None)
        if found is None:
            raise missing(entry.protocol.upper(), name, self.names(entry.protocol))
        if found.item.values.get('is_active', True) is False:
            raise Inactive(f"outgoing connection '{name}' is not active")
        with self._making:
            if seen.view not in found.views:
                found.views[seen.view] = self._made(entry, seen, found.item)
        return found.views[seen.view]

    def _of(self, protocol: str) -> list[Kept]:
        return [kept for kept in self._kept.values() if kept.item.kind.protocol == protocol]

    def _made(self, entry: Client, seen: Seen, item: Item) -> Any:
        connection: Any = connect(item, self._state, self._foreign, generation=self.generation)
        if isinstance(connection, Idle):
            raise ConnectionError(f"'{item.name}': {connection.pong.sentence}")
        view = entry.part(seen.view)
        if item.kind.asked:
            return self._asked(view, connection)
        from zatools.connections.clients.peer import RefusedError

        beside = [self.roots[name] for name in (entry.beside,) if name]
        try:
            return view(connection, *beside)
        except (RefusedError, ZatoolsError) as error:
            # What opens no connection yet may still find that the definition can't be used.
            raise ConnectionError(f"'{item.name}': {connection.failed(error, Attempt()).sentence}") from None

    def _asked(self, view: Callable[[Any, str], Any], connection: Any) -> Any:
        # What is asked over HTTP is the same in both generations, but for what services get of it.
        from zatools.connections import tls

        try:
            return view(connection, self.generation)
        except ConnectionError:
            raise
        except (tls.AuthorityError, OSError) as error:
            raise ConnectionError(f"'{connection.item.name}': {tls.unusable(error)}") from None

    def only(self, entry: Client, seen: Seen) -> Any:
        """Returns what services get of the one connection of a protocol, or of what is there where none is defined."""
        names = self.names(entry.protocol)
        if names:
            return self.view(entry, seen, names[0])
        with self._making:
            key = entry.protocol, seen.view, self.generation
            if key not in self._otherwise:
                assert entry.otherwise is not None
                self._otherwise[key] = self._made(entry, seen, entry.otherwise)
        return self._otherwise[key]

    def update(self, state: State, generation: str, foreign: Mapping[Key, str] = MappingProxyType({})) -> None:
        """Takes over new definitions: what did not change is left as it is. `foreign` are objects of no kind."""
        self._state, self._foreign = state, foreign
        wanted: dict[Key, Kept] = {}
        for key, item in state.items():
            if item.kind.served != OPENED:
                continue
            recipe = (generation, *recipe_of(item, state))
            before = self._kept.get(key)
            wanted[key] = before if before and before.recipe == recipe else Kept(item, recipe, {})
        gone = [kept for key, kept in self._kept.items() if wanted.get(key) is not kept]
        self.generation, self._kept = generation, wanted
        self._close(gone)

    def _close(self, kept: list[Kept]) -> None:
        self._closing = closed_beside(self._closing, [view for one in kept for view in one.views.values()])

    def close(self) -> None:
        """Closes what is open."""
        self._close(list(self._kept.values()))
        for thread in self._closing:
            thread.join(PATIENCE)


def tree(leaf: Callable[[Client, Seen], Any]) -> dict[str, Any]:
    """Returns what stands below `self`, by name: what `leaf` makes of an entry, or a branch with more."""
    found: dict[str, Any] = {}
    for entry in ENTRIES:
        for seen in entry.seen:
            # What is among the caches, self.cache has itself.
            if seen.path.startswith('self.cache.'):
                continue
            *branches, last = seen.path.split('.')[1:]
            where = found
            for name in branches:
                where = where.setdefault(name, {})
            where[last] = leaf(entry, seen)
    return {name: _branch(f'self.{name}', one) for name, one in found.items()}


def _branch(called: str, made: Any) -> Any:
    if not isinstance(made, dict):
        return made
    parts = {name: _branch(f'{called}.{name}', one) for name, one in made.items()}
    if called == 'self.out':
        return parts
    return Branch(called, parts)


class Root(Lacking):
    """An attribute of services that has connections below it; services may set their own."""

    def _absent(self, service: Any, owner: Any) -> Any:
        if service is None:
            return self
        found = service.server.opened.roots[self._name]
        return found() if isinstance(found, One) else found


#: What services have at their own, besides `self.out`.
ROOTS = tuple(name for name in tree(lambda *_: None) if name != 'out')
