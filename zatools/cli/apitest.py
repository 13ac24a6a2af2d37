"""Where `apitest` starts: what needs no typer is answered before it is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from zatools import __version__
from zatools.cli import decoding


def main() -> None:
    """Runs the program with the process's arguments and exits with its code."""
    arguments = sys.argv[1:]
    if arguments in (['--version'], ['-V']):
        print(f'apitest {__version__}')
        raise SystemExit(0)
    from zatools.signals import end_at_once

    end_at_once()
    decoding.read_as_utf8()
    from zatools.cli.boundary import run
    from zatools.cli.start import leave, open_streams

    open_streams()
    code = run(lambda: _dispatch(arguments), 'The run ended early.')
    leave(code)


def _dispatch(arguments: list[str]) -> int:
    decoding.check(arguments, os.environ)
    if arguments[:1] == ['run']:
        return _run(arguments[1:])
    from zatools.cli.apitest_app import call

    return call(arguments)


def _run(words: list[str]) -> int:
    # Its options are those of behave too, and stand in config.ini as well: one table of ours parses both.
    from zatools.apitest.commands.console import Console
    from zatools.apitest.commands.run import run

    is_terminal = sys.stdout.isatty()
    return run(words, Console(os.environ, sys.stdout, sys.stderr, is_terminal), _addresses)


def _addresses(paths: Sequence[str], env: str | None, env_file: str) -> Mapping[tuple[str, str], str]:
    # apitest knows no definitions: who needs them is handed what they say.
    from zatools.cli.options import world
    from zatools.environments.addresses import addresses

    return addresses(world(), paths, env, env_file)
