"""SMB, with smbprotocol: a login for pings, and files for services; the first part of a path is the share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EBADF, ENOENT
from stat import S_ISDIR
from typing import Any, NamedTuple

from zatools.connections.causes import chain
from zatools.connections.clients import files, peer
from zatools.connections.clients.files import Files, Info, info_of
from zatools.connections.pong import Attempt, printable


class Session(NamedTuple):
    """An open session, and what smbclient needs to find it again."""

    session: Any
    cache: dict[str, Any]


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A server with shares."""

    word = 'SMB'

    def open(self, seconds: float) -> Session:
        """Connects and logs in. Raises SMBException, SpnegoError, OSError, ValueError."""
        import smbclient

        # It logs each message that it sends and gets.
        logging.getLogger('smbprotocol').setLevel(logging.WARNING)
        cache: dict[str, Any] = {}
        found = smbclient.register_session(
            self.host,
            username=self.login or None,
            password=self.about.secret() or None,
            port=self.port,
            connection_timeout=seconds,
            connection_cache=cache,
        )
        return Session(found, cache)

    def greet(self, client: Session, attempt: Attempt) -> str:
        """Says which version of the protocol was agreed on."""
        number = int(client.session.connection.dialect)
        version = '.'.join(f'{number:04x}'[1:].rstrip('0') or '0')
        attempt.facts.update(product=self.word, version=version)
        return f'SMB {version}'

    def close(self, client: Session) -> None:
        """Says goodbye."""
        import smbclient

        smbclient.reset_connection_cache(fail_on_error=False, connection_cache=client.cache)

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Finds what the server answered."""
        from smbprotocol import exceptions
        from spnego.exceptions import SpnegoError

        refusals = (exceptions.LogonFailure, exceptions.SMBAuthenticationError, exceptions.WrongPassword, SpnegoError)
        if isinstance(error, refusals):
            return 'client-login', {}
        # A thread of the library closes the socket, whatever the others are at.
        is_closed = any(isinstance(one, OSError) and one.errno == EBADF for one in chain(error))
        if is_closed or isinstance(error, exceptions.SMBConnectionClosed):
            return 'reset', {}
        if isinstance(error, exceptions.SMBResponseException):
            return 'client-refused', {'reason': printable(str(error))}
        said = str(error).lower()
        if 'timed out' in said or 'timeout' in said:
            return 'read-timeout', {}
        if isinstance(error, ValueError) and 'failed to connect' not in said:
            return 'client-protocol', {}
        return '', {}

    def shelf(self, client: Session) -> files.Shelf:
        """Returns what services do with files."""
        return Shelf(client, self.host, self.port)


class Shelf:
    """Files over SMB."""

    def __init__(self, client: Session, host: str, port: int) -> None:
        self._host = host
        self._how = {'port': port, 'connection_cache': client.cache}

    def _whole(self, path: str) -> str:
        parts = [part for part in path.replace('\\', '/').split('/') if part not in ('', '.')]
        if not parts:
            raise FileNotFoundError('a path begins with the name of a share: share/folder/file')
        return '\\'.join(['', '', self._host, *parts])

    def list(self, path: str) -> list[Info]:
        """Returns what a directory has."""
        import smbclient

        return [
            _info(one.name, one.is_dir(), one.smb_info) for one in smbclient.scandir(self._whole(path), **self._how)
        ]

    def info(self, path: str) -> Info:
        """Returns what is known of a path."""
        import smbclient

        with _told(path):
            found = smbclient.stat(self._whole(path), **self._how)
        name = path.replace('\\', '/').rstrip('/').rpartition('/')[2]
        return info_of(name, S_ISDIR(found.st_mode), found.st_size, _time(found.st_mtime))

    def read(self, path: str) -> bytes:
        """Returns what a file has."""
        import smbclient

        with _told(path), smbclient.open_file(self._whole(path), mode='rb', **self._how) as file:
            return bytes(file.read())

    def write(self, path: str, data: bytes) -> None:
        """Makes a file, or writes over one."""
        import smbclient

        with _told(path), smbclient.open_file(self._whole(path), mode='wb', **self._how) as file:
            file.write(data)

    def move(self, old: str, new: str) -> None:
        """Gives a file or directory another path."""
        import smbclient

        with _told(old):
            smbclient.rename(self._whole(old), self._whole(new), **self._how)

    def delete_file(self, path: str) -> None:
        """Deletes a file."""
        import smbclient

        with _told(path):
            smbclient.remove(self._whole(path), **self._how)

    def delete_directory(self, path: str) -> None:
        """Deletes an empty directory."""
        import smbclient

        smbclient.rmdir(self._whole(path), **self._how)

    def create_directory(self, path: str) -> None:
        """Makes a directory."""
        import smbclient

        smbclient.mkdir(self._whole(path), **self._how)


@contextmanager
def _told(path: str) -> Iterator[None]:
    # Its own error is an OSError with the number of what Python has an exception for.
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == ENOENT:
            raise FileNotFoundError(f'there is no {printable(path)}') from None
        raise


def _info(name: str, is_directory: bool, found: Any) -> Info:
    return info_of(name, is_directory, int(found.end_of_file), str(found.last_write_time.isoformat()))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Smb(Files):
    """`self.smb['Files']`."""

    called = 'self.smb[…]'
