"""The answer of a command line: typer's own ways of ending become ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from zatools.cli.options import PARSE_ERROR, show_usage
from zatools.errors import Exit


def answered(command: Any, arguments: Sequence[str], name: str) -> int:
    """Parses arguments, runs the command, returns its exit code; raises KeyboardInterrupt after Ctrl-C."""
    try:
        code = command.main(arguments, prog_name=name, standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        # typer ends a broken pipe by itself, with a code that means something else here.
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise
    except PARSE_ERROR as error:
        show_usage(error)
        return Exit.USAGE
    if code == Exit.INTERRUPTED:
        # So typer answers Ctrl-C, without a word.
        raise KeyboardInterrupt
    return int(code or 0)
