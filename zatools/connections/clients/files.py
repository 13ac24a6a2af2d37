"""Files on another machine, as services see them: the same calls for each protocol, by what that can do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, Protocol

from zatools.connections.clients.peer import Conn
from zatools.connections.pong import printable

DIRECTORY, FILE = 'directory', 'file'


class Info(dict[str, Any]):
    """What is known of a file or directory: name, type, size in bytes, last_modified; keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(f'there is no {name}, only {", ".join(self)}')
        return self[name]


def info_of(name: str, is_directory: bool, size: int, last_modified: str) -> Info:
    """Returns what is known of a file or directory."""
    type_ = DIRECTORY if is_directory else FILE
    about = {'type': type_, 'is_file': not is_directory, 'is_directory': is_directory}
    return Info(name=name, **about, size=size, last_modified=last_modified)


class Shelf(Protocol):
    """What a protocol can do with files, over an open connection. What isn't there raises FileNotFoundError."""

    def list(self, path: str) -> list[Info]:
        """Returns what a directory has."""

    def info(self, path: str) -> Info:
        """Returns what is known of a path."""

    def read(self, path: str) -> bytes:
        """Returns what a file has."""

    def write(self, path: str, data: bytes) -> None:
        """Makes a file, or writes over one."""

    def move(self, old: str, new: str) -> None:
        """Gives a file or directory another path."""

    def delete_file(self, path: str) -> None:
        """Deletes a file."""

    def delete_directory(self, path: str) -> None:
        """Deletes an empty directory."""

    def create_directory(self, path: str) -> None:
        """Makes a directory."""


class Files(Conn):
    """Files by their paths; each call is a connection of its own. Raises what the protocol's library does."""

    @contextmanager
    def _shelf(self) -> Iterator[Shelf]:
        peer = self._connection.peer
        client = peer.open(self._connection.timeout)
        try:
            yield peer.shelf(client)  # type: ignore[attr-defined]
        finally:
            peer.close(client)

    def list(self, path: str = '.') -> list[Info]:
        """Returns what a directory has, by name."""
        with self._shelf() as shelf:
            return sorted(shelf.list(path), key=lambda one: str(one['name']))

    def listdir(self, path: str = '.') -> Sequence[str]:
        """Returns the names of what a directory has."""
        return [str(one['name']) for one in self.list(path)]

    def get_info(self, path: str) -> Info | None:
        """Returns what is known of a path, None where nothing is there."""
        with self._shelf() as shelf:
            try:
                return shelf.info(path)
            except FileNotFoundError:
                return None

    def exists(self, path: str) -> bool:
        """Tells whether something is at a path."""
        return self.get_info(path) is not None

    def is_file(self, path: str) -> bool:
        """Tells whether a file is at a path."""
        found = self.get_info(path)
        return bool(found and found['is_file'])

    def is_directory(self, path: str) -> bool:
        """Tells whether a directory is at a path."""
        found = self.get_info(path)
        return bool(found and found['is_directory'])

    def read(self, path: str, *_: Any) -> bytes:
        """Returns what a file has."""
        with self._shelf() as shelf:
            return shelf.read(path)

    def readtext(self, path: str, encoding: str = 'utf-8') -> str:
        """Returns what a file has, as text."""
        return self.read(path).decode(encoding)

    def write(self, path: str | bytes, data: bytes | str = b'', *_: Any, encoding: str = 'utf-8') -> None:
        """Makes a file, or writes over one."""
        given = data.encode(encoding) if isinstance(data, str) else data
        with self._shelf() as shelf:
            shelf.write(str(path), given)

    def move(self, old: str, new: str, **_: Any) -> None:
        """Gives a file or directory another path."""
        with self._shelf() as shelf:
            shelf.move(old, new)

    def delete_file(self, path: str) -> None:
        """Deletes a file."""
        with self._shelf() as shelf:
            shelf.delete_file(path)

    def delete_directory(self, path: str) -> None:
        """Deletes a directory with all that it has."""
        with self._shelf() as shelf:
            _delete(shelf, path)

    def delete(self, path: str) -> None:
        """Deletes a file, or a directory with all that it has."""
        if self.is_directory(path):
            self.delete_directory(path)
        else:
            self.delete_file(path)

    def create_directory(self, path: str, **_: Any) -> None:
        """Makes a directory, and those above it."""
        with self._shelf() as shelf:
            for one in reversed([PurePosixPath(path), *PurePosixPath(path).parents]):
                if str(one) not in ('.', '/') and not _is_there(shelf, str(one)):
                    shelf.create_directory(str(one))

    def download(self, remote_path: str, local_path: str, **_: Any) -> None:
        """Reads a file into one of this machine."""
        data = self.read(remote_path)
        with open(os.path.expanduser(local_path), 'wb') as file:
            file.write(data)

    def upload(self, local_path: str, remote_path: str, **_: Any) -> None:
        """Writes a file of this machine."""
        with open(os.path.expanduser(local_path), 'rb') as file:
            data = file.read()
        self.write(remote_path, data)

    # What they are called by PyFilesystem, which 3.2 has for FTP, and by 3.2's SFTP.
    isdir, isfile, remove, removetree, removedir = (
        is_directory,
        is_file,
        delete_file,
        delete_directory,
        delete_directory,
    )
    getbytes = readbytes = read
    gettext = readtext
    setbytes = writebytes = settext = writetext = write
    makedir = makedirs = create_directory
    getinfo = get_info
    download_file, upload_file, delete_by_path = download, upload, delete


def _is_there(shelf: Shelf, path: str) -> bool:
    try:
        shelf.info(path)
    except FileNotFoundError:
        return False
    return True


def _delete(shelf: Shelf, path: str) -> None:
    for one in shelf.list(path):
        name = str(one['name'])
        # A server may say what it likes of names: nothing beside the directory is touched.
        if '/' in name or name in ('', '.', '..'):
            raise ValueError(f'{printable(name)!r} is no name of a file')
        inner = f'{path.rstrip("/")}/{name}'
        if one['is_directory']:
            _delete(shelf, inner)
        else:
            shelf.delete_file(inner)
    shelf.delete_directory(path)
