"""OpenAPI 3.1 of REST channels: made of their definitions, and of what their services declare."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from inspect import getsource
from itertools import product
from typing import Any

from zatools.connections.login import header_of
from zatools.kinds.jsonrpc import GATEWAY
from zatools.kinds.security import CERTIFICATE_LOGIN, KEY_LOGIN, PASSWORD_LOGIN, SESSION_LOGIN, TOKEN_LOGIN
from zatools.server.http import roles
from zatools.server.http.channels import PARAMETER, Channel
from zatools.server.http.guards import KEY_HEADER, members_of
from zatools.server.openapi.schemas import Schema, Schemas, of_element, of_elements, own_doc
from zatools.server.project.loader import Deployed
from zatools.server.runtime import Runtime
from zatools.state import Item

VERSION = '3.1.0'
#: The field of definitions that keeps a channel out of documents.
SHOWN = 'should_include_in_openapi'
#: Methods that a document can speak of, in its order; those without a body.
METHODS = ('get', 'put', 'post', 'delete', 'options', 'head', 'patch')
BODILESS = frozenset({'get', 'delete', 'options', 'head'})
#: Content types by data format; a format that isn't here says nothing of its messages.
TYPES = {'json': 'application/json', 'form': 'application/x-www-form-urlencoded', 'xml': 'application/xml'}
ANYTHING = '*/*'
#: How services answer many rows of what they declare.
LISTS = re.compile(r'response\.payload(\[[^\]]*:|\.append|\s*=\s*\[)')
#: The security schemes of definitions, by how they log in.
SCHEMES: Mapping[str, Mapping[str, str]] = {
    PASSWORD_LOGIN: {'type': 'http', 'scheme': 'basic'},
    KEY_LOGIN: {'type': 'apiKey', 'in': 'header'},
    TOKEN_LOGIN: {'type': 'http', 'scheme': 'bearer'},
    SESSION_LOGIN: {'type': 'http', 'scheme': 'bearer'},
    CERTIFICATE_LOGIN: {'type': 'mutualTLS'},
}
ERROR: Schema = {
    'type': 'object',
    'properties': {'result': {'const': 'Error'}, 'cid': {'type': 'string'}, 'details': {}},
    'required': ['result', 'cid'],
}


def document(runtime: Runtime, title: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Returns the document of a server's REST channels: of those that are named, or of all that want to be shown."""
    wanted = None if names is None else set(names)
    channels = [one for one in runtime.channels if _is_described(one) and (wanted is None or one.name in wanted)]
    return _Document(runtime).made(title, channels)


def _is_described(channel: Channel) -> bool:
    # The methods of JSON-RPC have one path, which OpenAPI has no word for; SOAP has its own descriptions.
    return channel.service != GATEWAY and not channel.soap and channel.item.values.get(SHOWN, True) is not False


class _Document:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._schemas = Schemas()
        self._schemes: dict[str, dict[str, str]] = {}
        self._paths: dict[str, dict[str, Any]] = {}
        # Paths that differ in the names of their parameters alone are one to OpenAPI: the first counts.
        self._by_shape: dict[str, str] = {}
        self._operations: set[str] = set()

    def made(self, title: str, channels: Iterable[Channel]) -> dict[str, Any]:
        for channel in channels:
            shape = PARAMETER.sub('{}', channel.path)
            path = self._by_shape.setdefault(shape, channel.path if channel.path[:1] == '/' else f'/{channel.path}')
            operations = self._paths.setdefault(path, {})
            for method in _methods(channel, self._runtime.services.get(channel.service)):
                # Of two that differ in what they accept alone, a document has room for one.
                if method not in operations:
                    operations[method] = self._operation(channel, method, path)
        paths = {
            path: {method: found[method] for method in METHODS if method in found}
            for path, found in sorted(self._paths.items())
        }
        components: dict[str, Any] = {'schemas': {**dict(sorted(self._schemas.known.items())), 'ZatoError': ERROR}}
        if self._schemes:
            components['securitySchemes'] = dict(sorted(self._schemes.items()))
        info = {'title': title, 'version': '1.0'}
        return {'openapi': VERSION, 'info': info, 'paths': paths, 'components': components}

    def _operation(self, channel: Channel, method: str, path: str) -> dict[str, Any]:
        deployed = self._runtime.services.get(channel.service)
        # Its own names of what is in the path, and those that the document has.
        in_path = dict(zip(PARAMETER.findall(channel.path), PARAMETER.findall(path), strict=True))
        found: dict[str, Any] = {'operationId': self._id(channel, method), 'summary': channel.name}
        if text := _described(channel, deployed):
            found['description'] = text
        if channel.item.values.get('is_deprecated'):
            found['deprecated'] = True
        parameters = list(self._parameters(channel, method, deployed, in_path))
        if parameters:
            found['parameters'] = parameters
        body = self._body(deployed, in_path if channel.merges else ())
        if method not in BODILESS and (body or channel.data_format):
            content = {TYPES.get(channel.data_format, ANYTHING): {'schema': body or {}}}
            found['requestBody'] = {'content': content, 'required': bool(body.get('required') or '$ref' in body)}
        found['responses'] = self._responses(channel, deployed)
        if security := self._security(channel):
            found['security'] = security
        return found

    def _id(self, channel: Channel, method: str) -> str:
        name = f'{method}_{_key(channel.service)}'
        number, free = 1, name
        while free in self._operations:
            number += 1
            free = f'{name}_{number}'
        self._operations.add(free)
        return free

    def _parameters(
        self, channel: Channel, method: str, deployed: Deployed | None, in_path: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        elements = {one.name: of_element(one, self._runtime.generation) for one in (deployed.input if deployed else ())}
        for own, name in in_path.items():
            schema = elements.get(own) or {'type': 'string'}
            yield {'name': name, 'in': 'path', 'required': True, 'schema': schema}
        if deployed is None or method not in BODILESS or not channel.merges:
            return
        for element in deployed.input:
            if element.name not in in_path:
                schema = elements[element.name]
                yield {'name': element.name, 'in': 'query', 'required': element.is_required, 'schema': schema}

    def _body(self, deployed: Deployed | None, in_path: Collection[str]) -> Schema:
        if deployed is None:
            return {}
        if deployed.input_model:
            return self._schemas.of_model(deployed.input_model)
        elements = [one for one in deployed.input if one.name not in in_path]
        if elements:
            return of_elements(elements, self._runtime.generation)
        return {}

    def _responses(self, channel: Channel, deployed: Deployed | None) -> dict[str, Any]:
        is_json = channel.data_format == 'json'
        answer = self._answer(deployed)
        content_type = TYPES['json'] if is_json or answer else ANYTHING
        wrong: Schema = {'text/plain': {'schema': {'type': 'string'}}}
        if is_json:
            wrong = {TYPES['json']: {'schema': {'$ref': '#/components/schemas/ZatoError'}}}
        return {
            '200': {'description': 'What the service answers.', 'content': {content_type: {'schema': answer}}},
            'default': {'description': 'What went wrong.', 'content': wrong},
        }

    def _answer(self, deployed: Deployed | None) -> Schema:
        if deployed is None:
            return {}
        answer: Schema = {}
        if deployed.output_model:
            answer = self._schemas.of_model(deployed.output_model)
        elif deployed.output:
            answer = of_elements(deployed.output, self._runtime.generation, is_output=True)
        if answer and _gives_lists(deployed.cls):
            answer = {'anyOf': [answer, {'type': 'array', 'items': answer}]}
        if deployed.wrapper and answer and self._runtime.generation == '3.2':
            return {'type': 'object', 'properties': {deployed.wrapper: answer}, 'required': [deployed.wrapper]}
        return answer

    def _security(self, channel: Channel) -> list[dict[str, list[str]]]:
        # Each entry is enough by itself; who passes a definition and a group has to have both.
        ways = []
        if channel.login:
            ways.append([self._scheme(channel.login, '')])
        header, generation = '', self._runtime.generation
        if generation == '3.2':
            header = self._runtime.config.environ.get('Zato_API_Key_Name') or KEY_HEADER
        members = members_of(channel.item, self._runtime.state)
        if not ways and not members and roles.is_ruled(channel.item, generation):
            members, header = roles.callers_of(channel.item, self._runtime.state), ''
        if members:
            ways.append([self._scheme(one, header) for one in members])
        return [{name: [] for name in names} for names in product(*ways) if names]

    def _scheme(self, login: Item, header: str) -> str:
        other = {'type': 'http', 'scheme': login.kind.type_or_none or 'other'}
        scheme = dict(SCHEMES.get(login.kind.login, other))
        if scheme['type'] == 'apiKey':
            scheme['name'] = header or header_of(login)
        number, name = 1, _key(login.name)
        while self._schemes.setdefault(name, scheme) != scheme:
            number += 1
            name = f'{_key(login.name)}_{number}'
        return name


def _key(name: str) -> str:
    return re.sub(r'[^\w.-]', '_', name, flags=re.ASCII) or '_'


def _methods(channel: Channel, deployed: Deployed | None) -> list[str]:
    if channel.method:
        named = channel.method.lower().split('|')
    elif deployed and deployed.verbs:
        named = [verb.lower() for verb in deployed.verbs]
    else:
        named = ['post']
    return [method for method in METHODS if method in named]


def _gives_lists(cls: type) -> bool:
    # What is declared is one row; whether there may be many stands in the code alone.
    try:
        return LISTS.search(getsource(cls)) is not None
    except (OSError, TypeError):
        # The file was changed or is gone meanwhile.
        return True


def _described(channel: Channel, deployed: Deployed | None) -> str:
    text = f"No file has the service '{channel.service}'."
    if deployed is not None:
        text = own_doc(deployed.cls)
    if successor := channel.item.values.get('deprecation_successor'):
        text = f'{text} Use {successor}.'.strip()
    return text


def as_yaml(content: Any) -> str:
    """Returns a document as YAML."""
    import yaml

    return str(yaml.dump(content, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120))


def _dumper() -> type[Any]:
    import yaml

    class Plain(yaml.SafeDumper):
        # Readers of documents need not know aliases.
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Plain
