"""MongoDB, with pymongo: a login for pings, and the client that services get."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any

from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Conn, RefusedError
from zatools.connections.pong import Attempt, brief, printable

PORT = 27017
#: What servers answer to a login that is none of theirs.
NO_LOGIN = frozenset({18, 11})
#: Words of what pymongo says, in small letters, and the failure that they mean.
SAID = (
    ('certificate_verify_failed', 'tls-ca'),
    ('certificate verify failed', 'tls-ca'),
    ('wrong_version_number', 'client-tls-none'),
    ('record layer failure', 'client-tls-none'),
    ('timed out', 'read-timeout'),
    ('connection closed', 'reset'),
    ('connection reset', 'reset'),
)


@dataclass(frozen=True)
class Peer(peer.Several):
    """A server, or the servers of a replica set."""

    word = 'MongoDB'
    address = 'server_list'
    blamed = {'client-tls-none': 'is_tls_enabled', 'ca-certificate': 'tls_ca_certs_file'}

    @property
    def servers(self) -> list[tuple[str, int]]:
        """Hosts and ports."""
        return [_server(line) for line in self.about.lines('server_list')] or [('', PORT)]

    def open(self, seconds: float) -> Any:
        """Returns a client that is connected and logged in. Raises PyMongoError, OSError, RefusedError."""
        # pymongo tries until its time is up, also where nobody listens.
        self._reach(seconds)
        client = self.client(seconds)
        try:
            client.admin.command('ping')
        except BaseException:
            client.close()
            raise
        return client

    def _reach(self, seconds: float) -> None:
        problem: OSError | None = None
        for where in self.servers:
            try:
                socket.create_connection(where, seconds).close()
                return
            except OSError as error:
                problem = problem or error
        assert problem is not None
        raise problem

    def client(self, seconds: float = 0) -> Any:
        """Returns a client, which connects when it is first used, within `seconds` or those of the definition."""
        import pymongo

        about = self.about
        options: dict[str, Any] = {'tz_aware': bool(about.get('is_tz_aware')), 'authSource': about.text('auth_source')}
        if self.login:
            options |= {'username': self.login, 'password': about.secret()}
            options['authMechanism'] = about.text('auth_mechanism') or None
        selected = seconds or about.number('server_select_timeout') or 5
        options['serverSelectionTimeoutMS'] = int(selected * 1000)
        options['connectTimeoutMS'] = int((seconds or about.number('connect_timeout') or 10) * 1000)
        options['socketTimeoutMS'] = int((seconds or about.number('socket_timeout') or 30) * 1000)
        options |= {'replicaSet': about.text('replica_set'), 'appname': about.text('app_name'), **self._tls()}
        given = {name: value for name, value in options.items() if value not in ('', None)}
        return pymongo.MongoClient([f'{host}:{port}' for host, port in self.servers], connect=False, **given)

    def _tls(self) -> dict[str, Any]:
        about = self.about
        if not about.get('is_tls_enabled'):
            return {}
        is_verified = about.get('is_tls_validation_enabled') is not False and about.text('tls_validate') != 'CERT_NONE'
        found: dict[str, Any] = {'tls': True}
        if not is_verified:
            found['tlsAllowInvalidCertificates'] = True
        elif about.get('is_tls_match_hostname_enabled') is False:
            found['tlsAllowInvalidHostnames'] = True
        if about.text('tls_private_key_file'):
            advice = 'put the key into the file of the certificate'
            raise RefusedError('client-setting', setting='tls_private_key_file', advice=advice)
        files = {'tlsCAFile': 'tls_ca_certs_file', 'tlsCertificateKeyFile': 'tls_cert_key_file'}
        for name, key in (*files.items(), ('tlsCertificateKeyFile', 'tls_cert_file')):
            path = os.path.expanduser(about.text(key))
            if path and not os.path.isfile(path):
                raise RefusedError('ca-certificate', reason='there is no such file')
            if path:
                found[name] = path
        return found

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks for the version."""
        version = brief(client.server_info().get('version'))
        attempt.facts.update(product=self.word, version=version)
        return f'{self.word} {version}'.strip()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the server said, and what pymongo says in words alone."""
        from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

        said = str(error)
        words = {
            'reason': printable(said.partition(', full error')[0]),
            'issuer': 'unknown',
            'tls': 'tls_ca_certs_file',
        }
        if isinstance(error, OperationFailure) and error.code in NO_LOGIN:
            return 'client-login', words
        if isinstance(error, (ConfigurationError, OperationFailure)):
            return 'client-refused', words
        name = next((name for part, name in SAID if part in said.lower()), '')
        if not name and isinstance(error, PyMongoError) and not isinstance(error, OSError):
            name = 'client-protocol'
        return name, words


def _server(line: str) -> tuple[str, int]:
    host, colon, port = line.removeprefix('mongodb://').rpartition(':')
    if not colon or not port.isdigit():
        return line.strip('[]'), PORT
    return host.strip('[]'), int(port)


class Mongo(Conn):
    """`self.out.mongodb['Shop']` of 3.2, whose `conn.client` is the client."""

    called = 'self.out.mongodb[…].conn'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.client = client(connection)

    def close(self) -> None:
        """Closes what is open."""
        self.client.close()


def client(connection: ClientConnection) -> Any:
    """Returns the client itself: `self.mongodb['Shop']` of 4.1."""
    found = connection.peer
    assert isinstance(found, Peer)
    return found.client()
