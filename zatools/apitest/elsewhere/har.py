"""HAR files, as the developer tools of browsers and proxies write them."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

from zatools.apitest.elsewhere import json_files, notation
from zatools.apitest.elsewhere.call import Answer, Body, Call, Source, Taken, Upload
from zatools.apitest.elsewhere.json_files import items, text
from zatools.apitest.elsewhere.writer import recorded
from zatools.errors import InvalidError
from zatools.screens import quantity

#: Headers that a browser adds by itself, and those that ask for what it has in its cache.
OF_BROWSER = frozenset(
    [
        'user-agent',
        'referer',
        'origin',
        'cache-control',
        'pragma',
        'priority',
        'dnt',
        'upgrade-insecure-requests',
        'if-none-match',
        'if-modified-since',
        'accept-language',
        'te',
        'x-client-data',
    ]
)
#: Media types of what a page is made of.
OF_PAGE = ('image/', 'font/', 'audio/', 'video/', 'text/css', 'application/javascript', 'text/javascript',
           'application/x-javascript', 'application/font', 'application/wasm', 'text/html')  # fmt: skip


def read(source: Source) -> Taken:
    """Returns the calls of a HAR file."""
    content = json_files.read(source)
    entries = content.get('log', {})
    if not isinstance(entries, dict) or not isinstance(entries.get('entries'), list):
        raise InvalidError(
            f'{source.label} is no HAR: it has no log.entries', 'save it with the developer tools of a browser'
        )
    calls, left_out = [], 0
    for entry in items(entries, 'entries'):
        if not source.takes_all and _belongs_to_page(entry):
            left_out += 1
        elif call := _call(entry, source):
            calls.append(call)
    remarks = []
    if left_out:
        remarks.append(f'{quantity(left_out, "call")} for pages, images, styles and scripts (--all takes them too)')
    return Taken(f'Calls of {source.label}', tuple(calls), tuple(remarks))


def _belongs_to_page(entry: dict[str, Any]) -> bool:
    kind = text(json_files.part(json_files.part(entry, 'response'), 'content'), 'mimeType').lower()
    is_fetched = text(entry, '_resourceType') in ('xhr', 'fetch')
    return kind.startswith(OF_PAGE) and not is_fetched


def _call(entry: dict[str, Any], source: Source) -> Call | None:
    request, response = json_files.part(entry, 'request'), json_files.part(entry, 'response')
    method, url = text(request, 'method').upper() or 'GET', text(request, 'url')
    if not url.startswith(('http://', 'https://')):
        return None
    headers = [(text(row, 'name'), text(row, 'value')) for row in items(request, 'headers')]
    kept = [(name, value) for name, value in headers if not _is_of_browser(name.lower())]
    body, remarks = _body(json_files.part(request, 'postData'))
    cookies: list[tuple[str, str]] = []
    if not any(name.lower() == 'cookie' for name, _ in headers):
        cookies = [(text(row, 'name'), text(row, 'value')) for row in items(request, 'cookies')]
    answer, reason = _answer(response, source)
    if reason:
        remarks.append(reason)
    return Call(
        f'{method} {urlsplit(url).path or "/"}', method, url, tuple(kept), cookies=tuple(cookies), body=body,
        follows=not answer.status.startswith('3') or ',' in answer.status, answer=answer, remarks=tuple(remarks),
    )  # fmt: skip


def _is_of_browser(name: str) -> bool:
    return name in OF_BROWSER or name.startswith((':', 'sec-'))


def _body(data: dict[str, Any]) -> tuple[Body, list[str]]:
    kind, content = text(data, 'mimeType'), text(data, 'text')
    if content and not kind.startswith('multipart/'):
        return Body(content, kind), []
    fields, uploads = [], []
    for row in items(data, 'params'):
        if file_name := text(row, 'fileName'):
            uploads.append(Upload(text(row, 'name'), file_name, text(row, 'contentType')))
        else:
            fields.append((text(row, 'name'), text(row, 'value')))
    remarks = []
    if uploads:
        remarks.append(f'the bytes of {", ".join(item.path for item in uploads)}: put them beside the feature')
    if content and not fields and not uploads:
        remarks.append('the parts of the multipart body: the file has them as one text')
    return Body(fields=tuple(fields), uploads=tuple(uploads)), remarks


def _answer(response: dict[str, Any], source: Source) -> tuple[Answer, str]:
    status = response.get('status')
    if not isinstance(status, int) or status < 100:
        return Answer('2xx'), 'the status: the file has no answer to this call'
    if status == 304:
        return Answer('200, 304'), 'the status 304: the browser had the answer in its cache'
    content = json_files.part(response, 'content')
    body = text(content, 'text')
    if text(content, 'encoding') == 'base64':
        try:
            body = notation.plain(base64.b64decode(body).decode())
        except (binascii.Error, ValueError):
            body = ''
    return recorded(status, text(content, 'mimeType'), body, source.is_exact), ''
