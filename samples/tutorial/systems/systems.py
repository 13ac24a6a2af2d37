"""The tutorial's CRM and Payments systems, to run the tutorial against: python systems.py [CRM-PORT PAYMENTS-PORT]"""

import json
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CRM = {'my.user': {'UserType': 'RGV', 'AccountNumber': '123456'}}
PAYMENTS = {'my.user': {'ACC_BALANCE': '357.9'}}


class System(BaseHTTPRequestHandler):
    """Answers one path with what it knows of a user; to anybody else, and to a HEAD, it is just up."""

    protocol_version = 'HTTP/1.1'
    path_known, parameter, method, users = '', '', '', {}

    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        url = urlsplit(self.path)
        user = parse_qs(url.query).get(self.parameter, [''])[0]
        if url.path != self.path_known:
            return self.reply(404, {'error': 'no such path'})
        if self.command == 'HEAD':
            return self.reply(200, {})
        if self.command != self.method:
            return self.reply(405, {'error': f'{self.method} only'})
        if user not in self.users:
            return self.reply(404, {'error': 'no such user'})
        return self.reply(200, self.users[user])

    do_GET = do_POST = do_HEAD = answer  # noqa: N815

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


class Crm(System):
    path_known, parameter, method, users = '/get-user', 'UserName', 'GET', CRM


class Payments(System):
    path_known, parameter, method, users = '/balance/get', 'USER', 'POST', PAYMENTS


def start(system, port):
    """Starts a system in a thread and returns the port it listens on."""
    server = ThreadingHTTPServer(('127.0.0.1', port), system)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


if __name__ == '__main__':
    ports = [int(argument) for argument in sys.argv[1:3]] or [0, 0]
    for name, system, port in zip(('CRM', 'Payments'), (Crm, Payments), ports, strict=True):
        print(f'{name} http://127.0.0.1:{start(system, port)}', flush=True)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
