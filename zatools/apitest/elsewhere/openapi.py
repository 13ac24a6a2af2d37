"""OpenAPI documents: a call for each operation, of its examples or of samples of its schemas."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from zatools.apitest.elsewhere import notation, shapes
from zatools.apitest.elsewhere.call import BASIC, BEARER, Answer, Body, Call, Login, Source, Taken, Upload
from zatools.apitest.openapi import document as documents, samples
from zatools.apitest.openapi.document import Document, Operation
from zatools.errors import InvalidError

FORM, MULTIPART = 'application/x-www-form-urlencoded', 'multipart/form-data'


@dataclass
class _Request:
    headers: list[tuple[str, str]] = field(default_factory=list)
    query: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[tuple[str, str]] = field(default_factory=list)
    login: Login | None = None
    remarks: list[str] = field(default_factory=list)


def read(source: Source) -> Taken:
    """Returns a call for each operation of a document."""
    content = documents.parsed_text(notation.plain(source.text), source.label)
    document = documents.checked(source.folder / Path(source.label).name, content, source.label)
    address, remarks = _address(document)
    calls = [_call(document, operation, address, source) for operation in document.operations()]
    if not calls:
        raise InvalidError(f'{source.label} has no operations', 'they are below paths: /users: get: …')
    info = document.content.get('info')
    title = ''
    if isinstance(info, dict):
        title = str(info.get('title') or '')
    return Taken(title or source.label, tuple(calls), tuple(remarks))


def _address(document: Document) -> tuple[str, list[str]]:
    servers = document.content.get('servers')
    if not isinstance(servers, list) or not servers or not isinstance(servers[0], dict):
        return notation.environment('API'), ['the address: the document has no servers']
    url = str(servers[0].get('url', ''))
    for name, variable in (servers[0].get('variables') or {}).items():
        if isinstance(variable, dict):
            url = url.replace(f'{{{name}}}', str(variable.get('default', '')))
    url = url.rstrip('/')
    if not url.startswith(('http://', 'https://')):
        return f'{notation.environment("API")}{url}', [f"the address: '{url or '/'}' is that of the document itself"]
    return url, []


def _call(document: Document, operation: Operation, address: str, source: Source) -> Call:
    request = _Request()
    path = operation.path
    for parameter in operation.parameters:
        value = samples.example_of(document, _first_content(document, parameter))
        if parameter.get('in') == 'path':
            path = path.replace(f'{{{parameter["name"]}}}', quote(_text(value), safe=''))
        elif parameter.get('required') or parameter.get('in') == 'header' and 'example' in parameter:
            _put(request, parameter, value)
    _log_in(document, operation, request)
    body = _body(document, operation, request)
    name = str(operation.content.get('summary') or operation.content.get('operationId') or operation.name)
    return Call(
        name, operation.method, f'{address}{re.sub(r"[{}]", "", path)}', tuple(request.headers), tuple(request.query),
        tuple(request.cookies), body, request.login, answer=_answer(document, operation, source, request),
        remarks=tuple(request.remarks),
    )  # fmt: skip


def _first_content(document: Document, parameter: dict[str, Any]) -> Any:
    content = parameter.get('content')
    if isinstance(content, dict) and content:
        return next(iter(content.values()))
    return parameter


def _text(value: Any) -> str:
    if isinstance(value, str):
        return notation.plain(value)
    if isinstance(value, list):
        return ','.join(map(_text, value))
    return json.dumps(value, ensure_ascii=False, default=str)


def _put(request: _Request, parameter: dict[str, Any], value: Any) -> None:
    name = parameter['name']
    if parameter.get('in') == 'query':
        items = value if isinstance(value, list) else [value]
        if parameter.get('explode') is False:
            items = [value]
        request.query += [(name, _text(item)) for item in items]
    elif parameter.get('in') == 'cookie':
        request.cookies.append((name, _text(value)))
    elif name.lower() not in ('accept', 'content-type', 'authorization'):
        request.headers.append((name, _text(value)))


def _log_in(document: Document, operation: Operation, request: _Request) -> None:
    needs = operation.content.get('security', document.content.get('security'))
    if not isinstance(needs, list) or not needs or not isinstance(needs[0], dict) or {} in needs:
        return
    components = document.content.get('components') or {}
    for name in needs[0]:
        scheme = document.resolved((components.get('securitySchemes') or {}).get(name))
        if isinstance(scheme, dict):
            _take_scheme(scheme, name, request)
        else:
            request.remarks.append(f"the login '{name}': the document does not describe it")


def _take_scheme(scheme: dict[str, Any], name: str, request: _Request) -> None:
    kind, http = scheme.get('type'), str(scheme.get('scheme', '')).lower()
    if kind == 'apiKey':
        key = str(scheme.get('name') or name)
        place = {'query': request.query, 'cookie': request.cookies}.get(str(scheme.get('in')), request.headers)
        place.append((key, notation.environment(key)))
    elif kind == 'http' and http == 'basic':
        request.login = Login(BASIC, notation.environment('username'), notation.environment('password'))
    elif http == 'bearer' or kind in ('oauth2', 'openIdConnect'):
        request.login = Login(BEARER, '', notation.environment('token'))
    else:
        request.remarks.append(f"the login '{name}' of type {kind}: no step sends it")


def _body(document: Document, operation: Operation, request: _Request) -> Body:
    node = document.resolved(operation.content.get('requestBody'))
    content = node.get('content') if isinstance(node, dict) else None
    if not isinstance(content, dict) or not content:
        return Body()
    kind = next((name for name in content if 'json' in name), next(iter(content)))
    value = samples.example_of(document, content[kind])
    if 'json' in kind:
        return Body(json.dumps(value, ensure_ascii=False, default=str), kind.replace('*/*', 'application/json'))
    if kind == FORM and isinstance(value, dict):
        return Body(urlencode({name: _text(item) for name, item in value.items()}, quote_via=quote), kind)
    if kind == MULTIPART and isinstance(value, dict):
        return _parts(document, content[kind], value, request)
    if isinstance(value, str) and 'octet-stream' not in kind:
        return Body(value, kind)
    request.remarks.append(f'the body of type {kind}: the document has no example of it')
    return Body()


def _parts(document: Document, media: Any, value: dict[str, Any], request: _Request) -> Body:
    properties = samples.whole(document, (media or {}).get('schema')).get('properties') or {}
    uploads = [name for name in value if (document.resolved(properties.get(name)) or {}).get('format') == 'binary']
    if uploads:
        request.remarks.append(f'the bytes of {", ".join(uploads)}: put such a file beside the feature')
    fields = [(name, _text(item)) for name, item in value.items() if name not in uploads]
    return Body(fields=tuple(fields), uploads=tuple(Upload(name, name) for name in uploads))


def _answer(document: Document, operation: Operation, source: Source, request: _Request) -> Answer:
    responses = operation.content.get('responses')
    if not isinstance(responses, dict):
        return Answer()
    good = [str(status) for status in responses if str(status).startswith('2')]
    if not good:
        known = [str(status) for status in responses if re.fullmatch(r'[13]\d\d', str(status))]
        return Answer((known or ['2xx'])[0])
    status = good[0]
    response = document.resolved(next(responses[key] for key in responses if str(key) == status))
    content = (response or {}).get('content')
    if not isinstance(content, dict) or not content:
        return Answer(status.lower())
    kind = next((name for name in content if 'json' in name), next(iter(content)))
    if 'json' not in kind:
        return Answer(status.lower(), kind.partition(';')[0])
    return Answer(status.lower(), kind.partition(';')[0], shape=_shape(document, content[kind], source.is_exact))


def _shape(document: Document, media: Any, is_exact: bool) -> Any:
    media = document.resolved(media) or {}
    if is_exact and ('example' in media or 'examples' in media):
        return shapes.of(samples.example_of(document, media), True)
    if 'schema' not in media:
        return None
    found = samples.shape(document, media['schema'])
    if found == '<any>':
        return None
    return found
