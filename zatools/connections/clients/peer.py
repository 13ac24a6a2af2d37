"""What a client is: opens a connection from a definition, greets the other side, says why it failed."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from zatools.connections import causes, tls
from zatools.connections.causes import Names
from zatools.connections.clients import Client, is_hidden, lacked
from zatools.connections.failures import fail, skip
from zatools.connections.login import password_spot, secret_field
from zatools.connections.pong import Attempt, Connection, Pong, Verdict, duration, printable, seconds_of, spot
from zatools.errors import ZatoolsError
from zatools.place import did_you_mean
from zatools.secret import Secret
from zatools.state import Item

#: Seconds, of a second look at a host, that tell whether anybody listens there.
LOOK = 0.2
#: Seconds before the deadline that libraries have to give up.
EARLIER = 0.1
LARGEST = 1024 * 1024
#: Failures that mostly mean a wrong port.
AT_PORT = ('refused', 'not-http', 'client-protocol')


class RefusedError(Exception):
    """A definition can't be used, or the other side refuses it: the name of a failure, and words for its sentence."""

    def __init__(self, name: str, **words: str) -> None:
        super().__init__(name)
        self.name, self.words = name, words


@dataclass(frozen=True)
class Definition:
    """The values of an object, with what its kind says where it gives none. Secrets are texts: never to be shown.

    `login` is the definition that it names to log in by, for kinds that have no secret of their own.
    """

    item: Item
    generation: str = '3.2'
    login: Item | None = field(default=None, repr=False)

    def get(self, name: str) -> Any:
        """Returns a value; the default of the generation where there is none."""
        value = self.item.values.get(name)
        known = self.item.kind.by_name.get(name)
        if value is None and known is not None:
            return known.default_of(self.generation)
        return value

    def text(self, name: str) -> str:
        """Returns a value as text."""
        value = self.get(name)
        return '' if value is None else str(value)

    def number(self, name: str) -> int:
        """Returns a value as a whole number, 0 for none."""
        return int(self.get(name) or 0)

    def lines(self, name: str) -> list[str]:
        """Returns the lines of a value that are not empty."""
        value = self.get(name) or []
        if isinstance(value, str):
            value = value.splitlines()
        return [line for line in (str(one).strip() for one in value) if line]

    def secret(self, name: str = '') -> str:
        """Returns a secret, '' for none. Raises ZatoolsError where it is sealed."""
        value = self.item.values.get(name or secret_field(self.item))
        if isinstance(value, Secret):
            return value.reveal()
        return str(value or '')


@dataclass(frozen=True)
class Peer:
    """The other side of a connection, for one definition. Each protocol has its own; what they raise is explained."""

    about: Definition
    #: What sentences call the protocol: 'Redis', 'MLLP'.
    word: ClassVar[str] = ''
    #: The field of who logs in.
    user: ClassVar[str] = 'username'
    #: What sentences call its secret; '' for what its way to log in calls it.
    secret_word: ClassVar[str] = ''
    #: What to do where it refuses, and not the login.
    advice: ClassVar[str] = 'what do its own logs say?'
    #: The field that failures point at.
    address: ClassVar[str] = 'host'
    #: The failures that exceptions of the library stand for.
    names: ClassVar[Names] = ()
    #: Failures that point at another field: {'client-token': 'secret'}.
    blamed: ClassVar[Mapping[str, str]] = {}
    #: Whether pings do without the package of the protocol.
    package_is_for_services: ClassVar[bool] = False

    @property
    def host(self) -> str:
        """The host."""
        return self.about.text('host')

    @property
    def port(self) -> int:
        """The port there; 0 where there is none."""
        return self.about.number('port')

    @property
    def login(self) -> str:
        """Who logs in."""
        return self.about.text(self.user)

    @property
    def where(self) -> str:
        """Host and port."""
        host = self.host
        if ':' in host and not host.startswith('['):
            host = f'[{host}]'
        return f'{host}:{self.port}'

    @property
    def target(self) -> str:
        """What is called, without secrets."""
        return f'{self.word.lower()}://{self.where}'

    @property
    def timeout(self) -> float:
        """Seconds that the definition allows."""
        return seconds_of(self.about.item)

    def lacked(self) -> str:
        """Returns what pip must install for this definition besides what the entry says; '' for nothing."""
        return ''

    def reason_to_skip(self) -> str:
        """Returns why such a definition can't be used here; '' where it can."""
        return ''

    def open(self, seconds: float) -> Any:
        """Opens a connection and logs in, each step within `seconds`. Raises what the library does, or RefusedError."""
        raise NotImplementedError

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks the other side who it is, and returns that; what is known of TLS goes to the facts."""
        raise NotImplementedError

    def close(self, client: Any) -> None:
        """Closes a connection."""
        client.close()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Returns the name of a failure that only this protocol knows, '' for any other, and words for its sentence."""
        return '', {}


@dataclass(frozen=True)
class Several(Peer):
    """The other side of a definition that names several servers: the first is the one that is told."""

    @property
    def servers(self) -> Sequence[tuple[Any, ...]]:
        """Hosts and ports, one at least."""
        raise NotImplementedError

    @property
    def host(self) -> str:
        """The host of the first server."""
        return str(self.servers[0][0])

    @property
    def port(self) -> int:
        """The port of the first server."""
        return int(self.servers[0][1])


@dataclass(frozen=True)
class ClientConnection:
    """A connection that is neither HTTP nor AMQP: pings of it, and what services open with it."""

    item: Item
    entry: Client
    peer: Peer = field(repr=False)

    @property
    def target(self) -> str:
        """What is called, as users see it."""
        return printable(self.peer.target)

    @property
    def timeout(self) -> float:
        """Seconds that its definition allows."""
        return self.peer.timeout

    @property
    def idle(self) -> str:
        """Says why it can't be tried; '' where it can."""
        why = self.peer.reason_to_skip()
        if why or self.peer.package_is_for_services:
            return why
        return self.lacking

    @property
    def lacking(self) -> str:
        """Says which package is missing, or hidden; '' for none."""
        if is_hidden(self.entry.package):
            return f'a file of services is called {self.entry.package}.py, as what {self.peer.word} needs: rename it'
        missing = self.entry.lacked or self.peer.lacked()
        if self.item is self.entry.otherwise:
            missing = lacked(self.entry.instead, self.entry.instead)
        if missing:
            return f'{self.peer.word} needs a package of its own: pip install {missing}'
        return ''

    def ping(self, attempt: Attempt) -> Pong:
        """Logs in, and asks the other side who it is."""
        idle = self.idle
        if idle:
            return skip(idle)
        try:
            with self.opened(attempt) as client:
                said = self.peer.greet(client, attempt)
                took = attempt.took
        # Libraries raise whatever they like, for whatever the other side sends.
        except Exception as error:
            return self.failed(error, attempt)
        text = ', '.join([printable(said, 80) or self.peer.word, duration(took), *tls.words_of(attempt.facts)])
        return Pong(Verdict.OK, text, took, facts=dict(attempt.facts))

    @contextmanager
    def opened(self, attempt: Attempt) -> Iterator[Any]:
        """Opens a connection for a `with` block. Raises what libraries do."""
        # A library that gives up before the deadline says more than the deadline does.
        client = self.peer.open(max(EARLIER, attempt.remaining - EARLIER))
        attempt.stage = 'answer'
        try:
            yield client
        finally:
            # A connection that broke can't be closed; what the block raised says it.
            with suppress(Exception):
                self.peer.close(client)

    def failed(self, error: Exception, attempt: Attempt) -> Pong:
        """Returns what an exception means, in words."""
        if isinstance(error, ZatoolsError):
            return self._fail('sealed', attempt, reason=error.text)
        if isinstance(error, RefusedError):
            return self._fail(error.name, attempt, **error.words)
        name, words = self.peer.explain(error)
        reason = words.pop('reason', '')
        if not name:
            name, reason = causes.name_of(error, self.peer.names)
        if name in ('failed', 'read-timeout'):
            name, reason = self._looked(name, reason, attempt)
        if name == 'failed':
            name, reason = 'client-failed', printable(f'{type(error).__name__}: {_first_line(error)}')
        if name == 'tls-none':
            name = 'client-tls-none'
        if name in ('tls-name', 'tls-ca', 'tls-expired'):
            words = {**tls.described(self.peer.host, self.peer.port, attempt.remaining), **words}
        return self._fail(name, attempt, **{**words, 'reason': reason})

    def _looked(self, name: str, reason: str, attempt: Attempt) -> tuple[str, str]:
        # Libraries hide why there is no connection, or that there is none: another look says it as all pings do.
        if not self.peer.port or attempt.stage != 'look-up':
            return name, reason
        try:
            socket.create_connection((self.peer.host, self.peer.port), LOOK).close()
        except OSError as error:
            found, why = causes.name_of(error)
            if found == 'read-timeout':
                found = 'connect-timeout'
            return found, why
        return name, reason

    def _fail(self, name: str, attempt: Attempt, **values: str) -> Pong:
        blamed = self.peer.blamed.get(name) or self._at_fault(name)
        words = {**self.words(), 'field': spot(self.item, blamed), **values}
        if blamed == 'port':
            words['port_field'] = words['field']
        return fail(name, attempt, self.item.place_of(blamed), **words)

    def _at_fault(self, name: str) -> str:
        # The field that a failure points at, where the protocol does not say which.
        if name == 'client-login':
            return secret_field(self.item)
        if name in AT_PORT and 'port' in self.item.kind.by_name:
            return 'port'
        return self.peer.address

    def words(self) -> dict[str, str]:
        """Returns the values that sentences about this connection need."""
        peer = self.peer
        timeout = '--timeout'
        if self.item.kind.by_name.get('timeout'):
            timeout = f'{spot(self.item, "timeout")} or --timeout'
        return {
            'host': printable(peer.host),
            'where': printable(peer.where),
            'port': str(peer.port),
            'target': self.target,
            'field': spot(self.item, peer.address),
            'user': printable(peer.login),
            'password': password_spot(self.item, peer.secret_word),
            'protocol': peer.word,
            'advice': peer.advice,
            'timeout': timeout,
            'tls': 'have it signed by another',
            'plain': peer.word.lower(),
            'proxy': '',
            'reason': '',
        }


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), '')


def pinged(connection: Connection) -> str:
    """Returns what came of a ping, for services. Raises ConnectionError where the other side is not up."""
    pong = connection.ping(Attempt(connection.timeout))
    if pong.failure:
        raise ConnectionError(f"'{connection.item.name}': {pong.sentence}")
    return pong.sentence


class View:
    """What services get: a name that it hasn't is told, with the path that services know it by."""

    called = ''

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        names = [other for other in (*dir(type(self)), *vars(self)) if not other.startswith('_')]
        hint = did_you_mean(name, names) or f'there are: {", ".join(sorted(names))}'
        raise AttributeError(f'{self.called}.{name} is unknown; {hint}')

    def close(self) -> None:
        """Closes what is open, when the definition changes or the server stops."""


class Named(View):
    """A view of one connection, with its name."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.name = connection.item.name

    def ping(self) -> str:
        """Pings the other side and returns what came of it. Raises ConnectionError where it is not up."""
        return pinged(self._connection)

    def _told(self, error: Exception, attempt: Attempt | None = None) -> ConnectionError:
        # What services get of a connection that fails is said as pings say it.
        pong = self._connection.failed(error, attempt or Attempt())
        return ConnectionError(f"'{self.name}': {pong.sentence}")


class Conn(Named):
    """A view that is its own `conn`, as in `self.out.odoo['ERP'].conn`: the platform has clients there."""

    @property
    def conn(self) -> Self:
        """The connection itself."""
        return self


def context_of(is_verified: bool, ca: str = '', cert: str = '', key: str = '') -> ssl.SSLContext:
    """Returns a context for TLS that trusts this machine's authorities, and those of a file. Raises RefusedError."""
    authority = ''
    if ca:
        try:
            with open(os.path.expanduser(ca), encoding='ascii', errors='replace') as file:
                authority = file.read(LARGEST)
        except OSError as error:
            raise RefusedError('ca-certificate', reason=(error.strerror or 'unreadable').lower()) from None
    try:
        return tls.context_for(tls.Trust(is_verified, cert, key, authority))
    except tls.AuthorityError as error:
        raise RefusedError('ca-certificate', reason=str(error)) from None
    except OSError as error:
        reason = (error.strerror or 'no certificate and key in PEM').lower()
        raise RefusedError('client-certificate', reason=reason) from None
