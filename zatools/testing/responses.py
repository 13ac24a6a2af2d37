"""What connections answer in a test: set before a call, looked up by it, and what was called."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import requests
from requests.structures import CaseInsensitiveDict

from zatools.testing.places import PREFIXES

#: Options of REST calls by which a dict of the caller may be meant, too.
CONTENT = ('params', 'data')


class NoResponseError(KeyError):
    """A service calls a connection for which the test has set no response."""

    def __str__(self) -> str:
        return str(self.args[0])


class Call(NamedTuple):
    """One call of a connection: `rest:CRM`, what was called, and with what."""

    connection: str
    method: str
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = {}


class Message(NamedTuple):
    """One message that a service sent: `amqp:Orders`, the message, and where it goes."""

    connection: str
    data: Any
    options: Mapping[str, Any] = {}


class Played(requests.Response):
    """The answer of a REST connection: as on the server, with `data` parsed."""

    def __init__(self, given: Any, status_code: int, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.status_code = status_code
        self.headers = CaseInsensitiveDict(headers)
        self.encoding = 'utf-8'
        self.data = given
        self._content = _bytes(given)

    def json(self, **options: Any) -> Any:
        """Returns what the test gave; of a text what it says as JSON, if it is that."""
        if not isinstance(self.data, (str, bytes)):
            return self.data
        return super().json(**options)


def _bytes(given: Any) -> bytes:
    if isinstance(given, bytes):
        return given
    if isinstance(given, str):
        return given.encode()
    return json.dumps(given, default=str).encode()


@dataclass
class _Response:
    given: Any
    method: str
    status_code: int
    headers: Mapping[str, str]
    request: tuple[Mapping[str, Any], ...]
    #: Of a response for each call, those that are left; None where one is for all calls.
    left: Iterator[Any] | None = None

    def fits(self, kind: str, method: str, options: Mapping[str, Any]) -> bool:
        # Methods of HTTP tell calls of REST apart, and elsewhere GET is what is meant where none was named.
        is_any = kind != 'rest' and self.method == 'GET'
        if not is_any and self.method != method.upper():
            return False
        return not self.request or any(_holds(one, options) for one in self.request)


def _holds(wanted: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    inner = [options[name] for name in CONTENT if isinstance(options.get(name), Mapping)]
    places = [options, *inner]
    return all(any(name in place and place[name] == value for place in places) for name, value in wanted.items())


def split(connection: str) -> tuple[str, str]:
    """Returns the kind of a connection and its name; the kind is '' where it is not named."""
    prefix, colon, name = connection.partition(':')
    if colon and prefix in PREFIXES:
        return prefix, name
    return '', connection


@dataclass
class Responses:
    """All that was set, and all that was called."""

    calls: list[Call] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    #: Objects that stand for connections, by kind and name.
    real: dict[tuple[str, str], Any] = field(default_factory=dict)
    _set: dict[tuple[str, str], list[_Response]] = field(default_factory=dict)

    def set(self, connection: str, response: Any, method: str, status_code: int, **options: Any) -> None:
        """Keeps a response; the one that was set last counts. Options: `headers`, `request`."""
        request = options.get('request') or ()
        if isinstance(request, Mapping):
            request = (request,)
        made = _Response(response, method.upper(), status_code, options.get('headers') or {}, tuple(request))
        if isinstance(response, list) or _is_numbered(response):
            made.left = iter(_one_by_one(response))
        known = self._set.setdefault(split(connection), [])
        known[:] = [one for one in known if (one.method, one.request) != (made.method, made.request)]
        # Those that want a certain request are asked first, the last of them before the others.
        known.insert(0, made)
        known.sort(key=lambda one: not one.request)

    def names(self, kind: str) -> list[str]:
        """Returns the names of connections of a kind that have a response."""
        return [name for known, name in self._set if known in ('', kind)]

    def has(self, kind: str, name: str) -> bool:
        """Tells whether there is a response for a connection."""
        return (kind, name) in self._set or ('', name) in self._set

    def called(self, kind: str, name: str, method: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        """Notes a call and returns what was set for it; a set exception is raised.

        Raises NoResponseError where nothing was set, ValueError where all responses were taken.
        """
        connection = f'{kind}:{name}'
        self.calls.append(Call(connection, method, args, options))
        for key in ((kind, name), ('', name)):
            for one in self._set.get(key, ()):
                if one.fits(kind, method, options):
                    return self._taken(one, kind, name)
        raise NoResponseError(f'No response set for connection `{name}` method `{method}`{self._near(kind, name)}')

    def _taken(self, one: _Response, kind: str, name: str) -> Any:
        given = one.given
        if one.left is not None:
            try:
                given = next(one.left)
            except StopIteration:
                raise ValueError(f'No more responses for connection `{name}`: {len(one.given)} were set') from None
        if isinstance(given, BaseException) or (isinstance(given, type) and issubclass(given, BaseException)):
            raise given
        # What a service does with its answer must not change the next one.
        given = deepcopy(given)
        if kind == 'rest' and not isinstance(given, requests.Response):
            return Played(given, one.status_code, one.headers)
        return given

    def _near(self, kind: str, name: str) -> str:
        others = sorted({one.method for key in ((kind, name), ('', name)) for one in self._set.get(key, ())})
        if others:
            return f'; set are: {", ".join(others)}, and what they want of a request'
        return f"; a test sets it by set_response('{kind}:{name}', …)"


def _is_numbered(response: Any) -> bool:
    return isinstance(response, dict) and bool(response) and all(type(key) is int for key in response)


def _one_by_one(response: Any) -> list[Any]:
    if isinstance(response, dict):
        return [response[number] for number in sorted(response)]
    return list(response)
