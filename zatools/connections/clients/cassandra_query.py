"""3.2's queries of Cassandra: compiled by a ping, run by services with values for their parameters."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from zatools.connections.clients import cassandra
from zatools.connections.clients.cassandra import Using
from zatools.connections.clients.peer import ClientConnection, Definition, RefusedError
from zatools.connections.login import password_spot
from zatools.connections.pong import Attempt, printable, spot
from zatools.place import did_you_mean


@dataclass(frozen=True)
class Peer(cassandra.Peer):
    """The hosts of the cluster that a query is for."""

    blamed = {'query': 'value'}

    @property
    def defined(self) -> Definition:
        """The definition that the query names; connections without it are not made."""
        return Definition(self.about.login or self.about.item, self.about.generation)

    def reason_to_skip(self) -> str:
        """Tells that the query's definition is not active."""
        if self.defined.get('is_active') is not False:
            return ''
        return f"its definition '{printable(self.defined.item.name)}' is not active"

    @property
    def query(self) -> str:
        """The query, in CQL."""
        found = self.about.get('value')
        return found.decode('utf-8', 'replace') if isinstance(found, bytes) else str(found or '')

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Has the query compiled."""
        said = super().greet(client, attempt)
        from cassandra import RequestValidationException
        from cassandra.protocol import ErrorMessage

        try:
            client.prepare(self.query)
        except (RequestValidationException, ErrorMessage) as error:
            raise RefusedError('query', reason=cassandra.reason_of(error)) from None
        return f"{said}, which knows the query's tables"

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the hosts said, of the definition or the query."""
        name, words = super().explain(error)
        login = self.defined.item
        return name, {**words, 'password': password_spot(login), 'field': spot(login, self.address)}


class Query(Using):
    """`self.cassandra_query['Customers']` of 3.2."""

    called = 'self.cassandra_query[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._lock = threading.Lock()
        self._prepared: Any = None

    def execute(self, **params: Any) -> Any:
        """Runs the query and returns its rows, which are dicts. Raises TypeError for parameters that it hasn't."""
        session = self._session()
        found = self._compiled(session)
        known = [column.name for column in found.column_metadata]
        for name in params:
            if name not in known:
                hint = did_you_mean(name, known) or f'there are: {", ".join(known) or "none"}'
                raise TypeError(f"query '{self.name}' has no parameter '{name}'; {hint}")
        missing = [name for name in known if name not in params]
        if missing:
            raise TypeError(f"query '{self.name}' wants {', '.join(missing)}")
        return session.execute(found, params)

    def _compiled(self, session: Any) -> Any:
        with self._lock:
            if self._prepared is None:
                found = self._peer
                assert isinstance(found, Peer)
                self._prepared = session.prepare(found.query)
            return self._prepared
