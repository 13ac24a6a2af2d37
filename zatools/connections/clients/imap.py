"""IMAP: a login for pings, and the messages of a mailbox for services."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from io import BytesIO
from typing import Any

from zatools.connections import tls
from zatools.connections.clients import peer
from zatools.connections.clients.peer import ClientConnection, Conn, RefusedError, context_of
from zatools.connections.pong import Attempt, printable

UID = re.compile(r'\d{1,10}')


@dataclass(frozen=True)
class Peer(peer.Peer):
    """A server with mailboxes."""

    word = 'IMAP'
    blamed = {'client-tls-none': 'mode'}

    def reason_to_skip(self) -> str:
        """Names the sort of servers that is asked in other ways."""
        if '365' in self.about.text('server_type'):
            return 'pings and services know no Microsoft 365'
        return ''

    def open(self, seconds: float) -> imaplib.IMAP4:
        """Connects and logs in. Raises OSError, IMAP4.error, RefusedError."""
        if self.about.text('mode') == 'ssl':
            client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                self.host, self.port, ssl_context=context_of(True), timeout=seconds
            )
        else:
            client = imaplib.IMAP4(self.host, self.port, seconds)
        try:
            self._log_in(client)
        except BaseException:
            client.shutdown()
            raise
        return client

    def _log_in(self, client: imaplib.IMAP4) -> None:
        try:
            client.login(self.about.text('username'), self.about.secret())
        except client.abort:
            raise
        except client.error as error:
            said = printable(
                str(
                    error.args[0].decode('utf-8', 'replace')
                    if error.args and isinstance(error.args[0], bytes)
                    else error
                )
            )
            if 'PRIVACYREQUIRED' in said or 'disallowed' in said or 'LOGINDISABLED' in said:
                raise RefusedError('client-refused', reason=said) from None
            raise RefusedError('client-login') from None

    def greet(self, client: imaplib.IMAP4, attempt: Attempt) -> str:
        """Does nothing; the server has said who it is."""
        client.noop()
        product = printable(_said(client.welcome.decode('utf-8', 'replace')), 60)
        attempt.facts.update(product=product, **tls.facts_of(client.sock))
        return f'IMAP {product}'.strip()

    def close(self, client: imaplib.IMAP4) -> None:
        """Says goodbye."""
        client.logout()

    def explain(self, error: Exception) -> tuple[str, dict[str, str]]:
        """Tells an answer that is none of IMAP's from a connection that was closed."""
        if not isinstance(error, imaplib.IMAP4.error):
            return '', {}
        said = str(error)
        if 'EOF' in said or 'closed' in said:
            return 'reset', {}
        if 'unexpected response' in said or isinstance(error, imaplib.IMAP4.abort) or said.startswith(("b'", 'None')):
            return 'client-protocol', {}
        return 'client-refused', {'reason': printable(said)}


def _said(greeting: str) -> str:
    # A greeting is `* OK`, then maybe capabilities in brackets, then what the server says of itself.
    words = greeting.partition('OK ')[2] or greeting
    if words.startswith('['):
        words = words.partition(']')[2]
    return words.strip()


class Imap(Conn):
    """`self.email.imap.get('Inbox').conn`: the messages that the criteria of the definition find."""

    called = 'self.email.imap[…].conn'

    def get(self, folder: str = 'INBOX') -> Iterator[tuple[str, Message]]:
        """Yields ids and messages, which stay unseen until they are marked. Raises the errors of imaplib."""
        with self._opened(folder) as client:
            criteria = self._connection.peer.about.text('get_criteria').strip()
            if criteria in ('', '{}'):
                criteria = 'ALL'
            if not criteria.isprintable():
                raise ValueError('get_criteria has characters that IMAP lacks')
            _, found = client.uid('SEARCH', criteria)
            for uid in (found[0] or b'').decode('ascii', 'replace').split():
                _, parts = client.uid('FETCH', uid, '(BODY.PEEK[])')
                raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
                if raw is not None:
                    yield uid, Message(self, folder, uid, data_of(raw))

    def _opened(self, folder: str) -> Any:
        return _Folder(self._connection, folder)

    def _flagged(self, folder: str, uids: tuple[Any, ...], flag: str) -> None:
        wanted = [str(uid) for uid in uids]
        if wrong := next((uid for uid in wanted if not UID.fullmatch(uid)), ''):
            raise ValueError(f'{printable(wrong)!r} is no id of a message')
        if not wanted:
            return
        with self._opened(folder) as client:
            client.uid('STORE', ','.join(wanted), '+FLAGS', f'(\\{flag})')
            if flag == 'Deleted':
                client.expunge()

    def delete(self, *uids: Any, folder: str = 'INBOX') -> None:
        """Deletes messages. Raises the errors of imaplib."""
        self._flagged(folder, uids, 'Deleted')

    def mark_seen(self, *uids: Any, folder: str = 'INBOX') -> None:
        """Marks messages as seen. Raises the errors of imaplib."""
        self._flagged(folder, uids, 'Seen')


class _Folder:
    # An open folder, for a `with` block.

    def __init__(self, connection: ClientConnection, folder: str) -> None:
        self._connection, self._folder = connection, folder

    def __enter__(self) -> imaplib.IMAP4:
        if not self._folder.isprintable():
            raise ValueError('the name of a folder has no such characters')
        client: imaplib.IMAP4 = self._connection.peer.open(self._connection.timeout)
        self._client = client
        name = self._folder.replace('\\', '\\\\').replace('"', '\\"')
        answer, said = self._client.select(f'"{name}"')
        if answer != 'OK':
            self._connection.peer.close(self._client)
            raise ConnectionError(f"folder '{printable(self._folder)}': {printable(str(said))}")
        return client

    def __exit__(self, *_: object) -> None:
        self._connection.peer.close(self._client)


@dataclass(frozen=True)
class Data:
    """What a message says; addresses are dicts of `name` and `email`, files have `filename` and `content`."""

    subject: str
    sent_from: list[dict[str, str]]
    sent_to: list[dict[str, str]]
    cc: list[dict[str, str]]
    date: str
    message_id: str
    body: dict[str, list[str]]
    attachments: list[dict[str, Any]]
    headers: list[dict[str, str]]


@dataclass(frozen=True)
class Message:
    """One message of a mailbox."""

    _conn: Imap
    _folder: str
    uid: str
    data: Data

    def mark_seen(self) -> None:
        """Marks it as seen."""
        self._conn.mark_seen(self.uid, folder=self._folder)

    def delete(self) -> None:
        """Deletes it."""
        self._conn.delete(self.uid, folder=self._folder)


def data_of(raw: bytes) -> Data:
    """Returns what a message says."""
    message: EmailMessage = message_from_bytes(raw, policy=policy.default)
    body: dict[str, list[str]] = {'plain': [], 'html': []}
    files: list[dict[str, Any]] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True) or b''
        assert isinstance(content, bytes)
        name, sort = part.get_filename(), part.get_content_subtype()
        if name or part.get_content_maintype() != 'text' or sort not in body:
            about = {'content-type': part.get_content_type(), 'size': len(content), 'filename': name}
            files.append({**about, 'content': BytesIO(content)})
        else:
            body[sort].append(_text(part, content))
    texts = {name: str(message.get(name, '')) for name in ('Subject', 'Date', 'Message-ID')}
    return Data(
        subject=texts['Subject'],
        sent_from=_who(message, 'From'),
        sent_to=_who(message, 'To'),
        cc=_who(message, 'Cc'),
        date=texts['Date'],
        message_id=texts['Message-ID'],
        body=body,
        attachments=files,
        headers=[{'Name': name, 'Value': str(value)} for name, value in message.items()],
    )


def _text(part: Any, content: bytes) -> str:
    try:
        return content.decode(part.get_content_charset() or 'utf-8', 'replace')
    except LookupError:
        return content.decode('utf-8', 'replace')


def _who(message: EmailMessage, name: str) -> list[dict[str, str]]:
    return [
        {'name': shown, 'email': address}
        for shown, address in getaddresses([str(one) for one in message.get_all(name, [])])
    ]
