"""HTTP and HTTPS servers, good ones and those that refuse."""

from __future__ import annotations

import json
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import trustme

#: Bodies that steer terminals.
STEERING = {
    'text': b'one\r\ntwo\t\x1b]0;title\x07\x9b\xc2\x9b\x08',
    'json': b'{"a": "\\u001b[2J\\u0007", "b": "\x7f\\u009b\\u202e", "c": "a\\tb\\nc"}',
}
BASIC = f'Basic {b64encode(b"zato:s3cret").decode()}'


class Handler(BaseHTTPRequestHandler):
    """Answers by path: the methods below say which; notes what it was sent."""

    protocol_version = 'HTTP/1.1'
    seen: list[dict[str, Any]]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.server.seen.append(  # type: ignore[attr-defined]
            {'method': self.command, 'path': self.path, 'headers': dict(self.headers), 'body': body}
        )
        name, _, rest = self.path.lstrip('/').partition('/')
        getattr(self, f'on_{name.partition("?")[0]}', self.on_ok)(rest, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = answer  # noqa: N815

    def reply(
        self, status: int, body: bytes = b'', headers: Mapping[str, str] | None = None, reason: str | None = None
    ) -> None:
        self.send_response(status, reason)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def on_ok(self, rest: str, body: bytes) -> None:
        self.reply(200)

    def on_status(self, rest: str, body: bytes) -> None:
        self.reply(int(rest.partition('/')[0]))

    def on_only(self, rest: str, body: bytes) -> None:
        self.reply(200 if self.command == rest else 405)

    def on_redirect(self, rest: str, body: bytes) -> None:
        self.reply(301, headers={'Location': 'https://user:s3cret@new.example.com/there?token=s3cret'})

    def on_basic(self, rest: str, body: bytes) -> None:
        self.reply(200 if self.headers.get('Authorization') == BASIC else 401)

    def on_key(self, rest: str, body: bytes) -> None:
        self.reply(200 if self.headers.get('X-Custom-Key') == 's3cret' else 403)

    def on_bearer(self, rest: str, body: bytes) -> None:
        self.reply(200 if self.headers.get('Authorization') == 'Bearer t0ken' else 401)

    def on_token(self, rest: str, body: bytes) -> None:
        is_json = self.headers['Content-Type'] == 'application/json'
        fields = json.loads(body) if is_json else {name: value[0] for name, value in parse_qs(body.decode()).items()}
        is_known = (fields.get('client_id'), fields.get('client_secret')) == ('app', 's3cret')
        if not is_known:
            return self.reply(401, b'{"error": "invalid_client"}')
        return self.reply(200, json.dumps({'access_token': 't0ken', 'token_type': 'Bearer'}).encode())

    def on_cookie(self, rest: str, body: bytes) -> None:
        self.reply(200, headers={'Set-Cookie': 'session=1; Path=/'})

    def on_steering(self, rest: str, body: bytes) -> None:
        self.reply(200, STEERING[rest], {'X-Steers': '\x1b]0;title\x07'}, 'Fine\x1b[31m')

    def on_marked(self, rest: str, body: bytes) -> None:
        # A byte order mark, before JSON of any type, and before what is none.
        content = b'none' if rest == 'application/none' else b'{"a": 1}'
        self.reply(200, b'\xef\xbb\xbf' + content, {'Content-Type': rest.replace('none', 'json')})

    def on_slow(self, rest: str, body: bytes) -> None:
        # Headers at once, then a body for as long as anybody listens.
        self.send_response(200)
        self.send_header('Content-Length', '1000000')
        self.end_headers()
        with suppress(OSError):
            for _ in range(200):
                self.wfile.write(b'.')
                time.sleep(0.05)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves early is what some tests are about.
        pass


@contextmanager
def http_server(
    context: ssl.SSLContext | None = None, handler: type[BaseHTTPRequestHandler] = Handler
) -> Iterator[ThreadingHTTPServer]:
    """Serves on a free port of 127.0.0.1; `seen` has the requests."""
    server = _Server(('127.0.0.1', 0), handler)
    server.seen = []  # type: ignore[attr-defined]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def address_of(server: ThreadingHTTPServer) -> str:
    """Returns 127.0.0.1:port."""
    return f'127.0.0.1:{server.server_address[1]}'


@cache
def authority() -> trustme.CA:
    """The CA that tests trust."""
    return trustme.CA()


@cache
def stranger() -> trustme.CA:
    """A CA that nobody trusts."""
    return trustme.CA(organization_name='Stranger', organization_unit_name='Tests')


def secure(cert: trustme.LeafCert) -> ssl.SSLContext:
    """Returns the context of a server with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context
