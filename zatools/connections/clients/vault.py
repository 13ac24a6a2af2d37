"""HashiCorp Vault as services call it, with hvac; pings ask it as REST connections are."""

from __future__ import annotations

from typing import Any

from zatools.connections.clients.asked import AskedView
from zatools.connections.login import secret_of
from zatools.connections.rest import RestConnection


class Vault(AskedView):
    """`self.out.vault['Keys']` of 3.2, whose `client` is that of hvac."""

    called = 'self.out.vault[…]'

    def __init__(self, connection: RestConnection, generation: str) -> None:
        super().__init__(connection, generation)
        import hvac

        item = connection.item
        # With a token of its own, if an empty one, and no redirects: neither the environment's token nor a host
        # that the definition does not name has any part in it.
        self.client: Any = hvac.Client(
            url=str(item.values.get('url') or ''),
            token=secret_of(item),
            timeout=connection.timeout,
            verify=self._calls.session.verify,
            session=self._calls.session,
            allow_redirects=False,
        )
