"""`self.rest`: outgoing REST connections whose calls need no CID, and calls of URLs that no definition has."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zatools.server.api.outgoing import ByName, Rest

#: Calls of a REST connection that self.rest gives the CID.
SHORT_CALLS = frozenset(['get', 'post', 'send', 'put', 'patch', 'delete', 'options', 'head', 'ping', 'upload'])
#: Calls of URLs.
VERBS = frozenset(['delete', 'head', 'patch', 'post', 'put'])


class ShortRest:
    """`self.rest`: connections whose calls need no CID."""

    def __init__(self, connections: ByName, cid: str) -> None:
        self._connections, self._cid = connections, cid

    def __getitem__(self, name: str) -> ShortCalls:
        return ShortCalls(self._connections[name], self._cid)

    def get(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Returns a connection by its name, or what is at a URL."""
        if '://' in name:
            return self._connections.at_url('get', name, *args, **kwargs)
        return self[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        if name in VERBS:
            return partial(self._connections.at_url, name)
        safe = {re.sub(r'\W', '_', given): given for given in self._connections}
        return self[safe.get(name, name)]


class ShortCalls:
    """`self.rest['CRM']`: a connection whose calls need no CID; one that is given first is taken for what it is."""

    def __init__(self, connection: Rest, cid: str) -> None:
        self._connection, self._cid = connection, cid

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in SHORT_CALLS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if args and args[0] == self._cid:
                args = args[1:]
            return found(self._cid, *args, **kwargs)

        return call
