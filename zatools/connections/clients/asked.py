"""What services get of a connection that is asked over HTTP, as REST connections are, and has calls of its own."""

from __future__ import annotations

from typing import Self

from zatools.connections.calls import CallFailedError, RestCalls
from zatools.connections.clients import CLIENTS
from zatools.connections.clients.peer import View, pinged
from zatools.connections.rest import RestConnection


class AskedView(View):
    """A view of a connection over HTTP: its login, its TLS, its deadline and its sentences are those of REST.

    Raises CallFailedError where the package of its protocol is missing.
    """

    def __init__(self, connection: RestConnection, generation: str) -> None:
        self._rest = connection
        self.name = connection.item.name
        protocol = connection.item.kind.protocol
        if CLIENTS[protocol].lacked:
            what = f'{protocol} needs a package of its own: pip install {CLIENTS[protocol].lacked}'
            raise CallFailedError(f"'{self.name}': {what}")
        self._calls = RestCalls(connection, connection.kept_session())

    @property
    def conn(self) -> Self:
        """The connection itself."""
        return self

    def ping(self) -> str:
        """Pings the other side and returns what came of it. Raises ConnectionError where it is not up."""
        return pinged(self._rest)

    def close(self) -> None:
        """Closes what is open."""
        self._calls.session.close()
