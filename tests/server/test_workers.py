"""Several processes at one port: all answer, one has the queues, and all end with the one that was started."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.peers.broker import need_broker, vhost
from tests.server.running import Local, server, until, write, zato

SERVICES = """
import os
from zato.server.service import Service


class Tell(Service):
    name = 'tell'

    def handle(self):
        self.logger.info('told by %s', os.getpid())
        given = self.request.payload or {}
        if given.get('die'):
            os._exit(3)
        made = given.get('made') or self.crypto.encrypt('clear', needs_str=True)
        self.response.payload = {'pid': os.getpid(), 'made': made, 'clear': self.crypto.decrypt(made)}
"""
DEFINITIONS = """
channel_rest:
  - {name: tell, service: tell, url_path: /tell, data_format: json}
"""
QUEUE = """
def_amqp:
  - {name: mq, host: 127.0.0.1, port: 5672, vhost: VHOST, username: guest, password: guest}
channel_amqp:
  - {name: in, def_name: mq, queue: in, service: tell, data_format: json, pool_size: 1}
"""
FILES = {'services/a.py': SERVICES, 'd.yaml': DEFINITIONS}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that ended and that nobody asked about is a zombie.
    stat = Path(f'/proc/{pid}/stat')
    return not stat.exists() or stat.read_text().rpartition(')')[2].split()[0] != 'Z'


def pids(local: Local, count: int = 2) -> set[int]:
    """Calls until as many workers have answered."""
    found: set[int] = set()

    def all_answer() -> bool:
        found.add(local.call('/tell', user='').json()['pid'])
        return len(found) >= count

    until(all_answer, lambda: f'{found}: {local.log}')
    return found


def test_all_workers_answer_and_what_one_encrypts_the_other_decrypts(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', '--workers', '2') as local:
        assert local.process.pid not in pids(local)
        made = local.call('/tell', user='').json()['made']
        answers: list[dict[str, Any]] = []

        def both_answered() -> bool:
            answers.append(local.call('/tell', user='', json={'made': made}).json())
            return len({answer['pid'] for answer in answers}) == 2

        until(both_answered, lambda: str(answers))
        assert {answer['clear'] for answer in answers} == {'clear'}
        assert local.stop() == 0
    assert len(re.findall(r'up at .*: 1 service, 1 channel, 2 workers\.', local.log)) == 1
    assert local.lines[-1] == 'Stopped.'


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_workers_end_with_the_process_that_was_started(tmp_path: Path, number: signal.Signals) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', '--workers', '3') as local:
        known = pids(local)
        assert local.stop(number) == (0 if number != signal.SIGKILL else -9)
        until(lambda: not any(map(is_alive, known)), lambda: local.log)


def test_ctrl_c_in_the_terminal_finishes_what_runs(tmp_path: Path) -> None:
    services = SERVICES.replace('        given =', '        self.sleep(1)\n        given =')
    with server(write(tmp_path, {**FILES, 'services/a.py': services}), '--file', 'd.yaml', '--workers', '2') as local:
        with socket.create_connection(('127.0.0.1', int(local.url.rpartition(':')[2]))) as one:
            one.sendall(b'POST /tell HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
            local.wait_for('told by')
            local.process.send_signal(signal.SIGINT)
            assert one.recv(100).startswith(b'HTTP/1.1 200 OK')
        assert local.process.wait(20) == 0


def test_a_worker_that_dies_is_replaced_and_one_that_dies_early_ends_all(tmp_path: Path) -> None:
    with server(write(tmp_path, FILES), '--file', 'd.yaml', '--workers', '2') as local:
        before = pids(local)
        # Long enough for it to count as one that served.
        time.sleep(5.1)
        with pytest.raises(OSError):
            local.call('/tell', user='', json={'die': 1})
        local.wait_for('ended by itself (exit 3): another one takes its place')
        assert len(pids(local, 2) - before) == 1
        assert local.stop() == 0
    with server(tmp_path, '--file', 'd.yaml', '--workers', '2') as local:
        with pytest.raises(OSError):
            local.call('/tell', user='', json={'die': 1})
        assert local.process.wait(20) == 3


def test_files_are_told_of_once_and_read_by_all(tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, 'services/broken.py': 'import nothing_like_this\n'})
    with server(folder, '--file', 'd.yaml', '--workers', '2', '--log-file', 'log.txt') as local:
        pids(local)
        write(folder, {'services/a.py': SERVICES.replace("'clear': self", "'new': 1, 'clear': self")})
        local.wait_for('Services loaded: tell')

        def are_all_new() -> bool:
            return all('new' in local.call('/tell', user='').json() for _ in range(10))

        until(are_all_new, lambda: local.log)
        assert local.stop() == 0
    assert local.log.count('nothing_like_this') == 1
    assert local.log.count('Services loaded: tell') == 1
    # Long lines of the file have the process.
    found = set(re.findall(r' INFO - (\d+):\S+ - tell:\d+ - told by (\d+)', (folder / 'log.txt').read_text()))
    assert len(found) == 2
    assert all(logged == own for logged, own in found)


def consumers(folder: Path, name: str, *arguments: str, ask: Callable[[], int]) -> int:
    files = {**FILES, 'd.yaml': DEFINITIONS + QUEUE.replace('VHOST', name)}
    with server(write(folder, files), '--file', 'd.yaml', *arguments) as local:
        until(lambda: ask() > 0, lambda: local.log)
        pids(local, 2 if arguments else 1)
        found = ask()
        assert local.stop() == 0
    return found


def test_one_worker_alone_consumes(tmp_path: Path) -> None:
    need_broker()
    with vhost('workers') as name:
        login = pika.PlainCredentials('guest', 'guest')
        connection = pika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', 5672, name, login))
        channel: Any = connection.channel()
        channel.queue_declare('in')

        def ask() -> int:
            return int(channel.queue_declare('in', passive=True).method.consumer_count)

        alone = consumers(tmp_path, name, ask=ask)
        until(lambda: ask() == 0)
        assert consumers(tmp_path, name, '--workers', '2', ask=ask) == alone
        connection.close()


@pytest.mark.parametrize(
    ('host', 'words'), [('127.0.0.1', 'is taken'), ('no.such.host.invalid', 'there is no address')]
)
def test_a_port_or_host_that_can_not_be_listened_on_is_told_once(tmp_path: Path, host: str, words: str) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ('server', '.', '--file', 'd.yaml', '--workers', '2', '--host', host, '--port', port)
        result = zato(write(tmp_path, FILES), *arguments)
    assert (result.returncode, result.stderr.count(words)) == (2, 1), result.stderr
