"""A stand-in for a running Zato server, with the doors and envelopes of both generations."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any


def stand_in(generation: str) -> type[BaseHTTPRequestHandler]:
    """Returns a handler with the doors and envelopes of a server: two REST connections and an AMQP one."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def do_GET(self) -> None:
            found = {'pong': 'zato', 'zato_env': {'result': 'ZATO_OK'}} if generation == '3.2' else {'is_ok': True}
            self.reply(200, json.dumps(found))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            if self.headers.get('Authorization') != f'Basic {b64encode(b"admin.invoke:s3cret").decode()}':
                return self.reply(401, json.dumps({'result': 'Error', 'details': 'Unauthorized; cid=1'}))
            if generation == '3.2':
                assert self.path == '/zato/admin/invoke'
                name, payload = body['name'], json.loads(b64decode(body['payload']))
            else:
                assert self.path.startswith('/zato/api/invoke/')
                name, payload = self.path.rpartition('/')[2], body
            status, output, is_bare = invoked(generation, name, payload)
            if status != 200:
                error = {'result': 'Error', 'cid': '1', 'details': f'··· Error ···\n\n>>> {output}\n>>> File "x.py"'}
                return self.reply(status, json.dumps(error), {'X-Zato-Message': str(output)})
            if generation == '3.2':
                element = f'{name.replace(".", "_").replace("-", "_")}_response'
                inner = json.dumps(output if is_bare else {element: output})
                envelope = {'response': b64encode(inner.encode()).decode(), 'zato_env': {'result': 'ZATO_OK'}}
                return self.reply(200, json.dumps(envelope))
            return self.reply(200, json.dumps(output))

        def reply(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header('Content-Length', str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Server


def _info(method: str, url: str, code: int) -> str:
    return f'2025-01-01T10:00:00.000000 (UTC)\n{method} {url}\nCode: {code}\nResponse time: 0:00:00.034567'


REST_ROWS = [
    {'id': 1, 'name': 'CRM', 'is_active': True, 'is_internal': False, 'host': 'https://crm.example.com'},
    {'id': 2, 'name': 'Billing', 'is_active': True, 'is_internal': False, 'host': 'https://billing.example.com'},
    {'id': 3, 'name': 'Payments', 'is_active': True, 'is_internal': False, 'host': 'https://pay.example.com'},
    {'id': 4, 'name': 'Old', 'is_active': False, 'is_internal': False, 'host': 'https://old.example.com'},
    {'id': 5, 'name': 'New', 'is_active': True, 'is_internal': False, 'host': 'https://new.example.com'},
]
INFOS = {
    1: (True, _info('HEAD', 'https://crm.example.com/', 200)),
    2: (False, "HTTPSConnectionPool(host='billing.example.com', port=443): Max retries exceeded with url: /"),
    3: (True, _info('HEAD', 'https://pay.example.com/', 404)),
}
UNAWARE = {
    '3.2': "'NoneType' object has no attribute 'ping'",
    '4.1': 'No such outgoing connection on this server -> `New`',
}


def invoked(generation: str, name: str, payload: Mapping[str, Any]) -> tuple[int, Any, bool]:
    """Returns the status and output of a service of the stand-in, and whether 3.2 gives it without its element."""
    if name == 'zato.http-soap.get-list':
        rows = REST_ROWS if payload['transport'] == 'plain_http' else []
        return 200, [{**row, 'url_path': '/', 'ping_method': 'HEAD'} for row in rows], False
    if name == 'zato.outgoing.amqp.get-list':
        row = {'id': 1, 'name': 'Orders', 'is_active': True, 'password': 's3cret'}
        return 200, [row], False
    if name == 'zato.http-soap.ping':
        is_success, info = INFOS.get(payload['id'], (False, UNAWARE[generation]))
        return 200, {'id': payload['id'], 'is_success': is_success, 'info': info}, False
    if name == 'zato.outgoing.amqp.publish':
        if generation == '4.1' and payload['exchange'] == 'broken':
            return 500, 'OperationalError: amqp://user:s3cret@host refused', False
        return 200, {'response_data': json.dumps({'result': 'OK'})}, True
    return 500, f'KeyError: {name}', False
