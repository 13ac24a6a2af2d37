"""Redis: the one that is configured, or one in memory, with the clients that services of each generation get."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, View
from zatools.connections.pong import Attempt, printable

#: Words of what servers say, in small letters, and the failure that they mean.
SAID = (
    ('wrongpass', 'client-login'),
    ('already authenticated', 'client-login'),
    ('noauth', 'client-login'),
    ('invalid password', 'client-login'),
    ('authentication required', 'client-login'),
    ('invalid username-password', 'client-login'),
    ('db index is out of range', 'database'),
    ('protocol error', 'client-protocol'),
    ('invalid response', 'client-protocol'),
    ('max number of clients', 'client-refused'),
    ('loading the dataset', 'client-refused'),
)


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A Redis."""

    word = 'Redis'
    blamed = {'database': 'db', 'client-tls-none': 'ssl'}

    @property
    def target(self) -> str:
        """Host, port and number of the database."""
        scheme = 'rediss' if self.about.get('ssl') else 'redis'
        return f'{scheme}://{self.where}/{self.about.number("db")}'

    def open(self, seconds: float) -> Any:
        """Returns a client that is connected."""
        client = self.client(socket_timeout=seconds, socket_connect_timeout=seconds)
        client.ping()
        return client

    def client(self, **options: Any) -> Any:
        """Returns a client of redis-py whose answers are texts."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        about = self.about
        return redis.Redis(
            host=self.host,
            port=self.port,
            db=about.number('db'),
            username=about.text('username') if about.secret() else None,
            password=about.secret() or None,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            ssl=bool(about.get('ssl')),
            **options,
        )

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks for the version."""
        found = client.info('server')
        product, version = str(found.get('server_name') or 'Redis').title(), str(found.get('redis_version', ''))
        if 'valkey_version' in found:
            version = str(found['valkey_version'])
        attempt.facts.update(product=printable(product, 40), version=printable(version, 40))
        return f'{product} {version}'

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the server said."""
        said = str(error)
        lower = said.lower()
        name = next((name for words, name in SAID if words in lower), '')
        return name, {'reason': printable(said), 'database': str(self.about.number('db'))}


class Kvdb(View):
    """`self.kvdb` of 3.2, whose `conn` is the client."""

    called = 'self.kvdb'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.conn = shared(connection)


def kvdb(connection: ClientConnection) -> Any:
    """Returns what `self.kvdb` is in a generation: on 4.1 the client itself."""
    if connection.peer.about.generation == '3.2':
        return Kvdb(connection)
    return shared(connection)


def shared(connection: ClientConnection) -> Any:
    """Returns the client of a connection, of redis-py or in memory."""
    found = connection.peer
    assert isinstance(found, Peer)
    if found.host:
        return found.client(socket_connect_timeout=connection.timeout)
    return in_memory()


@cache
def in_memory() -> Any:
    """Returns the client of a Redis in this process. Raises ImportError without fakeredis."""
    from fakeredis import FakeRedis

    return FakeRedis(decode_responses=True)
