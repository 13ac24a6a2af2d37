"""ZeroMQ: channels, and what services send, with sockets of pyzmq at the other end; pings."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from tests.connections.clients import pinged
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from tests.server.running import Local, server, write

SERVICES = """
from zato.server.service import Service


class Orders(Service):
    name = 'orders'

    def handle(self):
        if self.request.payload == {'id': 0}:
            raise SystemExit('a secret reason')
        self.logger.info('got %r by %s', self.request.payload, self.channel.type)
        self.out.zmq.send({'again': self.request.payload}, 'Bus')


class Nobody(Service):
    name = 'nobody'

    def handle(self):
        self.out.zmq['Bsu'].send('x')
"""


@pytest.fixture(scope='module')
def sockets() -> Iterator[tuple[Any, Any, int, int]]:
    """What gets messages of services, what publishes to a channel, and the ports of both."""
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUB) as pub:
        pull.setsockopt(zmq.RCVTIMEO, 10_000)
        for socket in (pull, pub):
            socket.setsockopt(zmq.LINGER, 0)
        yield pull, pub, pull.bind_to_random_port('tcp://127.0.0.1'), pub.bind_to_random_port('tcp://127.0.0.1')


@pytest.fixture(scope='module')
def local(sockets: tuple[Any, Any, int, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    channel = 'service: orders, data_format: json'
    definitions = f"""
channel_zmq:
  - {{name: pulls, address: 'tcp://*:0', socket_type: PULL, socket_method: bind, {channel}}}
  - {{name: news, address: 'tcp://127.0.0.1:{sockets[3]}', socket_type: SUB, socket_method: connect,
     sub_key: fr, {channel}}}
  - {{name: other, address: 'tcp://*:0', socket_type: MDP01, socket_method: bind, {channel}}}
channel_rest:
  - {{name: nobody, service: nobody, url_path: /nobody}}
outconn_zmq:
  - {{name: Bus, address: 'tcp://127.0.0.1:{sockets[2]}', socket_type: PUSH, socket_method: connect}}
"""
    folder = write(tmp_path_factory.mktemp('zmq'), {'services/a.py': SERVICES, 'd.yaml': definitions})
    with server(folder, '--file', 'd.yaml') as found:
        yield found


def test_messages_go_to_a_service_and_on(local: Local, sockets: tuple[Any, Any, int, int]) -> None:
    found = re.search(r"ZeroMQ channel 'pulls' at (tcp://127\.0\.0\.1:\d+)", local.log)
    assert found, local.log
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.connect(found[1])
        for message in ('{"id": 0}', 'no json', '{"id": 1}'):
            push.send_string(message)
        assert sockets[0].recv_json() == {'again': {'id': 1}}
    assert "got {'id': 1} by zmq" in local.log
    assert "ZeroMQ channel 'pulls': the message is no valid JSON at 1:1, the message is lost" in local.log
    assert "ZeroMQ channel 'pulls': service 'orders' failed" in local.log


def test_a_channel_subscribes_by_its_key(local: Local, sockets: tuple[Any, Any, int, int]) -> None:
    pull, pub = sockets[:2]
    pull.setsockopt(zmq.RCVTIMEO, 100)
    end = time.monotonic() + 10
    answer = None
    # Who subscribes gets what is published after that.
    while answer is None and time.monotonic() < end:
        pub.send_multipart([b'de', b'no'])
        pub.send_multipart([b'fr', b'"yes"'])
        if pull.poll(100):
            answer = pull.recv_json()
    assert answer == {'again': 'yes'}
    assert "got b'no'" not in local.log


def test_what_can_not_be_is_told(local: Local) -> None:
    assert 'is not open: of sockets PULL and SUB run here, MDP01 does not' in local.log
    assert "no outgoing ZMQ connection 'Bsu'; did you mean 'Bus'?" in local.call('/nobody', user='').text


def test_a_ping_shakes_hands() -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        port = pull.bind_to_random_port('tcp://127.0.0.1')
        there = {'address': f'tcp://127.0.0.1:{port}', 'socket_type': 'PUSH', 'socket_method': 'connect'}
        assert pinged('outconn_zmq', **there).text.startswith('ZeroMQ, ')
    assert pinged('outconn_zmq', **{**there, 'address': f'tcp://127.0.0.1:{free_port()}'}).failure == 'refused'
    assert pinged('outconn_zmq', **{**there, 'address': 'nowhere'}).failure == 'client-setting'
    assert pinged('outconn_zmq', **{**there, 'socket_method': 'bind'}).text.startswith('it waits for others')
    with listening(deaf) as where:
        pong = pinged('outconn_zmq', seconds=1, **{**there, 'address': f'tcp://{where}'})
        assert (pong.failure, (pong.took or 9) < 2) == ('read-timeout', True)
    with listening(lambda sock: sock.sendall(b'220 mail.example.com ESMTP ready\r\n' * 9)) as where:
        assert pinged('outconn_zmq', seconds=2, **{**there, 'address': f'tcp://{where}'}).failure == 'client-protocol'
