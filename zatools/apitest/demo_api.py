"""A small API to try steps on. It answers on this machine only, and keeps nothing when it ends."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

USER = {'user_name': 'my.user', 'user_type': 'RGV', 'account_no': '123456', 'account_balance': '357.9'}
ACCOUNT: dict[str, Any] = {
    'id': 42,
    'name': 'Ada Lovelace',
    'email': 'ada@example.com',
    'site': 'https://example.com/ada',
    'uuid': '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    'uuid4': '0f3c2a1e-7b6d-4c5e-9f80-112233445566',
    'token': '16J',
    'since': '1843-07-10T12:00:00Z',
    'score': 3.5,
    'is_active': True,
    'is_blocked': False,
    'boss': None,
    'note': '',
    'tags': ['a', 'b', 'c'],
    'empty': [],
    'extra': {},
    'friends': [{'name': 'Charles'}, {'name': 'Mary'}],
}
SOAP = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>\
<user><name>Ada</name><age>36</age><score>3.5</score><note/><type>RGV</type><email>ada@example.com</email>\
<since>1843-07-10</since><site>https://example.com</site><id>1b4e28ba-2fa1-41d2-883f-0016d3cca427</id>\
<friend>Charles</friend><friend>Mary</friend></user></soap:Body></soap:Envelope>"""
ACCOUNT_HEADERS = {
    'X_Count': '12',
    'X_Empty': '',
    'X_UUID': ACCOUNT['uuid'],
    'X_Email': ACCOUNT['email'],
    'X_Site': ACCOUNT['site'],
    'Last_Modified': 'Tue, 15 Nov 1994 12:45:26 GMT',
}
COMMANDS = (
    '::error file=x::injected\n  ::add-mask::x\n\u3000::stop-commands::x\n##[error]x ##vso[task.complete]x\n::1 ::\n'
)
JSON, XML, HTML = 'application/json', 'text/xml', 'text/html'


def _as_bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers each request as the table of routes says."""

    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing: the screen is for the run."""

    def answer(self, status: int, body: Any = b'', kind: str = JSON, **headers: str) -> None:
        """Sends an answer; a body that isn't bytes is sent as text or JSON."""
        content = _as_bytes(body)
        self.send_response(status)
        self.send_header('Content-Length', str(len(content)))
        if content:
            self.send_header('Content-Type', kind)
        self.send_header('X-Zato-CID', uuid4().hex[:24])
        for name, value in headers.items():
            # A header with several lines is sent as often.
            for line in value.splitlines() or ['']:
                self.send_header(name.replace('_', '-'), line)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(content)

    def handle_one_request(self) -> None:
        """Reads a request and answers it."""
        # Features let calls time out: a client that leaves is no error.
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _route(self) -> None:
        length = int(self.headers.get('Content-Length') or 0)
        self.body = self.rfile.read(length).decode('utf-8', 'replace')
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.route = parts.path.strip('/')
        start, _, rest = self.route.partition('/')
        self.rest = rest
        ROUTES.get(start, _unknown)(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _route


def _unknown(request: Handler) -> None:
    request.answer(404, {'error': f'there is nothing at /{request.route}'})


def _user(request: Handler) -> None:
    if request.headers.get('Authorization') != 'Basic YXBpOnBhc3N3b3Jk':
        request.answer(401, {'error': 'log in first'}, WWW_Authenticate='Basic')
    else:
        request.answer(200, USER)


def _echo(request: Handler) -> None:
    try:
        content = json.loads(request.body)
    except ValueError:
        content = None
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.query.get('trace') is None:
        # It differs from call to call.
        headers.pop('traceparent', None)
    request.answer(200, {'method': request.command, 'path': request.path, 'headers': headers, 'body': request.body,
                         'json': content, 'query': request.query}, X_Echo='an echo')  # fmt: skip


def _lines(request: Handler) -> None:
    request.answer(200, [[name, value] for name, value in request.headers.items() if name != 'traceparent'])


def _status(request: Handler) -> None:
    code = int(request.rest)
    if code in (204, 304):
        # HTTP allows these no body.
        request.answer(code)
    else:
        request.answer(code, {'status': code})


def _slow(request: Handler) -> None:
    time.sleep(float(request.query.get('seconds', '1')))
    request.answer(200, {'is_late': True})


def _trickle(request: Handler) -> None:
    request.send_response(200)
    request.send_header('Content-Length', '1000')
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b' ')
        time.sleep(0.1)


def _looks(request: Handler, route: str) -> int:
    # Counts the requests of one resource.
    looks: dict[str, int] = request.server.looks  # type: ignore[attr-defined]
    key = f'{route} {request.rest}'
    looks[key] = looks.get(key, 0) + 1
    return looks[key]


def _state(request: Handler) -> None:
    # A job that takes a while: it is done at the third look.
    looks = _looks(request, 'state')
    if looks >= int(request.query.get('after', '3')):
        request.answer(200, {'state': 'done', 'looks': looks})
    else:
        request.answer(202, {'state': 'working', 'looks': looks})


def _count(request: Handler) -> None:
    request.answer(200, {'count': _looks(request, 'count')})


def _flaky(request: Handler) -> None:
    looks = _looks(request, 'flaky')
    if looks == 1:
        request.answer(503, {'try': looks})
    else:
        request.answer(200, {'try': looks})


def _token(request: Handler) -> None:
    if request.headers.get('Content-Type', '').startswith(JSON):
        fields = json.loads(request.body)
    else:
        fields = {name: values[-1] for name, values in parse_qs(request.body).items()}
    if 'wrong' in fields.values():
        request.answer(401, {'error': 'invalid_client'})
    else:
        request.answer(200, {'access_token': 'tok-3n1gm4-0123456789', 'token_type': 'Bearer', 'got': sorted(fields)})


def _expiring(request: Handler) -> None:
    # Every other token has expired already.
    looks = _looks(request, 'expiring')
    if request.rest == 'token':
        request.answer(200, {'access_token': f'token-number-{looks}'})
    elif re.fullmatch(r'Bearer token-number-\d{0,9}[02468]', request.headers.get('Authorization') or ''):
        request.answer(200, {'looks': looks})
    else:
        request.answer(401, {'error': 'expired'})


def _cookie(request: Handler) -> None:
    request.answer(200, {'cookie': request.headers.get('Cookie')}, Set_Cookie='session=abc; Path=/; HttpOnly')


def _cookies(request: Handler) -> None:
    set_cookie = 'session=abc; Path=/; HttpOnly; SameSite=Lax\ntheme="dark"; Max-Age=60'
    request.answer(200, {'sent': request.headers.get('Cookie')}, Set_Cookie=set_cookie, Vary='Accept\nOrigin')


def _digest(request: Handler) -> None:
    # The user is api, the password password: RFC 7616, without the quality of protection.
    def md5(*parts: str) -> str:
        return hashlib.md5(':'.join(parts).encode(), usedforsecurity=False).hexdigest()

    sent = dict(re.findall(r'(?<!\w)(\w{1,20})="([^"]{0,200})"', request.headers.get('Authorization', '')))
    first, second = md5('api', 'demo', 'password'), md5(request.command, request.path)
    if sent.get('response') == md5(first, 'n0nce', second):
        request.answer(200, {'user': sent['username']})
    else:
        request.answer(401, {'error': 'log in first'}, WWW_Authenticate='Digest realm="demo", nonce="n0nce"')


ROUTES: dict[str, Callable[[Handler], None]] = {
    'api': _user,
    'account': lambda request: request.answer(200, ACCOUNT, **ACCOUNT_HEADERS),
    'numbers': lambda request: request.answer(200, {'one': 1, 'text': '1', 'list': [1, 2, 3], 'big': 123456}),
    'echo': _echo,
    'lines': _lines,
    'expiring': _expiring,
    'status': _status,
    'slow': _slow,
    'trickle': _trickle,
    'state': _state,
    'count': _count,
    'flaky': _flaky,
    'token': _token,
    'cookie': _cookie,
    'cookies': _cookies,
    'digest': _digest,
    'elsewhere': lambda request: request.answer(302, b'', Location=request.query['to']),
    'redirect': lambda request: request.answer(302, b'', Location='/account'),
    'soap': lambda request: request.answer(200, SOAP, XML),
    'html': lambda request: request.answer(502, '<html><body>Bad gateway</body></html>', HTML),
    'text': lambda request: request.answer(200, 'ab c  d   ', 'text/plain'),
    'binary': lambda request: request.answer(200, bytes(range(256)) * 40, 'application/octet-stream'),
    'commands': lambda request: request.answer(200, COMMANDS, 'text/plain'),
    'number': lambda request: request.answer(200, f'{{"n": {"9" * 5000}}}'),
    'deep': lambda request: request.answer(200, '{"a":' * 50_000 + '1' + '}' * 50_000),
    'nothing': lambda request: request.answer(200, {}),
    'gzip': lambda request: request.answer(200, gzip.compress(json.dumps(USER).encode()), Content_Encoding='gzip'),
}  # fmt: skip


class Api(ThreadingHTTPServer):
    """The running API."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(('127.0.0.1', port), Handler)
        self.looks: dict[str, int] = {}

    @property
    def address(self) -> str:
        """The URL of the API."""
        return f'http://127.0.0.1:{self.server_port}'

    def stop(self) -> None:
        """Ends the API."""
        self.shutdown()
        self.server_close()


def start(port: int = 0) -> Api:
    """Starts the API on a port, a free one by default."""
    api = Api(port)
    threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True).start()
    return api


if __name__ == '__main__':
    with Api(17010) as served:
        served.serve_forever()
