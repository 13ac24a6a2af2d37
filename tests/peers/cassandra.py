"""A stand-in for Cassandra: so much of its native protocol, version 4, as a driver needs. SQLite keeps the rows.

No server of Cassandra can be installed where tests run. What is sent in CQL is run as SQL, which it is for simple
statements; a table's columns say what type their values have.
"""

from __future__ import annotations

import re
import socket
import sqlite3
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any
from uuid import UUID

VERSION, HEADER = 4, struct.Struct('>BBhBi')
OPTIONS, STARTUP, REGISTER, QUERY, PREPARE, EXECUTE, AUTH_RESPONSE = 0x05, 0x01, 0x0B, 0x07, 0x09, 0x0A, 0x0F
ERROR, READY, AUTHENTICATE, SUPPORTED, RESULT, AUTH_SUCCESS = 0x00, 0x02, 0x03, 0x06, 0x08, 0x10
NO_LOGIN, WRONG_PROTOCOL, SYNTAX, INVALID = 0x0100, 0x000A, 0x2000, 0x2200
#: Types of columns, by what tables call them: their number in the protocol.
TYPES = {'bigint': 0x02, 'blob': 0x03, 'boolean': 0x04, 'int': 0x09, 'uuid': 0x0C, 'text': 0x0D, 'inet': 0x10}
SIZES = {'bigint': 8, 'boolean': 1, 'int': 4}
KEYSPACE = 'shop'
LOCAL = {
    ('host_id', 'uuid'): UUID(int=1),
    ('cluster_name', 'text'): 'Stand-in',
    ('data_center', 'text'): 'dc1',
    ('rack', 'text'): 'r1',
    ('partitioner', 'text'): 'org.apache.cassandra.dht.Murmur3Partitioner',
    ('release_version', 'text'): '4.1.3',
    ('schema_version', 'uuid'): UUID(int=2),
    ('rpc_address', 'inet'): '127.0.0.1',
}
MARK = re.compile(r'(\w+)\s*=\s*(?:\?|:(\w+))')
INSERTED = re.compile(r'into\s+(\w+)\s*\(([^)]*)\)\s*values', re.IGNORECASE)
TABLE = re.compile(r'(?:from|into|update)\s+(\w+)', re.IGNORECASE)
Column = tuple[str, str]


class RefusedError(Exception):
    """A statement or a login is refused: a code of the protocol, and words."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


def _text(value: str) -> bytes:
    return struct.pack('>H', len(value.encode())) + value.encode()


def _bytes(value: bytes | None) -> bytes:
    return struct.pack('>i', -1) if value is None else struct.pack('>i', len(value)) + value


def _packed(value: Any, type_: str) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if type_ in SIZES:
        return int(value).to_bytes(SIZES[type_], 'big', signed=True)
    if type_ == 'uuid':
        return UUID(str(value)).bytes
    return ip_address(value).packed if type_ == 'inet' else str(value).encode()


def _unpacked(value: bytes | None, type_: str) -> Any:
    if value is None or type_ == 'blob':
        return value
    if type_ in SIZES:
        return int.from_bytes(value, 'big', signed=True)
    return str(UUID(bytes=value)) if type_ == 'uuid' else value.decode()


def _columns(columns: Sequence[Column], more: bytes = b'') -> bytes:
    # With the keyspace and the table once for all.
    head = struct.pack('>ii', 1, len(columns)) + more
    named = b''.join(_text(name) + struct.pack('>H', TYPES[type_]) for name, type_ in columns)
    return head + _text(KEYSPACE) + _text('t') + named


def _rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> bytes:
    cells = b''.join(
        _bytes(_packed(value, type_)) for row in rows for (_, type_), value in zip(columns, row, strict=True)
    )
    return struct.pack('>i', 2) + _columns(columns) + struct.pack('>i', len(rows)) + cells


class Cassandra:
    """What all connections have in common: rows, who may log in, which others a host tells of, what was asked."""

    def __init__(self, login: tuple[str, str] | None = None, peers: Sequence[str] = ()) -> None:
        self.login, self.peers = login, peers
        self.seen: list[str] = []
        self.connections = 0
        self._rows = sqlite3.connect(':memory:', check_same_thread=False, isolation_level=None)
        self._prepared: list[str] = []
        self._lock = threading.Lock()

    def answer(self, code: int, body: bytes) -> tuple[int, bytes]:
        """Returns the answer to a message: its code, its body."""
        if code == OPTIONS:
            one, none = struct.pack('>H', 1), struct.pack('>H', 0)
            known = _text('CQL_VERSION') + one + _text('3.4.6') + _text('COMPRESSION') + none
            return SUPPORTED, struct.pack('>H', 2) + known
        if code == STARTUP and self.login:
            return AUTHENTICATE, _text('org.apache.cassandra.auth.PasswordAuthenticator')
        if code == AUTH_RESPONSE:
            return self._logged_in(body[4:])
        if code in (STARTUP, REGISTER):
            return READY, b''
        with self._lock:
            return RESULT, self._result(code, body)

    def _logged_in(self, token: bytes) -> tuple[int, bytes]:
        if tuple(token.decode().split('\0')[1:]) != self.login:
            raise RefusedError(NO_LOGIN, 'Provided username and/or password are incorrect')
        return AUTH_SUCCESS, _bytes(None)

    def _result(self, code: int, body: bytes) -> bytes:
        if code == EXECUTE:
            (size,) = struct.unpack_from('>H', body)
            statement = self._prepared[int.from_bytes(body[2 : 2 + size], 'big')]
            given = _given(body[2 + size :])
            types = [type_ for _, type_ in self._marks(statement)]
            return self._run(statement, [_unpacked(one, type_) for one, type_ in zip(given, types, strict=True)])
        (size,) = struct.unpack_from('>i', body)
        statement = body[4 : 4 + size].decode()
        self.seen.append(statement)
        if code == PREPARE:
            return self._compiled(statement)
        if statement.lower().startswith('use '):
            return self._used(statement[4:].strip().strip('"'))
        return self._of_system(statement) or self._run(statement, [])

    def _used(self, keyspace: str) -> bytes:
        if keyspace != KEYSPACE:
            raise RefusedError(INVALID, f"Keyspace '{keyspace}' does not exist")
        return struct.pack('>i', 3) + _text(keyspace)

    def _of_system(self, statement: str) -> bytes:
        if ' system.local' in statement:
            return _rows(list(LOCAL), [list(LOCAL.values())])
        if ' system.peers_v2' in statement:
            raise RefusedError(INVALID, 'unconfigured table peers_v2')
        if ' system.peers' in statement:
            columns = [*LOCAL, ('peer', 'inet')]
            rows = [[*LOCAL.values(), address] for address in self.peers]
            return _rows(columns, [[UUID(int=9), *row[1:7], row[-1], row[-1]] for row in rows])
        return _rows([('keyspace_name', 'text')], []) if ' system' in statement.lower() else b''

    def _compiled(self, statement: str) -> bytes:
        marks = self._marks(statement)
        with suppress(sqlite3.ProgrammingError):
            self._sql(f'explain {statement}', [None] * len(marks))
        self._prepared.append(statement)
        number = (len(self._prepared) - 1).to_bytes(2, 'big')
        # Parameters, none of which is known to be a key, then no columns of rows: these come with them.
        return (
            struct.pack('>i', 4)
            + struct.pack('>H', 2)
            + number
            + _columns(marks, struct.pack('>i', 0))
            + struct.pack('>ii', 4, 0)
        )

    def _marks(self, statement: str) -> list[Column]:
        table = TABLE.search(statement)
        types = self._types(table[1]) if table else {}
        inserted = INSERTED.search(statement)
        if inserted:
            names = [name.strip() for name in inserted[2].split(',')]
            return [(name, types.get(name, 'text')) for name in names]
        return [(name or column, types.get(column, 'text')) for column, name in MARK.findall(statement)]

    def _types(self, table: str) -> dict[str, str]:
        return {row[1]: row[2].lower() for row in self._rows.execute(f'pragma table_info({table})')}

    def _sql(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._rows.execute(statement, list(values))
        except sqlite3.OperationalError as error:
            code = INVALID if 'no such' in str(error) else SYNTAX
            raise RefusedError(code, str(error)) from None

    def _run(self, statement: str, values: Sequence[Any]) -> bytes:
        found = self._sql(statement, values)
        if found.description is None:
            return struct.pack('>i', 1)
        table = TABLE.search(statement)
        types = self._types(table[1]) if table else {}
        names = [column[0] for column in found.description]
        return _rows([(name, types.get(name, 'int')) for name in names], found.fetchall())


def _given(body: bytes) -> list[bytes | None]:
    # After the consistency there are flags; values come where the first of them is set.
    if not body[2] & 1:
        return []
    (count,), at, found = struct.unpack_from('>H', body, 3), 5, []
    for _ in range(count):
        (size,) = struct.unpack_from('>i', body, at)
        found.append(None if size < 0 else body[at + 4 : at + 4 + size])
        at += 4 + max(size, 0)
    return found


def _talk(sock: socket.socket, server: Cassandra) -> None:
    with sock, sock.makefile('rwb') as file, suppress(OSError):
        while len(head := file.read(HEADER.size)) == HEADER.size:
            version, _, stream, code, length = HEADER.unpack(head)
            # What is no message of the protocol has no length either.
            body = file.read(length) if version == VERSION else b''
            try:
                if version != VERSION:
                    raise RefusedError(WRONG_PROTOCOL, f'Invalid or unsupported protocol version ({version})')
                code, found = server.answer(code, body)
            except RefusedError as error:
                code, found = ERROR, struct.pack('>i', error.code) + _text(str(error))
            file.write(HEADER.pack(0x80 | VERSION, 0, stream, code, len(found)) + found)
            file.flush()


@contextmanager
def cassandra(server: Cassandra, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Runs a stand-in; yields its port."""
    listener = socket.create_server(('127.0.0.1', 0))
    accepting = threading.Thread(target=_accept, args=(listener, server, context), daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)


def _accept(listener: socket.socket, server: Cassandra, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        threading.Thread(target=_served, args=(sock, context, server), daemon=True).start()


def _served(sock: socket.socket, context: ssl.SSLContext | None, server: Cassandra) -> None:
    with suppress(OSError):
        _talk(context.wrap_socket(sock, server_side=True) if context else sock, server)
