"""Processes of ours that tests start warm, by the words that subprocess has for those that start cold."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Any

from tests import warm
from tests.databases import ROOT
from tests.warm_call import begin, number_of

_serving = ExitStack()


@cache
def place() -> str:
    """Returns the socket of what forks, which is started once a worker and goes on until `close`."""
    return _serving.enter_context(warm.serving(str(ROOT)))


def close() -> None:
    """Ends what forks."""
    _serving.close()


class Process:
    """A program that was started warm, as `subprocess.Popen` would show it; its streams are of text.

    One that is held does nothing until it is sent SIGCONT.
    """

    def __init__(
        self,
        words: Sequence[str | Path],
        folder: str | Path,
        environ: Mapping[str, str],
        streams: Sequence[int] = (DEVNULL, DEVNULL, DEVNULL),
        *,
        is_held: bool = False,
    ) -> None:
        name, *rest = map(str, words)
        self.args = words
        self.returncode: int | None = None
        mask = os.umask(0)
        os.umask(mask)
        known = {os.fsencode(key): os.fsencode(value) for key, value in environ.items()}
        with ExitStack() as theirs:
            ends = [_ends(stream, mode, theirs) for stream, mode in zip(streams, 'wrr', strict=True)]
            program = (name, rest, os.fsencode(folder), mask, known, is_held)
            self._server, self.pid = begin(place(), program, tuple(end for end, _ in ends))
        self.stdin, self.stdout, self.stderr = (ours for _, ours in ends)

    def poll(self) -> int | None:
        """Returns the exit code, None while the program goes on."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits until the program ends; returns its exit code."""
        if self.returncode is None:
            self._server.settimeout(timeout)
            try:
                status = number_of(self._server)
            except (TimeoutError, BlockingIOError) as error:
                raise subprocess.TimeoutExpired(list(map(str, self.args)), timeout or 0) from error
            self._server.close()
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal to the program, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks the program to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the program."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, text: str = '', timeout: float | None = None) -> tuple[str, str]:
        """Gives the program its input, and returns all that it prints until it ends."""
        if self.stdin:
            with suppress(BrokenPipeError), self.stdin as given:
                given.write(text)
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(_rest, (self.stdout, self.stderr))
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = found
        return out, err

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                stream.close()
        self.wait()


def run(
    words: Sequence[str | Path],
    folder: str | Path,
    environ: Mapping[str, str],
    *,
    given: str | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end in a folder, `zato` or `apitest` with its words; returns what it printed."""
    with Process(words, folder, environ, (DEVNULL if given is None else PIPE, PIPE, PIPE)) as process:
        out, err = process.communicate(given or '', timeout)
    return subprocess.CompletedProcess(list(map(str, words)), process.wait(), out, err)


def _ends(stream: int, mode: str, theirs: ExitStack) -> tuple[int, IO[Any] | None]:
    # What the program gets is closed here once it has it.
    if stream == DEVNULL:
        end = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, end)
        return end, None
    if stream != PIPE:
        return stream, None
    readable, writable = os.pipe()
    end, ours = (readable, writable) if mode == 'w' else (writable, readable)
    theirs.callback(os.close, end)
    return end, open(ours, mode, encoding='utf-8')


def _rest(stream: IO[Any] | None) -> str:
    if not stream:
        return ''
    with stream:
        return str(stream.read())
