"""`self.out`: the outgoing connections of the definitions, as services call them."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zatools.connections import tls
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Idle
from zatools.kinds import logins_of
from zatools.kinds.traits import CALLED, PUBLISHED
from zatools.place import nearest
from zatools.server.api.backends import told_as
from zatools.server.api.exceptions import BackendInvocationError, Inactive, unsupported
from zatools.server.api.supported import Supported
from zatools.server.http.formats import plain
from zatools.state import Item, Key, State

if TYPE_CHECKING:
    from zatools.connections.calls import RestCalls

log = logging.getLogger('zatools.server')
#: Services that run at once: with more, some wait for seconds for the interpreter's lock (docs/decisions/0013).
THREADS = 40
#: Seconds that brokers have to say goodbye when the server stops; what publishes was finished before.
PATIENCE = 0.5
#: What a connection is made of; as long as it stays the same, so does the connection.
Recipe = tuple[Any, ...]


class NoConnectionError(KeyError):
    """A service asks for an outgoing connection that no definition has."""

    def __str__(self) -> str:
        return str(self.args[0])


class AmqpFailedError(ConnectionError):
    """A message was not published; its text says why, in the words of pings."""


class Rest(Supported):
    """`self.out.rest['CRM'].conn`: what services call."""

    called = 'self.out.rest[…].conn'

    def __init__(self, item: Item, calls: RestCalls, generation: str = '3.2') -> None:
        self._item, self._calls, self._generation = item, calls, generation
        self.name = item.name
        self.config = {name: value for name, value in item.values.items() if name != 'password'}

    @property
    def conn(self) -> Rest:
        """The connection itself."""
        return self

    def http_request(
        self, method: str, cid: str, data: Any = '', params: Any = None, headers: Any = None, **kwargs: Any
    ) -> Any:
        """Sends a request with any method."""
        model = kwargs.pop('model', None)
        data, options = self._options(data, kwargs)
        if not isinstance(cid, str):
            # Else a header is to blame, or a password.
            raise TypeError(f"'{self.name}': a call begins with the CID, as in get(self.cid), not with {_shown(cid)}")
        if self._item.values.get('is_active', True) is False:
            raise Inactive(f"outgoing connection '{self.name}' is not active")
        given = data.to_dict() if hasattr(data, 'to_dict') else data
        try:
            response: Any = self._calls.call(method, cid, given, params, headers, **options)
        # Those of calls that reached nobody: whoever only raises them has imported requests.
        except OSError as error:
            raise told_as(error, self._generation, cid) from None
        if model is not None:
            response.data = _as_model(model, response.data)
        return response

    def _options(self, data: Any, given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        # An answer is read as a whole, so that a stream may be read from it, too.
        options = {name: value for name, value in given.items() if name != 'stream'}
        if 'json' in options and data in ('', None):
            data = json.dumps(options.pop('json'), default=plain)
        unknown = options.keys() - {'files', 'cookies'}
        if unknown:
            raise unsupported(f"{sorted(unknown)[0]}= of self.out.rest['{self.name}']")
        return data, options

    def get(self, cid: str, params: Any = None, **kwargs: Any) -> Any:
        """Sends a GET request; a dict passed second is the query string."""
        return self.http_request('GET', cid, '', params, **kwargs)

    def head(self, cid: str, params: Any = None, **kwargs: Any) -> Any:
        """Sends a HEAD request."""
        return self.http_request('HEAD', cid, '', params, **kwargs)

    def post(self, cid: str, data: Any = '', params: Any = None, **kwargs: Any) -> Any:
        """Sends a POST request."""
        return self.http_request('POST', cid, data, params, **kwargs)

    send = post

    def put(self, cid: str, data: Any = '', params: Any = None, **kwargs: Any) -> Any:
        """Sends a PUT request."""
        return self.http_request('PUT', cid, data, params, **kwargs)

    def patch(self, cid: str, data: Any = '', params: Any = None, **kwargs: Any) -> Any:
        """Sends a PATCH request."""
        return self.http_request('PATCH', cid, data, params, **kwargs)

    def delete(self, cid: str, data: Any = '', params: Any = None, **kwargs: Any) -> Any:
        """Sends a DELETE request."""
        return self.http_request('DELETE', cid, data, params, **kwargs)

    def options(self, cid: str, data: Any = '', params: Any = None, **kwargs: Any) -> Any:
        """Sends an OPTIONS request."""
        return self.http_request('OPTIONS', cid, data, params, **kwargs)

    def upload(self, cid: str, path: Any, field_name: str = 'data', mime_type: str = 'text/plain') -> Any:
        """Sends a file by POST, as a form with one field. Raises OSError where it can't be read."""
        with open(path, 'rb') as file:
            given = os.path.basename(os.fspath(path)), file, mime_type
            return self.http_request('POST', cid, files={field_name: given})

    def rest_call(
        self,
        *,
        cid: str,
        data: Any = '',
        model: Any = None,
        callback: Any = None,
        method: str = 'GET',
        log_response: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Sends a request and returns what came back, as a model and through the callback if there is one.

        Raises BackendInvocationError where its status is not one of success.
        """
        for option in ('sec_def_name', 'auth_scopes'):
            if kwargs.pop(option, None):
                raise unsupported(f"{option}= of self.out.rest['{self.name}']", 'give the definition to the connection')
        response = self.http_request(method, cid, data, **kwargs)
        check(self.name, response, cid)
        if log_response:
            log.info('Response of %s: %s', self.name, response.text)
        found = response.data
        if model is not None:
            found = _as_model(model, found)
        return callback(found) if callable(callback) else found

    def ping(self, cid: str = '', **kwargs: Any) -> str:
        """Pings the connection and returns what came of it; raises ConnectionError where nobody answers."""
        connection = self._calls.connection
        pong = connection.ping(Attempt(connection.timeout))
        if 'status' not in pong.facts:
            raise ConnectionError(f"'{self.name}': {pong.sentence}")
        return pong.sentence


def _shown(cid: Any) -> str:
    return 'None' if cid is None else f'a {type(cid).__name__}'


def _as_model(model: Any, found: Any) -> Any:
    if isinstance(found, list):
        return [model.from_dict(one) for one in found]
    return model.from_dict(found)


def check(name: str, response: Any, cid: str) -> None:
    """Raises BackendInvocationError for a response of a connection that is none of success, and logs it."""
    if response.ok:
        return
    text = f"'{name}': {response.status_code} {response.reason or ''}".rstrip()
    # Who called the service gets no more than that it was a bad request.
    log.warning('%s (CID %s)', text, cid)
    raise BackendInvocationError(cid, text)


class Amqp(Supported):
    """`self.out.amqp`: publishes messages; the broker has them when a call returns."""

    called = 'self.out.amqp'

    def __init__(self, by_name: Callable[[str], Any]) -> None:
        self._by_name = by_name

    def send(
        self,
        data: Any,
        outconn: str,
        exchange: str = '/',
        routing_key: str | None = None,
        properties: Any = None,
        headers: Any = None,
        **kwargs: Any,
    ) -> None:
        """Publishes a message, as in Zato 3.2: message first. Raises AmqpFailedError."""
        from zatools.connections.amqp import Message

        given = {**(properties or {}), **kwargs}
        # Each message is: one that no queue takes is told of.
        given.pop('mandatory', None)
        if headers:
            given['headers'] = headers
        publisher = self._by_name(outconn)
        pong = publisher.publish(Message(_bytes(data), exchange, routing_key or '', given))
        if pong is not None:
            log.error("'%s': %s", outconn, pong.sentence)
            raise AmqpFailedError(f"'{outconn}': {pong.sentence}")

    invoke = send

    def publish(self, outconn: str, data: Any, *args: Any, **kwargs: Any) -> None:
        """Publishes a message, as in Zato 4.1: connection first. Raises AmqpFailedError."""
        self.send(data, outconn, *args, **kwargs)


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    return data.encode() if isinstance(data, str) else json.dumps(data).encode()


class ByName(dict[str, Rest]):
    """Connections by name; a name that there isn't is an error that says which is near."""

    def __missing__(self, name: str) -> Rest:
        raise missing('REST', name, list(self))

    def at_url(self, verb: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a URL that no definition has, as requests does."""
        import requests

        return getattr(requests, verb)(url, *args, **kwargs)


def missing(what: str, name: str, names: list[str]) -> NoConnectionError:
    """Returns the error of a connection that does not exist."""
    hits = nearest(name, names, 3) or sorted(names)[:5]
    known = f'there are: {", ".join(sorted(names)[:5])}' if names else 'there are none'
    hint = f'did you mean {" or ".join(map(repr, hits))}?' if nearest(name, names) else known
    return NoConnectionError(f"no outgoing {what} connection '{name}'; {hint}")


class Out(Supported):
    """All outgoing connections of the definitions as they are now."""

    called = 'self.out'

    def __init__(self, others: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.rest = ByName()
        self.amqp = Amqp(self._publisher)
        # Those of the table of clients, by protocol. What is called is made when it is first asked for.
        self._ones = {name: one for name, one in others.items() if callable(one)}
        vars(self).update({name: one for name, one in others.items() if not callable(one)})
        self._recipes: dict[Key, Recipe] = {}
        self._generation = '3.2'
        self._publishers: dict[str, Any] = {}
        self._closing: list[threading.Thread] = []

    def __getattr__(self, name: str) -> Any:
        if name != '_ones' and name in self._ones:
            return self._ones[name]()
        return super().__getattr__(name)

    @property
    def plain_http(self) -> ByName:
        """The REST connections, by their older name."""
        return self.rest

    def _publisher(self, name: str) -> Any:
        found = self._publishers.get(name)
        if found is None:
            raise missing('AMQP', name, list(self._publishers))
        if isinstance(found, str):
            raise AmqpFailedError(f"'{name}': {found}")
        return found

    def update(self, state: State, foreign: dict[Key, str], generation: str = '3.2') -> None:
        """Takes over new definitions: what did not change is left as it is, connections included."""
        self._generation = generation
        found = ByName()
        publishers: dict[str, Any] = {}
        recipes: dict[Key, Recipe] = {}
        closing = dict(self._publishers)
        for key, item in state.items():
            if item.kind.served not in (CALLED, PUBLISHED):
                continue
            recipes[key] = (*recipe_of(item, state), generation)
            is_same = self._recipes.get(key) == recipes[key]
            if item.kind.served == CALLED:
                found[item.name] = self.rest[item.name] if is_same else self._rest(item, state, foreign)
            else:
                publishers[item.name] = closing.pop(item.name) if is_same else _amqp(item, state, foreign)
        self.rest, self._publishers, self._recipes = found, publishers, recipes
        self._closing = closed_beside(self._closing, closing.values())

    def bare(self, name: str, state: State) -> Rest:
        """Returns a REST connection that sends without its security."""
        item: Item = self.rest[name]._item
        logins = {field.name for field in logins_of(item.kind)}
        values = {field: value for field, value in item.values.items() if field not in logins}
        return self._rest(Item(item.kind, values, item.places, item.place), state, {})

    def _rest(self, item: Item, state: State, foreign: dict[Key, str]) -> Rest:
        connection: Any = connect(item, state, foreign)
        if isinstance(connection, Idle):
            return _Idle(item, connection.pong.sentence)
        from zatools.connections.calls import RestCalls

        try:
            calls = RestCalls(connection, connection.kept_session(THREADS), plain)
            return Rest(item, calls, self._generation)
        except (tls.AuthorityError, OSError) as error:
            return _Idle(item, tls.unusable(error))

    def close(self) -> None:
        """Closes what is open."""
        for thread in closed_beside(self._closing, self._publishers.values()):
            thread.join(PATIENCE)


class _Idle(Rest):
    # A connection that can't be called, and the sentence that says why.

    def __init__(self, item: Item, why: str) -> None:
        self._item, self._why, self.name = item, why, item.name

    def http_request(self, method: str, cid: str, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError(f"'{self.name}': {self._why}")

    def ping(self, cid: str = '', **kwargs: Any) -> str:
        raise ConnectionError(f"'{self.name}': {self._why}")


def _amqp(item: Item, state: State, foreign: dict[Key, str]) -> Any:
    if item.values.get('is_active', True) is False:
        return 'it is not active'
    connection: Any = connect(item, state, foreign)
    if isinstance(connection, Idle):
        return connection.pong.sentence
    from zatools.connections.publisher import Publisher

    return Publisher(connection, lambda text: log.warning("outgoing AMQP '%s': %s", item.name, text))


def closed_beside(closing: list[threading.Thread], open_ones: Iterable[Any]) -> list[threading.Thread]:
    """Closes connections in threads, which finish what is under way, and returns all that are still at it."""
    # New ones do not wait for that: what changes is to be in use within seconds.
    started = [threading.Thread(target=one.close, daemon=True) for one in open_ones if hasattr(one, 'close')]
    for thread in started:
        thread.start()
    return [*(thread for thread in closing if thread.is_alive()), *started]


def recipe_of(item: Item, state: State) -> Recipe:
    """Returns all that a connection is made of, what it logs in with included."""
    parts: list[Any] = [item.kind, _frozen(item)]
    for field in logins_of(item.kind):
        other = state.get((field.ref, str(item.values.get(field.name) or '')))
        if other:
            parts += [other.kind, _frozen(other)]
    return tuple(parts)


def _frozen(item: Item) -> dict[str, Any]:
    return dict(item.values)
