"""FTP, with the standard library: a login for pings, and files for services."""

from __future__ import annotations

import ftplib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from zatools.connections import tls
from zatools.connections.clients import files, peer
from zatools.connections.clients.files import Files, Info, info_of
from zatools.connections.clients.peer import context_of
from zatools.connections.pong import Attempt, printable

#: What servers answer: nobody is logged in; there is no such file, or it may not be used.
NO_LOGIN, NO_FILE = '530', '550'


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A server with files."""

    word = 'FTP'
    blamed = {'client-tls-none': 'use_ssl'}

    @property
    def login(self) -> str:
        """Who logs in; 3.2 has another field for it."""
        return self.about.text('username') or self.about.text('user') or 'anonymous'

    def open(self, seconds: float) -> ftplib.FTP:
        """Connects, encrypts and logs in. Raises OSError, EOFError, ftplib.Error, RefusedError."""
        client = ftplib.FTP(timeout=seconds, encoding='utf-8')
        if self.about.get('use_ssl'):
            client = ftplib.FTP_TLS(context=context_of(True), timeout=seconds, encoding='utf-8')
        try:
            client.connect(self.host, self.port)
            client.login(self.login, self.about.secret(), self.about.text('acct'))
            if isinstance(client, ftplib.FTP_TLS):
                client.prot_p()
            folder = self.about.text('default_directory')
            if folder:
                client.cwd(folder)
        except BaseException:
            client.close()
            raise
        return client

    def greet(self, client: ftplib.FTP, attempt: Attempt) -> str:
        """Does nothing; the server has said who it is."""
        client.voidcmd('NOOP')
        product = printable((client.welcome or '').removeprefix('220').lstrip('- '), 60)
        attempt.facts.update(product=product, **tls.facts_of(client.sock))
        return f'FTP {product}'.strip()

    def close(self, client: ftplib.FTP) -> None:
        """Says goodbye."""
        try:
            client.quit()
        except ftplib.all_errors:
            client.close()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells what the server answered."""
        said = printable(str(error))
        if isinstance(error, EOFError):
            return 'reset', {}
        if isinstance(error, ftplib.error_perm):
            if said.startswith(NO_LOGIN) and 'AUTH' not in said:
                return 'client-login', {}
            if said.startswith(('500', '502', '504', '530')) and self.about.get('use_ssl'):
                return 'client-tls-none', {}
        if isinstance(error, ftplib.error_proto) or (isinstance(error, ValueError) and not isinstance(error, OSError)):
            return 'client-protocol', {}
        if isinstance(error, ftplib.Error):
            return 'client-refused', {'reason': said}
        return '', {}

    def shelf(self, client: ftplib.FTP) -> files.Shelf:
        """Returns what services do with files."""
        return Shelf(client)


class Shelf:
    """Files over FTP."""

    def __init__(self, client: ftplib.FTP) -> None:
        self._client = client

    def list(self, path: str) -> list[Info]:
        """Returns what a directory has."""
        return [
            info_of(name, 'dir' in facts.get('type', ''), int(facts.get('size') or 0), facts.get('modify', ''))
            for name, facts in self._client.mlsd(path)
            if facts.get('type') not in ('cdir', 'pdir')
        ]

    def info(self, path: str) -> Info:
        """Returns what is known of a path."""
        whole = PurePosixPath(path)
        if not whole.name:
            return info_of(path, True, 0, '')
        try:
            found = self.list(str(whole.parent))
        except ftplib.error_perm as error:
            raise _missing(error, path) from None
        for one in found:
            if one['name'] == whole.name:
                return one
        raise FileNotFoundError(f'there is no {printable(path)}')

    def read(self, path: str) -> bytes:
        """Returns what a file has."""
        found = BytesIO()
        try:
            self._client.retrbinary(f'RETR {path}', found.write)
        except ftplib.error_perm as error:
            raise _missing(error, path) from None
        return found.getvalue()

    def write(self, path: str, data: bytes) -> None:
        """Makes a file, or writes over one."""
        self._client.storbinary(f'STOR {path}', BytesIO(data))

    def move(self, old: str, new: str) -> None:
        """Gives a file or directory another path."""
        self._client.rename(old, new)

    def delete_file(self, path: str) -> None:
        """Deletes a file."""
        try:
            self._client.delete(path)
        except ftplib.error_perm as error:
            raise _missing(error, path) from None

    def delete_directory(self, path: str) -> None:
        """Deletes an empty directory."""
        self._client.rmd(path)

    def create_directory(self, path: str) -> None:
        """Makes a directory."""
        self._client.mkd(path)


def _missing(error: ftplib.error_perm, path: str) -> Exception:
    if str(error).startswith(NO_FILE):
        return FileNotFoundError(f'{printable(path)}: {printable(str(error))}')
    return error


class Ftp(Files):
    """`self.out.ftp.get('Files')` and `self.ftp['Files']`."""

    called = 'self.ftp[…]'
