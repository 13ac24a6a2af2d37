"""A stand-in for a running server: the doors and envelopes of Zato 3.2 and 4.1 on a real socket.

As a program it runs commands while it stands in: standin.py GENERATION DIRECTORY ANSWER COMMAND… [+ COMMAND…]; the port
goes into the directory's server.conf, and what was asked for is printed when they are done. The answer `live` is of a
server that carries out what it is asked, tests/platform32.py; `live-3` fails at its third writing call.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DOORS = {'3.2': '/zato/admin/invoke', '4.1': '/zato/api/invoke/'}
TRACEBACK = "··· Error ···\n\n>>> Exception: 'no such row'\n>>> File somewhere.py\nTraceback (most recent call last):"
#: Where the servers of copied directories listen: nowhere, whatever runs on this machine.
NOBODY = '127.0.0.1:1'


class Server(ThreadingHTTPServer):
    """Answers as a server of a generation: `ok`, `error`, `html`, `slow`, `garbage`; remembers what was asked for."""

    daemon_threads = True

    def __init__(
        self, generation: str, password: str, answer: str = 'ok', definitions: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.generation, self.answer = generation, answer
        self.login = 'Basic ' + b64encode(f'admin.invoke:{password}'.encode()).decode()
        self.asked: list[tuple[str, Any]] = []
        #: Names and types of the security definitions that it has read.
        self.definitions = definitions

    @property
    def url(self) -> str:
        """Where it listens."""
        return f'http://127.0.0.1:{self.server_address[1]}'


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        """Answers an invocation."""
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if self.server.answer == 'html':
            return self._send(200, b'<html>hello</html>')
        if self.headers['Authorization'] != self.server.login:
            return self._send(401, b'{"result": "Error", "cid": "c", "details": "Unauthorized; cid=c"}')
        door = DOORS[self.server.generation]
        if not self.path.startswith(door):
            return self._send(404, b'{"result": "Error", "cid": "c", "details": "URL not found"}')
        if self.server.generation == '3.2':
            return self._answer_32(body)
        self.server.asked.append((self.path.removeprefix(door), body))
        return self._answer_41()

    def _answer_32(self, body: Any) -> None:
        self.server.asked.append((body['name'], json.loads(b64decode(body['payload']))))
        if self.server.answer == 'error' and not body['name'].endswith('get-list'):
            return self._send(500, json.dumps({'result': 'Error', 'cid': 'c', 'details': TRACEBACK}).encode())
        answer: dict[str, Any] = {'zato_env': {'result': 'ZATO_OK', 'cid': 'c', 'details': ''}}
        if body['name'] == 'zato.security.get-list':
            rows = [{'name': name, 'sec_type': type_} for name, type_ in self.server.definitions]
            inner = {'zato_security_get_list_response': rows, '_meta': {}}
            answer['response'] = b64encode(json.dumps(inner).encode()).decode()
        if self.server.answer == 'garbage':
            answer['response'] = '*'
        elif self.server.answer == 'list':
            answer['response'] = b64encode(b'{"zato_some_list_response": [1, 2], "_meta": {}}').decode()
        return self._send(200, json.dumps(answer).encode())

    def _answer_41(self) -> None:
        if self.server.answer == 'error':
            message = "'NoneType' object has no attribute 'validate_tls'"
            body = json.dumps({'result': 'Error', 'cid': 'c', 'details': message}).encode()
            return self._send(500, body, message)
        if self.server.answer == 'slow':
            time.sleep(1)
        return self._send(200, b'[1, 2]' if self.server.answer == 'list' else b'')

    def _send(self, status: int, body: bytes, message: str = '') -> None:
        self.send_response(status)
        if message:
            self.send_header('X-Zato-Message', message)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def standing_in(
    generation: str, password: str, answer: str = 'ok', definitions: Sequence[tuple[str, str]] = ()
) -> Iterator[Server]:
    """Stands in for a server until the block ends."""
    server = Server(generation, password, answer, definitions)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rows_of(config: str, query: str) -> list[Any]:
    """Returns what the ODB of a server.conf has."""
    path = re.search(r'^db_name=(.*)$', config, re.MULTILINE)
    assert path
    with closing(sqlite3.connect(path[1])) as connection:
        return connection.execute(query).fetchall()


def password_of(config: str) -> str:
    """Returns the password that the ODB of a server.conf has for tools."""
    return str(rows_of(config, "select password from sec_base where name = 'admin.invoke'")[0][0])


def definitions_of(config: str) -> list[tuple[str, str]]:
    """Returns what a server that starts now reads from its ODB and tells others of."""
    return rows_of(config, "select name, sec_type from sec_base where name not like 'zato%' and name <> 'admin.invoke'")


def commands(words: list[str]) -> list[list[str]]:
    """Returns the commands that a plus separates: all in the life of one server."""
    found: list[list[str]] = [[]]
    for word in words:
        if word == '+':
            found.append([])
        else:
            found[-1].append(word)
    return found


def live(directory: str, fault: str, command: list[str]) -> int:
    """Runs a command beside a server that carries out what it is asked; returns its exit code."""
    from tests.databases import Layout
    from tests.live.places import listen, platform_of
    from tests.platform32 import running

    config = (Path(directory) / 'config' / 'repo' / 'server.conf').read_text()
    database = re.search(r'^db_name=(.*)$', config, re.MULTILINE)
    assert database
    layout = Layout('', '3.2', directory, f'sqlite:///{database[1]}')
    faults = {int(number): 'before' for number in fault.split() if number}
    with running(platform_of(layout, faults=faults)) as server:
        listen(layout, server.url)
        sys.stdout.flush()
        for one in commands(command):
            code = subprocess.run(one, check=False).returncode
    return code


def main() -> int:
    """Runs a command while a server stands in; returns its exit code."""
    generation, directory, answer, *command = sys.argv[1:]
    path = Path(directory) / 'config' / 'repo' / 'server.conf'
    config = path.read_text()
    if answer.startswith('live'):
        return live(directory, answer.partition('-')[2], command)
    with standing_in(generation, password_of(config), answer, definitions_of(config)) as server:
        path.write_text(config.replace(NOBODY, server.url.removeprefix('http://')))
        sys.stdout.flush()
        for one in commands(command):
            code = subprocess.run(one, check=False).returncode
    for service, payload in server.asked:
        print(f'the server was asked for {service} {json.dumps(payload)}')
    return code


if __name__ == '__main__':
    sys.exit(main())
