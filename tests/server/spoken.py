"""A server that is spoken to by sockets: its services and channels, and bytes that are sent to it."""

from __future__ import annotations

import socket

from tests.server.running import Local

SERVICES = """
from zato.server.service import Service


class Tell(Service):
    name = 'tell'

    def handle(self):
        headers = self.request.http.headers
        self.response.payload = {
            'got': len(self.request.raw),
            'length': headers.get('content-length'),
            'encoding': headers.get('content-encoding'),
            'form': self.request.payload if isinstance(self.request.payload, dict) else None,
        }


class Fields(Service):
    name = 'fields'

    def handle(self):
        self.response.payload = {name: len(value) for name, value in self.request.http.get_form_data().items()}


class Allow(Service):
    name = 'allow'

    def handle(self):
        self.response.headers['Access-Control-Allow-Origin'] = self.request.http.headers['origin']
        self.response.headers['Access-Control-Allow-Headers'] = 'Authorization'
        self.response.status_code = 204
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: tell, service: tell, url_path: /api/tell, method: POST|GET|HEAD}
  - {name: form, service: tell, url_path: /api/form, data_format: form}
  - {name: fields, service: fields, url_path: /api/fields}
  - {name: wanted, service: tell, url_path: /api/wanted, http_accept: text/csv}
  - {name: closed, service: tell, url_path: /api/closed, method: POST, security: api}
  - {name: closed.preflight, service: allow, url_path: /api/closed, method: OPTIONS}
"""
HOST = b'Host: x\r\n'
POST = b'POST /api/tell HTTP/1.1\r\n' + HOST
CHUNKED = POST + b'Transfer-Encoding: chunked\r\n\r\n'
MEGABYTE = 1024 * 1024
FILES = {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS}


def connected(local: Local) -> socket.socket:
    return socket.create_connection(('127.0.0.1', int(local.url.rpartition(':')[2])), 20)


def sent(local: Local, *parts: bytes) -> bytes:
    """Sends bytes, and returns all that comes back until the connection is closed, or has been silent for a second."""
    with connected(local) as one:
        for part in parts:
            try:
                one.sendall(part)
            except OSError:
                break
        one.settimeout(1)
        found = b''
        try:
            while data := one.recv(65536):
                found += data
        except (TimeoutError, ConnectionResetError):
            pass
        return found
