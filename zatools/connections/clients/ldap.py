"""LDAP, with ldap3: a bind for pings, and bound connections for services."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from zatools.connections.clients import peer
from zatools.connections.clients.peer import Conn, RefusedError
from zatools.connections.pong import Attempt, printable

#: What the first servers of a definition are asked for, and what they may say of themselves.
ABOUT = ('vendorName', 'vendorVersion')
PORTS = {False: 389, True: 636}
#: Words of what ldap3 says, in small letters, and the failure that they mean.
SAID = (
    ('certificate_verify_failed', 'tls-ca'),
    ('certificate verify failed', 'tls-ca'),
    ('wrong_version_number', 'client-tls-none'),
    ('unexpected_eof', 'client-tls-none'),
    # What older versions of Python call the same.
    ('closed (eof)', 'client-tls-none'),
    ('starttls', 'client-tls-none'),
    ('timed out', 'read-timeout'),
    ('ssl wrapping error', 'tls'),
)


@dataclass(frozen=True)
class Peer(peer.Several):
    """A directory; of several servers the first that answers counts."""

    word = 'LDAP'
    address = 'server_list'
    blamed = {'client-tls-none': 'use_tls', 'ca-certificate': 'tls_ca_certs_file'}

    @property
    def servers(self) -> list[tuple[str, int, bool]]:
        """Hosts and ports, and whether TLS begins at once there."""
        return [self._server(line) for line in self.about.lines('server_list')] or [('', 0, False)]

    def _server(self, line: str) -> tuple[str, int, bool]:
        try:
            parts = urlsplit(line if '://' in line else f'ldap://{line}')
            is_secure = parts.scheme == 'ldaps' or bool(self.about.get('is_tls_enabled') or self.about.get('use_tls'))
            is_secure = is_secure and not self._starts_tls
            return parts.hostname or '', parts.port or PORTS[is_secure], is_secure
        except ValueError:
            return line, 0, False

    @property
    def _starts_tls(self) -> bool:
        return self.about.text('auto_bind') == 'TLS_BEFORE_BIND'

    def reason_to_skip(self) -> str:
        """Names a way to log in that is not known here."""
        given = self.about.text('sasl_mechanism')
        return f"pings and services can't log in by {printable(given)}" if given else ''

    def open(self, seconds: float) -> Any:
        """Returns a connection that is bound. Raises LDAPException, RefusedError."""
        return self.bound(self.about.text('username'), self.about.secret(), seconds)

    def bound(self, user: str, secret: str, seconds: float) -> Any:
        """Returns a connection that somebody is bound to, at the first server that lets them."""
        from ldap3.core.exceptions import LDAPException

        problem: Exception = RefusedError('client-refused', reason='there is no server')
        for server in self.servers:
            try:
                return self._bound_at(server, user, secret, seconds)
            except LDAPException as error:
                problem = error
        raise problem

    def _bound_at(self, where: tuple[str, int, bool], user: str, secret: str, seconds: float) -> Any:
        import ldap3

        host, port, is_secure = where
        server = ldap3.Server(
            host, port, use_ssl=is_secure, tls=self._tls(), get_info=ldap3.NONE, connect_timeout=max(1, int(seconds))
        )
        way = self.about.text('auth_type') or 'SIMPLE'
        connection = ldap3.Connection(
            server,
            user or None,
            secret or None,
            authentication=getattr(ldap3, way) if user else ldap3.ANONYMOUS,
            read_only=bool(self.about.get('is_read_only')),
            receive_timeout=max(1, int(seconds)),
        )
        try:
            connection.open()
            if self._starts_tls and not connection.start_tls():
                raise RefusedError('client-tls-none')
            if connection.bind():
                return connection
            raise _refused(connection.result)
        except BaseException:
            # Which ldap3 forgets where it could not finish.
            if connection.socket is not None:
                connection.socket.close()
            raise

    def _tls(self) -> Any:
        import ldap3

        about = self.about
        options = {'local_private_key_file': 'tls_private_key_file', 'local_certificate_file': 'tls_cert_file'}
        options |= {'ca_certs_file': 'tls_ca_certs_file'}
        found = {name: about.text(key) or None for name, key in options.items()}
        validate = getattr(ssl, about.text('tls_validate') or 'CERT_REQUIRED')
        try:
            return ldap3.Tls(validate=validate, **found)
        except ldap3.core.exceptions.LDAPException as error:
            raise RefusedError('ca-certificate', reason=printable(str(error))) from None

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks the server who it is, which most do not say."""
        client.search('', '(objectClass=*)', 'BASE', attributes=['*', '+'])
        found = client.response[0]['attributes'] if client.response else {}
        said = ' '.join(str(value) for name in ABOUT for value in found.get(name, ()))
        attempt.facts.update(product=printable(said, 60))
        return f'LDAP {printable(said, 60)}'.strip()

    def close(self, client: Any) -> None:
        """Says goodbye."""
        client.unbind()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what ldap3 says in words alone."""
        said = ' '.join(map(str, error.args)).lower()
        return next((name for words, name in SAID if words in said), ''), {
            'reason': printable(said),
            'issuer': 'unknown',
            'tls': 'tls_ca_certs_file',
        }


def _refused(found: Mapping[str, Any]) -> RefusedError:
    if found['description'] == 'invalidCredentials':
        return RefusedError('client-login')
    said = ': '.join(filter(None, (str(found['description']), str(found['message']))))
    return RefusedError('client-refused', reason=printable(said))


class Ldap(Conn):
    """`self.out.ldap['Directory'].conn`."""

    called = 'self.out.ldap[…].conn'

    @contextmanager
    def get(self) -> Iterator[Any]:
        """Yields a connection of ldap3 that is bound. Raises LDAPException, ConnectionError."""
        client = self._open()
        try:
            yield client
        finally:
            client.unbind()

    def _open(self) -> Any:
        try:
            return self._connection.peer.open(self._connection.timeout)
        except RefusedError as error:
            raise self._told(error) from None

    def check_credentials(self, user_data: str, secret: str, raise_on_error: bool = True) -> bool:
        """Tells whether somebody can log in. Raises ConnectionError where they can't, unless told not to."""
        found = self._connection.peer
        assert isinstance(found, Peer)
        try:
            # A bind without a secret is one as nobody, which directories let in.
            if not user_data or not secret:
                raise RefusedError('client-login')
            found.bound(user_data, secret, self._connection.timeout).unbind()
        except RefusedError:
            if raise_on_error:
                raise ConnectionError(f"'{self.name}': it does not let {printable(user_data)!r} in") from None
            return False
        return True
