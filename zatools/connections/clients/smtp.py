"""SMTP: a login for pings, which send nothing, and messages of services."""

from __future__ import annotations

import logging
import smtplib
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from mimetypes import guess_type
from ssl import SSLContext
from typing import Any

from zatools.connections import tls
from zatools.connections.clients import peer
from zatools.connections.clients.peer import Conn, context_of
from zatools.connections.pong import Attempt, printable

log = logging.getLogger('zatools.server')


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A server that takes mail."""

    word = 'SMTP'
    blamed = {'client-tls-none': 'mode', 'ca-certificate': 'ca_certs_path'}

    def reason_to_skip(self) -> str:
        """Names the sort of servers that is asked in other ways."""
        if '365' in self.about.text('server_type'):
            return 'pings and services know no Microsoft 365'
        return ''

    @property
    def mode(self) -> str:
        """How the connection is encrypted: plain, ssl, starttls."""
        given = self.about.text('mode') or 'plain'
        if given == 'plain' and self.about.get('is_tls'):
            return 'starttls'
        return given

    def open(self, seconds: float) -> smtplib.SMTP:
        """Connects, encrypts and logs in. Raises OSError, which the errors of smtplib are, and RefusedError."""
        name = self.about.text('helo_hostname') or socket.gethostname()
        if self.mode == 'ssl':
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, name, timeout=seconds, context=self._context()
            )
        else:
            client = smtplib.SMTP(self.host, self.port, name, timeout=seconds)
        try:
            if self.mode == 'starttls':
                client.starttls(context=self._context())
            user = self.about.text('username')
            if user:
                client.login(user, self.about.secret())
        except BaseException:
            client.close()
            raise
        return client

    def _context(self) -> SSLContext:
        return context_of(self.about.get('needs_tls_verify') is not False, self.about.text('ca_certs_path'))

    def greet(self, client: smtplib.SMTP, attempt: Attempt) -> str:
        """Says hello, and does nothing."""
        client.ehlo_or_helo_if_needed()
        client.noop()
        greeting = (client.ehlo_resp or client.helo_resp or b'').decode('ascii', 'replace')
        product = printable(next(iter(greeting.splitlines()), ''), 60)
        attempt.facts.update(product=product, **tls.facts_of(client.sock))
        return f'SMTP {product}'.strip()

    def close(self, client: smtplib.SMTP) -> None:
        """Says goodbye."""
        client.quit()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells what the server answered."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return 'client-login', {}
        if isinstance(error, smtplib.SMTPNotSupportedError):
            if 'STARTTLS' in str(error):
                return 'client-tls-none', {}
            return 'client-refused', {'reason': 'it takes no logins'}
        if isinstance(error, smtplib.SMTPResponseException):
            if error.smtp_code < 0:
                return 'client-protocol', {}
            said = error.smtp_error
            text = said.decode('utf-8', 'replace') if isinstance(said, bytes) else str(said)
            return 'client-refused', {'reason': printable(f'{error.smtp_code} {text}')}
        if isinstance(error, smtplib.SMTPServerDisconnected) and not isinstance(error.__context__, OSError):
            return 'reset', {}
        return '', {}


class Smtp(Conn):
    """`self.email.smtp.get('Mail')`: sends messages."""

    called = 'self.email.smtp[…].conn'

    def send(self, msg: Any, from_: str | None = None, cid: str = '') -> bool:
        """Sends a message, and tells whether the server took it for all receivers. What went wrong is in the log."""
        connection = self._connection
        attempt = Attempt(connection.timeout)
        try:
            message, receivers = message_of(msg, from_ or msg.from_ or connection.peer.about.text('from_address'))
            with connection.opened(attempt) as client:
                refused = client.send_message(message, to_addrs=receivers)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except (ValueError, TypeError, LookupError) as error:
            log.error("outgoing SMTP '%s': the message can't be sent: %s", self.name, printable(str(error)))
            return False
        # As in a ping.
        except Exception as error:
            log.error("outgoing SMTP '%s': %s", self.name, connection.failed(error, attempt).sentence)
            return False
        for address in refused:
            log.error("outgoing SMTP '%s': receiver %s was refused", self.name, printable(str(address)))
        return not refused


def message_of(msg: Any, sender: str) -> tuple[EmailMessage, list[str]]:
    """Returns what a message of a service is in MIME, and its receivers. Raises ValueError for what can't be sent."""
    message = EmailMessage()
    to, cc, bcc = (_addresses(one) for one in (msg.to, msg.cc, msg.bcc))
    if not sender or not (to or cc or bcc):
        raise ValueError('it has no sender or no receiver')
    headers = {'From': sender, 'To': ', '.join(to), 'Cc': ', '.join(cc), 'Subject': msg.subject or ''}
    for name, value in {**headers, **dict(msg.headers or {})}.items():
        if value:
            message[name] = str(value)
    for name, make in (('Date', partial(formatdate, localtime=True)), ('Message-ID', make_msgid)):
        if name not in message:
            message[name] = make()
    charset = 'utf-8' if msg.charset in ('', None, 'utf8') else msg.charset
    message.set_content(msg.body or '', subtype='html' if msg.is_html else 'plain', charset=charset)
    for part in msg.attachments or ():
        _attach(message, part)
    return message, [*to, *cc, *bcc]


def _addresses(given: Any) -> list[str]:
    if isinstance(given, str):
        given = given.split(',')
    return [str(one).strip() for one in given or () if str(one).strip()]


def _attach(message: EmailMessage, part: Mapping[str, Any]) -> None:
    contents, name = part['contents'], str(part['name'])
    if isinstance(contents, str):
        contents = contents.encode()
    main, _, sub = (guess_type(name)[0] or 'application/octet-stream').partition('/')
    message.add_attachment(contents, maintype=main, subtype=sub, filename=name)
