"""`zato ping outconn`: waiting, watching, live lines, ODBs, and secrets that are nowhere."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calls import import_files
from tests.conftest import KEY, ROOT, Console, Layout
from tests.peers.sockets import deaf, listening, nobody, resetting
from tests.peers.web import Handler, address_of, http_server
from zatools.commands.ping import How, Lines, ping
from zatools.errors import Exit
from zatools.live.outgoing import Source, Wanted
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice

ALL = Wanted(is_all=True)


@pytest.fixture
def host() -> Iterator[str]:
    with http_server() as server:
        yield f'http://{address_of(server)}'


def write(folder: Path, **hosts: str) -> Source:
    rows = ['outgoing_rest:']
    for name, host in hosts.items():
        rows += [f'  - name: {name}', f'    host: {host}', '    url_path: /ok']
    path = folder / 'a.yaml'
    path.write_text('\n'.join(rows) + '\n')
    return Source(files=FileChoice((str(path),)))


def test_lines_of_a_pipe_come_in_order_as_soon_as_they_can() -> None:
    printed: list[str] = []
    lines = Lines(printed.append)
    lines.start(['a', 'b', 'c'])
    lines.update(2, 'third')
    assert printed == []
    lines.update(0, 'first')
    assert printed == ['first']
    lines.update(1, 'second')
    assert printed == ['first', 'second', 'third']


def test_waiting_ends_when_all_are_up(tmp_path: Path) -> None:
    with nobody() as address:
        port = int(address.rpartition(':')[2])
    console = Console({})
    started = time.perf_counter()

    def start_later() -> None:
        time.sleep(0.7)
        subprocess.run([sys.executable, '-c', LATER, str(port)], timeout=30, check=True, stderr=subprocess.DEVNULL)

    thread = threading.Thread(target=start_later)
    thread.start()
    source = write(tmp_path, CRM=f'http://{address}')
    assert ping(console.world, source, ALL, How(wait=30.0)) == Exit.OK
    thread.join()
    assert time.perf_counter() - started < 20
    assert 'Waiting for 1 of 1: CRM' in console.err.getvalue()
    assert console.out.getvalue().startswith('ok       CRM')


#: Answers one request, some time after it was waited for.
LATER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).handle_request()
"""


def test_waiting_ends_at_its_time_with_what_is_still_down(tmp_path: Path) -> None:
    console = Console({})
    started = time.perf_counter()
    with nobody() as address:
        assert ping(console.world, write(tmp_path, CRM=f'http://{address}'), ALL, How(wait=0.5)) == Exit.NO
    assert 0.4 < time.perf_counter() - started < 5
    assert 'FAILED   CRM' in console.out.getvalue()


def test_while_waiting_each_has_the_timeout_of_its_own_definition(tmp_path: Path) -> None:
    with listening(deaf) as address:
        source = write(tmp_path, CRM=f'http://{address}')
        path = Path(source.files.paths[0])
        path.write_text(path.read_text() + '    timeout: 1\n')
        console = Console({})
        assert ping(console.world, source, ALL, How(wait=3.0, format='json')) == Exit.NO
    took = json.loads(console.out.getvalue())['connections'][0]['took_ms']
    assert took < 2_000
    assert 'Waiting for 1 of 1: CRM' in console.err.getvalue()


def test_watching_shows_changes_until_it_is_interrupted(tmp_path: Path) -> None:
    class Flaky(Handler):
        count = 0

        def do_HEAD(self) -> None:  # noqa: N802
            type(self).count += 1
            self.reply(200 if self.count == 1 else 503)

    with http_server(None, Flaky) as server:
        source = write(tmp_path, CRM=f'http://{address_of(server)}')
        command = [sys.executable, '-m', 'zatools', 'ping', 'outconn', '--all', '--file', *source.files.paths]
        environ = {**os.environ, 'PYTHONPATH': str(ROOT)}
        with subprocess.Popen(
            [*command, '--watch', '200ms'], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stderr
            first, summary, changed = (process.stdout.readline() for _ in range(3))
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == Exit.INTERRUPTED
            talk = process.stderr.read()
    assert talk.splitlines()[-1] == 'Interrupted.'
    assert first.startswith('ok       CRM')
    assert summary.startswith('1 ok in ')
    assert 'was ok, is FAILED   CRM' in changed


class DownSecond(Handler):
    """Is up for the first request only."""

    count = 0

    def do_HEAD(self) -> None:  # noqa: N802
        type(self).count += 1
        self.reply(200 if type(self).count == 1 else 503)


def read_until(terminal: int, wanted: bytes) -> bytes:
    """Returns what a terminal shows up to a text."""
    seen, end = b'', time.monotonic() + 60
    while wanted not in seen:
        assert time.monotonic() < end, seen
        if select.select([terminal], [], [], 0.3)[0]:
            seen += os.read(terminal, 65536)
    return seen


def test_what_is_watched_fits_a_narrow_terminal(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name not in ('COLUMNS', 'LINES', 'NO_COLOR')}
    with http_server(None, DownSecond) as server:
        write(tmp_path, CRM=f'http://{address_of(server)}')
        command = [sys.executable, '-m', 'zatools', 'ping', 'outconn', '--all', '--file', 'a.yaml', '--watch', '200ms']
        environ |= {'PYTHONPATH': str(ROOT), 'TERM': 'xterm'}
        with subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdin=inside, stdout=inside, stderr=inside
        ) as process:
            shown = read_until(terminal, b'503')
            process.send_signal(signal.SIGINT)
            shown += read_until(terminal, b'Interrupted.')
            assert process.wait(60) == Exit.INTERRUPTED
    os.close(inside)
    os.close(terminal)
    lines = re.sub(r'\x1b\[[0-9;]*m', '', shown.decode()).replace('^C', '').splitlines()
    assert [line for line in lines if len(line) > 40] == []
    # Lines go on below what they say, and changes are told in full.
    assert lines[2].startswith('ok       CRM')
    assert lines[3].startswith(' ' * 9)
    assert any(re.match(r'\d\d:\d\d:\d\d was ok, is FAILED +CRM', line) for line in lines), lines


def test_the_exit_does_not_wait_for_who_hangs(tmp_path: Path) -> None:
    def trickle(connection: Any) -> None:
        connection.recv(1000)
        for _ in range(600):
            connection.sendall(b'H')
            time.sleep(0.05)

    with listening(trickle) as address:
        source = write(tmp_path, CRM=f'http://{address}')
        command = [sys.executable, '-m', 'zatools', 'ping', 'outconn', '--all', '--file', *source.files.paths]
        started = time.perf_counter()
        done = subprocess.run(
            [*command, '--timeout', '500ms'],
            env={**os.environ, 'PYTHONPATH': str(ROOT)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == Exit.NO
    assert 'the answer was not there in full after' in done.stdout
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize('count', [3, 25])
def test_a_terminal_shows_each_line_where_it_stands(count: int) -> None:
    from rich.console import Console as Terminal

    from zatools.cli.live import Live

    out = io.StringIO()
    screen = Live(Terminal(file=out, force_terminal=True, width=60, height=50, color_system='standard'))
    screen.start([f'...      c{number}' for number in range(count)])
    for number in reversed(range(count)):
        screen.update(number, f'\x1b[32mok      \x1b[0m c{number}')
    screen.stop()
    shown = out.getvalue()
    assert all(f'\x1b[32mok      \x1b[0m c{number}' in shown for number in range(count))
    assert shown.rindex(' c0') < shown.rindex(f' c{count - 1}')


def test_connections_of_an_odb_are_pinged_with_its_secrets(layout: Layout, host: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text(
        'security:\n  - name: login\n    type: basic_auth\n    username: zato\n    password: s3cret\n'
        f'outgoing_rest:\n  - name: CRM\n    host: {host}\n    url_path: /basic\n    security: login\n'
    )
    choice = OdbChoice(path=layout.path)
    assert import_files(Console(layout.environ).world, choice, [str(path)]) == Exit.OK
    console = Console(layout.environ)
    assert ping(console.world, Source(choice), Wanted(('CRM',)), How(format='json')) == Exit.OK
    assert json.loads(console.out.getvalue())['connections'][0]['status'] == 200
    assert console.err.getvalue().splitlines()[1].startswith('from this machine')
    assert 's3cret' not in console.text


def test_a_secret_without_its_key_is_a_pong(host: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text(
        'security:\n  - name: login\n    type: basic_auth\n    username: zato\n    password: s3cret\n'
        f'outgoing_rest:\n  - name: CRM\n    host: {host}\n    url_path: /basic\n    security: login\n'
    )
    choice = OdbChoice(odb=f'sqlite:///{tmp_path}/x.sqlite')
    import_files(Console({'ZATO_SECRET_KEY': KEY}).world, choice, [str(path)])
    console = Console({})
    assert ping(console.world, Source(choice), ALL, How()) == Exit.NO
    assert "the password of 'login' can't be opened: secrets of this ODB can't be read without" in console.text


def test_no_secret_is_in_any_form_of_a_report(tmp_path: Path) -> None:
    with listening(resetting) as address:
        path = tmp_path / 'a.yaml'
        path.write_text(
            'security:\n  - name: login\n    type: basic_auth\n    username: zato\n    password: s3cret\n'
            f'outgoing_rest:\n  - name: CRM\n    host: http://zato:s3cret@{address}\n'
            '    url_path: /x?api_key=s3cret\n    security: login\n'
            f'outgoing_amqp:\n  - name: MQ\n    address: amqp://zato:s3cret@{address}\n    password: s3cret\n'
        )
        for form in ('text', 'json', 'github', 'zato'):
            console = Console({})
            source = Source(files=FileChoice((str(path),)))
            junit = str(tmp_path / f'{form}.xml')
            assert ping(console.world, source, ALL, How(format=form, junit=junit)) == Exit.NO
            assert 's3cret' not in console.text + Path(junit).read_text()
            assert 'CRM' in console.text
