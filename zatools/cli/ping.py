"""The command lines of `zato ping outconn` and `zato publish`."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from zatools.cli.command import Command, add
from zatools.cli.options import (
    AS_JSON,
    CONFLICT,
    ENV_FILE,
    FILES,
    NAMES,
    ODB,
    OUTSIDE,
    OVERLAYS,
    PLAIN,
    Option,
    flag,
    text,
)

app = typer.Typer(help='Ask the other sides of connections whether they are up.', **PLAIN)  # type: ignore[arg-type]
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


def time_of(name: str, option: str, doc: str) -> Option:
    """Returns an option that takes a time, in seconds or with a unit."""
    return Option(name, Annotated[float | None, typer.Option(option, parser=seconds, metavar='TIME', help=doc)])


def parsed(name: str, option: str, doc: str, parser: Any, metavar: str) -> Option:
    """Returns an option whose text is read by a parser of its own."""
    return Option(name, Annotated[Any, typer.Option(option, parser=parser, metavar=metavar, help=doc)])


#: Where connections are taken from, whichever command tries them.
SOURCE = (FILES, OVERLAYS, ENV_FILE, CONFLICT, OUTSIDE)
INACTIVE = flag('includes_inactive', '--include-inactive', 'Take connections that are not active too.')
TIMEOUT = time_of('timeout', '--timeout', "Limit for all of it; else the definition's, 10s.")
VIA_SERVER = (
    flag('via_server', '--via-server', 'Let a running server do it: its network counts.'),
    text('server_url', '--server-url', 'Its URL [env: ZATO_SERVER_USER, ZATO_SERVER_PASSWORD]; or --server DIR.'),
)

OUTCONN = Command(
    'outconn',
    'zatools.commands.ping:ping',
    'Ping outgoing connections, each in its own protocol. Exit 1 if one failed.',
    (
        Option('names', Annotated[list[str] | None, typer.Argument(metavar='[NAME]...', help='Connections.')]),
        flag('is_all', '--all', 'All outgoing connections.'),
        Option('types', Annotated[list[str] | None, typer.Option('--type', help='Those alone, as in rest,sql.')]),
        NAMES._replace(name='globs'),
        *SOURCE,
        INACTIVE,
        TIMEOUT,
        Option('jobs', Annotated[int, typer.Option('--jobs', min=1, max=1000, help='How many at once.')], 32),
        flag('is_strict', '--strict', 'Warnings count as failures.'),
        parsed('expected', '--expect-status', 'Statuses that alone are ok.', statuses, 'LIST'),
        time_of('wait', '--wait', 'Try again until all are up.'),
        time_of('watch', '--watch', 'Repeat until interrupted; show changes.'),
        *VIA_SERVER,
        text('format', '--format', "text, json, github, or zato: Zato's four lines.", 'text'),
        AS_JSON,
        text('junit', '--junit', 'Write JUnit XML to a file, - for standard output.'),
        *ODB,
    ),
    (
        'zato ping outconn CRM Payments',
        'zato ping outconn --all --server env/qs-1/server1',
        'zato ping outconn --all --file definitions.yaml --env-file test.env',
        'zato ping outconn --all --type rest --name "crm.*" --strict --junit ping.xml',
        'zato ping outconn --all --wait 60s && ./run-tests',
        'zato ping outconn --all --via-server --server-url http://zato:17010',
    ),
    outcome='',
)
#: What goes over the properties that a definition gives to messages.
PROPERTIES = (
    parsed('delivery_mode', '--delivery-mode', 'persistent or non_persistent.', mode, 'MODE'),
    Option('priority', Annotated[int | None, typer.Option('--priority', min=0, max=9, help='0 to 9.')]),
    text('content_type', '--content-type', 'As in application/json.', None),
    text('content_encoding', '--content-encoding', 'As in gzip.', None),
    time_of('expiration', '--expiration', 'How long it lives.'),
    text('user_id', '--user-id', "Must be the connection's user.", None),
    text('app_id', '--app-id', 'Application id.', None),
)
PUBLISH = Command(
    'publish',
    'zatools.commands.publish:publish',
    'Publish a message through an outgoing AMQP connection. Exit 1 unless a queue has it.',
    (
        Option('name', Annotated[str, typer.Argument(help='Outgoing AMQP connection.')], ...),
        text('exchange', '--exchange', "Exchange; '' is the broker's default one.", ...),
        text('routing_key', '--routing-key', 'Routing key.', ...),
        text('message', '--message', 'Text; else: Hello from Zato!', None),
        text('message_file', '--message-file', 'File, or - for standard input.'),
        *PROPERTIES,
        INACTIVE,
        TIMEOUT,
        *VIA_SERVER,
        *SOURCE,
        AS_JSON,
        *ODB,
    ),
    (
        "zato publish 'Fraud Detection Connection' --exchange /tutorial --routing-key api",
        'zato publish Orders --exchange orders --routing-key new --message-file order.json \\',
        '    --content-type application/json --file definitions.yaml',
        'zato publish Orders --exchange orders --routing-key new --via-server --server env/qs-1/server1',
    ),
    outcome='',
)


@app.callback()
def _ping() -> None:
    pass


add(app, OUTCONN)
