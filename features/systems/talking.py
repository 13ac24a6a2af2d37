"""Real peers of WebSocket, GraphQL and Kafka; features skip where these are not installed."""

import importlib.util
import json
import logging
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .kafka import KafkaCluster

LIBRARIES = ('websocket', 'websockets', 'graphql', 'confluent_kafka')
SCHEMA = """
type Query { user(id: ID!): User, clock: String }
type User { id: ID!, name: String!, card: String }
"""
USERS = {'1': {'id': '1', 'name': 'Ada'}}


def is_there(feature):
    """Skips a feature whose libraries are missing; in CI they must be there."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing and not os.environ.get('CI'):
        feature.skip(f'not installed: {", ".join(missing)}')
        return False
    return True


class WebSocketServer:
    """Says what it gets once more, but for `bye`, `big`, `bytes` and `many`; only at /quiet it says no hello."""

    def __init__(self, **options):
        from websockets.sync.server import serve

        self.got = []
        quiet = logging.getLogger('talking')
        quiet.disabled = True
        self._server = serve(self._talk, '127.0.0.1', 0, process_request=self._admit,
                             select_subprotocol=lambda connection, names: (names or [None])[0],
                             close_timeout=0.2, logger=quiet, **options)  # fmt: skip
        scheme = 'wss' if options.get('ssl') else 'ws'
        self.address = f'{scheme}://127.0.0.1:{self._server.socket.getsockname()[1]}'
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _admit(self, connection, request):
        self.got.append(request)
        if request.path.startswith('/closed'):
            return connection.respond(401, 'who are you?\n')
        if request.path.startswith('/moved'):
            answer = connection.respond(302, '')
            answer.headers['Location'] = '/'
            return answer
        return None

    def _talk(self, connection):
        if connection.request.path != '/quiet':
            connection.send(json.dumps({'hello': connection.request.path, 'protocol': connection.subprotocol}))
        for message in connection:
            if message == 'bye':
                connection.close(4001, 'as you wish')
                return
            if message == 'big':
                connection.send('x' * 20_000_000)
            elif message == 'bytes':
                connection.send(b'\xff\x00')
            elif message == 'many':
                for number in range(3):
                    connection.send(json.dumps({'n': number}))
            else:
                connection.send(message)

    def stop(self):
        """Ends it."""
        self._server.shutdown()
        self._thread.join(10)


class _Graphql(BaseHTTPRequestHandler):
    def log_message(self, format, *arguments):
        """Says nothing."""

    def do_POST(self):
        """Answers a query."""
        content = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.server.got.append((dict(self.headers), content))
        if self.path == '/plain':
            self._say(200, {'hello': 'world'})
            return
        found = _answer(content)
        status = 200
        if 'data' not in found and 'graphql-response' in self.headers.get('Accept', ''):
            status = 400
        self._say(status, found)

    def _say(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _answer(content):
    from graphql import build_schema, graphql_sync
    from graphql.error import GraphQLError

    def user(info, id):
        if id not in USERS:
            raise GraphQLError('no such user', extensions={'code': 'NOT_FOUND'})
        return USERS[id]

    result = graphql_sync(build_schema(SCHEMA), content['query'], {'user': user, 'clock': 'noon'},
                          variable_values=content.get('variables'),
                          operation_name=content.get('operationName'))  # fmt: skip
    return result.formatted


class GraphqlServer(ThreadingHTTPServer):
    """Knows one user."""

    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), _Graphql)
        self.got = []
        self.address = f'http://127.0.0.1:{self.server_port}'
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Ends it."""
        self.shutdown()
        self.server_close()


SERVERS = {'websocket.feature': WebSocketServer, 'graphql.feature': GraphqlServer, 'kafka.feature': KafkaCluster}
