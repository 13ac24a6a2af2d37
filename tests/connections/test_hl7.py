"""HL7 over MLLP as services send it, to python-hl7's server and to others; pings send no message."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.connections.clients import item, pinged
from tests.peers.mllp import mllp
from tests.peers.sockets import deaf, listening, resetting
from tests.ports import free_port
from zatools.connections.clients import client_of
from zatools.connections.clients.mllp import Mllp, Older
from zatools.connections.pong import Verdict

MESSAGE = 'MSH|^~\\&|SHOP|MAIN|WARD|EAST|20260101120000||ADT^A01|7|P|2.5\rPID|1||123^^^H||Ünal^J\r'


@pytest.fixture(scope='module')
def ward() -> Iterator[str]:
    with mllp() as port:
        yield f'127.0.0.1:{port}'


def conn(address: str, **values: Any) -> Mllp:
    return Mllp(client_of(item('outgoing_mllp', '4.1', address=address, **values), '4.1'))


def test_a_message_has_its_answer(ward: str) -> None:
    assert 'MSA|AA|7' in conn(ward).send(MESSAGE)
    assert 'MSA|AA|7' in conn(ward).send(MESSAGE.encode())
    with Older(client_of(item('outgoing_mllp', address=ward))).conn.client() as client:
        assert 'MSA|AA|7' in client.send(MESSAGE)


def test_what_would_be_two_messages_is_not_sent(ward: str) -> None:
    with pytest.raises(ValueError, match="^'Shop': a message has 1c 0d in it, which is the end of a frame"):
        conn(ward).send(f'{MESSAGE}\x1c\r\x0b{MESSAGE}')
    with pytest.raises(TypeError, match='a message is a text in ER7, not dict'):
        conn(ward).send({})


def test_a_ping_connects_and_says_nothing() -> None:
    seen: list[bytes] = []
    with listening(lambda sock: seen.append(sock.recv(100))) as where:
        pong = pinged('outgoing_mllp', address=where)
        assert (pong.verdict, pong.text.partition(',')[0]) == (Verdict.OK, 'connected')
        while not seen:
            time.sleep(0.01)
    assert seen == [b'']
    assert pinged('outgoing_mllp', address=f'127.0.0.1:{free_port()}').failure == 'refused'
    for address in ('nowhere', 'a:b', '[:1'):
        pong = pinged('outgoing_mllp', address=address)
        assert pong.sentence == f"'mllp://{address}' can't be used; as in hl7.example.com:2575: address"


def _twice(sock: socket.socket) -> None:
    sock.recv(65536)
    for part in (b'\x0bMSH|', b'first\x1c\r\x0bsec', b'ond\x1c\r'):
        sock.sendall(part)
        time.sleep(0.01)


def _told(answer: bytes) -> Callable[[socket.socket], None]:
    def serve(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(answer)
        deaf(sock)

    return serve


def _dripping(sock: socket.socket) -> None:
    sock.recv(65536)
    for part in b'\x0b' + b'x' * 40:
        sock.sendall(bytes([part]))
        time.sleep(0.1)


@pytest.mark.parametrize(
    ('serve', 'said'),
    [
        (resetting, 'closed the connection without an answer'),
        (_dripping, 'but no answer in 1.0 s; is it busy, or hanging? More time: max_wait_time'),
        (_told(b'HTTP/1.1 400 Bad Request'), 'a frame begins with 48, not with 0b'),
        (_told(b'\x0b' + b'x' * 2000), 'a message has more than 1000 bytes'),
    ],
)
def test_others_are_told(serve: Callable[[socket.socket], None], said: str) -> None:
    with listening(serve) as where, pytest.raises(ConnectionError, match="^'Shop': ") as problem:
        conn(where, max_wait_time=1, max_msg_size=1000).send(MESSAGE)
    assert said in str(problem.value)


def test_the_first_answer_counts_and_frames_are_those_of_the_definition() -> None:
    with listening(_twice) as where:
        assert conn(where).send(MESSAGE) == 'MSH|first'
    with listening(_told(b'\x02A\x03')) as where:
        assert conn(where, start_seq='02', end_seq='03').send(MESSAGE) == 'A'
        with pytest.raises(ConnectionError, match="'zz … 1c 0d' can't be used; as in 0b … 1c 0d"):
            conn(where, start_seq='zz').send(MESSAGE)


def test_messages_are_logged_where_that_is_wanted(ward: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level('INFO', 'zatools.server'):
        conn(ward).send(MESSAGE)
        assert caplog.text == ''
        conn(ward, should_log_messages=True).send(MESSAGE)
    assert "'Shop': MSH|^~\\&|SHOP" in caplog.text
    assert '\r' not in caplog.messages[0]


def test_a_connection_with_files_for_it_is_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert('127.0.0.1').configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / 'ca.pem'))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / 'other.pem'))
    with mllp(context) as port:
        values = {'address': f'127.0.0.1:{port}'}
        pong = pinged('outgoing_mllp', '4.1', **values, tls_ca_path=str(tmp_path / 'ca.pem'))
        assert (pong.verdict, pong.facts['is_verified']) == (Verdict.OK, True)
        assert 'MSA|AA|7' in conn(**values, tls_ca_path=str(tmp_path / 'ca.pem')).send(MESSAGE)
        assert pinged('outgoing_mllp', '4.1', **values, tls_ca_path=str(tmp_path / 'other.pem')).failure == 'tls-ca'
        assert pinged('outgoing_mllp', '4.1', **values, tls_ca_path='none.pem').failure == 'ca-certificate'
        # Without them it is plain, which a server of TLS does not answer.
        with pytest.raises(ConnectionError):
            conn(**values, max_wait_time=1).send(MESSAGE)
