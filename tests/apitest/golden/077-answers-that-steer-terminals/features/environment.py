import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

BODIES = {
    '/text': b'one\r\ntwo\t\x1b]0;title\x07\x9b\xc2\x9b\x08',
    '/json': b'{"a": "\\u001b[2J\\u0007", "b": "\x7f\\u009b\\u202e", "c": "a\\tb\\nc"}',
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = BODIES[self.path]
        self.send_response_only(200, 'Fine\x1b[31m')
        self.send_header('X-Steers', '\x1b]0;title\x07')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def before_all(context):
    context.server = HTTPServer(('127.0.0.1', 0), Handler)
    Thread(target=context.server.serve_forever, args=(0.01,), daemon=True).start()
    os.environ['STEERING'] = f'http://127.0.0.1:{context.server.server_port}'


def after_all(context):
    context.server.shutdown()
    context.server.server_close()
