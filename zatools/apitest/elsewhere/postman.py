"""Collections of Postman, version 2.1 (and 2.0, which differs in its logins)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from zatools.apitest.elsewhere import json_files, notation
from zatools.apitest.elsewhere.call import BASIC, BEARER, DIGEST, Answer, Body, Call, Line, Login, Source, Taken, Upload
from zatools.apitest.elsewhere.json_files import items, part, text
from zatools.apitest.elsewhere.writer import recorded
from zatools.apitest.secrets import CREDENTIAL_NAME
from zatools.errors import InvalidError

#: The values that Postman makes up, and the steps that make them here.
MADE_UP = {
    '$guid': 'I store a UUID4 under {}', '$randomUUID': 'I store a UUID4 under {}',
    '$randomInt': 'I store a random integer under {}', '$randomAlphaNumeric': 'I store a random string under {}',
}  # fmt: skip
LANGUAGES = {'json': 'application/json', 'xml': 'application/xml', 'html': 'text/html', 'text': 'text/plain'}
STATUS = re.compile(r'pm\.response\.to\.have\.status\((\d{3})\)|pm\.response\.code\)\.to\.(?:eql|equal)\((\d{3})\)')
#: A variable in a path.
VARIABLE = re.compile(r'/:([^/?#]+)')
DEEPEST = 20


@dataclass(frozen=True)
class Around:
    """What a folder gives to the requests in it."""

    values: dict[str, str]
    auth: dict[str, Any]
    names: tuple[str, ...] = ()


def read(source: Source) -> Taken:
    """Returns the calls of a collection."""
    content = json_files.read(source)
    if not isinstance(content.get('item'), list):
        hint = 'export the collection as v2.1'
        raise InvalidError(f"{source.label} is no collection of Postman: it has no 'item'", hint)
    values = {text(row, 'key'): text(row, 'value') for row in items(content, 'variable')}
    around = Around(
        {name: value for name, value in values.items() if not CREDENTIAL_NAME.search(name)}, part(content, 'auth')
    )
    remarks = list(_scripts(content))
    calls = tuple(_calls(content, around, source, remarks))
    return Taken(text(part(content, 'info'), 'name') or source.label, calls, tuple(remarks))


def _calls(folder: dict[str, Any], around: Around, source: Source, remarks: list[str]) -> Iterator[Call]:
    if len(around.names) > DEEPEST:
        raise InvalidError(f'{source.label}: folders in it are nested too deeply')
    for item in items(folder, 'item'):
        name = text(item, 'name')
        inner = Around(around.values, part(item, 'auth') or around.auth, (*around.names, name))
        if isinstance(item.get('item'), list):
            remarks += [f'{name}: {remark}' for remark in _scripts(item)]
            yield from _calls(item, inner, source, remarks)
        elif item.get('request'):
            yield _Reader(inner, source).call(item)


def _scripts(item: dict[str, Any]) -> Iterator[str]:
    for event in items(item, 'event'):
        script = part(event, 'script').get('exec')
        rows = script
        if isinstance(script, str):
            rows = script.splitlines()
        if isinstance(rows, list) and any(str(row).strip() for row in rows):
            yield '\n'.join([f'the script {text(event, "listen")}, since JavaScript is not run:', *map(str, rows)])


class _Reader:
    def __init__(self, around: Around, source: Source) -> None:
        self._around, self._source = around, source
        self._made: dict[str, None] = {}
        self._remarks: list[str] = []

    def call(self, item: dict[str, Any]) -> Call:
        request = item['request']
        if isinstance(request, str):
            request = {'url': request}
        elif not isinstance(request, dict):
            request = {}
        scripts = list(_scripts(item))
        headers = self._pairs(items(request, 'header'))
        query: list[tuple[str, str]] = []
        login = self._login(part(request, 'auth') or self._around.auth, headers, query)
        body = self._body(part(request, 'body'))
        url = self._url(request.get('url'))
        made = [Line(MADE_UP[name], (notation.stored_name(name),)) for name in self._made]
        return Call(
            ' / '.join(self._around.names), text(request, 'method').upper() or 'GET', url, tuple(headers), tuple(query),
            body=body, login=login, answer=self._answer(item, scripts), settings=(), remarks=(*self._remarks, *scripts),
            before=tuple(made),
        )  # fmt: skip

    def _text(self, value: str) -> str:
        return notation.TEMPLATE.sub(self._named, value)

    def _named(self, match: re.Match[str]) -> str:
        name = match[1].strip()
        if name in MADE_UP:
            self._made[name] = None
            return notation.stored(name)
        if name.startswith('$'):
            self._remarks.append(f'{{{{{name}}}}}: it is a variable here, and Postman makes it up')
        value = self._around.values.get(name)
        if value and not notation.TEMPLATE.search(value):
            return value
        return notation.environment(name)

    def _pairs(self, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
        used = [row for row in rows if not row.get('disabled') and text(row, 'key')]
        return [(text(row, 'key'), self._text(text(row, 'value'))) for row in used]

    def _url(self, url: Any) -> str:
        if isinstance(url, str):
            return self._text(url)
        raw = text(url, 'raw')
        values = {text(row, 'key'): quote(text(row, 'value'), safe='{}$') for row in items(url, 'variable')}
        raw = VARIABLE.sub(lambda match: f'/{values.get(match[1], match[0][1:])}', raw)
        return self._text(raw)

    def _login(
        self, auth: dict[str, Any], headers: list[tuple[str, str]], query: list[tuple[str, str]]
    ) -> Login | None:
        sort, values = text(auth, 'type'), {}
        for row in items(auth, sort):
            values[text(row, 'key')] = self._text(text(row, 'value'))
        values = values or {name: self._text(str(value)) for name, value in part(auth, sort).items()}
        if sort in ('basic', 'digest'):
            kind = BASIC if sort == 'basic' else DIGEST
            return Login(kind, values.get('username', ''), values.get('password') or notation.environment('password'))
        if sort == 'bearer':
            return Login(BEARER, '', values.get('token') or notation.environment('token'))
        if sort == 'apikey':
            place = query if values.get('in') == 'query' else headers
            name = values.get('key') or 'X-API-Key'
            place.append((name, values.get('value') or notation.environment(name)))
        elif sort not in ('', 'noauth'):
            self._remarks.append(f'the login {sort}: write a step for it, such as: Given bearer token "$TOKEN"')
        return None

    def _body(self, body: dict[str, Any]) -> Body:
        mode = text(body, 'mode')
        if body.get('disabled'):
            return Body()
        if mode == 'raw':
            language = text(part(part(body, 'options'), 'raw'), 'language')
            return Body(self._text(text(body, 'raw')), LANGUAGES.get(language, ''))
        if mode == 'urlencoded':
            return Body(fields=tuple(self._pairs(items(body, 'urlencoded'))))
        if mode == 'formdata':
            return self._form(items(body, 'formdata'))
        if mode == 'graphql':
            return self._graphql(part(body, 'graphql'))
        if mode == 'file' and (path := text(part(body, 'file'), 'src')):
            self._remarks.append(f'the bytes of {path}: put them beside the feature')
            return Body(file=path)
        return Body()

    def _form(self, rows: list[dict[str, Any]]) -> Body:
        uploads = [self._upload(row) for row in rows if text(row, 'type') == 'file' and not row.get('disabled')]
        if uploads:
            self._remarks.append(
                f'the bytes of {", ".join(item.path for item in uploads)}: put them beside the feature'
            )
        fields = self._pairs([row for row in rows if text(row, 'type') != 'file'])
        return Body(fields=tuple(fields), uploads=tuple(uploads))

    def _upload(self, row: dict[str, Any]) -> Upload:
        path = row.get('src')
        if isinstance(path, list):
            path = next(iter(path), '')
        return Upload(text(row, 'key'), str(path or 'file'), text(row, 'contentType'))

    def _graphql(self, query: dict[str, Any]) -> Body:
        document: dict[str, Any] = {'query': self._text(text(query, 'query'))}
        if variables := self._text(text(query, 'variables')).strip():
            try:
                document['variables'] = json.loads(variables)
            except (ValueError, RecursionError):
                self._remarks.append('the variables of the query: they are no JSON')
        return Body(json.dumps(document, ensure_ascii=False), 'application/json')

    def _answer(self, item: dict[str, Any], scripts: list[str]) -> Answer:
        status = next((match[1] or match[2] for script in scripts for match in STATUS.finditer(script)), '')
        for response in items(item, 'response'):
            code = response.get('code')
            if isinstance(code, int) and (not status or str(code) == status):
                kinds = [
                    text(row, 'value')
                    for row in items(response, 'header')
                    if text(row, 'key').lower() == 'content-type'
                ]
                return recorded(code, (kinds or [''])[0], text(response, 'body'), self._source.is_exact)
        return Answer(status or '2xx')
