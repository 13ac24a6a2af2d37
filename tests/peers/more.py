"""Servers of a test's own: WebSockets, MongoDB's protocol, ElasticSearch, Odoo, Jira, FHIR, GraphQL, SMB.

WebSockets and SMB are real ones (websockets, Samba). For MongoDB there is nx-27017, which keeps documents in SQLite,
and one of our own that knows versions and refuses logins. ElasticSearch, Odoo, Jira, Confluence and servers of FHIR
can't be installed where tests run: what stands for them speaks their protocol. Queries of GraphQL run by graphql-core.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import xmlrpc.client
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.connections.clients import PASSWORD
from tests.peers.files import USER, _wait, needed
from tests.ports import free_port


@contextmanager
def _threaded(run: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(5)


@contextmanager
def web_socket() -> Iterator[tuple[str, list[Any]]]:
    """Runs a server of WebSockets: /plain notes what it gets, /zato speaks Zato's protocol, /closed lets nobody in."""
    from websockets.sync.server import serve

    seen: list[Any] = []

    def handle(client: Any) -> None:
        for message in client:
            if client.request.path != '/zato':
                seen.append(message)
                continue
            found = json.loads(message)
            client.send('{"meta": {"id": "another"}}')
            client.send(json.dumps(_told(found)))

    def closed(client: Any, request: Any) -> Any:
        return client.respond(401, 'no') if request.path == '/closed' else None

    with (
        serve(handle, '127.0.0.1', 0, process_request=closed) as server,
        _threaded(server.serve_forever, server.shutdown),
    ):
        yield f'ws://127.0.0.1:{server.socket.getsockname()[1]}', seen


def _told(found: dict[str, Any]) -> dict[str, Any]:
    meta = {'id': 'cid', 'in_reply_to': found['meta']['id'], 'status': 200}
    if found['meta']['action'] == 'create-session':
        if (found['meta'].get('username'), found['meta'].get('secret')) == (USER, PASSWORD):
            return {'meta': meta, 'data': {'token': 'zwsxt.1'}}
        return {'meta': {**meta, 'status': 403, 'msg_type': 'zwsx.merr'}, 'data': 'no'}
    assert found['meta']['token'] == 'zwsxt.1'
    if found['data']['service'] == 'none':
        return {'meta': {**meta, 'status': 500, 'error_message': 'Internal server error'}, 'data': {'cid': 'cid'}}
    return {'meta': meta, 'data': found['data']['request']}


@contextmanager
def mongo(folder: Path) -> Iterator[int]:
    """Runs an nx-27017, which knows no logins; yields its port."""
    port = free_port()
    files = ['--log-file', folder / 'log', '--pid-file', folder / 'pid']
    program = Path(sys.executable).with_name('nx-27017')
    command = [str(program), '--db', 'memory', '-p', str(port), *map(str, files)]
    with (folder / 'out').open('wb') as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait(port, process, folder / 'out')
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def mongo_of_logins() -> Iterator[int]:
    """Runs a server that speaks MongoDB's protocol so far that it says its version and refuses each login."""
    server = socket.create_server(('127.0.0.1', 0))
    with server, _threaded(lambda: _accept(server), lambda: server.shutdown(socket.SHUT_RDWR)):
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_talk, args=(client,), daemon=True).start()


def _talk(client: socket.socket) -> None:
    import bson

    with client, client.makefile('rwb') as file:
        while head := file.read(16):
            length, number, _, code = (int.from_bytes(head[at : at + 4], 'little') for at in (0, 4, 8, 12))
            body = file.read(length - 16)
            # OP_MSG has flags and the kind of its section first, OP_QUERY flags, a name and two numbers.
            document = body[5:] if code == 2013 else body[body.index(b'\0', 4) + 9 :]
            asked = next(iter(bson.decode_all(document[: int.from_bytes(document[:4], 'little')])))
            told = bson.encode(_mongo_told(asked))
            if code == 2013:
                answer = b'\0\0\0\0\0' + told
            else:
                answer = (8).to_bytes(4, 'little') + bytes(12) + (1).to_bytes(4, 'little') + told
            reply = 2013 if code == 2013 else 1
            numbers = (16 + len(answer), 1, number, reply)
            file.write(b''.join(one.to_bytes(4, 'little') for one in numbers) + answer)
            file.flush()


def _mongo_told(asked: dict[str, Any]) -> dict[str, Any]:
    command = next(iter(asked))
    if command.startswith('sasl'):
        return {'ok': 0.0, 'code': 18, 'codeName': 'AuthenticationFailed', 'errmsg': 'Authentication failed.'}
    found: dict[str, Any] = {'ok': 1.0, 'version': '7.0.4'}
    if command.lower() in ('hello', 'ismaster'):
        found |= {'isWritablePrimary': True, 'ismaster': True, 'minWireVersion': 0, 'maxWireVersion': 21}
        found |= {'maxBsonObjectSize': 16777216, 'maxMessageSizeBytes': 48000000, 'maxWriteBatchSize': 100000}
    return found


class Elastic(BaseHTTPRequestHandler):
    """An ElasticSearch: says who it is, and finds one order."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        path, status = self.path.partition('?')[0], 200
        found: Any = {'name': 'a', 'version': {'number': '9.1.0', 'build_flavor': 'default'}, 'tagline': 'You Know'}
        login = f'Basic {b64encode(f"{USER}:{PASSWORD}".encode()).decode()}'
        if self.headers.get('Authorization') not in (None, login):
            status, found = 401, {'error': {'type': 'security_exception'}}
        elif path == '/orders/_search':
            found = {'hits': {'total': {'value': 1}, 'hits': [{'_id': '1', '_source': {'id': 1}}]}}
        elif path != '/':
            status, found = 404, {'error': {'type': 'index_not_found_exception'}}
        body = json.dumps(found).encode()
        self.send_response(status)
        if self.server.is_one:  # type: ignore[attr-defined]
            self.send_header('X-Elastic-Product', 'Elasticsearch')
        self.send_header('Content-Type', 'application/vnd.elasticsearch+json;compatible-with=9')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Odoo(BaseHTTPRequestHandler):
    """An Odoo with the database `shop`, asked by JSON-RPC or XML-RPC."""

    protocol_version = 'HTTP/1.1'

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if self.path == '/jsonrpc':
            call = json.loads(body)['params']
            found = self._called(call['service'], call['method'], call['args'])
            answer = {'jsonrpc': '2.0', 'id': 1, 'result': found}
            if isinstance(found, Exception):
                answer = {'jsonrpc': '2.0', 'id': 1, 'error': {'code': 200, 'data': {'message': str(found)}}}
            text = json.dumps(answer)
        else:
            args, method = xmlrpc.client.loads(body)
            found = self._called(self.path.rpartition('/')[2], str(method), list(args))
            if isinstance(found, Exception):
                text = xmlrpc.client.dumps(xmlrpc.client.Fault(1, f'Traceback\n{found}'))
            else:
                text = xmlrpc.client.dumps((found,), methodresponse=True)
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _called(self, service: str, method: str, args: list[Any]) -> Any:
        if method == 'version':
            return {'server_version': '17.0', 'protocol_version': 1}
        if args[0] != 'shop':
            return ValueError(f'FATAL:  database "{args[0]}" does not exist')
        if method == 'login':
            return 2 if args[1:] == [USER, PASSWORD] else False
        assert (service, args[1:3]) == ('object', [2, PASSWORD])
        return [7, 8]

    def log_message(self, *_: Any) -> None:
        pass


class Speaking(BaseHTTPRequestHandler):
    """What speaks JSON to one user over HTTP/1.1: `told` returns a status and what is answered."""

    protocol_version = 'HTTP/1.1'
    authorization = f'Basic {b64encode(f"{USER}:{PASSWORD}".encode()).decode()}'

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        raise NotImplementedError

    def _answer(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get('Content-Length') or 0)) or b'null')
        status, found = 401, {}
        if self.headers.get('Authorization') == self.authorization:
            status, found = self.told(self.path.partition('?')[0], sent)
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


class Jira(Speaking):
    """A Jira that says who asks, and has one issue."""

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        if path == '/rest/api/2/issue/A-1':
            return 200, {'key': 'A-1', 'fields': {'summary': 'Hello'}}
        if path.endswith('/myself'):
            return 200, {'name': USER, 'displayName': 'Ada Lovelace'}
        return 404, {'errorMessages': ['Issue does not exist']}


class Confluence(Speaking):
    """A Confluence that says who asks, and has one page."""

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        if path == '/rest/api/user/current':
            return 200, {'username': USER, 'displayName': 'Ada Lovelace'}
        if path.startswith('/rest/api/') and path.endswith('content/7'):
            return 200, {'id': '7', 'title': 'Hello'}
        return 404, {'message': 'no such page'}


class Fhir(Speaking):
    """A server of FHIR that has two pages of patients, and takes those with a name."""

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        here = f'http://{self.headers["Host"]}/r4'
        if path == '/r4/metadata':
            return 200, {'resourceType': 'CapabilityStatement'}
        if path == '/r4/Patient' and self.command == 'POST':
            if 'name' not in sent:
                issue = {'severity': 'error', 'code': 'required', 'diagnostics': 'name is missing'}
                return 422, {'resourceType': 'OperationOutcome', 'issue': [issue]}
            return 201, {**sent, 'id': '3'}
        if path == '/r4/Patient':
            page = '2' if 'page=2' in self.path else '1'
            patient = {'resourceType': 'Patient', 'id': page, 'name': [{'family': f'Doe {page}'}]}
            links = [{'relation': 'next', 'url': f'{here}/Patient?page=2'}] if page == '1' else []
            return 200, {'resourceType': 'Bundle', 'entry': [{'resource': patient}], 'link': links}
        return 404, {'resourceType': 'OperationOutcome', 'issue': []}


class GraphQL(Speaking):
    """A server of GraphQL, which runs queries by graphql-core."""

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        from graphql import build_schema, graphql_sync

        if path != '/graphql':
            return 404, {}
        schema = build_schema('type Order { id: ID! } type Query { orders(first: Int): [Order!], broken: Int }')
        orders = [{'id': '1'}, {'id': '2'}]
        root = {'orders': lambda _, first=2: orders[:first], 'broken': lambda _: 1 // 0}
        found = graphql_sync(schema, sent['query'], root, variable_values=sent.get('variables')).formatted
        return (200 if 'data' in found else 400), found


@contextmanager
def speaking(handler: type[BaseHTTPRequestHandler], is_one: bool = True) -> Iterator[int]:
    """Runs a server that speaks a protocol over HTTP; yields its port."""
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        server.is_one = is_one  # type: ignore[attr-defined]
        with _threaded(lambda: server.serve_forever(0.02), server.shutdown):
            yield server.server_port


SMB = """[global]
  server role = standalone server
  smb ports = {port}
  interfaces = 127.0.0.1
  bind interfaces only = yes
  private dir = {folder}/private
  lock directory = {folder}/lock
  state directory = {folder}/lock
  cache directory = {folder}/lock
  pid directory = {folder}
  ncalrpc dir = {folder}/rpc
  passdb backend = smbpasswd:{folder}/passwd
  log file = {folder}/log
  disable spoolss = yes
  load printers = no
[files]
  path = {folder}/files
  read only = no
"""


@contextmanager
def samba(folder: Path, user: str) -> Iterator[int]:
    """Runs a Samba with the share `files` for a user of this machine; yields its port."""
    # Another program, smbpasswd, is for root alone.
    server, accounts = needed('smbd', '/usr/sbin'), needed('pdbedit', '/usr/bin')
    for name in ('private', 'lock', 'files', 'rpc'):
        (folder / name).mkdir(mode=0o755)
    port = free_port()
    conf = folder / 'smb.conf'
    conf.write_text(SMB.format(folder=folder, port=port))
    given = f'{PASSWORD}\n{PASSWORD}\n'.encode()
    subprocess.run([accounts, '-s', conf, '-a', '-t', '-u', user], input=given, check=True, capture_output=True)
    with (folder / 'out').open('wb') as out:
        command = [server, '-F', '-s', str(conf)]
        # It ends with its standard input, where that is a pipe.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait(port, process, folder / 'out')
        yield port
    finally:
        process.terminate()
        process.wait(20)
