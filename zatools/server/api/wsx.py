"""`self.wsx` of 3.2: what services send to the clients of WebSocket channels by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zatools.kinds.traits import WEB_SOCKETS
from zatools.place import did_you_mean
from zatools.server.api.exceptions import Inactive, unsupported
from zatools.server.api.outgoing import NoConnectionError
from zatools.server.api.supported import Supported
from zatools.server.channels.web_clients import ANSWERED, Socket
from zatools.server.parts import is_on
from zatools.state import Item

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime


class Wsx(Supported):
    """`self.wsx`."""

    called = 'self.wsx'

    def __init__(self, server: Runtime) -> None:
        if server.generation != '3.2':
            raise unsupported('self.wsx', f'Zato {server.generation} has no WebSocket channels')
        self._server = server
        self.channel = Channels(server)

    def invoke(self, cid: str, pub_client_id: str, request: Any, timeout: float = ANSWERED) -> Any:
        """Sends a request to one client, and returns what it answers. Raises TimeoutError, ConnectionError."""
        found = self._server.parts.clients.one(pub_client_id)
        if found is None:
            raise ConnectionError(f"no WebSocket client '{pub_client_id}' is logged in")
        return found.invoke(request, timeout)


class Channels(Mapping[str, 'ChannelClients']):
    """`self.wsx.channel`: the channels of the definitions, by name."""

    def __init__(self, server: Runtime) -> None:
        self._server = server

    def _items(self) -> dict[str, Item]:
        return {item.name: item for item in self._server.state.values() if item.kind.served == WEB_SOCKETS}

    def __getitem__(self, name: str) -> ChannelClients:
        items = self._items()
        if name not in items:
            hint = did_you_mean(name, items) or f'there are: {", ".join(sorted(items)) or "none"}'
            raise NoConnectionError(f"no WebSocket channel '{name}'; {hint}")
        if not is_on(items[name], self._server.generation):
            raise Inactive(f"WebSocket channel '{name}' is not active")
        if not self._server.parts.is_running:
            advice = 'run it without --workers, or publish to a topic that clients are subscribed to'
            raise ConnectionError(f"'{name}': WebSocket channels are open in the first worker alone; {advice}")
        return ChannelClients(self._server, name)

    def get(self, name: str, *_: Any) -> ChannelClients:
        """Returns a channel, as brackets do."""
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())


class ChannelClients(Supported):
    """`self.wsx.channel['Orders']`."""

    called = 'self.wsx.channel[…]'

    def __init__(self, server: Runtime, name: str) -> None:
        self._server, self.name = server, name

    @property
    def clients(self) -> list[Socket]:
        """The clients that are logged in."""
        return self._server.parts.clients.of(self.name)

    def broadcast(self, data: Any) -> None:
        """Sends data to all clients, and waits for none of them."""
        for one in self.clients:
            # Who left in this moment gets nothing.
            with suppress(ConnectionError):
                one.send(data)

    def invoke(self, data: Any, timeout: float = ANSWERED, **whose: str) -> Any:
        """Sends data to the client with a `pub_client_id`, `client_id` or `client_name`, and returns its answer.

        Where several have it, the one that came last is asked. Raises TimeoutError, ConnectionError.
        """
        return self._one(whose).invoke(data, timeout)

    def send(self, data: Any, **whose: str) -> None:
        """Sends data to such a client, and waits for nothing. Raises ConnectionError."""
        self._one(whose).send(data)

    def _one(self, whose: Mapping[str, str]) -> Socket:
        if not whose or not whose.keys() <= OF_CLIENTS.keys():
            raise TypeError(f"a client of '{self.name}' is found by one of: {', '.join(OF_CLIENTS)}")
        wanted = {OF_CLIENTS[name]: value for name, value in whose.items()}
        for one in reversed(self.clients):
            if all(getattr(one, name) == value for name, value in wanted.items()):
                return one
        shown = ', '.join(f'{name} {value!r}' for name, value in whose.items())
        raise ConnectionError(f"WebSocket channel '{self.name}': no client with {shown} is logged in")


#: By what a client is found, and the attribute that has it.
OF_CLIENTS: Mapping[str, str] = {
    'pub_client_id': 'pub_client_id',
    'client_id': 'ext_client_id',
    'client_name': 'ext_client_name',
}
