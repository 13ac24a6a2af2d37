"""Processes that a command runs beside itself; none outlives it, whenever it is interrupted."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from zatools.signals import ENDING

Handlers = dict[signal.Signals, Any]
_is_interrupted = False


@contextmanager
def cleaned_up() -> Iterator[ExitStack]:
    """Gives a stack whose end nobody interrupts."""
    global _is_interrupted
    _is_interrupted = False
    stack = ExitStack()
    before: Handlers = {number: signal.signal(number, _interrupt) for number in ENDING}
    try:
        yield stack
    except KeyboardInterrupt:
        # The command is at its end: once more changes nothing about what it says.
        before = dict.fromkeys(ENDING, signal.SIG_IGN)
        raise
    finally:
        _ignore()
        try:
            stack.close()
        finally:
            _restore(before)


def until_interrupted() -> Iterator[None]:
    """Yields again and again until somebody wants the end, within `cleaned_up`.

    An exception that a signal raises while an object is finalised is lost, and no signal is heeded after the first.
    """
    while not _is_interrupted:
        yield


def _interrupt(number: int, frame: Any) -> None:
    # Who presses Ctrl-C once more must not stop the cleaning up, nor the way there.
    global _is_interrupted
    _is_interrupted = True
    _ignore()
    raise KeyboardInterrupt


def _ignore() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _deferred() -> Iterator[None]:
    # Until the process that is being started is known to whoever ends it.
    caught: list[int] = []
    before: Handlers = {number: signal.signal(number, lambda number, frame: caught.append(number)) for number in ENDING}
    try:
        yield
    finally:
        _restore(before)
    if caught:
        signal.raise_signal(caught[0])


def _restore(handlers: Handlers) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


@contextmanager
def process(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], **streams: Any
) -> Iterator[subprocess.Popen[str]]:
    """Runs a process until the block ends."""
    with ExitStack() as stack:
        with _deferred():
            # A group of its own: Ctrl-C reaches us alone, and we end it.
            started = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environ),
                text=True,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                **streams,
            )
            stack.callback(_end, started)
        yield started


def _end(started: subprocess.Popen[str]) -> None:
    started.terminate()
    try:
        started.wait(10)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()
    for stream in (started.stdout, started.stderr):
        if stream:
            stream.close()
