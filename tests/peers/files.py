"""Servers with files of a test's own: pyftpdlib and OpenSSH; and a directory, OpenLDAP's slapd."""

from __future__ import annotations

import getpass
import logging
import os
import shutil
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.connections.clients import PASSWORD
from tests.peers.web import authority
from tests.ports import free_port

USER = 'ada'


def needed(program: str, *folders: str) -> str:
    """Returns the path of a program; skips the test where there is none, but not in CI."""
    found = shutil.which(program, path=os.pathsep.join((*os.environ['PATH'].split(os.pathsep), *folders)))
    if not found:
        (pytest.fail if os.environ.get('CI') else pytest.skip)(f'there is no {program}')
    return str(found)


@contextmanager
def ftp(folder: Path, has_tls: bool = False) -> Iterator[int]:
    """Runs an FTP server for a folder; yields its port."""
    with warnings.catch_warnings():
        # It stands on modules of Python that are on their way out.
        warnings.simplefilter('ignore', DeprecationWarning)
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import ThreadedFTPServer
    # Else it sets up a log of its own, on the screen.
    logging.getLogger('pyftpdlib').addHandler(logging.NullHandler())
    logging.getLogger('pyftpdlib').propagate = False
    known = DummyAuthorizer()
    known.add_user(USER, PASSWORD, str(folder), perm='elradfmwMT')
    handler: type[FTPHandler] = FTPHandler
    about = {'authorizer': known, 'banner': 'Shop FTP ready.', 'auth_failed_timeout': 0.05}
    if has_tls:
        from pyftpdlib.handlers import TLS_FTPHandler

        issued = authority().issue_cert('localhost', '127.0.0.1')
        pem = folder.parent / 'ftp.pem'
        issued.private_key_and_cert_chain_pem.write_to_path(str(pem))
        handler, about['certfile'] = TLS_FTPHandler, str(pem)
    found = ThreadedFTPServer(('127.0.0.1', 0), type('Handler', (handler,), about))
    found.poll_timeout = 0.05
    is_over = threading.Event()

    def serve() -> None:
        # The server is closed between two turns: a loop that polls a closed socket raises.
        while not is_over.is_set():
            found.serve_forever(timeout=0.05, blocking=False, handle_exit=False)
        found.close_all()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield found.address[1]
    finally:
        is_over.set()
        thread.join(10)


def make_key(path: Path) -> Path:
    """Makes a key of SSH; its public half has the ending .pub."""
    keygen = needed('ssh-keygen')
    subprocess.run([keygen, '-q', '-t', 'ed25519', '-N', '', '-f', str(path)], check=True)
    return path


@contextmanager
def sshd(folder: Path) -> Iterator[int]:
    """Runs an OpenSSH that lets us in by the key `folder/user`; its own key is `folder/host`. Yields its port."""
    server = needed('sshd', '/usr/sbin')
    for name in ('host', 'user'):
        make_key(folder / name)
    shutil.copy(folder / 'user.pub', folder / 'authorized')
    port = free_port()
    if os.geteuid() == 0:
        Path('/run/sshd').mkdir(exist_ok=True)
    options = {
        'Port': port,
        'ListenAddress': '127.0.0.1',
        'HostKey': folder / 'host',
        'AuthorizedKeysFile': folder / 'authorized',
        'PidFile': folder / 'pid',
        'StrictModes': 'no',
        'UsePAM': 'no',
        'PasswordAuthentication': 'no',
        'Subsystem': 'sftp internal-sftp',
    }
    (folder / 'sshd_config').write_text(''.join(f'{name} {value}\n' for name, value in options.items()))
    with (folder / 'log').open('w') as log:
        process = subprocess.Popen([server, '-D', '-e', '-f', folder / 'sshd_config'], stderr=log)
    try:
        _wait(port, process, folder / 'log')
        yield port
    finally:
        process.terminate()
        process.wait(20)


def known_host(folder: Path, port: int) -> Path:
    """Writes a file of known hosts that has the key of an `sshd`."""
    found = folder / 'known'
    found.write_text(f'[127.0.0.1]:{port} {(folder / "host.pub").read_text()}')
    return found


ME = getpass.getuser()
SLAPD = """
include {schema}/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "dc=example"
rootdn "cn=admin,dc=example"
rootpw {password}
directory {folder}/data
"""
PEOPLE = """
dn: dc=example
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=ada,dc=example
objectClass: person
cn: ada
sn: Lovelace
userPassword: lovelace
"""


@contextmanager
def slapd(folder: Path) -> Iterator[tuple[int, int]]:
    """Runs an OpenLDAP with `dc=example` and Ada in it; yields its ports without and with TLS."""
    server, add = needed('slapd', '/usr/sbin'), needed('slapadd', '/usr/sbin')
    (folder / 'data').mkdir()
    issued = authority().issue_cert('localhost', '127.0.0.1')
    issued.private_key_pem.write_to_path(str(folder / 'key.pem'))
    issued.cert_chain_pems[0].write_to_path(str(folder / 'cert.pem'))
    authority().cert_pem.write_to_path(str(folder / 'ca.pem'))
    values = {'schema': '/etc/ldap/schema', 'folder': folder, 'password': PASSWORD}
    (folder / 'slapd.conf').write_text(SLAPD.format(**values))
    subprocess.run([add, '-f', folder / 'slapd.conf'], input=PEOPLE, text=True, check=True, capture_output=True)
    port, secure = free_port(), free_port()
    urls = f'ldap://127.0.0.1:{port} ldaps://127.0.0.1:{secure}'
    with (folder / 'log').open('w') as log:
        process = subprocess.Popen([server, '-h', urls, '-f', folder / 'slapd.conf', '-d', '0'], stderr=log)
    try:
        _wait(port, process, folder / 'log')
        yield port, secure
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with suppress(OSError):
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())
