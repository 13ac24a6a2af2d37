"""The command line of `zato`: parses, calls a command, returns its exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from zatools import __version__
from zatools.cli import overview, ping
from zatools.cli.completion import words
from zatools.cli.options import (
    PLAIN,
    AsJson,
    Cluster,
    Conflict,
    EnvFile,
    Generation,
    LockTimeout,
    Names,
    Odb,
    Overlays,
    Paths,
    References,
    Server,
    ServerKey,
    SkipUnknown,
    SkipUnsupported,
    Strict,
    Types,
    examples,
    world,
)
from zatools.cli.server import add_server
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

app = typer.Typer(name='zato', help='Configuration as code and API tests for integration platforms.', **PLAIN)  # type: ignore[arg-type]
enmasse = typer.Typer(help='Move definitions between files and the operational database (ODB).', **PLAIN)  # type: ignore[arg-type]
odb = typer.Typer(help='Make and look at operational databases (ODBs).', **PLAIN)  # type: ignore[arg-type]
app.add_typer(enmasse, name='enmasse')
app.add_typer(odb, name='odb')
app.add_typer(ping.app, name='ping')
ping.add_publish(app)
add_server(app)


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f'zatools {__version__}')
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option('--version', help='Print the version.', callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@enmasse.command(
    'export',
    epilog=examples(
        'zato enmasse export',
        'zato enmasse export -o definitions/ --split-by object',
        'zato enmasse export --server env/qs-1/server1 --type security,channel_rest -o api.yaml',
    ),
)
def _export(
    output: Annotated[
        str, typer.Option('-o', '--output', help='File, folder (ends with /) or - for standard output.')
    ] = '-',
    format: Annotated[
        str,
        typer.Option('--format', autocompletion=words('yaml', 'json'), help="yaml or json; else by the file's name."),
    ] = '',
    types: Types = None,
    names: Names = None,
    with_references: References = False,
    split_by: Annotated[
        str, typer.Option('--split-by', autocompletion=words('type', 'object'), help='type or object: into a folder.')
    ] = '',
    full: Annotated[bool, typer.Option('--full', help='Write defaults too.')] = False,
    secrets: Annotated[
        bool, typer.Option('--secrets', help='Write the secrets themselves, to a file of mode 0600.')
    ] = False,
    generation: Generation = '',
    skip_unsupported: SkipUnsupported = False,
    force: Annotated[
        bool, typer.Option('--force', help='Overwrite files of the folder that are not from an export.')
    ] = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Export definitions from an ODB to files; the same ODB gives the same bytes."""
    from zatools.commands.export import export

    return export(
        world(),
        OdbChoice(odb, server, '', cluster, server_key),
        output=output,
        format=format,
        types=types or (),
        names=names or (),
        with_references=with_references,
        split_by=split_by,
        full=full,
        secrets=secrets,
        generation=generation,
        force=force,
        skip_unsupported=skip_unsupported,
    )


@enmasse.command(
    'import',
    epilog=examples(
        'zato enmasse import definitions/ --dry-run',
        'zato enmasse import definitions/ --replace --env-file prod.env',
        'zato enmasse import definitions/ --replace --server env/qs-1/server1 --wait-services 60s --reload',
        'zato enmasse import base.yaml --overlay prod.yaml --odb postgresql://zato@db/zato',
    ),
)
def _import(
    paths: Paths = None,
    types: Types = None,
    names: Names = None,
    with_references: References = False,
    replace: Annotated[bool, typer.Option('--replace', help='Change objects that exist and differ.')] = False,
    dry_run: Annotated[bool, typer.Option('--dry-run', help='Do all of it, then roll back.')] = False,
    delete: Annotated[
        bool, typer.Option('--delete', help='Delete objects that are in no file, of sections the files have.')
    ] = False,
    yes: Annotated[int | None, typer.Option('--yes', help='The number of deletions that is meant.')] = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    require_secrets: Annotated[
        bool, typer.Option('--require-secrets', help="A secret's variable that is not set is an error.")
    ] = False,
    on_conflict: Conflict = '',
    skip_unknown: SkipUnknown = False,
    skip_unsupported: SkipUnsupported = False,
    strict: Strict = False,
    reload: Annotated[
        bool, typer.Option('--reload', help='Then tell the running server: 4.1 re-reads all, 3.2 syncs its security.')
    ] = False,
    server_url: Annotated[
        str, typer.Option('--server-url', help='Where that server listens, if --server DIR does not say.')
    ] = '',
    wait_services: Annotated[
        str, typer.Option('--wait-services', help='How long to wait for services being deployed, as in 60s or 2m.')
    ] = '',
    as_json: AsJson = False,
    lock_timeout: LockTimeout = 30,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Import definitions from files into an ODB, all of them or none."""
    from zatools.commands.import_ import import_files

    return import_files(
        world(),
        OdbChoice(odb, server, '', cluster, server_key),
        paths or (),
        types=types or (),
        names=names or (),
        with_references=with_references,
        replace=replace,
        dry_run=dry_run,
        delete=delete,
        yes=yes,
        overlays=overlays or (),
        env_file=env_file,
        require_secrets=require_secrets,
        on_conflict=on_conflict,
        skip_unknown=skip_unknown,
        skip_unsupported=skip_unsupported,
        strict=strict,
        reload=reload,
        server_url=server_url,
        wait_services=wait_services,
        as_json=as_json,
        lock_timeout=lock_timeout,
    )


@enmasse.command(
    'diff',
    epilog=examples(
        'zato enmasse diff definitions/',
        'zato enmasse diff --from old.yaml --to new.yaml --markdown',
        'zato enmasse diff --from env/test/server1 --to env/prod/server1',
    ),
)
def _diff(
    paths: Paths = None,
    source: Annotated[
        str, typer.Option('--from', help='What is: a file, folder, glob, ODB URL or server directory.')
    ] = '',
    target: Annotated[str, typer.Option('--to', help='What is wanted: likewise.')] = '',
    types: Types = None,
    names: Names = None,
    with_references: References = False,
    delete: Annotated[bool, typer.Option('--delete', help='Objects that are in no file are differences.')] = False,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    on_conflict: Conflict = '',
    skip_unknown: SkipUnknown = False,
    skip_unsupported: SkipUnsupported = False,
    strict: Strict = False,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option('--markdown', help='Print Markdown, for pull requests.')] = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Show what an import would change, field by field. Exit 1 if anything differs."""
    from zatools.commands.diff import diff

    return diff(
        world(),
        OdbChoice(odb, server, '', cluster, server_key),
        paths or (),
        source=source,
        target=target,
        types=types or (),
        names=names or (),
        delete=delete,
        overlays=overlays or (),
        env_file=env_file,
        on_conflict=on_conflict,
        skip_unknown=skip_unknown,
        skip_unsupported=skip_unsupported,
        strict=strict,
        as_json=as_json,
        as_markdown=as_markdown,
        with_references=with_references,
    )


@enmasse.command(
    'merge',
    epilog=examples(
        'zato enmasse merge security.yaml rest.yaml -o all.yaml',
        'zato enmasse merge base.yaml --overlay prod.yaml -o -',
    ),
)
def _merge(
    output: Annotated[str, typer.Option('-o', '--output', help='File, or - for standard output.')],
    paths: Paths = None,
    format: Annotated[
        str,
        typer.Option('--format', autocompletion=words('yaml', 'json'), help="yaml or json; else by the file's name."),
    ] = '',
    generation: Generation = '',
    overlays: Overlays = None,
    on_conflict: Conflict = '',
    skip_unknown: SkipUnknown = False,
    skip_unsupported: SkipUnsupported = False,
) -> int:
    """Merge files into one; an object that two files define differently is an error."""
    from zatools.commands.merge import merge

    return merge(
        world(),
        paths or (),
        output=output,
        format=format,
        generation=generation,
        overlays=overlays or (),
        on_conflict=on_conflict,
        skip_unknown=skip_unknown,
        skip_unsupported=skip_unsupported,
    )


@enmasse.command(
    'validate',
    epilog=examples(
        'zato enmasse validate definitions/',
        'zato enmasse validate definitions/ --strict --format github',
        'zato enmasse validate definitions/ --for 4.1',
    ),
)
def _validate(
    paths: Paths = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    generation: Annotated[str, typer.Option('--for', help='Check it for Zato 3.2 or 4.1.')] = '',
    on_conflict: Conflict = '',
    format: Annotated[
        str, typer.Option('--format', autocompletion=words('text', 'json', 'github'), help='text, json or github.')
    ] = 'text',
    strict: Strict = False,
    skip_unknown: SkipUnknown = False,
    skip_unsupported: SkipUnsupported = False,
) -> int:
    """Check files without a database; all problems at once. Exit 3 if there are any."""
    from zatools.commands.validate import validate

    return validate(
        world(),
        paths or (),
        overlays=overlays or (),
        env_file=env_file,
        generation=generation,
        on_conflict=on_conflict,
        format=format,
        strict=strict,
        skip_unknown=skip_unknown,
        skip_unsupported=skip_unsupported,
    )


Place = Annotated[str, typer.Argument(help='URL, SQLite file, folder or server directory.')]


@odb.command('create', epilog=examples('zato odb create', 'zato odb create --layout 4.1 test.sqlite'))
def _create(
    path: Place = '',
    layout: Annotated[str, typer.Option('--layout', autocompletion=words('3.2', '4.1'), help='3.2 or 4.1.')] = '',
    odb: Odb = '',
) -> int:
    """Create an empty ODB."""
    from zatools.commands.odb import create

    return create(world(), OdbChoice(odb, path=path), layout=layout)


@odb.command('info', epilog=examples('zato odb info', 'zato odb info env/qs-1/server1 --json'))
def _info(
    path: Place = '',
    as_json: AsJson = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Say whose an ODB is, of which generation, and what it holds."""
    from zatools.commands.odb import info

    return info(world(), OdbChoice(odb, server, path, cluster, server_key), as_json=as_json)


enmasse.registered_commands.extend(overview.commands.registered_commands)


def _narrow(arguments: list[str]) -> None:
    # Typer builds every parameter of every command; those of the commands that are not called cost 30 ms.
    for name, group in (('enmasse', enmasse), ('odb', odb), ('ping', ping.app)):
        named = [command for command in group.registered_commands if arguments[:2] == [name, command.name]]
        if named:
            group.registered_commands = named


#: What a wrong command line raises; typer gives it no name of its own.
PARSE_ERROR: Any = typer.BadParameter.__mro__[2]


def program() -> str:
    """Returns the name the program was called by, for usage lines and completion: zato or zatools."""
    return 'zatools' if os.path.basename(sys.argv[0]) == 'zatools' else 'zato'


def call(arguments: list[str]) -> int:
    """Parses arguments, runs the command, returns its exit code."""
    _narrow(arguments)
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name=program(), standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        # typer ends a broken pipe by itself, with a code that means something else here.
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise
    except PARSE_ERROR as error:
        error.show(sys.stderr)
        return Exit.USAGE
    if code == Exit.INTERRUPTED:
        # So typer answers Ctrl-C, without a word.
        raise KeyboardInterrupt
    return int(code or 0)
