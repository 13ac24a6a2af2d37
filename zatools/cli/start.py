"""Where `zato` and `zatools` start: what needs no typer is answered before it is imported."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

from zatools import __version__
from zatools.cli import decoding

LEGACY = frozenset({'--export-odb', '--export', '--import', '--export-local', '--clean-odb'})
SUB_COMMANDS = frozenset(
    {
        'diff',
        'drift',
        'export',
        'fmt',
        'import',
        'kinds',
        'list',
        'log',
        'merge',
        'merge-driver',
        'policy',
        'schema',
        'show',
        'undo',
        'validate',
        'variables',
        'why',
    }
)


def is_legacy(arguments: list[str]) -> bool:
    """Tells whether a command line is one of Zato's own: `enmasse PATH --export-odb` and the like."""
    if arguments[:1] != ['enmasse'] or not LEGACY & {argument.partition('=')[0] for argument in arguments}:
        return False
    return arguments[1] not in SUB_COMMANDS


def main() -> None:
    """Runs the program with the process's arguments and exits with its code."""
    arguments = sys.argv[1:]
    if arguments in (['--version'], ['-V']):
        print(f'zatools {__version__}')
        raise SystemExit(0)
    from zatools.signals import end_at_once

    end_at_once()
    decoding.read_as_utf8()
    from zatools.cli.boundary import run

    open_streams()
    # One command a process: collecting garbage, and freeing all objects at the end, is time for nothing.
    gc.disable()
    code = run(lambda: _dispatch(arguments))
    leave(code)


def leave(code: int) -> NoReturn:
    """Ends the process: at once, unless something measures or traces it, which has more to do."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    if _is_measured():
        raise SystemExit(code)
    os._exit(code)


def _is_measured() -> bool:
    # A profiler, a debugger, coverage: from Python 3.12 on they may be tools of sys.monitoring alone.
    monitoring = getattr(sys, 'monitoring', None)
    tools = monitoring and any(map(monitoring.get_tool, range(6)))
    return bool(tools or sys.gettrace() or sys.getprofile() or 'coverage' in sys.modules)


def open_streams() -> None:
    """Gives every stream that the caller closed a place to write to, and all of them a way to write any character."""
    # A stream that the caller closed is None to Python.
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks is shown as Python would write it: a command has more to say than one name.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors='backslashreplace')


def _dispatch(arguments: list[str]) -> int:
    decoding.check(arguments, os.environ)
    if is_legacy(arguments):
        from zatools.cli import legacy

        return legacy.run(arguments[1:])
    from zatools.cli.app import call

    return call(arguments)
