"""The commands of `zato enmasse` that look and tell: list, show, variables, schema."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli import completion
from zatools.cli.options import (
    PLAIN,
    AsJson,
    Cluster,
    EnvFile,
    Names,
    Odb,
    Overlays,
    Paths,
    Server,
    ServerKey,
    SkipUnknown,
    Types,
    examples,
    world,
)
from zatools.odb.target import OdbChoice

#: Taken into `zato enmasse` by the module that has it.
commands = typer.Typer(**PLAIN)  # type: ignore[arg-type]

Source = Annotated[
    str, typer.Option('--from', help='What to look at: a file, folder, glob, ODB URL or server directory.')
]


@commands.command(
    'list',
    epilog=examples(
        'zato enmasse list',
        'zato enmasse list --type channel_rest --name "api.*"',
        'zato enmasse list --from definitions/ --json',
    ),
)
def _list(
    source: Source = '',
    types: Types = None,
    names: Names = None,
    skip_unknown: SkipUnknown = False,
    as_json: AsJson = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """List the objects of an ODB or of files."""
    from zatools.commands.objects import list_objects

    return list_objects(
        world(),
        OdbChoice(odb, server, '', cluster, server_key),
        source=source,
        types=types or (),
        names=names or (),
        skip_unknown=skip_unknown,
        as_json=as_json,
    )


@commands.command(
    'show',
    epilog=examples(
        'zato enmasse show CRM',
        'zato enmasse show api.user.get-details --from definitions/',
        'zato enmasse show "CRM login" --type security --server env/qs-1/server1',
    ),
)
def _show(
    name: Annotated[str, typer.Argument(help='Name of the object.', autocompletion=completion.names)],
    source: Source = '',
    types: Types = None,
    full: Annotated[bool, typer.Option('--full', help='Show defaults too.')] = False,
    skip_unknown: SkipUnknown = False,
    as_json: AsJson = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Show an object, what it refers to and what refers to it. Exit 1 if there is none."""
    from zatools.commands.objects import show

    return show(
        world(),
        OdbChoice(odb, server, '', cluster, server_key),
        name,
        source=source,
        types=types or (),
        full=full,
        skip_unknown=skip_unknown,
        as_json=as_json,
    )


@commands.command(
    'variables',
    epilog=examples(
        'zato enmasse variables definitions/',
        'zato enmasse variables definitions/ --env-file prod.env',
        'zato enmasse variables definitions/ --format dotenv > prod.env',
    ),
)
def _variables(
    paths: Paths = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    format: Annotated[
        str,
        typer.Option(
            '--format', autocompletion=completion.words('text', 'dotenv', 'json'), help='text, dotenv or json.'
        ),
    ] = 'text',
) -> int:
    """Tell every variable that files want: whether it is set, and who wants it. Values are never shown."""
    from zatools.commands.variables import variables

    return variables(world(), paths or (), overlays=overlays or (), env_file=env_file, format=format)


@commands.command(
    'schema',
    epilog=examples(
        'zato enmasse schema > definitions.schema.json',
        'zato enmasse schema --write definitions/',
        'zato enmasse schema --write --overlay prod.yaml',
    ),
)
def _schema(
    paths: Annotated[
        list[str] | None, typer.Argument(help='With --write: files or folders; else the current folder.')
    ] = None,
    write: Annotated[
        bool, typer.Option('--write', help='Put it beside the files, and a line that names it into them.')
    ] = False,
    overlay: Annotated[bool, typer.Option('--overlay', help='For overlays: objects may be given in part.')] = False,
) -> int:
    """Print a JSON Schema of definition files, for editors that check and complete as you type."""
    from zatools.commands.schema import schema

    return schema(world(), paths or (), write=write, overlay=overlay)
