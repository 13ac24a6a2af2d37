"""A local server as a process of its own, as users run it, and a client for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import requests

from tests.conftest import ROOT
from tests.warmed import Process, run

UP = re.compile(r'up at (http://\S+):')
PASSWORD = 'tools-password'
WAIT = 30.0


class Local:
    """A server that is up: its URL, what it has logged, its process."""

    def __init__(self, process: subprocess.Popen[str] | Process, folder: Path) -> None:
        self.process, self.folder = process, folder
        self.lines: list[str] = []
        self.url = ''
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line.rstrip('\n'))

    @property
    def log(self) -> str:
        return '\n'.join(self.lines)

    def wait_for(self, text: str, seconds: float = WAIT) -> None:
        until(lambda: text in self.log, lambda: f'{text!r} is not in:\n{self.log}', seconds)

    def wait_up(self) -> None:
        until(lambda: bool(UP.search(self.log)) or self.process.poll() is not None, lambda: self.log)
        found = UP.search(self.log)
        assert found, self.log
        self.url = found[1]

    def call(self, path: str, method: str = 'POST', user: str = 'api:pw', **options: Any) -> requests.Response:
        session = requests.Session()
        session.trust_env = False
        auth = tuple(user.split(':')) if user else None
        with session:
            return session.request(method, self.url + path, auth=auth, timeout=WAIT, **options)  # type: ignore[arg-type]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def close(self) -> None:
        self._reader.join(5)
        assert self.process.stderr
        self.process.stderr.close()


def until(is_so: Callable[[], bool], why: Callable[[], str] = lambda: '', seconds: float = WAIT) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, why()
        time.sleep(0.02)


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith('ZATO')}
    return {**known, 'PYTHONPATH': str(ROOT), 'ZATO_SERVER_PASSWORD': PASSWORD, **(environ or {})}


def start(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Process:
    return Process(['zato', 'server', *arguments], folder, environment(environ), (DEVNULL, DEVNULL, PIPE))


def start_cold(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Starts a server of a new Python, for what it imports."""
    return subprocess.Popen(
        [sys.executable, '-m', 'zatools', 'server', *arguments],
        cwd=folder,
        env=environment(environ),
        stdout=DEVNULL,
        stderr=PIPE,
        text=True,
        preexec_fn=heeding,
    )


def heeding() -> None:
    """Lets a process be ended by the signal of a closed terminal, also where the tests run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def server(
    folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, begin: Callable[..., Any] = start
) -> Iterator[Local]:
    """Runs a server in a folder, on a free port; it is gone at the end."""
    process = begin(folder, '.', '--port', '0', *arguments, environ=environ)
    local = Local(process, folder)
    try:
        local.wait_up()
        yield local
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(20)
        local.close()


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes files of a project; those that end with .py are services."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def zato(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return run(['zato', *arguments], folder, environment(environ))


def programs(folder: Path) -> dict[str, str]:
    """Puts `zato` and `apitest` into a folder, and returns the environment of a terminal that finds them there."""
    folder.mkdir()
    for name, start in (('zato', '-m zatools'), ('apitest', '-c "from zatools.cli.apitest import main; main()"')):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {start} "$@"\n')
        (folder / name).chmod(0o755)
    environ = environment({'PATH': f'{folder}:{os.environ["PATH"]}', 'NO_COLOR': '1', 'LC_ALL': 'C.UTF-8'})
    environ.pop('CI', None)
    return environ
