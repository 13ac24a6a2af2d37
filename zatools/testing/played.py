"""Connections of a test: what services call in place of real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zatools.connections.clients import AFTER, ENTRIES, FIRST
from zatools.server.api import cache as caches
from zatools.server.api.opened import Opened
from zatools.server.api.outgoing import ByName, Rest
from zatools.server.api.supported import Supported
from zatools.testing.places import PLACES, SENDING
from zatools.testing.responses import Message, Responses

#: What leads from a connection to what does the work: it is passed through.
PASSES = frozenset(['conn', 'client', 'session', 'impl', 'pool', 'service'])
#: Calls that have nothing to return.
QUIET = frozenset(['close', 'commit', 'rollback', 'bind', 'unbind', 'flush', 'add'])


class PlayedRest(Rest):
    """`self.out.rest['CRM'].conn`: answers with what the test has set."""

    def __init__(self, name: str, responses: Responses) -> None:
        self.name, self.config = name, {'name': name}
        self._responses = responses

    def http_request(
        self, method: str, cid: str, data: Any = '', params: Any = None, headers: Any = None, **kwargs: Any
    ) -> Any:
        """Answers a request with any method."""
        given = {'data': data, 'params': params, 'headers': headers}
        options = {name: value for name, value in given.items() if value not in ('', None)}
        return self._responses.called('rest', self.name, method, (), {**options, **kwargs})

    def ping(self, cid: str = '', **kwargs: Any) -> str:
        """Says that the connection is there."""
        return f"'{self.name}' is played by a test"


class PlayedRests(ByName):
    """REST connections: there is one for each name."""

    def __init__(self, responses: Responses) -> None:
        super().__init__()
        self._responses = responses

    def __missing__(self, name: str) -> Any:
        if (real := self._responses.real.get(('rest', name))) is not None:
            return real
        return PlayedRest(name, self._responses)

    def __iter__(self) -> Iterator[str]:
        return iter(self._responses.names('rest'))

    def at_url(self, verb: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Answers a call of a URL: its response is set as that of a connection of this name."""
        return self._responses.called('rest', url, verb.upper(), args, kwargs)

    def get(self, name: str, default: Any = None) -> Any:
        """Returns a connection."""
        return self[name]


class Others:
    """Connections of one kind that is not REST: there is one for each name."""

    def __init__(self, kind: str, responses: Responses) -> None:
        self._kind, self._responses = kind, responses

    def __getitem__(self, name: str) -> Any:
        real = self._responses.real.get((self._kind, name))
        if real is not None:
            return real
        return Other(self._kind, name, self._responses)

    get = __getitem__

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        return self[name]


class NamingFirst(Others):
    """Connections whose `send` names one of them first: `self.slack.send('Team', '#general', text)`."""

    def send(self, name: str, channel: str, text: str = '', blocks: Any = None) -> Any:
        """Takes a message."""
        return self[name].send(text, channel=channel, blocks=blocks)


class NamingAfter(Others):
    """Connections whose `send` names one of them after the message: `self.out.zmq.send(message, 'Bus')`."""

    def send(self, message: Any, name: str, *args: Any, **options: Any) -> Any:
        """Takes a message."""
        return self[name].send(message, *args, **options)


NAMING = {'': Others, FIRST: NamingFirst, AFTER: NamingAfter}


class Other:
    """A connection that is not REST, or what a way through it leads to. Any call of it is answered."""

    def __init__(self, kind: str, name: str, responses: Responses, method: str = '') -> None:
        self._kind, self._name, self._responses, self._method = kind, name, responses, method

    def __getattr__(self, name: str) -> Other:
        if name.startswith('_'):
            raise AttributeError(name)
        if name in PASSES:
            return self
        return Other(self._kind, self._name, self._responses, name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        # conn.client(), conn.session(), and the conn.get() of LDAP, give what does the work.
        if not self._method or (self._kind == 'ldap' and self._method == 'get'):
            return Other(self._kind, self._name, self._responses)
        if self._method in QUIET:
            return None
        if self._method == 'send' and self._kind in SENDING:
            message = Message(f'{self._kind}:{self._name}', args[0] if args else options, options)
            self._responses.messages.append(message)
            if not self._responses.has(self._kind, self._name):
                return True
        return self._responses.called(self._kind, self._name, self._method, args, options)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._responses.called(self._kind, self._name, self._method or 'iter', (), {}))

    def __getitem__(self, name: Any) -> Any:
        return self._responses.called(self._kind, self._name, self._method or 'get', (name,), {})

    def __enter__(self) -> Other:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class PlayedAmqp(Supported):
    """`self.out.amqp`: what is published is kept for the test."""

    called = 'self.out.amqp'

    def __init__(self, responses: Responses) -> None:
        self._responses = responses

    def send(self, data: Any, outconn: str, *args: Any, **kwargs: Any) -> None:
        """Takes a message, as in Zato 3.2: message first. A response that is set may be an exception."""
        names = ('exchange', 'routing_key', 'properties', 'headers')
        options = {**dict(zip(names, args, strict=False)), **kwargs}
        if self._responses.has('amqp', outconn):
            self._responses.called('amqp', outconn, 'publish', (data,), options)
        self._responses.messages.append(Message(f'amqp:{outconn}', data, options))

    invoke = send

    def publish(self, outconn: str, data: Any, *args: Any, **kwargs: Any) -> None:
        """Takes a message, as in Zato 4.1: connection first."""
        self.send(data, outconn, *args, **kwargs)


class Beside:
    """`self.cloud` and its like: what stands below it, by name."""


class PlayedOut:
    """`self.out` of services in a test."""

    def __init__(self, responses: Responses, others: Beside) -> None:
        self.rest = self.plain_http = PlayedRests(responses)
        self.amqp = PlayedAmqp(responses)
        vars(self).update(vars(others))

    def update(self, *definitions: Any) -> None:
        """Changes nothing: a test has no definitions."""

    def close(self) -> None:
        """Closes nothing."""


class Cache(dict[str, Any]):
    """A cache of a test: both generations' ways of calling it."""

    def __init__(self) -> None:
        super().__init__()
        self._others: dict[str, Cache] = {}

    @property
    def default(self) -> Cache:
        """The default cache."""
        return self

    def get_cache(self, kind: str, name: str) -> Cache:
        """Returns a cache by its name."""
        return self._others.setdefault(name, Cache())

    def set(self, key: str, value: Any, *args: Any, **options: Any) -> Any:
        """Keeps a value, and returns the one before."""
        before = self.get(key)
        self[key] = value
        return before

    def delete(self, key: str, *args: Any, **options: Any) -> Any:
        """Forgets a value, and returns it."""
        return self.pop(key, None)

    def exists(self, key: str) -> bool:
        """Tells whether there is a value."""
        return key in self


class AnyCaches(dict[str, caches.Cache]):
    """Caches of 3.2: there is one for each name."""

    def __missing__(self, name: str) -> caches.Cache:
        self[name] = caches.Cache(name, caches.Limits())
        return self[name]


class StageCaches(caches.Caches):
    """`self.cache` of 3.2: what a server has in its memory, and in memory too what is elsewhere."""

    def __init__(self, opened: Opened, elsewhere: Cache) -> None:
        super().__init__(opened)
        self.builtin = AnyCaches()
        self._first = self.builtin, caches.DEFAULT
        self._elsewhere, self.memcached = elsewhere, vars(elsewhere)['memcached']

    def get_cache(self, cache_type: str, name: str) -> Any:
        """Returns a cache of a type: `builtin` or `memcached`. Raises KeyError."""
        if cache_type == 'memcached':
            return self._elsewhere.get_cache(cache_type, name)
        return super().get_cache(cache_type, name)


def play(responses: Responses) -> dict[str, Any]:
    """Returns the attributes of services that connections stand below, or that are such: `out`, `cloud`, `ldap`."""
    root = _tree(responses)
    out, cache = PlayedOut(responses, root.out), Cache()
    vars(cache).update(vars(root.cache))
    return {**vars(root), 'out': out, 'amqp': out.amqp, 'cache': cache}


def _tree(responses: Responses) -> Any:
    sends = {seen.path: seen.sends for entry in ENTRIES for seen in entry.seen}
    root = Beside()
    for path, word in PLACES.items():
        *branches, last = path.split('.')[1:]
        where = root
        for name in branches:
            where = vars(where).setdefault(name, Beside())
        setattr(where, last, NAMING[sends.get(path, '')](word, responses))
    return root
