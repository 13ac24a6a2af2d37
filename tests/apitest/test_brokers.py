"""Messages in features, by a real RabbitMQ: what comes is found, what was there stays, what was made is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.broker import BROKER, vhost

START = 'from zatools.cli.apitest import main; main()'


@pytest.fixture
def address(worker_id: str) -> Iterator[str]:
    """The address of a virtual host of the test's own."""
    with vhost(f'-apitest-{worker_id}') as name:
        yield f'amqp://guest:guest@{BROKER}/{name}'


class Peer:
    """Another client of the broker."""

    def __init__(self, address: str) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(address))
        self.channel = self.connection.channel()

    def publish(self, queue: str, text: str, **properties: Any) -> None:
        self.channel.basic_publish('', queue, text.encode(), pika.BasicProperties(**properties))

    def has(self, queue: str) -> bool:
        channel = self.connection.channel()
        try:
            channel.queue_declare(queue, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True

    def take_all(self, queue: str) -> list[str]:
        rows = []
        while True:
            method, _, body = self.channel.basic_get(queue, auto_ack=True)
            if method is None:
                return rows
            rows.append(body.decode())


@pytest.fixture
def peer(address: str) -> Iterator[Peer]:
    client = Peer(address)
    yield client
    client.connection.close()


def test_messages_are_published_and_found(address: str, peer: Peer, tmp_path: Path) -> None:
    peer.channel.exchange_declare('shop', 'topic')
    text = scenario(
        f'queue "audit" of "{address}" bound to exchange "shop" with routing key "order.*"',
        'Then queue "audit" has no message for "0.2s"',
        'When message "{"user": "my.user", "n": 2}" is published to exchange "shop" with routing key "order.new"',
        'When message "hello" is put into queue "audit"',
        'Then within "60s" queue "audit" has "2" messages',
        'Then queue "audit" has a message',
        'Then queue "audit" has a message with path "/user" is "my.user"',
        'Then queue "audit" has a message with text "ell"',
        'Then queue "audit" has a message with\n      | /n | 2 |\n      | routing key | order.new |\n'
        '      | content type | application/json |',
        'Then I store message of queue "audit" under "last"',
        'Then variable "#last" is a string "hello"',
    )
    assert said(play(tmp_path, feature(text))) == []
    assert not peer.has('audit')


def test_headers_and_properties_are_found(address: str, peer: Peer, tmp_path: Path) -> None:
    peer.channel.queue_declare('audit')
    text = scenario(
        f'queue "audit" of "{address}"',
        'Then within "60s" queue "audit" has a message with\n      | header kind | a |\n      | header n | 7 |\n'
        '      | correlation id | c-1 |\n      | text | hi |',
    )

    def send() -> None:
        other = Peer(address)
        time.sleep(0.3)
        other.publish('audit', 'hi', headers={'kind': 'a', 'n': 7}, correlation_id='c-1')
        other.connection.close()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        assert said(play(tmp_path, feature(text))) == []
    finally:
        thread.join()


def test_a_queue_that_was_there_is_given_back_as_it_was(address: str, peer: Peer, tmp_path: Path) -> None:
    peer.channel.queue_declare('work')
    peer.channel.exchange_declare('shop', 'direct')
    peer.publish('work', 'before')
    text = scenario(
        f'queue "work" of "{address}" bound to exchange "shop" with routing key "a"',
        'Then queue "work" has "0" messages',
        'When message "during" is published to exchange "shop" with routing key "a"',
        'Then within "60s" queue "work" has "1" messages',
    )
    assert said(play(tmp_path, feature(text))) == []
    peer.channel.basic_publish('shop', 'a', b'nobody is bound any more')
    assert sorted(peer.take_all('work')) == ['before', 'during']


def test_what_is_wrong_is_told(address: str, peer: Peer, tmp_path: Path) -> None:
    peer.channel.queue_declare('audit')
    text = scenario(
        f'queue "audit" of "{address}"',
        'When message "no json" is put into queue "audit"',
        'Then within "60s" queue "audit" has a message',
        'Then queue "audit" has a message with path "/user" is "my.user"',
        'Then within "0.2s" queue "audit" has "2" messages',
        'Then queue "audit" has no message for "0.1s"',
        'Then queue "audti" has a message',
        'Then queue "audit" has a message with',
    )
    assert said(play(tmp_path, feature(text))) == [
        'expected a message with /user "my.user", got 1 message, and none of them is it'
        ' | 1  audit: no json |    it is no JSON',
        'not within 0.2 s. | expected 2 messages, got 1 message | 1  audit: no json',
        'expected no message, got 1 message | 1  audit: no json',
        "no step looks into a queue 'audti' | did you mean 'audit'?",
        'a table of two columns belongs below this step: a path, "routing key", "header …", "text" or a property'
        ' |     | /user       | my.user | |     | routing key | api     |',
    ]


@pytest.mark.parametrize(
    ('steps', 'text'),
    [
        (
            ('queue "q" of "{address}" bound to exchange "nowhere" with routing key "a"',),
            "the broker says: NOT_FOUND - no exchange 'nowhere'",
        ),
        (
            ('broker is "{address}"', 'When message "a" is published to exchange "nowhere" with routing key "a"'),
            "the broker says: NOT_FOUND - no exchange 'nowhere'",
        ),
        (
            ('queue "q" of "amqp://bob:hunter2-pw@127.0.0.1:9/"',),
            'amqp://127.0.0.1:9/ does not answer: Connection refused',
        ),
        (('queue "q" of "{other}"',), 'amqp://127.0.0.1:5672/'),
        (('queue "q" of "localhost"',), 'this is no address of a broker'),
        (('When message "a" is put into queue "q"',), 'no step has named a broker'),
    ],
)
def test_a_broker_that_refuses_is_told(steps: tuple[str, ...], text: str, address: str, tmp_path: Path) -> None:
    other = address.replace('guest:guest', 'guest:hunter2-pw')
    rows = [step.replace('{address}', address).replace('{other}', other) for step in steps]
    result = play(tmp_path, feature(scenario(*rows)))
    assert said(result)[0].startswith(text)
    assert 'hunter2-pw' not in json.dumps(said(result))


def test_a_queue_is_removed_though_ctrl_c_came_before_the_broker_had_answered(
    address: str, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare = BlockingChannel.queue_declare

    def interrupted(self: BlockingChannel, name: str, passive: bool = False, **options: Any) -> Any:
        declare(self, name, passive, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(BlockingChannel, 'queue_declare', interrupted)
    play(tmp_path, feature(scenario(f'queue "mine" of "{address}"', 'Then queue "mine" has a message')))
    monkeypatch.undo()
    assert not peer.has('mine')


def test_nothing_is_left_after_ctrl_c(address: str, peer: Peer, tmp_path: Path) -> None:
    path = tmp_path / 'features' / 'a.feature'
    path.parent.mkdir()
    path.write_text(feature(scenario(f'queue "mine" of "{address}"', 'Then within "2m" queue "mine" has a message')))
    command = [sys.executable, '-c', START, 'run', str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=dict(os.environ))
    try:
        end = time.monotonic() + 120
        while not peer.has('mine'):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130
    finally:
        process.kill()
        process.communicate()
    assert not peer.has('mine')
