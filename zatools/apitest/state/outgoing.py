"""The request as it is sent: address, method, headers and body, made of what steps have set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from zatools.apitest.failures import StepBroken
from zatools.apitest.http import curl
from zatools.apitest.secrets import is_credential, is_distinctive, variable
from zatools.apitest.state import formats
from zatools.apitest.state.logins import DIGEST, LOGIN
from zatools.apitest.values.bunch import Bunch

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

XML_TYPE, SOAP_TYPE, JSON_TYPE = 'application/xml', 'text/xml; charset=utf-8', 'application/json'
FORM_TYPE = 'application/x-www-form-urlencoded'
#: A method of HTTP is a token (RFC 9110).
METHOD = re.compile(r"[!#$%&'*+.^`|~\w-]+", re.ASCII)


def full_address(request: Bunch) -> str:
    """Returns the URL: address, path and query string, joined as they are written."""
    if not request.get('address'):
        raise StepBroken('there is no address to call', hint='Given address "http://localhost:17010"')
    address = str(request.address)
    if not address.lower().startswith(('http://', 'https://')):
        hint = f'an address starts with http:// or https://: Given address "http://{address}"'
        raise StepBroken(f"'{address}' is no address", hint=hint)
    return with_parameters(f'{address}{request.get("url_path") or "/"}{request.get("query_string") or ""}', request)


def with_parameters(url: str, request: Bunch) -> str:
    """Returns a URL with the query parameters of steps added, encoded."""
    parameters = request.get('query_parameters')
    if not parameters:
        return url
    before, mark, fragment = url.partition('#')
    joint = '?'
    if before.endswith(('?', '&')):
        joint = ''
    elif '?' in before:
        joint = '&'
    values = {name: [_in_query(value) for value in items] for name, items in parameters.items()}
    return f'{before}{joint}{urlencode(values, doseq=True, quote_via=quote)}{mark}{fragment}'


def _in_query(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def method(request: Bunch) -> str:
    """Returns the method in capitals."""
    name = str(request.get('method') or 'GET').upper()
    if not METHOD.fullmatch(name):
        raise StepBroken(f"'{name}' is no HTTP method", hint='a method is one word: Given HTTP method "POST"')
    return name


def body(request: Bunch, headers: dict[str, Any]) -> dict[str, Any]:
    """Returns the body, as requests takes it; sets a Content-Type in the headers where there is none."""
    # A Content-Type of the user's own is never replaced; ours is not kept, since the format may change.
    name, content = formats.of_request(request), request.get('data_impl')
    has_type = any(header.lower() == 'content-type' for header in headers)
    if request.get('form') or request.get('files'):
        if request.get('files') and not has_type:
            return {'data': request.get('form') or {}, 'files': _rewound(request.files)}
        return {'data': request.get('form') or {}, 'files': _rewound(request.get('files') or {}) or None}
    if 'data_impl' not in request or (content is None and not request.get('data')):
        return {}
    content = formats.content_as(request, name)
    kind, writer = _writers(request).get(name, ('', _raw))
    if kind and not has_type:
        headers['Content-Type'] = kind
    return {'data': writer(content)}


def _writers(request: Bunch) -> dict[str, tuple[str, Callable[[Any], Any]]]:
    xml_type = XML_TYPE
    if any(header.lower() == 'soapaction' for header in request.headers):
        xml_type = SOAP_TYPE
    return {'JSON': (JSON_TYPE, _as_json), 'XML': (xml_type, _as_xml), 'FORM': (FORM_TYPE, _raw)}


def _as_json(content: Any) -> str:
    try:
        return json.dumps(content, indent=2)
    except (TypeError, ValueError):
        text = f'the request holds {type(content).__name__}, which is no JSON'
        raise StepBroken(text, hint='give the format before the request: Given format "JSON"') from None


def _as_xml(content: Any) -> Any:
    return _raw(formats.as_text(content))


def _raw(content: Any) -> Any:
    if isinstance(content, str):
        # The charset must not depend on the version of urllib3.
        return content.encode()
    return content


def _rewound(files: dict[str, Any]) -> dict[str, Any]:
    # An earlier call has read the files to their ends.
    for file in files.values():
        if hasattr(file, 'seek'):
            file.seek(0)
    return files


def headers(context: Context) -> dict[str, Any]:
    """Returns the headers that steps have set; those that are credentials become secrets."""
    result = {name: _header(value) for name, value in context.zato.request.headers.items()}
    for name, value in result.items():
        if isinstance(value, str) and value:
            _track_header(context, name.lower(), value)
    return result


def cookies(context: Context) -> dict[str, str]:
    """Returns the cookies that steps have set; they become secrets."""
    result: dict[str, str] = context.zato.request.get('cookies') or {}
    for name, value in result.items():
        context.secrets.track_cookies(f'{name}={value}', is_sent=True)
    return result


def _track_header(context: Context, name: str, value: str) -> None:
    if name == LOGIN:
        context.secrets.track(value.partition(' ')[2] or value)
    elif name == 'cookie':
        context.secrets.track_cookies(value, is_sent=True)
    elif is_credential(name) and is_distinctive(value):
        context.secrets.track(value, variable(name))


def _header(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        # http.client would refuse characters that are not Latin-1.
        return value.encode()
    if value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return str(value)


def fields(request: Bunch) -> tuple[tuple[str, str, str, str], ...]:
    """Returns the fields of a form with files, in the order that requests sends them: the files come last."""
    rows: list[tuple[str, str, str, str]] = []
    for name, value in (request.get('form') or {}).items():
        values = value
        if not isinstance(value, list):
            values = [value]
        rows += [(str(name), str(item), '', '') for item in values]
    paths = request.get('upload_paths') or {}
    for name, file in request.files.items():
        file_name, kind = str(name), ''
        # Steps of projects may put an open file here.
        if isinstance(file, tuple):
            file_name, _, kind = (*file, '')[:3]
        rows.append((name, str(file_name), paths.get(name, str(file_name)), str(kind)))
    return tuple(rows)


def curl_options(context: Context, has_netrc: bool) -> tuple[str, ...]:
    """Returns the options of curl besides method, headers and body."""
    http = context.zato.http
    rows: list[str] = []
    if http.follow:
        rows.append('-L')
    if (context.zato.auth or {}).get('type') == DIGEST:
        rows.append(curl.DIGEST)
    if not http.verify:
        rows.append('-k')
    if http.ca_bundle:
        rows += ['--cacert', http.ca_bundle]
    if http.certificate:
        rows += ['--cert', http.certificate[0], '--key', http.certificate[1]]
    if has_netrc:
        rows.append('-n')
    return tuple(rows)
