"""Database servers of a test's own: with TLS, and to be stopped in the middle."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
import trustme

from tests.databases import engine_of
from tests.ports import free_port

USER, PASSWORD = 'zatools', 'hunter2'


@dataclass(frozen=True)
class Server:
    """A server that runs: its URL without TLS, the CA of its certificate, how to kill it."""

    url: str
    port: int
    ca: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Ends the server at once, as a crash would.

        PostgreSQL has a process for each connection, which may take another statement after the first process died.
        """
        children = Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children').read_text().split()
        dying = [os.pidfd_open(int(child)) for child in children]
        self.process.kill()
        self.process.wait()
        for pidfd in dying:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            select.select([pidfd], [], [])
            os.close(pidfd)


def certificates(folder: Path, ca: trustme.CA) -> tuple[Path, Path]:
    """Writes a certificate for `localhost` alone; returns it and its key."""
    issued = ca.issue_cert('localhost')
    cert, key = folder / 'server.crt', folder / 'server.key'
    issued.cert_chain_pems[0].write_to_path(str(cert))
    issued.private_key_pem.write_to_path(str(key))
    key.chmod(0o600)
    return cert, key


def program(name: str, *folders: str) -> str:
    """Returns the path of a server's program; skips the test where there is none, but not in CI."""
    found = next((str(path) for folder in folders for path in sorted(Path('/').glob(f'{folder}/{name}'))), '')
    found = found or shutil.which(name) or ''
    reason = f'there is no {name}' if not found else f'{name} does not run as root' if os.geteuid() == 0 else ''
    if reason and os.environ.get('CI'):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return found


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with suppress(sa.exc.OperationalError), engine_of(url).connect():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """Runs a PostgreSQL with TLS."""
    initdb = program('initdb', 'usr/lib/postgresql/*/bin')
    port, ca, data, log = free_port(), trustme.CA(), folder / 'data', folder / 'log'
    (folder / 'password').write_text(PASSWORD)
    subprocess.run(
        [initdb, '-D', data, '-U', USER, '-A', 'scram-sha-256', f'--pwfile={folder}/password', '-N', '-E', 'UTF8'],
        check=True,
        capture_output=True,
    )
    cert, key = certificates(folder, ca)
    options = {
        'port': port,
        'listen_addresses': 'localhost',
        'unix_socket_directories': '',
        'ssl': 'on',
        'ssl_cert_file': cert,
        'ssl_key_file': key,
    }
    command = [str(Path(initdb).parent / 'postgres'), '-D', str(data)]
    command += [part for name, value in options.items() for part in ('-c', f'{name}={value}')]
    url = f'postgresql://{USER}:{PASSWORD}@localhost:{port}/postgres'
    yield from _running(command, url, port, ca, folder, log)


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    """Runs a MariaDB with TLS."""
    server = program('mariadbd', 'usr/sbin')
    install = program('mariadb-install-db', 'usr/bin')
    port, ca, data, log = free_port(), trustme.CA(), folder / 'data', folder / 'log'
    subprocess.run(
        [install, '--no-defaults', f'--datadir={data}', '--auth-root-authentication-method=normal', '--skip-test-db'],
        check=True,
        capture_output=True,
    )
    cert, key = certificates(folder, ca)
    # A statement a line; without the anonymous user, who would be taken for ours.
    (folder / 'init.sql').write_text(
        f"CREATE DATABASE zato;\nCREATE USER {USER} IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON zato.* TO {USER};\n"
        f"DELETE FROM mysql.global_priv WHERE User = '';\nFLUSH PRIVILEGES;\n"
    )
    command = [
        server,
        '--no-defaults',
        f'--datadir={data}',
        f'--port={port}',
        '--bind-address=localhost',
        f'--socket={folder}/socket',
        f'--pid-file={folder}/pid',
        f'--init-file={folder}/init.sql',
        f'--ssl-cert={cert}',
        f'--ssl-key={key}',
    ]
    yield from _running(command, f'mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/zato', port, ca, folder, log)


def _running(command: list[str], url: str, port: int, ca: trustme.CA, folder: Path, log: Path) -> Iterator[Server]:
    ca.cert_pem.write_to_path(str(folder / 'ca.pem'))
    with log.open('w') as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        _wait(url, process, log)
        yield Server(url, port, folder / 'ca.pem', process)
    finally:
        process.kill()
        process.wait()


RUN = {'postgresql': postgresql, 'mariadb': mariadb}
