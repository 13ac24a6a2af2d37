"""Cassandra, with the driver of DataStax: a login and a keyspace for pings, and the session that services get.

A driver's cluster has threads and connections of its own, so all that use a definition share one.
"""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from zatools.connections import causes
from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Definition, Named, RefusedError, context_of
from zatools.connections.pong import Attempt, brief, printable

PORT = 9042
VERSION = 'SELECT release_version FROM system.local'


class Node(NamedTuple):
    """An address of a host of the definition, and the host's name."""

    address: str
    name: str


@dataclass(frozen=True)
class Peer(peer.Peer):
    """The hosts of a cluster. Others that these tell of are not connected to."""

    word = 'Cassandra'
    address = 'contact_points'
    blamed = {
        'database': 'default_keyspace',
        'client-tls-none': 'tls_ca_certs',
        'ca-certificate': 'tls_ca_certs',
        'client-certificate': 'tls_client_cert',
    }

    @property
    def defined(self) -> Definition:
        """The definition with hosts and login."""
        return self.about

    @property
    def login(self) -> str:
        """Who logs in."""
        return self.defined.text(self.user)

    @property
    def hosts(self) -> list[str]:
        """The hosts."""
        return self.defined.lines('contact_points') or ['']

    @property
    def host(self) -> str:
        """The first host."""
        return self.hosts[0]

    @property
    def port(self) -> int:
        """The port there."""
        return self.defined.number('port') or PORT

    @property
    def keyspace(self) -> str:
        """The keyspace of queries that name none."""
        return self.defined.text('default_keyspace')

    @property
    def target(self) -> str:
        """The first host, port and keyspace."""
        return f'cassandra://{self.where}/{printable(self.keyspace, 60)}'

    @cached_property
    def context(self) -> Any:
        """The context of TLS; None without. Raises RefusedError."""
        about = self.defined
        names = ('tls_ca_certs', 'tls_client_cert', 'tls_client_priv_key')
        ca, cert, key = (about.text(name) for name in names)
        return context_of(True, ca, cert, key) if ca or cert else None

    def open(self, seconds: float) -> Any:
        """Returns a session at the first host that answers. Raises what the driver does, OSError, RefusedError."""
        return self.session([self._reached(seconds)], seconds, has_schema=False)

    def opened(self, seconds: float) -> Any:
        """Returns a session at all hosts, in the keyspace. Raises as `open` does."""
        self._reached(seconds)
        return self.session(self._nodes(), seconds, has_schema=True)

    def _nodes(self) -> list[Node]:
        found: list[Node] = []
        problem: OSError | None = None
        if not self.host:
            raise RefusedError('client-setting', setting='contact_points', advice='one line a host')
        for name in self.hosts:
            try:
                addresses = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
            except UnicodeError:
                raise RefusedError('dns', host=printable(name)) from None
            except OSError as error:
                problem = problem or error
                continue
            found += [Node(str(one[4][0]), name) for one in addresses]
        if not found and problem:
            raise problem
        return list(dict.fromkeys(found))

    def _reached(self, seconds: float) -> Node:
        # The driver tries for long, and hides why: a look at each host first says it as all pings do.
        problem: OSError | None = None
        for node in self._nodes():
            try:
                with socket.create_connection((node.address, self.port), seconds) as plain:
                    if self.context:
                        self.context.wrap_socket(plain, server_hostname=node.name).close()
                return node
            except OSError as error:
                problem = problem or error
        assert problem is not None
        raise problem

    def session(self, nodes: list[Node], seconds: float, has_schema: bool) -> Any:
        """Returns a session in the keyspace, whose rows are dicts. Raises what the driver does, RefusedError."""
        cluster = self._cluster(nodes, seconds, has_schema)
        try:
            session = cluster.connect()
            self._choose(session)
        except BaseException:
            cluster.shutdown()
            raise
        return session

    def _choose(self, session: Any) -> None:
        from cassandra import InvalidRequest

        try:
            session.set_keyspace(self.keyspace)
        except InvalidRequest:
            raise RefusedError('database', database=printable(self.keyspace, 60)) from None

    def _cluster(self, nodes: list[Node], seconds: float, has_schema: bool) -> Any:
        # We tell of failures ourselves.
        logging.getLogger('cassandra').setLevel(logging.CRITICAL + 1)
        from cassandra import DependencyException

        try:
            from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
        except DependencyException:
            advice = 'it needs its extension for libev, which its packages for this Python lack'
            raise RefusedError('client-setting', setting='cassandra-driver', advice=advice) from None
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.policies import HostFilterPolicy, RoundRobinPolicy
        from cassandra.query import dict_factory

        about, known = self.defined, {node.address for node in nodes}
        options: dict[str, Any] = {'executor_threads': about.number('exec_size') or 2}
        if about.number('proto_version'):
            options['protocol_version'] = about.number('proto_version')
        if self.login:
            options['auth_provider'] = PlainTextAuthProvider(self.login, about.secret())
        named = HostFilterPolicy(RoundRobinPolicy(), lambda host: host.address in known)
        profile = ExecutionProfile(load_balancing_policy=named, row_factory=dict_factory, request_timeout=seconds)
        return Cluster(
            [_endpoint(node, self.port, bool(self.context)) for node in nodes],
            self.port,
            ssl_context=self.context,
            connect_timeout=seconds,
            control_connection_timeout=seconds,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            schema_metadata_enabled=has_schema,
            token_metadata_enabled=False,
            **options,
        )

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks for the version."""
        row = client.execute(VERSION, timeout=attempt.remaining).one() or {}
        version = brief(row.get('release_version'))
        attempt.facts.update(product=self.word, version=version)
        return f'{self.word} {version}'.strip()

    def close(self, client: Any) -> None:
        """Ends a session, with the threads of its cluster."""
        client.cluster.shutdown()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the hosts said, which the driver keeps beside its own words."""
        from cassandra import AuthenticationFailed, DriverException, OperationTimedOut
        from cassandra.connection import ConnectionShutdown, ProtocolVersionUnsupported
        from cassandra.protocol import ErrorMessage

        error = _first(error)
        if isinstance(error, OSError):
            name, reason = causes.name_of(error)
            return name, {'reason': reason}
        names = (
            (AuthenticationFailed, 'client-login'),
            (OperationTimedOut, 'read-timeout'),
            (ConnectionShutdown, 'reset'),
            ((DriverException, ErrorMessage, ProtocolVersionUnsupported), 'client-refused'),
        )
        # What the driver can't make sense of, it tells in exceptions of all sorts.
        name = next((name for types, name in names if isinstance(error, types)), 'client-protocol')
        return name, {'reason': reason_of(error)}


def reason_of(error: Exception) -> str:
    """Returns what a host said, without what the driver puts around it."""
    text = str(getattr(error, 'message', error))
    return printable(text.partition(' message="')[2].removesuffix('"') or text)


def _first(error: Exception) -> Exception:
    # What the first host said, where there are some that could not be used.
    found = getattr(error, 'errors', None)
    if isinstance(found, dict):
        return next((one for one in found.values() if isinstance(one, Exception)), error)
    return error


def _endpoint(node: Node, port: int, has_tls: bool) -> Any:
    from cassandra.connection import DefaultEndPoint

    class Endpoint(DefaultEndPoint):  # type: ignore[misc]
        """An address whose certificate is for the name that the definition has."""

        ssl_options = {'server_hostname': node.name} if has_tls else None

    return Endpoint(node.address, port)


@dataclass
class Shared:
    """The session of all that use one definition, which is open while anybody does."""

    users: int = 0
    session: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """Sessions by what their definitions say."""

    def __init__(self) -> None:
        self._by_values: dict[Any, Shared] = {}
        self._lock = threading.Lock()

    def taken(self, about: Definition) -> Shared:
        """Returns the session of a definition; whoever takes it gives it back."""
        with self._lock:
            found = self._by_values.setdefault(_values(about), Shared())
            found.users += 1
            return found

    def given_back(self, about: Definition) -> None:
        """Closes a session that nobody uses any more."""
        with self._lock:
            found = self._by_values[_values(about)]
            found.users -= 1
            if found.users:
                return
            del self._by_values[_values(about)]
        if found.session is not None:
            found.session.cluster.shutdown()


SESSIONS = Sessions()


def _values(about: Definition) -> Any:
    given = {name: value for name, value in about.item.values.items() if name not in about.item.kind.secrets}
    return about.secret(), repr(sorted(given.items()))


class Using(Named):
    """What uses the session of a definition."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        found = connection.peer
        assert isinstance(found, Peer)
        self._peer = found
        self._shared = SESSIONS.taken(found.defined)

    def _session(self) -> Any:
        shared, attempt = self._shared, Attempt(self._connection.timeout)
        with shared.lock:
            if shared.session is None:
                try:
                    shared.session = self._peer.opened(self._connection.timeout)
                # The driver raises whatever it likes.
                except Exception as error:
                    raise self._told(error, attempt) from None
            return shared.session

    def close(self) -> None:
        """Gives the session back."""
        SESSIONS.given_back(self._peer.defined)


class Cassandra(Using):
    """`self.cassandra_conn['Shop']` of 3.2."""

    called = 'self.cassandra_conn[…]'

    @property
    def conn(self) -> Any:
        """The session of the driver, whose rows are dicts. Raises ConnectionError where it can't be opened."""
        return self._session()
