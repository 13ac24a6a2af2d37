"""The steps of a request: its address, login, headers and body, each said in the shortest way that is exact."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from zatools.apitest.elsewhere import notation
from zatools.apitest.elsewhere.call import BEARER, DIGEST, Body, Call, Line, Login
from zatools.apitest.elsewhere.hiding import Hidden
from zatools.apitest.secrets import CREDENTIAL_NAME
from zatools.apitest.values.compare import path_below

#: An address or a reference to one, and what follows.
PARTS = re.compile(r'(\ue000[^\ue001]*\ue001|[a-zA-Z][a-zA-Z+.-]*://[^/?#]*)?([^?#]*)(\?[^#]*)?')
FORM_TYPE, JSON_TYPE = 'application/x-www-form-urlencoded', 'application/json'
#: Headers that the client makes by itself.
OF_CLIENT = frozenset({'content-length', 'host', 'connection', 'accept-encoding', 'transfer-encoding'})


def lines(call: Call, hidden: Hidden) -> Iterator[Line]:
    """Yields the steps of a request."""
    address, path, query = address_of(call.url)
    yield Line('address {}', (address,))
    if path:
        yield Line('URL path {}', (path,))
    if call.method != 'GET':
        yield Line('HTTP method {}', (call.method,))
    yield from _query(query, call.query, hidden)
    yield from _login(call.login)
    for name, value in call.cookies:
        yield Line('cookie {} is {}', (name, value))
    body = list(_body(call, hidden))
    for name, value in _headers(call, body):
        yield Line('header {} {}', (name, value))
    yield from call.settings
    yield from body


def address_of(url: str) -> tuple[str, str, str]:
    """Returns scheme, host and port of a URL, its path, and its query with the question mark."""
    match = PARTS.match(url)
    address, path, query = match.groups('')  # type: ignore[union-attr]
    if not address:
        # A URL without a scheme, as curl takes it.
        host, slash, rest = path.partition('/')
        return f'http://{host}', f'{slash}{rest}', query
    return address, path, query


def _query(query: str, more: tuple[tuple[str, str], ...], hidden: Hidden) -> Iterator[Line]:
    pairs = parse_qsl(query[1:], keep_blank_values=True)
    if query[1:] and not _is_exact(query[1:], pairs):
        yield Line('query string {}', (query,))
        pairs = []
    values: dict[str, list[str]] = {}
    for name, value in [*pairs, *more]:
        values.setdefault(name, []).append(hidden.parameter(name, value))
    for name, items in values.items():
        if len(items) == 1:
            yield Line('query parameter {} is {}', (name, items[0]))
        elif any(',' in item or item != item.strip() for item in items):
            yield Line('query string {}', (f'?{urlencode([(name, item) for item in items], quote_via=quote)}',))
        else:
            yield Line('query parameter {} has the values {}', (name, ', '.join(items)))


def _is_exact(text: str, pairs: list[tuple[str, str]]) -> bool:
    return unquote(urlencode(pairs, quote_via=quote)) == unquote(text.replace('+', ' '))


def _login(login: Login | None) -> Iterator[Line]:
    if login is None:
        return
    if login.sort == BEARER:
        yield Line('bearer token {}', (login.secret,))
        return
    words = 'Basic Auth {} {}'
    if login.sort == DIGEST:
        words = 'Digest Auth {} {}'
    yield Line(words, (login.user, login.secret))


def content_type(call: Call) -> str:
    """Returns the media type of a request's body, parameters included."""
    given = [value for name, value in call.headers if name.lower() == 'content-type']
    return (given or [call.body.kind])[-1]


def _headers(call: Call, body: list[Line]) -> Iterator[tuple[str, str]]:
    is_json = Line('format {}', ('JSON',)) in body
    is_form = bool(call.body.fields or call.body.uploads) or any(line.words.startswith('form field') for line in body)
    names = set()
    for name, value in call.headers:
        lower = name.lower()
        names.add(lower)
        is_made = lower == 'content-type' and (is_form or (is_json and value == JSON_TYPE))
        if lower not in OF_CLIENT and not is_made and not name.startswith(':'):
            yield name, value
    has_own_type = is_form or (is_json and call.body.kind == JSON_TYPE)
    if body and call.body.kind and 'content-type' not in names and not has_own_type:
        yield 'Content-Type', call.body.kind


def _body(call: Call, hidden: Hidden) -> Iterator[Line]:
    body, kind = call.body, content_type(call)
    if body.fields or body.uploads:
        yield from _form(body)
    elif body.file:
        yield from (Line('format {}', ('RAW',)), Line('response format {}', ('JSON',)))
        yield Line('request {}', (body.file,))
    elif body.text:
        yield from _text(body.text, kind.partition(';')[0].strip().lower(), hidden)


def _form(body: Body) -> Iterator[Line]:
    for name, value in body.fields:
        yield Line('form field {} is {}', (name, value))
    for upload in body.uploads:
        values = (upload.name, upload.path)
        if upload.file_name:
            kind = upload.kind or 'application/octet-stream'
            yield Line('request file {} is {} of type {}, named {}', (*values, kind, upload.file_name))
        elif upload.kind:
            yield Line('request file {} is {} of type {}', (*values, upload.kind))
        else:
            yield Line('request file {} is {}', values)


def _text(text: str, kind: str, hidden: Hidden) -> Iterator[Line]:
    if kind == FORM_TYPE:
        pairs = parse_qsl(text, keep_blank_values=True)
        if _is_exact(text, pairs):
            for name, value in pairs:
                yield Line('form field {} is {}', (name, hidden.parameter(name, value)))
            return
    if (kind.endswith('json') or not kind) and (document := _as_json(text)) is not None:
        secrets: list[Line] = []
        shown = _without_secrets(document, '', hidden, secrets)
        yield Line('format {}', ('JSON',))
        yield Line('request is {}', (json.dumps(shown, indent=2, ensure_ascii=False),))
        yield from secrets
        return
    yield from (Line('format {}', ('RAW',)), Line('response format {}', ('JSON',)))
    yield Line('request is {}', (hidden.in_text(text),))


def _as_json(text: str) -> Any:
    # An object or a list; one that repeats a key, and numbers that Python would change, are sent as they are.
    def pairs(rows: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(rows)) != len(rows):
            raise ValueError
        return dict(rows)

    try:
        document = json.loads(text, object_pairs_hook=pairs, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, (dict, list)):
        return document
    return None


def _refused(word: str) -> Any:
    raise ValueError(word)


def _without_secrets(value: Any, path: str, hidden: Hidden, secrets: list[Line]) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item, path_below(path, index), hidden, secrets) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        place = path_below(path, key)
        result[key] = item
        if isinstance(item, str) and item and CREDENTIAL_NAME.search(key) and not notation.has_reference(item):
            # A step of its own sets it, since its value may have quotes in it.
            secrets.append(Line('path {} in request is {}', (place, hidden.take(item, key))))
            result[key] = ''
        else:
            result[key] = _without_secrets(item, place, hidden, secrets)
    return result
