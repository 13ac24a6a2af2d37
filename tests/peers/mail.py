"""Mail servers of a test's own: aiosmtpd takes messages, Dovecot has mailboxes."""

from __future__ import annotations

import getpass
import grp
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.connections.clients import PASSWORD
from tests.peers.web import authority
from tests.ports import free_port
from tests.servers import program

USER = 'ada'


class Taken:
    """Keeps the messages that come in; one to `nobody` is refused."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith('nobody@'):
            return '550 no such receiver'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return '250 OK'


def _knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    from aiosmtpd.smtp import AuthResult

    is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=is_known)


@contextmanager
def smtp(mode: str = 'plain', has_login: bool = True) -> Iterator[tuple[int, Taken]]:
    """Runs an SMTP server on a port of its own; yields the port and what came in."""
    from aiosmtpd.controller import Controller

    taken = Taken()
    options: dict[str, Any] = {}
    context = authority_context() if mode != 'plain' else None
    if has_login:
        options |= {'authenticator': _knows, 'auth_require_tls': False}
    if mode == 'starttls':
        options |= {'tls_context': context}
    ssl_context = context if mode == 'ssl' else None
    found = Controller(taken, '127.0.0.1', free_port(), ssl_context=ssl_context, **options)
    if mode == 'ssl':
        # Its own look whether it is up does not trust the tests' CA.
        found._trigger_server = lambda: _look(found.port)  # type: ignore[method-assign]
    found.start()
    try:
        yield found.port, taken
    finally:
        found.stop()


def _look(port: int) -> None:
    with (
        socket.create_connection(('127.0.0.1', port), 5) as plain,
        ssl._create_unverified_context().wrap_socket(plain) as sock,
    ):
        sock.recv(1024)


def authority_context() -> Any:
    """Returns a context of a server for localhost and 127.0.0.1, signed by the tests' CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert('localhost', '127.0.0.1').configure_cert(context)
    return context


DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = {is_strict}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = user={name} password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@contextmanager
def imap(folder: Path, is_strict: bool = False) -> Iterator[tuple[int, int]]:
    """Runs a Dovecot with the mailbox of `ada`; yields its ports without and with TLS."""
    server = program('dovecot', 'usr/sbin')
    # Paths of sockets are short ones.
    issued = authority().issue_cert('localhost', '127.0.0.1')
    issued.private_key_pem.write_to_path(str(folder / 'key.pem'))
    issued.cert_chain_pems[0].write_to_path(str(folder / 'cert.pem'))
    port, secure = free_port(), free_port()
    values = {'folder': folder, 'user': getpass.getuser(), 'group': grp.getgrgid(os.getgid()).gr_name, 'name': USER}
    values |= {'password': PASSWORD, 'port': port, 'secure': secure, 'is_strict': 'yes' if is_strict else 'no'}
    (folder / 'dovecot.conf').write_text(DOVECOT.format(**values))
    process = subprocess.Popen([server, '-F', '-c', folder / 'dovecot.conf'])
    try:
        for _ in range(200):
            with suppress(OSError):
                socket.create_connection(('127.0.0.1', port), 1).close()
                break
            assert process.poll() is None, (folder / 'log').read_text()
            time.sleep(0.05)
        yield port, secure
    finally:
        process.terminate()
        process.wait(20)


def put(folder: Path, subject: str, html: str = '', attachment: bytes = b'') -> None:
    """Puts a message into the mailbox of a Dovecot."""
    message = EmailMessage()
    message['From'], message['To'], message['Subject'] = 'Bo <bo@example.com>', 'ada@example.com', subject
    message.set_content('Hello')
    if html:
        message.add_alternative(html, subtype='html')
    if attachment:
        message.add_attachment(attachment, maintype='application', subtype='pdf', filename='bill.pdf')
    inbox = folder / 'mail' / 'new'
    inbox.mkdir(parents=True, exist_ok=True)
    for other in ('cur', 'tmp'):
        (folder / 'mail' / other).mkdir(exist_ok=True)
    (inbox / f'{time.time_ns()}.test').write_bytes(message.as_bytes())
