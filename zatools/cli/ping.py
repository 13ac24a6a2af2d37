"""The command lines of `zato ping outconn` and `zato publish`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zatools.cli.options import (
    PLAIN,
    AsJson,
    Cluster,
    Conflict,
    EnvFile,
    Names,
    Odb,
    Overlays,
    Server,
    ServerKey,
    examples,
    is_coloured,
    world,
)
from zatools.odb.target import OdbChoice

if TYPE_CHECKING:
    from zatools.commands.ping import Screen

app = typer.Typer(help='Ask the other side of connections whether it is up and lets us in.', **PLAIN)  # type: ignore[arg-type]
UNITS = {'ms': 0.001, '': 1.0, 's': 1.0, 'm': 60.0, 'h': 3600.0}
DURATION = re.compile(r'(\d+(?:\.\d+)?)\s*(ms|s|m|h|)')
MODES = {'1': 'non_persistent', '2': 'persistent'}


def seconds(text: str) -> float:
    """Reads a time such as 30s, 500ms, 2m; a bare number is seconds."""
    found = DURATION.fullmatch(text.strip().lower())
    if not found or not float(found[1]):
        raise typer.BadParameter(f"'{text}' is no time, as in 30s, 500ms or 2m")
    return float(found[1]) * UNITS[found[2]]


def statuses(text: str) -> frozenset[int]:
    """Reads HTTP statuses such as 200,204."""
    parts = [part.strip() for part in text.split(',') if part.strip()]
    if not parts or any(not re.fullmatch('[1-5][0-9][0-9]', part) for part in parts):
        raise typer.BadParameter(f"'{text}' are no HTTP statuses, as in 200,204")
    return frozenset(map(int, parts))


def mode(text: str) -> str:
    """Reads a delivery mode: a word, or AMQP's number."""
    found = MODES.get(text, text)
    if found not in MODES.values():
        raise typer.BadParameter(f"'{text}' is neither persistent (2) nor non_persistent (1)")
    return found


Files = Annotated[
    list[str] | None, typer.Option('--file', help='Definition files in place of an ODB; repeatable, - for stdin.')
]
Inactive = Annotated[bool, typer.Option('--include-inactive', help='Take connections that are not active too.')]
Timeout = Annotated[
    float | None,
    typer.Option('--timeout', parser=seconds, metavar='TIME', help="Limit for all of it; else the definition's, 10s."),
]
ViaServer = Annotated[bool, typer.Option('--via-server', help='Let a running server do it: its network counts.')]
ServerUrl = Annotated[
    str, typer.Option('--server-url', help='Its URL [env: ZATO_SERVER_USER, ZATO_SERVER_PASSWORD]; or --server DIR.')
]


@app.callback()
def _ping() -> None:
    pass


@app.command(
    'outconn',
    epilog=examples(
        'zato ping outconn CRM Payments',
        'zato ping outconn --all --server env/qs-1/server1',
        'zato ping outconn --all --file definitions.yaml --env-file test.env',
        'zato ping outconn --all --type rest --name "crm.*" --strict --junit ping.xml',
        'zato ping outconn --all --wait 60s && ./run-tests',
        'zato ping outconn --all --via-server --server-url http://zato:17010',
    ),
)
def _outconn(
    names: Annotated[list[str] | None, typer.Argument(metavar='[NAME]...', help='Connections.')] = None,
    is_all: Annotated[bool, typer.Option('--all', help='All outgoing connections.')] = False,
    types: Annotated[list[str] | None, typer.Option('--type', help='rest, soap or amqp; a comma list.')] = None,
    globs: Names = None,
    files: Files = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    on_conflict: Conflict = '',
    include_inactive: Inactive = False,
    timeout: Timeout = None,
    jobs: Annotated[int, typer.Option('--jobs', min=1, max=1000, help='How many at once.')] = 32,
    strict: Annotated[bool, typer.Option('--strict', help='Warnings count as failures.')] = False,
    expected: Annotated[
        Any, typer.Option('--expect-status', parser=statuses, metavar='LIST', help='Statuses that alone are ok.')
    ] = None,
    wait: Annotated[
        float | None, typer.Option('--wait', parser=seconds, metavar='TIME', help='Try again until all are up.')
    ] = None,
    watch: Annotated[
        float | None,
        typer.Option('--watch', parser=seconds, metavar='TIME', help='Repeat until interrupted; show changes.'),
    ] = None,
    via_server: ViaServer = False,
    server_url: ServerUrl = '',
    format: Annotated[str, typer.Option('--format', help="text, json, github, or zato: Zato's four lines.")] = 'text',
    as_json: AsJson = False,
    junit: Annotated[str, typer.Option('--junit', help='Write JUnit XML to a file, - for standard output.')] = '',
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Ping REST, SOAP and AMQP outgoing connections. Exit 1 if one failed."""
    from zatools.commands.outgoing import Source, Wanted
    from zatools.commands.ping import How, ping

    choice = OdbChoice(odb, server, '', cluster, server_key)
    source = Source(choice, tuple(files or ()), tuple(overlays or ()), env_file, on_conflict, via_server, server_url)
    form = 'json' if as_json else format
    how = How(timeout, jobs, strict, expected or frozenset(), include_inactive, wait, watch, form, junit)
    wanted = Wanted(tuple(names or ()), tuple(types or ()), tuple(globs or ()), is_all)
    return ping(world(), source, wanted, how, _screen(how.format))


def _screen(form: str) -> Screen | None:
    if form != 'text' or not is_coloured():
        return None
    from zatools.cli.live import Live

    return Live()


def _publish(
    name: Annotated[str, typer.Argument(help='Outgoing AMQP connection.')],
    exchange: Annotated[str, typer.Option('--exchange', help="Exchange; '' is the broker's default one.")],
    routing_key: Annotated[str, typer.Option('--routing-key', help='Routing key.')],
    message: Annotated[str | None, typer.Option('--message', help='Text; else: Hello from Zato!')] = None,
    message_file: Annotated[str, typer.Option('--message-file', help='File, or - for standard input.')] = '',
    delivery_mode: Annotated[
        Any, typer.Option('--delivery-mode', parser=mode, metavar='MODE', help='persistent or non_persistent.')
    ] = None,
    priority: Annotated[int | None, typer.Option('--priority', min=0, max=9, help='0 to 9.')] = None,
    content_type: Annotated[str | None, typer.Option('--content-type', help='As in application/json.')] = None,
    content_encoding: Annotated[str | None, typer.Option('--content-encoding', help='As in gzip.')] = None,
    expiration: Annotated[
        float | None, typer.Option('--expiration', parser=seconds, metavar='TIME', help='How long it lives.')
    ] = None,
    user_id: Annotated[str | None, typer.Option('--user-id', help="Must be the connection's user.")] = None,
    app_id: Annotated[str | None, typer.Option('--app-id', help='Application id.')] = None,
    include_inactive: Inactive = False,
    timeout: Timeout = None,
    via_server: ViaServer = False,
    server_url: ServerUrl = '',
    files: Files = None,
    overlays: Overlays = None,
    env_file: EnvFile = '',
    on_conflict: Conflict = '',
    as_json: AsJson = False,
    odb: Odb = '',
    server: Server = '',
    cluster: Cluster = '',
    server_key: ServerKey = '',
) -> int:
    """Publish a message through an outgoing AMQP connection. Exit 1 unless a queue has it."""
    from zatools.commands.outgoing import Source
    from zatools.commands.publish import Post, publish

    choice = OdbChoice(odb, server, '', cluster, server_key)
    given = {
        'delivery_mode': delivery_mode,
        'priority': priority,
        'content_type': content_type,
        'content_encoding': content_encoding,
        'expiration': expiration,
        'user_id': user_id,
        'app_id': app_id,
    }
    properties = {name: value for name, value in given.items() if value is not None}
    return publish(
        world(),
        Source(choice, tuple(files or ()), tuple(overlays or ()), env_file, on_conflict, via_server, server_url),
        name,
        Post(exchange, routing_key, message, message_file, properties),
        timeout=timeout,
        includes_inactive=include_inactive,
        as_json=as_json,
    )


def add_publish(root: typer.Typer) -> None:
    """Adds `publish` to the program: a command beside the groups."""
    root.command(
        'publish',
        epilog=examples(
            "zato publish 'Fraud Detection Connection' --exchange /tutorial --routing-key api",
            'zato publish Orders --exchange orders --routing-key new --message-file order.json \\',
            '    --content-type application/json --file definitions.yaml',
            'zato publish Orders --exchange orders --routing-key new --via-server --server env/qs-1/server1',
        ),
    )(_publish)
