"""A Redis server that steps look into, by redis-py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.systems.message import Message

#: Seconds until a server must have answered.
WAIT = 10
T = TypeVar('T')


class RedisServer:
    """A connection to a server. Keys that steps have made are removed at the end."""

    def __init__(self, address: str) -> None:
        self.shown = _shown(address)
        self._client = _client(address)
        self._made: set[str] = set()
        self._listening: list[Any] = []

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Removes the keys that steps have made, and closes the connections."""
        import redis

        # A server that is gone keeps nothing of ours that could be removed now.
        with suppress(redis.RedisError, OSError):
            for listening in self._listening:
                listening.close()
            if self._made:
                self._client.delete(*self._made)
        self._client.close()

    def ask(self, command: Callable[[Any], T]) -> T:
        """Returns what the client returns; raises StepBroken for what the server refuses."""
        import redis

        try:
            return command(self._client)
        except redis.ConnectionError as error:
            text = f'{self.shown} does not answer: {" ".join(str(error).split())}'
            raise StepBroken(text, at='address', hint='is it up, and is the password right?') from None
        except redis.RedisError as error:
            raise StepBroken(f'Redis says: {" ".join(str(error).split())}', at='key') from None

    def change(self, key: str, command: Callable[[Any], object]) -> None:
        """Changes a key; one that was not there is removed at the end."""
        if not self.ask(lambda client: client.exists(key)):
            self._made.add(key)
        self.ask(command)

    def listen(self, channel: str) -> RedisChannel:
        """Listens to a channel from now on."""
        subscription = self.ask(lambda client: client.pubsub())
        self._listening.append(subscription)
        self.ask(lambda client: subscription.subscribe(channel))
        # The server's confirmation: what is published from now on will come.
        self.ask(lambda client: subscription.get_message(timeout=WAIT))
        return RedisChannel(self, subscription)


class RedisChannel:
    """A channel that is listened to."""

    def __init__(self, server: RedisServer, subscription: Any) -> None:
        self._server, self._subscription = server, subscription
        self._found: list[Message] = []

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario."""

    def end(self) -> None:
        """Ends a scenario."""

    def close(self) -> None:
        """Closes nothing: the server closes what it listens to."""

    def messages(self) -> list[Message]:
        """Returns the messages that came since it was listened to."""
        while found := self._server.ask(lambda client: self._subscription.get_message(timeout=0.01)):
            if found['type'] == 'message':
                self._found.append(Message(found['data'], found['channel']))
        return list(self._found)


def _client(address: str) -> Any:
    try:
        import redis
    except ImportError:
        raise StepBroken('the library redis is not installed', at='address', hint='pip install redis') from None
    try:
        return redis.Redis.from_url(
            address, socket_timeout=WAIT, socket_connect_timeout=WAIT, decode_responses=True, encoding_errors='replace'
        )
    except ValueError:
        hint = 'redis://host:6379/0; with a password in a variable: "$REDIS"'
        raise StepBroken('this is no address of Redis', at='address', hint=hint) from None


def _shown(address: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(address)
        return f'{parts.scheme}://{parts.hostname or ""}:{parts.port or 6379}{parts.path}'
    return 'Redis'
