"""A server that keeps what it got, redirects to where the query says, and sends headers and body apart."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BIG = gzip.compress(bytes(3_000_000))


@dataclass(frozen=True)
class Got:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """The first part of the path is the status, or `bomb` for a body that unpacks to 3 MB."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""

    def __getattr__(self, name: str) -> Any:
        # Any method will do.
        if name.startswith('do_'):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """Keeps the request and answers it."""
        content = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        # A trace differs from call to call.
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower() != 'traceparent'}
        self.server.got.append(Got(self.command, self.path, headers, content))  # type: ignore[attr-defined]
        status, _, target = self.path.strip('/').partition('?')
        status = status.partition('/')[0]
        packed = status.startswith('bomb')
        body = BIG if packed else b'{"a": 1}'
        self.send_response({'bomb': 200, 'bomb-302': 302}.get(status) or int(status or 200))
        if target.startswith(('/', 'http')):
            self.send_header('Location', target)
            self.send_header('Set-Cookie', 'step=abcdef; Path=/')
        if packed:
            self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)


class Recorder(ThreadingHTTPServer):
    """The running server."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.got: list[Got] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Ends it."""
        self.shutdown()
        self.server_close()
