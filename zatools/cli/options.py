"""What the commands of `zato` have in common: their options, declared once, and the world they see."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from zatools.cli import boundary, completion
from zatools.commands.world import World

PLAIN = {'rich_markup_mode': None, 'no_args_is_help': True, 'pretty_exceptions_enable': False}

Paths = Annotated[list[str] | None, typer.Argument(help='Files, folders, globs, or - for standard input.')]
Odb = Annotated[str, typer.Option('--odb', help='URL of the ODB, a SQLite file or a folder. [env: ZATO_ODB]')]
Server = Annotated[str, typer.Option('--server', help='Server directory whose ODB and key to use.')]
Cluster = Annotated[str, typer.Option('--cluster', help='Cluster, where the ODB has several.')]
ServerKey = Annotated[str, typer.Option('--server-key', help="File with the server's key.")]
Types = Annotated[
    list[str] | None,
    typer.Option(
        '--type', autocompletion=completion.sections, help='Sections or security types; a comma list or repeated.'
    ),
]
Names = Annotated[
    list[str] | None, typer.Option('--name', autocompletion=completion.names, help='Glob of names; repeatable.')
]
References = Annotated[bool, typer.Option('--with-references', help='Take along what selected objects refer to.')]
Overlays = Annotated[
    list[str] | None, typer.Option('--overlay', help="File whose fields go over the others'; repeatable.")
]
EnvFile = Annotated[str, typer.Option('--env-file', help='Variables, ini or dotenv; they win over the environment.')]
Conflict = Annotated[
    str,
    typer.Option(
        '--on-conflict',
        autocompletion=completion.words('first', 'last'),
        help='first or last: which of two that differ counts.',
    ),
]
SkipUnknown = Annotated[bool, typer.Option('--skip-unknown', help='Leave out sections that are not supported yet.')]
SkipUnsupported = Annotated[
    bool, typer.Option('--skip-unsupported', help='Leave out what the generation has no place for.')
]
Strict = Annotated[bool, typer.Option('--strict', help='Take warnings for errors.')]
AsJson = Annotated[bool, typer.Option('--json', help='Print JSON.')]
LockTimeout = Annotated[float, typer.Option('--lock-timeout', help='Seconds to wait for another import.', min=0)]
Generation = Annotated[
    str, typer.Option('--for', autocompletion=completion.words('3.2', '4.1'), help='Write it for Zato 3.2 or 4.1.')
]


def world() -> World:
    """Returns the world of this process."""
    return World(os.environ, sys.stdin.buffer, sys.stdout, sys.stderr, is_coloured(), boundary.settle, boundary.resume)


def is_coloured() -> bool:
    """Tells whether standard output is a terminal that may have colours."""
    return sys.stdout.isatty() and not os.environ.get('NO_COLOR') and os.environ.get('TERM') != 'dumb'


def examples(*lines: str) -> str:
    """Returns command lines as the end of a help text."""
    # A lone \b keeps the lines below it as they are.
    return '\b\nExamples:\n' + '\n'.join(f'  {line}' for line in lines)
