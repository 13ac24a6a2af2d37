"""What the commands of `zato` have in common: their options, declared once, and the world they see."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any, NamedTuple

import typer

from zatools import __version__
from zatools.cli import boundary, completion
from zatools.screens import columns, fold, put
from zatools.world import Screen, World

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
SkipUnknown = Annotated[bool, typer.Option('--skip-unknown', help='Leave out sections that nobody knows.')]
SkipUnsupported = Annotated[
    bool, typer.Option('--skip-unsupported', help='Leave out what the generation has no place for.')
]
Strict = Annotated[bool, typer.Option('--strict', help='Take warnings for errors.')]
AsJson = Annotated[bool, typer.Option('--json', help='Print JSON.')]
LockTimeout = Annotated[float, typer.Option('--lock-timeout', help='Seconds to wait for another import.', min=0)]
Generation = Annotated[
    str, typer.Option('--for', autocompletion=completion.words('3.2', '4.1'), help='Write it for Zato 3.2 or 4.1.')
]


#: What a wrong command line raises; typer gives it no name of its own.
PARSE_ERROR: Any = typer.BadParameter.__mro__[2]


def add_version(app: typer.Typer, name: str) -> None:
    """Gives a program its --version, which says `name` and the number."""

    def say(is_asked: bool) -> None:
        if is_asked:
            print(f'{name} {__version__}')
            raise typer.Exit

    option = typer.Option(False, '--version', help='Print the version.', callback=say, is_eager=True)

    @app.callback()
    def root(version: bool = option) -> None:
        pass


def fit_help(command: Any) -> None:
    """Makes the help of a program no wider than the terminal that it is read on."""
    context = command.context_class
    before = context.formatter_class

    class Formatter(before):  # type: ignore[misc,valid-type]
        def getvalue(self) -> str:
            return fold(str(super().getvalue()), columns(sys.stdout, os.environ))

    context.formatter_class = Formatter


def show_usage(error: Any) -> None:
    """Writes what a wrong command line raised."""
    said = io.StringIO()
    error.show(said)
    put(said.getvalue().rstrip('\n'), sys.stderr, os.environ)


class Option(NamedTuple):
    """A parameter of a command: the argument that its function takes, typer's declaration, the default."""

    name: str
    declared: Any
    default: Any = None


def flag(name: str, option: str, doc: str) -> Option:
    """Returns an option that is given or not."""
    return Option(name, Annotated[bool, typer.Option(option, help=doc)], False)


def one_of(name: str, option: str, doc: str, *known: str, default: str = '') -> Option:
    """Returns an option that takes one of a few words."""
    declared = typer.Option(option, autocompletion=completion.words(*known), help=doc)
    return Option(name, Annotated[str, declared], default)


def text(name: str, option: str, doc: str, default: Any = '') -> Option:
    """Returns an option that takes a text; one without a default is required (...) or not given (None)."""
    return Option(name, Annotated[str | None if default is None else str, typer.Option(option, help=doc)], default)


PATHS = Option('paths', Paths)
TYPES = Option('types', Types)
NAMES = Option('names', Names)
REFERENCES = Option('with_references', References, False)
OVERLAYS = Option('overlays', Overlays)
ENV_FILE = Option('env_file', EnvFile, '')
CONFLICT = Option('on_conflict', Conflict, '')
OUTSIDE = flag('allow_outside', '--allow-outside', 'Include files from outside of the project too.')
SKIP_UNKNOWN = Option('skip_unknown', SkipUnknown, False)
SKIP_UNSUPPORTED = Option('skip_unsupported', SkipUnsupported, False)
STRICT = Option('strict', Strict, False)
AS_JSON = Option('as_json', AsJson, False)
GENERATION = Option('generation', Generation, '')
FORMAT = one_of('format', '--format', "yaml or json; else by the file's name.", 'yaml', 'json')
POLICY = Option(
    'policies',
    Annotated[
        list[str] | None, typer.Option('--policy', help='Policies that must hold: features, or a folder; repeatable.')
    ],
)
ENV = Option(
    'env',
    Annotated[
        str | None,
        typer.Option(
            '--env', autocompletion=completion.environments, help='Environment of zatools.toml. [env: ZATO_ENV]'
        ),
    ],
)
FILES = Option(
    'paths',
    Annotated[
        list[str] | None, typer.Option('--file', help='Definition files in place of an ODB; repeatable, - for stdin.')
    ],
)
#: Which ODB: the options that make an OdbChoice.
ODB = (
    Option('odb', Odb, ''),
    Option('server', Server, ''),
    Option('cluster', Cluster, ''),
    Option('server_key', ServerKey, ''),
)


def world() -> World:
    """Returns the world of this process."""
    is_terminal = is_coloured()
    return World(
        os.environ,
        sys.stdin.buffer,
        sys.stdout,
        sys.stderr,
        is_coloured=is_terminal,
        on_settle=boundary.settle,
        on_resume=boundary.resume,
        on_foretell=boundary.foretell,
        masks=boundary.MASKS,
        screen=_screen if is_terminal else None,
        ask=_ask if sys.stdin.isatty() else None,
    )


def _ask(prompt: str) -> str:
    # Most commands ask for nothing.
    from getpass import getpass

    try:
        return getpass(prompt)
    except EOFError:
        return ''


def _screen() -> Screen:
    # rich is for those who wait at a terminal.
    from zatools.cli.live import Live

    return Live()


def is_coloured() -> bool:
    """Tells whether standard output is a terminal that may have colours."""
    return sys.stdout.isatty() and not os.environ.get('NO_COLOR') and os.environ.get('TERM') != 'dumb'


def examples(*lines: str) -> str:
    """Returns command lines as the end of a help text."""
    # A lone \b keeps the lines below it as they are.
    return '\b\nExamples:\n' + '\n'.join(f'  {line}' for line in lines)
