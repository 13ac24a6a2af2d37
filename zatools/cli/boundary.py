"""The one place where exceptions become words and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from zatools import signals
from zatools.errors import Exit, InvalidError, ZatoolsError
from zatools.masks import Masks
from zatools.screens import plain, put

UNCHANGED = 'Nothing was changed.'
HOMELESS = 'the working folder is gone: it was removed'
#: What no error may show either.
MASKS = Masks()
_is_settled = False
_otherwise = UNCHANGED


def settle() -> None:
    """Makes a command go through to its end: what comes now can't be undone, so no signal may say otherwise."""
    global _is_settled
    _is_settled = True
    for number in signals.ENDING:
        signal.signal(number, signal.SIG_IGN)


def resume() -> None:
    """Lets signals end a command again whose changes stand."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _heed()


def _heed() -> None:
    # A terminal that is closed ends a command as Ctrl-C does: in order.
    for number in signals.OTHERS:
        signal.signal(number, _stop)


def foretell(outcome: str) -> None:
    """Says what is so when the command is interrupted before its changes stand; empty for those that change nothing."""
    global _otherwise
    _otherwise = outcome


def _outcome() -> str:
    if _is_settled:
        return 'The changes stand.'
    return _otherwise


def _stop(number: int, frame: Any) -> None:
    raise signals.EndedError


def run(command: Callable[[], int], outcome: str = UNCHANGED) -> int:
    """Runs a command and returns its exit code; says on stderr what went wrong, and what is so then."""
    foretell(outcome)
    _heed()
    try:
        signals.end_in_order()
        code = command()
        sys.stdout.flush()
        if code and _is_homeless():
            _talk(HOMELESS)
        return int(code)
    except BrokenPipeError:
        # Whoever read our output has enough; nothing more may be written at exit.
        # An import that could not even print its plan has changed nothing: that isn't "done".
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if _is_settled:
            return Exit.OK
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        _say_interrupted(_outcome())
        return Exit.INTERRUPTED
    except ZatoolsError as error:
        # Where talk can't be written either, the exit code has to do.
        with suppress(OSError):
            say(error, sys.stderr)
        if _is_homeless():
            _talk(HOMELESS)
        return error.code
    except OSError as error:
        if _is_homeless():
            _talk(f'{HOMELESS}. {_outcome()}\nhint: go to one that is there, with cd'.rstrip())
            return Exit.STORAGE
        _talk(f"{error.strerror or type(error).__name__}: the output can't be written. {_outcome()}".rstrip())
        return Exit.STORAGE
    except Exception as error:
        # All that is expected has an exception of its own, above.
        _say_bug(error)
        return Exit.BUG


def _is_homeless() -> bool:
    # Files that are there can't be found then, and what says so doesn't say why.
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _say_interrupted(outcome: str) -> None:
    if outcome:
        _talk(f'Interrupted: {outcome[0].lower()}{outcome[1:]}')
    else:
        _talk('Interrupted.')


def _talk(text: str) -> None:
    with suppress(OSError):
        put(text, sys.stderr, os.environ)
        sys.stderr.flush()


def say(error: ZatoolsError, stream: TextIO) -> None:
    """Writes an expected failure: its problems, its sentence, its hint."""
    if isinstance(error, InvalidError) and error.problems:
        from zatools.reports.problems import render

        _put(render(error.problems, error.lines), stream)
    if error.text:
        _put(error.text, stream)
    if error.hint:
        _put(f'hint: {error.hint}', stream)


def _put(text: str, stream: TextIO) -> None:
    put(plain(MASKS.mask(text)), stream, os.environ)


def _say_bug(error: Exception) -> None:
    # The exception's own text may quote a secret: it is left out.
    frames = traceback.extract_tb(error.__traceback__)
    where = '?'
    if frames:
        where = f'{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}'
    _talk(f'A bug of zatools: {type(error).__name__} at {where}. {_outcome()}'.rstrip())
    _talk('Please report it. ZATOOLS_TRACEBACK=1 shows where it came from.')
    if os.environ.get('ZATOOLS_TRACEBACK'):
        for frame in frames:
            _talk(f'  {frame.filename}:{frame.lineno} {frame.name}')
