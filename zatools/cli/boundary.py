"""The one place where exceptions become words and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from zatools.errors import Exit, InvalidError, ZatoolsError


def _stop(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def run(command: Callable[[], int]) -> int:
    """Runs a command and returns its exit code; says on stderr what went wrong."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = command()
        sys.stdout.flush()
        return int(code)
    except BrokenPipeError:
        # Whoever read our output has enough; nothing more may be written at exit.
        # It isn't "done" either: an import that was still printing its plan has changed nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        print('Interrupted: nothing was changed.', file=sys.stderr)
        return Exit.INTERRUPTED
    except ZatoolsError as error:
        say(error, sys.stderr)
        return error.code
    except OSError as error:
        print(f"zato: {error.strerror or type(error).__name__}: the output or a file can't be written", file=sys.stderr)
        return Exit.ODB
    except Exception as error:
        _say_bug(error)
        return Exit.BUG


def say(error: ZatoolsError, stream: TextIO) -> None:
    """Writes an expected failure: its problems, its sentence, its hint."""
    if isinstance(error, InvalidError) and error.problems:
        from zatools.reports.problems import render

        print(render(error.problems, error.lines), file=stream)
    if error.text:
        print(error.text, file=stream)
    if error.hint:
        print(f'hint: {error.hint}', file=stream)


def _say_bug(error: Exception) -> None:
    # The exception's own text may quote a secret: it is left out.
    frames = traceback.extract_tb(error.__traceback__)
    where = f'{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}' if frames else '?'
    print(f'A bug of zatools: {type(error).__name__} at {where}. Nothing was changed.', file=sys.stderr)
    print('Please report it. ZATOOLS_TRACEBACK=1 shows where it came from.', file=sys.stderr)
    if os.environ.get('ZATOOLS_TRACEBACK'):
        for frame in frames:
            print(f'  {frame.filename}:{frame.lineno} {frame.name}', file=sys.stderr)
