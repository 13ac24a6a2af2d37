"""The call itself: a request made of what the steps said, sent, its answer kept for the checks."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import CallFailed, StepBroken
from zatools.apitest.http import charsets
from zatools.apitest.http.exchange import Exchange, Sent
from zatools.apitest.http.unanswered import peer
from zatools.apitest.secrets import is_credential, is_told, login_of, variable
from zatools.apitest.state import answers, formats
from zatools.apitest.values.bunch import Bunch
from zatools.apitest.values.excerpts import binary, is_binary

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from zatools.apitest.state.context import Context

XML_TYPE, SOAP_TYPE, JSON_TYPE = 'application/xml', 'text/xml; charset=utf-8', 'application/json'
FORM_TYPE = 'application/x-www-form-urlencoded'
#: The header that holds a login, and the type of `ctx.zato.auth` that says none is sent.
LOGIN, NO_LOGIN = 'authorization', 'none'
BINARY = b'\0'
#: What HTTP takes as a method.
METHOD = re.compile(r"[!#$%&'*+.^`|~\w-]+", re.ASCII)


def full_address(request: Bunch) -> str:
    """Returns the URL: address, path and query string, glued as they are written."""
    if not request.get('address'):
        raise StepBroken('there is no address to call', hint='Given address "http://localhost:17010"')
    address = str(request.address)
    if not address.lower().startswith(('http://', 'https://')):
        hint = f'an address starts with http:// or https://: Given address "http://{address}"'
        raise StepBroken(f"'{address}' is no address", hint=hint)
    return f'{address}{request.get("url_path") or "/"}{request.get("query_string") or ""}'


def _method(request: Bunch) -> str:
    method = str(request.get('method') or 'GET').upper()
    if not METHOD.fullmatch(method):
        raise StepBroken(f"'{method}' is no HTTP method", hint='a method is one word: Given HTTP method "POST"')
    return method


def _body(request: Bunch, headers: dict[str, Any]) -> dict[str, Any]:
    # What goes out, by format; a Content-Type of the user's own is never replaced, and ours is never kept.
    name, content = formats.of_request(request), request.get('data_impl')
    has_type = any(header.lower() == 'content-type' for header in headers)
    if request.get('form') or request.get('files'):
        if request.get('files') and not has_type:
            return {'data': request.get('form') or {}, 'files': _rewound(request.files)}
        return {'data': request.get('form') or {}, 'files': _rewound(request.get('files') or {}) or None}
    if 'data_impl' not in request or (content is None and not request.get('data')):
        return {}
    content = formats.content_as(request, name)
    kind, writer = _writers(request).get(name, ('', None))
    if kind and not has_type:
        headers['Content-Type'] = kind
    return {'data': writer(content) if writer else _raw(content)}


def _writers(request: Bunch) -> dict[str, tuple[str, Callable[[Any], Any]]]:
    is_soap = any(header.lower() == 'soapaction' for header in request.headers)
    return {
        'JSON': (JSON_TYPE, _as_json), 'XML': (SOAP_TYPE if is_soap else XML_TYPE, _as_xml), 'FORM': (FORM_TYPE, _raw),
    }  # fmt: skip


def _as_json(content: Any) -> str:
    try:
        return json.dumps(content, indent=2)
    except (TypeError, ValueError):
        text = f'the request holds {type(content).__name__}, which is no JSON'
        raise StepBroken(text, hint='give the format before the request: Given format "JSON"') from None


def _as_xml(content: Any) -> Any:
    return _raw(formats.as_text(content))


def _raw(content: Any) -> Any:
    return content.encode() if isinstance(content, str) else content


def _rewound(files: dict[str, Any]) -> dict[str, Any]:
    for file in files.values():
        if hasattr(file, 'seek'):
            file.seek(0)
    return files


def _auth(context: Context) -> Any:
    # Neither the login of the URL nor one of .netrc comes before what a step says.
    auth = context.zato.auth or {}
    if auth.get('type') == 'basic-auth':
        return _basic(context, auth)
    is_said = auth.get('type') == NO_LOGIN or any(name.lower() == LOGIN for name in context.zato.request.headers)
    return _unchanged if is_said else None


def _unchanged(request: Any) -> Any:
    return request


def _basic(context: Context, auth: dict[str, Any]) -> tuple[bytes, bytes]:
    username, password = str(auth.get('username', '')), str(auth.get('password', ''))
    context.secrets.track_basic(username, password)
    context.secrets.track(password, context.secrets.name(password) or '$PASSWORD')
    return username.encode(), password.encode()


def _hide_login(context: Context, url: str) -> None:
    # requests sends the login of a URL as Basic Auth.
    if any(found := login_of(url)):
        context.secrets.track_basic(*found)
        context.secrets.track_location(url.partition('?')[0])


def _from_netrc(context: Context, url: str) -> tuple[bytes, bytes] | None:
    # As with zato-apitest.
    if not (login := context.transport.login(url)):
        return None
    username, password = login
    context.secrets.track_basic(username, password)
    context.secrets.track(password)
    note = f"logs in as '{username}' of .netrc"
    if note not in context.notes:
        context.notes.append(note)
    return username.encode(), password.encode()


def _headers(context: Context) -> dict[str, Any]:
    headers = {name: _header(name, value) for name, value in context.zato.request.headers.items()}
    for name, value in headers.items():
        if isinstance(value, str) and value:
            _track_header(context, name.lower(), value)
    return headers


def _track_header(context: Context, name: str, value: str) -> None:
    if name == LOGIN:
        context.secrets.track(value.partition(' ')[2] or value)
    elif name == 'cookie':
        context.secrets.track_cookies(value, is_sent=True)
    elif is_credential(name) and is_told(value):
        context.secrets.track(value, variable(name))


def track(context: Context, answer: requests.Response) -> None:
    """Makes secret what an answer, and those that redirected to it, say of tokens and cookies."""
    for response in (*answer.history, answer):
        raw: Any = getattr(response.raw, 'headers', None)
        for header in raw.getlist('Set-Cookie') if hasattr(raw, 'getlist') else ():
            context.secrets.track_cookies(header)
    context.secrets.track_answer(answer.text)


def _header(name: str, value: Any) -> Any:
    if value is None or isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) and not value.isascii() else value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)


def call(context: Context, adapters: dict[str, Any] | None = None) -> Exchange:
    """Sends the request and keeps the answer; raises CallFailed where there is none."""
    request = context.zato.request
    url, request.method = full_address(request), _method(request)
    context.before_call(url)
    context.zato.full_address = url
    _hide_login(context, url)
    own, auth = _headers(context), _auth(context)
    kept = None if auth else _from_netrc(context, url)
    headers = dict(own)
    content = {'method': request.method, 'url': url, 'headers': headers, **_body(request, headers),
               'auth': auth or kept}  # fmt: skip
    if content.get('data') and not request.get('form'):
        request.data = content['data']
    for prefix in ('http://', 'https://') if adapters else ():
        context.transport.session.mount(prefix, adapters)  # type: ignore[arg-type]
    exchange = Exchange(request.method, url, {}, _text(content.get('data')))
    exchange.fields = _fields(request) if content.get('files') else ()
    context.exchange = exchange
    context.exchanges.append(exchange)
    context.zato.response = Bunch()
    exchange.options, exchange.has_netrc = _options(context, kept is not None), kept is not None
    if isinstance(auth, tuple):
        exchange.basic = auth[0].decode(), auth[1].decode()
    start = time.perf_counter()
    try:
        answer, exchange.seconds = context.transport.send(context.zato.http, content)
    except CallFailed as error:
        exchange.seconds = time.perf_counter() - start
        exchange.error = error.text
        raise
    except StepBroken:
        # Nothing was sent.
        context.exchanges.pop()
        raise
    _keep(context, exchange, answer, own)
    return exchange


def _keep(context: Context, exchange: Exchange, answer: requests.Response, own: Any) -> None:
    _describe(exchange, answer)
    exchange.added = frozenset(name.lower() for name in exchange.sent_headers) - {name.lower() for name in own}
    track(context, answer)
    _note_left(context, exchange)
    context.answer = answer
    answers.note(context, charsets.oddities(answer))
    response = context.zato.response
    response.data, response.data_text = answer, exchange.received
    if formats.of_response(context.zato.request) != 'JSON':
        response.data_impl = exchange.received
        return
    try:
        response.data_impl = answers.read_json(context, exchange.received)
    except (ValueError, RecursionError):
        # The checks of paths say what came back instead; status and headers can be checked all the same.
        return


def _note_left(context: Context, exchange: Exchange) -> None:
    for hop in exchange.hops:
        gone = [name for name in exchange.sent_headers if name not in hop.headers and name.lower() != 'cookie']
        left = [name for name in gone if context.secrets.is_secret(name, exchange.sent_headers[name])]
        if left:
            text = f'{", ".join(left)} did not go on to {peer(hop.url)}: credentials stay with their host'
            context.notes.extend({text} - set(context.notes))
            return


def _describe(exchange: Exchange, answer: requests.Response) -> None:
    if answer.encoding is None or (answer.encoding == 'ISO-8859-1' and 'charset' not in _content_type(answer)):
        # Without a charset it is UTF-8 these days; what isn't is shown as it can be.
        answer.encoding = 'utf-8'
    prepared = answer.history[0].request if answer.history else answer.request
    exchange.url = prepared.url or exchange.url
    first, *hops = [_sent(other.request) for other in (*answer.history, answer)]
    exchange.sent_headers, exchange.sent = first.headers, first.body
    exchange.hops, exchange.statuses = tuple(hops), tuple(other.status_code for other in answer.history)
    exchange.is_sent_binary = _is_no_text(prepared.body)
    exchange.status, exchange.reason = answer.status_code, answer.reason or ''
    exchange.headers = answer.headers
    exchange.received, exchange.size = answers.unmarked(answer.text), len(answer.content)
    if is_binary(answer.content, answer.encoding or ''):
        exchange.binary = binary(answer.content, exchange.content_type)


def _sent(request: requests.PreparedRequest) -> Sent:
    headers = {name: _text(value) for name, value in (request.headers or {}).items()}
    return Sent(request.method or '', request.url or '', headers, _text(request.body))


def _fields(request: Bunch) -> tuple[tuple[str, str, str], ...]:
    # A form with files, as requests sends it: the fields first.
    form, paths = request.get('form') or {}, request.get('upload_paths') or {}
    rows = [(name, value) for name, found in form.items() for value in (found if isinstance(found, list) else [found])]
    names = {name: file[0] if isinstance(file, tuple) else name for name, file in request.files.items()}
    files = [(name, str(file), paths.get(name, str(file))) for name, file in names.items()]
    return (*((str(name), str(value), '') for name, value in rows), *files)


def last(context: Context) -> Exchange | None:
    """Returns the last exchange: that of our call, or of one that a project's own step made and put into `ctx.zato`."""
    answer = (context.zato.get('response') or {}).get('data')
    if answer is not None and answer is not context.answer and hasattr(answer, 'status_code'):
        context.answer = answer
        context.exchange = Exchange(answer.request.method or '', answer.url, {}, '')
        context.exchange.seconds = answer.elapsed.total_seconds()
        _describe(context.exchange, answer)
        track(context, answer)
        context.exchanges.append(context.exchange)
    return context.exchange


def _content_type(answer: requests.Response) -> str:
    return answer.headers.get('content-type', '').lower()


def _text(body: Any) -> str:
    if body is None:
        return ''
    if isinstance(body, bytes):
        return f'({len(body)} bytes)' if _is_no_text(body) else body.decode('utf-8', 'replace')
    return body if isinstance(body, str) else json.dumps(body, default=str)


def _is_no_text(body: Any) -> bool:
    if not isinstance(body, bytes):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return BINARY in body[:1000]


def _options(context: Context, has_netrc: bool) -> tuple[str, ...]:
    # What curl needs to be told besides method, headers and body.
    http = context.zato.http
    rows: list[str] = []
    if http.follow:
        rows.append('-L')
    if not http.verify:
        rows.append('-k')
    if http.ca_bundle:
        rows += ['--cacert', http.ca_bundle]
    if http.certificate:
        rows += ['--cert', http.certificate[0], '--key', http.certificate[1]]
    return (*rows, '-n') if has_netrc else tuple(rows)


def poll(context: Context, seconds: float, is_done: Callable[[], bool]) -> bool:
    """Calls again and again, with growing pauses, until something is so; tells whether it came to be in time."""
    end, pause, tries = time.monotonic() + seconds, 0.1, 0
    while True:
        exchange = call(context)
        tries += 1
        exchange.tries = tries
        if len(context.exchanges) > 1 and tries > 1:
            del context.exchanges[-2]
        if is_done():
            return True
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.6, 2.0)
