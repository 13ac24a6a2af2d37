"""ElasticSearch, with its own client: who the server is for pings, and the client that services get."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from zatools.connections import http
from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Named, RefusedError, context_of
from zatools.connections.pong import Attempt, brief, shown_url

PORTS = {'http': 9200, 'https': 9200}


@dataclass(frozen=True)
class Peer(peer.Peer):
    """The servers of a cluster."""

    word = 'ElasticSearch'
    blamed = {'client-tls-none': 'address_list', 'ca-certificate': 'tls_ca_certs_file'}

    @property
    def address(self) -> str:  # type: ignore[override]
        """The field of the addresses, which 3.2 calls otherwise."""
        return next(name for name in ('hosts', 'address_list') if self.about.item.kind.by_name.get(name))

    @property
    def addresses(self) -> list[str]:
        """URLs of the servers."""
        return [_url(line) for line in self.about.lines(self.address)] or ['http://']

    @property
    def target(self) -> str:
        """The URL of the first server."""
        return shown_url(self.addresses[0])

    @property
    def host(self) -> str:
        """The host of the first server."""
        return _place(self.addresses[0])[0]

    @property
    def port(self) -> int:
        """The port of the first server."""
        return _place(self.addresses[0])[1]

    def open(self, seconds: float) -> Any:
        """Returns a client, which connects with its first call."""
        return self.client(seconds)

    def client(self, seconds: float = 0) -> Any:
        """Returns a client that waits for `seconds`, or those of the definition. Raises RefusedError."""
        from elasticsearch import Elasticsearch

        wrong = RefusedError('client-setting', setting=self.target, advice='an address is one such as http://host:9200')
        if not self.host:
            raise wrong

        # We tell of failures ourselves.
        logging.getLogger('elastic_transport').setLevel(logging.CRITICAL + 1)
        about = self.about
        options: dict[str, Any] = {'request_timeout': seconds or about.number('timeout') or 90, 'max_retries': 0}
        if self.login:
            options['basic_auth'] = self.login, about.secret()
        if any(address.startswith('https:') for address in self.addresses):
            is_verified = about.get('is_tls_validation_enabled') is not False
            key = about.text('tls_cert_key_file')
            options['ssl_context'] = context_of(is_verified, about.text('tls_ca_certs_file'), key, key)
        try:
            return Elasticsearch(self.addresses, **options)
        except ValueError:
            raise wrong from None

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks who the server is."""
        found = client.info()
        version = brief(found.get('version', {}).get('number'))
        attempt.facts.update(product=self.word, version=version)
        return f'{self.word} {version}'.strip()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells answers from none, and other products from this one."""
        import elastic_transport
        import elasticsearch

        if isinstance(error, elasticsearch.AuthenticationException):
            return 'client-login', {}
        if isinstance(error, elasticsearch.UnsupportedProductError):
            return 'client-protocol', {}
        if isinstance(error, elastic_transport.ConnectionTimeout):
            return 'read-timeout', {}
        if isinstance(error, elasticsearch.ApiError):
            reason = f'HTTP {error.status_code}'
            if 'media_type' in str(error):
                reason = 'it speaks another version of the protocol: install the elasticsearch package of its version'
            return 'client-refused', {'reason': reason}
        if isinstance(error, elastic_transport.SerializationError):
            return 'client-protocol', {}
        if isinstance(error, elastic_transport.TransportError):
            name, reason = http.name_of(error)
            return name, {'reason': reason, 'issuer': 'unknown', 'tls': 'is_tls_validation_enabled: false'}
        return '', {}


def _url(line: str) -> str:
    if '://' not in line:
        line = f'http://{line}'
    host, port = _place(line)
    if port or not host:
        return line
    parts = urlsplit(line)
    return f'{parts.scheme}://{parts.hostname}:{PORTS.get(parts.scheme, 9200)}{parts.path}'


def _place(url: str) -> tuple[str, int]:
    # No host is that of a URL that is none.
    try:
        parts = urlsplit(url)
        return parts.hostname or '', parts.port or 0
    except ValueError:
        return '', 0


class Elastic(Named):
    """`self.search.es.get('Shop')` of 3.2, whose `conn` is the client."""

    called = 'self.search.es[…]'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.conn = client(connection)

    def close(self) -> None:
        """Closes what is open."""
        self.conn.close()


def client(connection: ClientConnection) -> Any:
    """Returns the client itself: `self.es['Shop']` of 4.1."""
    found = connection.peer
    assert isinstance(found, Peer)
    return found.client()
