"""Addresses of AMQP brokers, such as amqp://host:5672/vhost."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

PORTS = {'amqp': 5672, 'amqps': 5671}
NETLOC = re.compile(
    r'(?:\[(?P<ipv6>[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*)\]|(?P<host>[^\[\]:]+))(?::(?P<port>[0-9]*))?'
)


class Broker(NamedTuple):
    """Where an AMQP broker is: what two addresses are compared by."""

    scheme: str
    host: str
    port: int
    vhost: str

    @property
    def netloc(self) -> str:
        """The host as URLs have it, addresses of IPv6 in brackets, and the port."""
        return f'{url_host(self.host)}:{self.port}'

    def __str__(self) -> str:
        path = '' if self.vhost == '/' else f'/{quote(self.vhost, safe="")}'
        return f'{self.scheme}://{self.netloc}{path}'


def url_host(host: str) -> str:
    """Returns a host as URLs have it: addresses of IPv6 in brackets."""
    return f'[{host}]' if ':' in host else host


def broker(address: str) -> Broker | None:
    """Returns the broker of an address such as amqp://host:5672/vhost; None where it can't be read."""
    scheme, _, rest = address.rpartition('://')
    scheme = scheme.lower() or 'amqp'
    authority, _, vhost = rest.partition('/')
    parts = NETLOC.fullmatch(authority.rpartition('@')[2])
    if scheme not in PORTS or not parts:
        return None
    port = int(parts['port'] or PORTS[scheme])
    host = (parts['ipv6'] or parts['host']).lower()
    return Broker(scheme, host, port, unquote(vhost) or '/') if 0 < port < 65536 else None
