"""Jira as services call it, with atlassian-python-api; pings ask it as REST connections are asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zatools.connections.calls import CallFailedError
from zatools.connections.clients import CLIENTS
from zatools.connections.clients.peer import View
from zatools.connections.login import secret_of
from zatools.connections.pong import Attempt
from zatools.connections.rest import RestConnection
from zatools.kinds.traits import JIRA

#: Connections that are kept open for services.
CALLERS = 20
#: The version of the API where the definition names none that Jira has.
USUAL = 'latest'


class Jira(View):
    """`self.cloud.jira['Ours'].conn`."""

    called = 'self.cloud.jira[…].conn'

    def __init__(self, connection: RestConnection, generation: str) -> None:
        self._asked = connection
        self.name = connection.item.name
        if CLIENTS[JIRA].lacked:
            raise CallFailedError(f"'{self.name}': Jira needs a package of its own: pip install {CLIENTS[JIRA].lacked}")
        self._session = connection.kept_session(CALLERS)

    @property
    def conn(self) -> Jira:
        """The connection itself."""
        return self

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a client of atlassian-python-api. Its calls raise requests' exceptions."""
        from atlassian import Jira as Client

        values = self._asked.item.values
        version = str(values.get('api_version') or '')
        if not version.isdigit():
            version = USUAL
        yield Client(
            str(values.get('address') or ''),
            str(values.get('username') or ''),
            secret_of(self._asked.item),
            timeout=int(self._asked.timeout),
            api_version=version,
            session=self._session,
            cloud=values.get('is_cloud') is not False,
        )

    def ping(self) -> str:
        """Pings Jira and returns what came of it. Raises ConnectionError where it is not up."""
        pong = self._asked.ping(Attempt(self._asked.timeout))
        if pong.failure:
            raise ConnectionError(f"'{self.name}': {pong.sentence}")
        return pong.sentence

    def close(self) -> None:
        """Closes what is open."""
        self._session.close()
