"""A server with a debugger: a breakpoint stops."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

from tests.server.running import UP, WAIT, environment, write

FILES = {
    'services/a.py': """
from zato.server.service import Service


class Stops(Service):
    name = 'stops'

    def handle(self):
        found = 41
        if self.request.payload:
            breakpoint()
        self.response.payload = {'found': found}
""",
    'd.yaml': 'channel_rest:\n  - {name: stops, service: stops, url_path: /stops, data_format: json}\n',
}


class Terminal:
    """What a terminal shows, and its keys."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._screen, side = pty.openpty()
        command = [sys.executable, '-m', 'zatools', *words]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdin=side, stdout=side, stderr=side, start_new_session=True
        )
        os.close(side)
        self.text = ''

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + WAIT
        while text not in self.text:
            assert time.monotonic() < end, self.text
            if select.select([self._screen], [], [], 0.1)[0]:
                self.text += os.read(self._screen, 4096).decode(errors='replace')

    def type(self, line: str) -> None:
        os.write(self._screen, f'{line}\n'.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(20)
        os.close(self._screen)


def test_a_breakpoint_in_a_service_stops_in_the_terminal_of_the_server(tmp_path: Path) -> None:
    terminal = Terminal(write(tmp_path, FILES), 'server', '.', '--file', 'd.yaml', '--port', '0')
    answers = []

    def call() -> None:
        with requests.Session() as session:
            session.trust_env = False
            answers.append(session.post(f'{url}/stops', json={'stop': 1}, timeout=WAIT).json())

    try:
        terminal.wait_for('Ctrl-C stops it')
        found = UP.search(terminal.text)
        assert found
        url = found[1]
        caller = threading.Thread(target=call)
        caller.start()
        terminal.wait_for('(Pdb) ')
        terminal.type('p found + 1000')
        terminal.wait_for('1041')
        terminal.type('found = 7')
        terminal.type('c')
        caller.join(WAIT)
        assert answers == [{'found': 7}]
    finally:
        terminal.close()
