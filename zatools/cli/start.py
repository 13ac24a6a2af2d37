"""Where `zato` and `zatools` start: what needs no typer is answered before it is imported."""

from __future__ import annotations

import gc
import os
import sys

from zatools import __version__


def main() -> None:
    """Runs the program with the process's arguments and exits with its code."""
    arguments = sys.argv[1:]
    if arguments in (['--version'], ['-V']):
        print(f'zatools {__version__}')
        raise SystemExit(0)
    from zatools.cli.boundary import run

    # One command a process: collecting garbage, and freeing all objects at the end, is time for nothing.
    gc.disable()
    code = run(lambda: _dispatch(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _dispatch(arguments: list[str]) -> int:
    from zatools.cli import legacy

    if legacy.is_legacy(arguments):
        return legacy.run(arguments[1:])
    from zatools.cli.app import call

    return call(arguments)
