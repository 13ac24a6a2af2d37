import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'\xef\xbb\xbf{"a": 1}' if 'none' not in self.path else b'\xef\xbb\xbfnone'
        self.send_response(200)
        self.send_header('Content-Type', self.path[1:].replace('none', 'json'))
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


def before_all(context):
    context.server = HTTPServer(('127.0.0.1', 0), Handler)
    Thread(target=context.server.serve_forever, args=(0.01,), daemon=True).start()
    os.environ['MARKS'] = f'http://127.0.0.1:{context.server.server_port}'


def after_all(context):
    context.server.shutdown()
    context.server.server_close()
