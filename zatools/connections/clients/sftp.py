"""SFTP, with paramiko: a login for pings, host keys included, and files for services."""

from __future__ import annotations

import io
import logging
import os
import socket
import stat
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from zatools.connections.clients import files, peer
from zatools.connections.clients.files import Files, Info, info_of
from zatools.connections.clients.peer import RefusedError
from zatools.connections.pong import Attempt, printable

# Its lines have what servers send.
logging.getLogger('paramiko').setLevel(logging.CRITICAL + 1)
KNOWN = '~/.ssh/known_hosts'
STRICT, FILE = 'stricthostkeychecking', 'userknownhostsfile'


class _Policy:
    # What is done with the key of a host that is not known.

    def __init__(self, is_strict: bool) -> None:
        self._is_strict = is_strict

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        if self._is_strict:
            raise RefusedError('host-key', reason=_fingerprint(key))


def _fingerprint(key: Any) -> str:
    return f'{key.get_name()} SHA256:{b64encode(sha256(key.asbytes()).digest()).decode().rstrip("=")}'


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A server with files, by SSH."""

    word = 'SFTP'
    blamed = {'client-key': 'private_key'}

    @property
    def host(self) -> str:
        """The host; 4.1 has it and the port in one."""
        return self._address[0]

    @property
    def port(self) -> int:
        """The port there."""
        return self._address[1]

    @property
    def _address(self) -> tuple[str, int]:
        given = self.about.text('address')
        if not given:
            return self.about.text('host'), self.about.number('port') or 22
        host, _, port = given.rpartition(':')
        if not port.isdigit():
            host, port = given, '22'
        return host.strip('[]'), int(port)

    @property
    def options(self) -> dict[str, str]:
        """The options of SSH that 3.2's definitions may have, by small letters."""
        pairs = (line.replace('=', ' ', 1).split(None, 1) for line in self.about.lines('ssh_options'))
        return {pair[0].lower(): pair[1].strip() for pair in pairs if len(pair) == 2}

    def open(self, seconds: float) -> Any:
        """Connects, looks at the host's key, and logs in. Raises OSError, SSHException, RefusedError."""
        import paramiko

        client = paramiko.SSHClient()
        is_strict = self.about.get('strict_host_key_checking') is not False
        is_strict = is_strict and self.options.get(STRICT, 'yes').lower() not in ('no', 'off', 'accept-new')
        if not self.about.get('ignore_host_key_changes'):
            self._load_known(client)
        client.set_missing_host_key_policy(_Policy(is_strict))
        # Connected by us, since paramiko has no words for why there is no connection.
        plain = socket.create_connection((self.host, self.port), seconds)
        try:
            _await(plain)
            limits = {'banner_timeout': seconds, 'auth_timeout': seconds, 'channel_timeout': seconds}
            client.connect(self.host, self.port, sock=plain, timeout=seconds, **limits, **self._login())
            client.sftp = client.open_sftp()
        except BaseException:
            client.close()
            plain.close()
            raise
        return client

    def _load_known(self, client: Any) -> None:
        path = os.path.expanduser(self.options.get(FILE, KNOWN))
        if os.path.isfile(path):
            client.load_host_keys(path)

    def _login(self) -> dict[str, Any]:
        about = self.about
        found: dict[str, Any] = {'username': about.text('username'), 'password': about.secret() or None}
        key, file = about.secret('private_key'), about.text('identity_file')
        if key:
            found['pkey'] = _key_of(key)
        if file:
            found['key_filename'] = os.path.expanduser(file)
        # 3.2 calls the program sftp, which looks for keys itself.
        is_own = bool(key or file or found['password']) or about.generation != '3.2'
        return {**found, 'allow_agent': not is_own, 'look_for_keys': not is_own}

    def greet(self, client: Any, attempt: Attempt) -> str:
        """Asks where it is; the server has said who it is."""
        client.sftp.normalize(self.about.text('default_directory') or '.')
        product = printable(client.get_transport().remote_version.removeprefix('SSH-2.0-'), 60)
        attempt.facts.update(product=product)
        return f'SFTP {product}'.strip()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells logins, keys of hosts and other protocols apart."""
        import paramiko

        if isinstance(error, paramiko.BadHostKeyException):
            return 'host-key-changed', {'reason': _fingerprint(error.key)}
        if isinstance(error, (paramiko.AuthenticationException, paramiko.PasswordRequiredException)):
            return 'client-login', {}
        said = printable(str(error))
        if isinstance(error, EOFError):
            return 'reset', {}
        if isinstance(error, paramiko.SSHException):
            if 'banner' in said:
                return 'client-protocol', {}
            if 'No authentication methods' in said:
                return 'client-login', {}
            return 'client-refused', {'reason': said}
        return '', {}

    def shelf(self, client: Any) -> files.Shelf:
        """Returns what services do with files."""
        return Shelf(client.sftp)


def _await(plain: socket.socket) -> None:
    # The server speaks first. Of one that says nothing paramiko says what it says of other protocols.
    if not plain.recv(1, socket.MSG_PEEK):
        raise ConnectionResetError


def _key_of(text: str) -> Any:
    import paramiko

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise RefusedError('client-key')


class Shelf:
    """Files over SFTP."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list(self, path: str) -> list[Info]:
        """Returns what a directory has."""
        return [_info(found.filename, found) for found in self._client.listdir_attr(path)]

    def info(self, path: str) -> Info:
        """Returns what is known of a path."""
        return _info(path.rstrip('/').rpartition('/')[2] or path, self._client.stat(path))

    def read(self, path: str) -> bytes:
        """Returns what a file has."""
        with self._client.open(path, 'rb') as file:
            return bytes(file.read())

    def write(self, path: str, data: bytes) -> None:
        """Makes a file, or writes over one."""
        with self._client.open(path, 'wb') as file:
            file.write(data)

    def move(self, old: str, new: str) -> None:
        """Gives a file or directory another path."""
        self._client.rename(old, new)

    def delete_file(self, path: str) -> None:
        """Deletes a file."""
        self._client.remove(path)

    def delete_directory(self, path: str) -> None:
        """Deletes an empty directory."""
        self._client.rmdir(path)

    def create_directory(self, path: str) -> None:
        """Makes a directory."""
        self._client.mkdir(path)


def _info(name: str, found: Any) -> Info:
    modified = datetime.fromtimestamp(found.st_mtime or 0, UTC).isoformat()
    return info_of(name, stat.S_ISDIR(found.st_mode or 0), int(found.st_size or 0), modified)


class Sftp(Files):
    """`self.out.sftp['Files'].conn` and `self.sftp['Files']`."""

    called = 'self.sftp[…]'
