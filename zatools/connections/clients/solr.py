"""Solr as services call it, with pysolr; pings ask it as REST connections are."""

from __future__ import annotations

import logging
from typing import Any

from zatools.connections.clients.asked import AskedView
from zatools.connections.rest import RestConnection


class Solr(AskedView):
    """`self.search.solr.get('Shop')` of 3.2, whose `conn` is the client of pysolr."""

    called = 'self.search.solr[…]'
    _client: Any

    def __init__(self, connection: RestConnection, generation: str) -> None:
        super().__init__(connection, generation)
        import pysolr

        # It logs addresses, passwords in them included, and each failure that it raises.
        logging.getLogger('pysolr').setLevel(logging.CRITICAL + 1)
        # A host that the definition does not name gets nothing.
        self._calls.session.max_redirects = 0
        address = str(connection.item.values.get('address') or '')
        self._client = pysolr.Solr(address, timeout=connection.timeout, session=self._calls.session)

    @property
    def conn(self) -> Any:
        """The client: `search`, `add`, `delete` and the like, which raise pysolr.SolrError."""
        return self._client
