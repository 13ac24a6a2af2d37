"""SMTP and IMAP: pings, and what services send and read, against real servers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.mail import USER, imap, put, smtp
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from zatools.connections.clients import client_of
from zatools.connections.clients.imap import Imap
from zatools.connections.clients.smtp import Smtp
from zatools.connections.pong import Verdict
from zatools.server.api.mail import SMTPMessage

LOGIN = {'username': USER, 'password': PASSWORD}
MODES = ('plain', 'ssl', 'starttls')


@pytest.mark.usefixtures('trusted')
@pytest.mark.parametrize('mode', MODES)
def test_a_ping_of_smtp_logs_in(mode: str) -> None:
    with smtp(mode) as (port, taken):
        pong = pinged('email_smtp', host='127.0.0.1', port=port, mode=mode, **LOGIN)
        assert (pong.verdict, taken.envelopes) == (Verdict.OK, [])
        assert pong.text.startswith('SMTP ')
        assert ('certificate' in pong.text) is (mode != 'plain')


def test_what_smtp_refuses_is_named() -> None:
    with smtp() as (port, _):
        where = f'127.0.0.1:{port}'
        wrong = pinged('email_smtp', host='127.0.0.1', port=port, username=USER, password='wrong')
        assert (wrong.failure, wrong.text) == ('client-login', f"{where} refused user '{USER}'")
        assert wrong.hint == "is the password of 'Shop' right?"
        plain = pinged('email_smtp', host='127.0.0.1', port=port, mode='starttls', **LOGIN)
        assert (plain.failure, plain.hint) == ('client-tls-none', 'have it set up there, or is mode right?')
        assert pinged('email_smtp', host='127.0.0.1', port=port, mode='ssl', **LOGIN).failure == 'client-tls-none'
    with smtp(has_login=False) as (port, _):
        none = pinged('email_smtp', host='127.0.0.1', port=port, **LOGIN)
        assert none.failure == 'client-refused'
        assert pinged('email_smtp', host='127.0.0.1', port=port).verdict is Verdict.OK


@pytest.mark.parametrize('mode', ['ssl', 'starttls'])
def test_a_certificate_of_smtp_is_verified_unless_41_says_no(mode: str) -> None:
    with smtp(mode) as (port, _):
        values = {'host': '127.0.0.1', 'port': port, 'mode': mode, **LOGIN}
        assert pinged('email_smtp', '4.1', **values).failure == 'tls-ca'
        assert pinged('email_smtp', '4.1', needs_tls_verify=False, **values).verdict is Verdict.OK


@pytest.mark.parametrize('section', ['email_smtp', 'email_imap'])
def test_nobody_and_others_are_told_as_in_other_pings(section: str) -> None:
    port = free_port()
    values = {'mode': 'plain', **LOGIN}
    assert pinged(section, host='127.0.0.1', port=port, **values).failure == 'refused'
    with listening(deaf) as where:
        number = int(where.rpartition(':')[2])
        pong = pinged(section, host='127.0.0.1', port=number, seconds=1, **values)
        assert (pong.failure, (pong.took or 9) < 2) == ('read-timeout', True)
    with listening(lambda sock: sock.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')) as where:
        number = int(where.rpartition(':')[2])
        assert pinged(section, host='127.0.0.1', port=number, **values).failure == 'client-protocol'


@pytest.mark.parametrize('section', ['email_smtp', 'email_imap'])
def test_microsoft_365_is_skipped_by_its_name(section: str) -> None:
    pong = pinged(section, '4.1', host='x', port=1, server_type='microsoft-365')
    assert (pong.verdict, pong.text) == (Verdict.SKIPPED, 'pings and services know no Microsoft 365')


def message(**values: Any) -> SMTPMessage:
    return SMTPMessage(**{'from_': 'shop@example.com', 'to': 'ada@example.com', 'body': 'Grüße', **values})


def test_a_message_of_a_service_arrives() -> None:
    with smtp() as (port, taken):
        conn = Smtp(client_of(item('email_smtp', host='127.0.0.1', port=port, **LOGIN))).conn
        one = message(to='ada@example.com, bo@example.com', cc=['c@example.com'], bcc=['d@example.com'])
        one.subject, one.headers = 'Ihre Bestellung — ü', {'X-Order': '7'}
        one.attach('bill.pdf', b'%PDF')
        assert conn.send(one) is True
        found = taken.envelopes[0]
        assert found.rcpt_tos == ['ada@example.com', 'bo@example.com', 'c@example.com', 'd@example.com']
        text = found.content.decode()
        assert 'X-Order: 7' in text
        assert 'filename="bill.pdf"' in text
        assert 'd@example.com' not in text
        assert conn.send(message(), from_='other@example.com') is True
        assert taken.envelopes[1].mail_from == 'other@example.com'
        assert 'SMTP ' in conn.ping()


def test_a_message_that_is_not_sent_is_false_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with smtp() as (port, taken):
        conn = Smtp(client_of(item('email_smtp', host='127.0.0.1', port=port, **LOGIN)))
        assert conn.send(message(to='nobody@example.com')) is False
        assert conn.send(message(subject='a\nBcc: evil@example.com')) is False
        assert conn.send(message(to='')) is False
        assert taken.envelopes == []
    assert conn.send(message()) is False
    logged = [record.getMessage() for record in caplog.records if record.name == 'zatools.server']
    start = "outgoing SMTP 'Shop': "
    wanted = ['receiver nobody@example.com was refused', "the message can't be sent: Header values may not", '', '']
    wanted[2] = "the message can't be sent: it has no sender or no receiver"
    assert [line[: len(start + words)] for line, words in zip(logged, wanted, strict=True)] == [
        start + w for w in wanted
    ]
    assert 'nothing listens on' in logged[3]


def test_what_a_message_does_not_have_is_told() -> None:
    with pytest.raises(TypeError, match='SMTPMessage has no subjet'):
        message(subjet='x')
    one = SMTPMessage('a', 'b', 's', 'text', None, 'cc', is_html=True)
    assert (one.cc, one.is_html, one.charset) == ('cc', True, 'utf8')  # type: ignore[attr-defined]


@pytest.fixture(scope='module')
def mailbox() -> Iterator[tuple[Path, int, int]]:
    with tempfile.TemporaryDirectory(dir='/tmp') as name, imap(Path(name)) as (port, secure):
        yield Path(name), port, secure


@pytest.mark.usefixtures('trusted')
def test_a_ping_of_imap_logs_in(mailbox: tuple[Path, int, int]) -> None:
    _, port, secure = mailbox
    plain = pinged('email_imap', host='127.0.0.1', port=port, mode='plain', **LOGIN)
    assert plain.text.startswith('IMAP Dovecot ')
    assert 'certificate' in pinged('email_imap', host='127.0.0.1', port=secure, mode='ssl', **LOGIN).text


def test_what_imap_refuses_is_named(mailbox: tuple[Path, int, int]) -> None:
    _, port, secure = mailbox
    wrong = pinged('email_imap', host='127.0.0.1', port=port, mode='plain', username=USER, password='wrong')
    assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user '{USER}'")
    assert pinged('email_imap', host='127.0.0.1', port=secure, mode='ssl', **LOGIN).failure == 'tls-ca'
    assert pinged('email_imap', host='127.0.0.1', port=port, mode='ssl', **LOGIN).failure == 'client-tls-none'


def test_messages_are_read_marked_and_deleted(mailbox: tuple[Path, int, int]) -> None:
    folder, port, _ = mailbox
    put(folder, 'First', '<b>Hello</b>', b'%PDF')
    put(folder, 'Zweite ü')
    values = {'host': '127.0.0.1', 'port': port, 'mode': 'plain', **LOGIN}
    conn = Imap(client_of(item('email_imap', get_criteria='UNSEEN', **values))).conn
    found = sorted(conn.get(), key=lambda pair: pair[1].data.subject)
    assert [one.data.subject for _, one in found] == ['First', 'Zweite ü']
    data = found[0][1].data
    assert data.body == {'plain': ['Hello\r\n'], 'html': ['<b>Hello</b>\r\n']}
    assert data.sent_from == [{'name': 'Bo', 'email': 'bo@example.com'}]
    assert (data.attachments[0]['filename'], data.attachments[0]['content'].read()) == ('bill.pdf', b'%PDF')
    found[0][1].mark_seen()
    assert [one.data.subject for _, one in conn.get()] == ['Zweite ü']
    conn.delete(found[1][0])
    assert list(conn.get()) == []
    everything = Imap(client_of(item('email_imap', '4.1', **values), '4.1'))
    assert [one.data.subject for _, one in everything.get('INBOX')] == ['First']
    assert conn.ping().startswith('IMAP Dovecot')


def test_what_is_no_folder_and_no_id_is_told(mailbox: tuple[Path, int, int]) -> None:
    _, port, _ = mailbox
    conn = Imap(client_of(item('email_imap', host='127.0.0.1', port=port, mode='plain', **LOGIN)))
    with pytest.raises(ConnectionError, match="^folder 'Nowhere'"):
        list(conn.get('Nowhere'))
    with pytest.raises(ValueError, match="'1:\\*' is no id of a message"):
        conn.delete('1:*')
    with pytest.raises(ValueError, match='no such characters'):
        list(conn.get('a\r\nb'))
