"""HL7 MLLP channels of both generations, with python-hl7's client, and with senders that do what they shouldn't."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hl7.client import MLLPClient

from tests.connections.clients import item
from tests.server.running import Local, server, write
from zatools.connections.clients import client_of
from zatools.connections.clients.mllp import Mllp
from zatools.connections.frames import FrameError
from zatools.kinds.hl7 import CHANNEL
from zatools.server.channels.hl7 import Seen, channel_of, decoded, header_of
from zatools.server.channels.mllp import frames_of
from zatools.state import Item

SERVICES = """
import time
from zato.server.service import Service


class Admit(Service):
    name = 'admit'

    def handle(self):
        message = self.request.payload
        if isinstance(message, str):
            self.response.payload = 'MSH|^~\\\\&|TEXT\\r' if message.startswith('MSH') else f'batch of {len(message)}'
            return
        name = message.pid.patient_name.family_name.value
        self.logger.info('admits %s by %s', name, self.channel.type)
        if name == 'Fail':
            raise SystemExit('a secret reason')
        if name == 'Slow':
            time.sleep(1)
        if name == 'Ünal':
            self.response.payload = 'MSH|^~\\\\&|OWN|ANSWER\\rMSA|AA|7\\r'
"""
OLDER = """
channel_mllp_32:
  - {name: older, address: '0.0.0.0:0', service: admit, should_validate: false, max_msg_size: 20000}
  - {name: strict, address: '127.0.0.2:0', service: admit}
  - {name: taken, address: '127.0.0.2:0', service: admit}
  - {name: wrong, address: nowhere, service: admit}
  - {name: lost, address: 'localhost:0', service: gone, should_validate: false}
"""
NEWER = """
channel_mllp:
  - {name: all, service: admit, is_default: true, idle_timeout: 1}
  - {name: text, service: admit, msh3_sending_app: labs, should_parse_on_input: false, dedup_ttl_value: 1}
  - {name: strict, service: admit, msh9_message_type: ADT, msh9_trigger_event: A08, should_validate: true}
  - {name: far, service: admit, msh3_sending_app: far, allowed_networks: 10.0.0.0/8, should_return_errors: true}
  - {name: told, service: admit, msh3_sending_app: told, should_return_errors: true}
"""


def message(name: str = 'Doe', app: str = 'SHOP', trigger: str = 'A01', number: str = '7') -> str:
    first = f'MSH|^~\\&|{app}|MAIN|WARD|EAST|20260101120000||ADT^{trigger}^ADT_{trigger}|{number}|P|2.5'
    return f'{first}\rEVN|{trigger}|20260101120000\rPID|1||123^^^H||{name}^J\rPV1|1|I\r'


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': OLDER}
    with server(write(tmp_path_factory.mktemp('older'), files), '--file', 'd.yaml') as running:
        yield running


@pytest.fixture(scope='module')
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': NEWER}
    folder = write(tmp_path_factory.mktemp('newer'), files)
    with server(folder, '--file', 'd.yaml', environ={'ZATO_MLLP_PORT': '0'}) as running:
        yield running


def place(local: Local, name: str) -> tuple[str, int]:
    found = re.search(rf"MLLP channel '{name}' at ([\w.]+):(\d+)", local.log)
    assert found, local.log
    return found[1], int(found[2])


def sent(local: Local, name: str, text: str) -> str:
    with MLLPClient(*place(local, name)) as client:
        client.socket.settimeout(10)
        return str(client.send_message(text).decode()).strip('\x0b\x1c\r')


def raw(local: Local, name: str, *parts: bytes) -> bytes:
    with socket.create_connection(place(local, name), 10) as one:
        for part in parts:
            one.sendall(part)
        found = b''
        while data := one.recv(65536):
            found += data
            if data.endswith(b'\x1c\r'):
                break
        return found


def test_3_2_sends_what_the_service_gives_and_nothing_where_it_fails(older: Local) -> None:
    assert sent(older, 'older', message('Ünal')) == 'MSH|^~\\&|OWN|ANSWER\rMSA|AA|7'
    older.wait_for('admits Ünal by hl7-mllp')
    assert raw(older, 'older', b'\x0b', message('Fail').encode(), b'\x1c\r') == b'\x0b\x1c\r'
    older.wait_for("MLLP channel 'older': service 'admit' failed")
    assert raw(older, 'lost', b'\x0b', message().encode(), b'\x1c\r') == b'\x0b\x1c\r'
    # It lacks what the standard wants, and strict looks at that.
    assert raw(older, 'strict', b'\x0b', message().replace('PV1|1|I\r', '').encode(), b'\x1c\r') == b'\x0b\x1c\r'
    older.wait_for("MLLP channel 'strict': a message can not be read: ")


def test_3_2_names_what_it_can_not_open(older: Local) -> None:
    assert "channel_mllp_32 'wrong' is not open: 'nowhere' is no address such as 127.0.0.1:30901" in older.log
    assert "channel_mllp_32 'lost': no service 'gone'" in older.log
    assert "MLLP channel 'taken' gets nothing: 'strict' has its address" in older.log
    assert 'not served here' not in older.log


def test_4_1_acknowledges(newer: Local) -> None:
    answer = sent(newer, 'all', message())
    assert re.fullmatch(r'MSH\|\^~\\&\|WARD\|EAST\|SHOP\|MAIN\|\d{14}\|\|ACK\^A01\|\w+\|P\|2.5\rMSA\|AA\|7', answer)
    assert sent(newer, 'all', message('Ünal')) == 'MSH|^~\\&|OWN|ANSWER\rMSA|AA|7'
    failed = sent(newer, 'all', message('Fail'))
    assert 'MSA|AE|7\rERR||||E|||||Internal processing error' in failed
    assert 'SystemExit: a secret reason' in sent(newer, 'all', message('Fail', 'told'))
    assert 'MSA|AE|7' in sent(newer, 'all', message(trigger='A08').replace('PV1|1|I\r', ''))


def test_connections_of_services_get_the_answers(newer: Local) -> None:
    host, port = place(newer, 'all')
    ward = Mllp(client_of(item('outgoing_mllp', '4.1', address=f'{host}:{port}'), '4.1'))
    assert 'MSA|AA|7' in ward.send(message())
    assert 'MSA|AE|7' in ward.send(message('Fail'))


def test_4_1_routes_by_the_first_segment(newer: Local) -> None:
    assert sent(newer, 'all', message(app='LABS')) == 'MSH|^~\\&|TEXT'
    # Whoever may not use a channel gets to the default one.
    assert 'MSA|AA|7' in sent(newer, 'all', message(app='far'))
    assert sent(newer, 'all', 'BHS|^~\\&|A\r' + message()).endswith('MSA|AA|')
    newer.wait_for("MLLP channel 'strict' at 127.0.0.1:")


@pytest.mark.parametrize('text', ['no message', 'MSH', 'MSH|^~', ''])
def test_what_is_no_message_is_rejected(newer: Local, text: str) -> None:
    assert 'MSA|AR|\rERR||||E|||||No channel takes the message' in sent(newer, 'all', text)


def test_bytes_that_are_no_frame_end_the_connection(older: Local, newer: Local) -> None:
    assert raw(older, 'older', b'GET / HTTP/1.1\r\n\r\n') == b''
    older.wait_for('a client is cut off, a frame begins with 47, not with 0b')
    assert raw(older, 'older', b'\x0b' + b'x' * 20_100) == b''
    older.wait_for('a client is cut off, a message has more than 20000 bytes')
    # Two messages at once have two answers, and one that comes letter by letter has one.
    frame = b'\x0b' + message().encode() + b'\x1c\r'
    with socket.create_connection(place(newer, 'all'), 10) as one:
        one.sendall(frame * 2)
        for letter in frame:
            one.sendall(bytes([letter]))
        found = b''
        while found.count(b'\x1c\r') < 3:
            found += one.recv(65536)
        assert found.count(b'MSA|AA|7') == 3
        half = socket.create_connection(place(newer, 'all'), 10)
        half.sendall(b'\x0bMSH|')
        half.close()
        # Whoever says nothing is cut off.
        assert one.recv(1) == b''
    newer.wait_for('a client is cut off, it sent nothing for too long')
    assert 'MSA|AA|7' in sent(newer, 'all', message())


def test_a_stop_lets_a_message_have_its_answer(tmp_path: Path) -> None:
    folder = write(tmp_path, {'services/a.py': SERVICES, 'd.yaml': NEWER})
    with server(folder, '--file', 'd.yaml', environ={'ZATO_MLLP_PORT': '0'}) as local:
        answers: list[str] = []
        idle = socket.create_connection(place(local, 'all'), 10)
        thread = threading.Thread(target=lambda: answers.append(sent(local, 'all', message('Slow'))))
        thread.start()
        local.wait_for('admits Slow')
        assert local.stop(signal.SIGTERM) == 0
        thread.join(10)
        idle.close()
        assert 'MSA|AA|7' in answers[0]


def test_frames_are_those_of_the_definition() -> None:
    frames = frames_of({'start_seq': '02 03', 'end_seq': '04', 'max_msg_size': 1, 'max_msg_size_unit': 'kb'}, False)
    assert list(frames.taken(b'\x02')) == []
    assert frames.is_begun
    assert list(frames.taken(b'\x03a\x04\x02\x03b\x04')) == [b'a', b'b']
    assert frames.framed('ä'.encode()) == b'\x02\x03\xc3\xa4\x04'
    with pytest.raises(FrameError, match='a message has 04 in it, which is the end of a frame'):
        frames.framed(b'a\x04\x02\x03b')
    with pytest.raises(FrameError, match='more than 1024 bytes'):
        list(frames.taken(b'\x02\x03' + b'x' * 1025 + b'\x04'))


def test_encodings_and_messages_that_come_again() -> None:
    data = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||8859/1\rPID|Ünal\r'.encode('latin-1')
    assert 'Ünal' in decoded(data, {})
    with pytest.raises(ValueError, match="no encoding 'klingon'"):
        decoded(b'x', {'data_encoding': 'klingon'})
    header = header_of(message(app='A'))
    assert header
    seen = Seen({'dedup_ttl_value': 1})
    seen.add(header, 'answer')
    assert seen.answer(header) == 'answer'
    assert Seen({}).answer(header) == ''
    wider, closer = (Item(CHANNEL, {'name': name, 'service': 's'}, {}) for name in 'ab')
    closer.values['msh4_sending_facility'] = 'main'
    assert channel_of([wider, closer], header, '127.0.0.1') is closer
    assert channel_of([Item(CHANNEL, {'name': 'a', 'allowed_networks': 'x'}, {})], header, '127.0.0.1') is None
