"""The command lines of `zato server` and `zato demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli.options import Cluster, Conflict, EnvFile, Odb, Overlays, Server, ServerKey, examples, world
from zatools.cli.ping import Files, seconds
from zatools.odb.target import OdbChoice

MEGABYTE = 1024 * 1024


def _server(
    folder: Annotated[str, typer.Argument(help='Project with services/ and user-conf/, or a server directory.')] = '.',
    host: Annotated[str, typer.Option('--host', help='Address to listen on.')] = '127.0.0.1',
    port: Annotated[int, typer.Option('--port', min=0, max=65535, help='Port; 0 picks a free one.')] = 17010,
    files: Files = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    on_conflict: Conflict = '',
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
    log_file: Annotated[str, typer.Option('--log-file', help='File that the log goes to as well.')] = '',
    timeout: Annotated[
        float | None,
        typer.Option('--timeout', parser=seconds, metavar='TIME', help='How long a service may take; else any time.'),
    ] = None,
    max_body: Annotated[int, typer.Option('--max-body', min=1, help='Largest request body, in MB.')] = 10,
    all_cores: Annotated[
        bool, typer.Option('--all-cores', help='Let threads run on any core; slower, unless services compute in C.')
    ] = False,
    verbose: Annotated[bool, typer.Option('-v', '--verbose', help='Log each request.')] = False,
) -> int:
    """Run Python services on this machine, for developing and testing them."""
    from zatools.commands.outgoing import Source
    from zatools.commands.server import Options, serve
    from zatools.server.serving import Limits

    choice = OdbChoice(odb, server, '', cluster, server_key)
    source = Source(choice, tuple(files or ()), tuple(overlays or ()), env_file, on_conflict)
    limits = Limits(max_body * MEGABYTE, timeout or 0, not all_cores)
    return serve(world(), folder, source, Options(host, port, log_file, verbose, limits))


def _demo(
    folder: Annotated[
        str, typer.Argument(metavar='[DIR]', help='New folder for its files; else a temporary one.')
    ] = '',
    amqp: Annotated[
        str, typer.Option('--amqp', metavar='URL', help='Broker; else guest on 127.0.0.1:5672, if it is there.')
    ] = '',
    keep: Annotated[bool, typer.Option('--keep', help='Go on serving until Ctrl-C.')] = False,
) -> int:
    """Run the whole tutorial on this machine, offline, each step as a command to type."""
    from zatools.commands.demo import demo

    return demo(world(), folder, amqp, keep)


def add_server(root: typer.Typer) -> None:
    """Adds `server` and `demo` to the program: commands beside the groups."""
    root.command(
        'demo',
        epilog=examples('zato demo', 'zato demo my-demo --keep', 'zato demo --amqp amqp://guest:guest@127.0.0.1:5672'),
    )(_demo)
    root.command(
        'server',
        epilog=examples(
            'zato server . --file definitions.yaml',
            'zato server my-project --odb postgresql://zato@127.0.0.1/zato --port 0',
            'zato server env/qs-1/server1 --server env/qs-1/server1 --log-file server.log',
        ),
    )(_server)
