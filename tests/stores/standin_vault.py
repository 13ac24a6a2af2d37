"""A stand-in for HashiCorp Vault: so much of its HTTP API as reads secrets and logs in. No real one is used."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

#: Of callers that Vault knows: a token, a user with a password, a token of GitHub.
CALLER, USER, PASSWORD, GITHUB = 'hvs.a-caller', 'shop', 'a-password', 'ghp_a-token'
TOKEN, ROLE, SECRET, POD = 'hvs.a-token-of-vault', 'a-role', 'a-secret-id', 'a-token-of-a-pod'
SECRETS: dict[str, Any] = {
    '/v1/kv/data/crm': {'data': {'password': 's3cret-of-crm', 'port': 8200}, 'metadata': {'version': 3}},
    '/v1/secret/crm': {'password': 's3cret-of-one', 'data': 'x'},
    '/v1/kv/data/gone': {'data': None, 'metadata': {'version': 2, 'destroyed': True}},
}


class Handler(BaseHTTPRequestHandler):
    asked: list[str] = []
    revoked: list[str] = []

    def do_GET(self) -> None:
        Handler.asked.append(self.path)
        if self.path == '/v1/sys/health':
            self._answer(200, {'initialized': True, 'sealed': False})
        elif self.path == '/v1/auth/token/lookup-self':
            is_known = self.headers.get('X-Vault-Token') in (TOKEN, CALLER)
            about = {'id': 'x', 'display_name': 'token-ci', 'policies': ['default']}
            self._answer(200 if is_known else 403, {'data': about} if is_known else {'errors': ['bad token']})
        elif self.headers.get('X-Vault-Token') != TOKEN:
            self._answer(403, {'errors': ['permission denied']})
        elif self.path in SECRETS:
            self._answer(200, {'data': SECRETS[self.path]})
        elif self.path == '/v1/moved':
            self._answer(307, {}, {'Location': 'http://localhost:9/v1/kv/data/crm'})
        elif self.path == '/v1/sealed':
            self._answer(503, {'errors': ['Vault is sealed']})
        else:
            self._answer(404, {'errors': []})

    def do_POST(self) -> None:
        Handler.asked.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get('Content-Length', 0))) or '{}')
        if self.path == '/v1/auth/token/lookup' and self.headers.get('X-Vault-Token') == TOKEN:
            is_known = body == {'token': CALLER}
            self._answer(200 if is_known else 403, {'data': {'id': 'x'}} if is_known else {'errors': ['bad token']})
            return
        if self.path == '/v1/auth/token/revoke-self':
            Handler.revoked.append(str(self.headers.get('X-Vault-Token')))
            self._answer(200, {})
            return
        good: dict[str, Any] = {
            '/v1/auth/approle/login': {'role_id': ROLE, 'secret_id': SECRET},
            '/v1/auth/kubernetes/login': {'role': ROLE, 'jwt': POD},
            f'/v1/auth/userpass/login/{USER}': {'password': PASSWORD},
            '/v1/auth/github/login': {'token': GITHUB},
        }
        if body == good.get(self.path):
            self._answer(200, {'auth': {'client_token': TOKEN}})
        else:
            self._answer(400, {'errors': ['invalid role or secret ID']})

    do_PUT = do_POST  # noqa: N815

    def _answer(self, status: int, body: dict[str, Any], headers: Mapping[str, str] = MappingProxyType({})) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def vault() -> Iterator[str]:
    """Gives the address of a stand-in that runs."""
    Handler.asked.clear()
    Handler.revoked.clear()
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
