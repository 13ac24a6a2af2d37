"""Calls against an OpenAPI document: where they are not as it describes them, and what of it they have covered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zatools.apitest.openapi.described import Described, Operation, Parameter, Spot
from zatools.apitest.openapi.schema_check import broken, coerced, of_items, types
from zatools.place import did_you_mean

#: Statuses from here on answer requests that need not be valid.
ERRORS = 400
#: Statuses that say that there is no such path or method.
ABSENT = frozenset({404, 405, 501})
#: Statuses whose answers have no body.
BARE = frozenset({204, 205, 304})
FORM = 'application/x-www-form-urlencoded'
JSON_TYPE = re.compile(r'(?:application|text)/(?:[\w.+-]{0,80}\+)?json')


@dataclass(frozen=True)
class Call:
    """A call and its answer; a body that is None can't be read, and headers that are None aren't known."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    status: int
    answer_headers: Mapping[str, str] | None = None
    answer: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What is wrong with a call, a row for each place; what it has covered; a hint."""

    wrong: Sequence[str] = ()
    covered: Sequence[str] = ()
    hint: str = ''


def covers_status(operation: Operation, status: str) -> str:
    """Returns how coverage names a status of an operation."""
    return f'{operation.name} status {status}'


def covers_parameter(operation: Operation, parameter: Parameter) -> str:
    """Returns how coverage names a parameter of an operation."""
    return f'{operation.name} {parameter.title}'


def check(described: Described, call: Call, path: str) -> Outcome:
    """Checks a call; `path` is that of its URL, without what the API's address has."""
    found = described.find(path)
    methods = {operation.method: (operation, values) for operation, values in found}
    is_head = call.method == 'HEAD' and 'HEAD' not in methods
    operation, values = methods.get(call.method, (None, {}))
    if is_head:
        operation, values = methods.get('GET', (None, {}))
    if operation is None:
        return _unknown(described, call, path, methods)
    given = _Given(operation, call, values)
    covered, wrong = [operation.name], []
    status = _status(operation, call.status)
    covered += [covers_parameter(operation, item) for item in operation.parameters if given.has(item)]
    if call.status < ERRORS:
        wrong += [*_parameters(described, given), *_request_body(operation, call)]
    if not status:
        known = ', '.join(operation.statuses()) or 'none'
        wrong.append(f'status {call.status} is not described: there are {known}')
        wrong.append(f'  by {operation.spot.label}/responses')
    else:
        covered.append(covers_status(operation, status))
        wrong += _answer(operation.spot.at('responses', status), call, is_head or call.method == 'HEAD')
    return Outcome(wrong, covered)


def _unknown(described: Described, call: Call, path: str, methods: Mapping[str, Any]) -> Outcome:
    if call.status in ABSENT or (call.method == 'OPTIONS' and methods):
        # Tests of what is not there, and of what browsers ask before a call.
        return Outcome()
    text = f'{call.method} {path} is no operation'
    if methods:
        return Outcome([f'{text}: this path has {", ".join(methods)}', f'  by {described.label}#/paths'])
    hint = did_you_mean(path, [operation.path for operation in described.operations])
    return Outcome([f'{text}: no path fits', f'  by {described.label}#/paths'], hint=hint)


def _status(operation: Operation, status: int) -> str:
    known = {text.upper(): text for text in operation.statuses()}
    return next((known[text] for text in (str(status), f'{status // 100}XX', 'DEFAULT') if text in known), '')


class _Given:
    # The parameters that a call has, as texts.

    def __init__(self, operation: Operation, call: Call, path: Mapping[str, str]) -> None:
        self.operation, self.path = operation, path
        self.query: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(call.url).query, keep_blank_values=True, max_num_fields=None):
            self.query.setdefault(name, []).append(value)
        self.headers = {name.lower(): value for name, value in call.headers.items()}
        self.cookies: dict[str, str] = {}
        try:
            self.cookies = {name: item.value for name, item in SimpleCookie(self.headers.get('cookie', '')).items()}
        except CookieError:
            # What is no cookie is no parameter, either.
            self.cookies = {}

    def texts(self, parameter: Parameter) -> list[str]:
        """Returns the values of a parameter, as they were sent."""
        if parameter.where == 'query':
            return self.query.get(parameter.name, [])
        places: dict[str, tuple[Mapping[str, str], str]] = {
            'path': (self.path, parameter.name),
            'header': (self.headers, parameter.name.lower()),
            'cookie': (self.cookies, parameter.name),
        }
        values, name = places.get(parameter.where, ({}, ''))
        return [value for key, value in values.items() if key == name]

    def has(self, parameter: Parameter) -> bool:
        """Tells whether a call has a parameter; one with parts has names in brackets."""
        if not parameter.is_own:
            return False
        return bool(self.texts(parameter)) or any(self.parts(parameter))

    def parts(self, parameter: Parameter) -> list[str]:
        """Returns the names of a query that are parts of a parameter."""
        if parameter.where != 'query':
            return []
        names = [name for name in self.query if name.startswith(f'{parameter.name}[')]
        if 'object' in types(parameter.spot.at('schema')) and parameter.spot.content.get('style') != 'deepObject':
            properties = dict(parameter.spot.at('schema', 'properties').children())
            names += [name for name in self.query if name in properties]
        return names


def _parameters(described: Described, given: _Given) -> Iterator[str]:
    for parameter in given.operation.parameters:
        if not parameter.is_own:
            continue
        texts = given.texts(parameter)
        if texts:
            yield from _value(parameter, texts)
        elif parameter.spot.content.get('required') is True and not given.has(parameter):
            yield f'{parameter.title} is missing'
            yield f'  by {parameter.spot.label}'
    yield from _undescribed(described, given)


def _undescribed(described: Described, given: _Given) -> Iterator[str]:
    known = {parameter.name for parameter in given.operation.parameters if parameter.where == 'query'}
    for _, scheme in described.root.at('components', 'securitySchemes').children():
        if scheme.content.get('in') == 'query':
            known.add(str(scheme.content.get('name')))
    for parameter in given.operation.parameters:
        known.update(given.parts(parameter))
        schema = parameter.spot.at('schema')
        if parameter.where == 'query' and 'object' in types(schema) and schema.content.get('additionalProperties'):
            # Any name may be a part of it.
            return
    for name in given.query:
        if name not in known and name.removesuffix('[]') not in known:
            yield f"query parameter '{name}' is not described"
            yield f'  by {given.operation.spot.label}/parameters'


def _value(parameter: Parameter, texts: Sequence[str]) -> Iterator[str]:
    content = parameter.spot.at('content')
    for kind, media in content.children():
        if is_json(kind):
            yield from _json(texts[0], media.at('schema'), parameter.title, is_request=True)
        return
    schema = parameter.spot.at('schema')
    known = types(schema)
    if 'object' in known or schema.node is None:
        return
    value: Any = coerced(texts[0], schema)
    if 'array' in known:
        value = of_items(_split(parameter, texts), schema)
    elif len(texts) > 1:
        yield f'{parameter.title} is there {len(texts)} times'
        yield f'  by {schema.label}'
    yield from broken(schema, value, parameter.title, is_request=True)


SEPARATORS = {'spaceDelimited': ' ', 'pipeDelimited': '|'}


def _split(parameter: Parameter, texts: Sequence[str]) -> list[str]:
    style = parameter.spot.content.get('style', 'form')
    explodes = parameter.spot.content.get('explode', style == 'form' and parameter.where in ('query', 'cookie'))
    if explodes and parameter.where == 'query':
        return list(texts)
    separator = SEPARATORS.get(str(style), ',')
    return [piece.strip() for text in texts for piece in text.split(separator)]


def is_json(kind: str) -> bool:
    """Tells whether a media type is JSON."""
    return bool(JSON_TYPE.fullmatch(media_type(kind)))


def media_type(text: str) -> str:
    """Returns a media type without its parameters, in small letters."""
    return text.partition(';')[0].strip().lower()


def _media(content: Spot, kind: str) -> Spot | None:
    # The entry that a media type has: itself, its range, or any.
    known = {media_type(name): spot for name, spot in content.children()}
    wanted = (media_type(kind), f'{media_type(kind).partition("/")[0]}/*', '*/*')
    return next((known[name] for name in wanted if name in known), None)


def _request_body(operation: Operation, call: Call) -> Iterator[str]:
    body = operation.spot.at('requestBody')
    if body.node is None:
        if call.body and call.method not in ('GET', 'HEAD', 'DELETE'):
            yield 'request body is there, but this operation takes none'
            yield f'  by {operation.spot.label}'
        return
    if call.body == '':
        if body.content.get('required') is True:
            yield 'request body is missing'
            yield f'  by {body.label}'
        return
    kind = _header(call.headers, 'content-type')
    media = _media(body.at('content'), kind)
    if media is None:
        yield _other_type('request', kind, body.at('content'))
        yield f'  by {body.label}/content'
    elif call.body is not None and is_json(kind):
        yield from _json(call.body, media.at('schema'), 'request body', is_request=True)
    elif call.body is not None and media_type(kind) == FORM:
        schema = media.at('schema')
        fields = dict(parse_qsl(call.body, keep_blank_values=True))
        value = {name: coerced(text, schema.at('properties', name)) for name, text in fields.items()}
        yield from broken(schema, value, 'request body', is_request=True)


def _other_type(whose: str, kind: str, content: Spot) -> str:
    known = ', '.join(name for name, _ in content.children())
    return f"{whose} body is '{media_type(kind) or 'of no type'}': described is {known or 'none'}"


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), '')


def _answer(response: Spot, call: Call, is_head: bool) -> Iterator[str]:
    if call.answer_headers is None:
        return
    yield from _answer_headers(response, call.answer_headers)
    content = response.at('content')
    if is_head or call.status in BARE or not content.content:
        return
    if call.answer == '':
        yield 'response body is missing'
        yield f'  by {content.label}'
        return
    kind = _header(call.answer_headers, 'content-type')
    media = _media(content, kind)
    if media is None:
        yield _other_type('response', kind, content)
        yield f'  by {content.label}'
    elif is_json(kind) and call.answer is not None:
        yield from _json(call.answer, media.at('schema'), 'response body')


def _answer_headers(response: Spot, headers: Mapping[str, str]) -> Iterator[str]:
    given = {name.lower(): value for name, value in headers.items()}
    for name, spot in response.at('headers').children():
        title = f"response header '{name}'"
        if name.lower() == 'content-type':
            continue
        if name.lower() in given:
            schema = spot.at('schema')
            value: Any = coerced(given[name.lower()], schema)
            if 'array' in types(schema):
                value = of_items([piece.strip() for piece in given[name.lower()].split(',')], schema)
            if 'object' not in types(schema):
                yield from broken(schema, value, title)
        elif spot.content.get('required') is True:
            yield f'{title} is missing'
            yield f'  by {spot.label}'


def _json(text: str, schema: Spot, title: str, is_request: bool = False) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield f'{title} is no JSON'
        yield f'  by {schema.label}'
        return
    yield from broken(schema, value, title, is_request=is_request)


def items(described: Described) -> dict[str, list[str]]:
    """Returns all that calls can cover: operations, statuses and parameters."""
    result: dict[str, list[str]] = {'operations': [], 'statuses': [], 'parameters': []}
    for operation in described.operations:
        result['operations'].append(operation.name)
        result['statuses'] += [covers_status(operation, status) for status in operation.statuses()]
        result['parameters'] += [covers_parameter(operation, item) for item in operation.parameters if item.is_own]
    return result
