"""The command lines of `zato server`, `zato mock`, `zato demo` and `zato new`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli.command import Command
from zatools.cli.options import CONFLICT, ENV_FILE, ODB, OUTSIDE, OVERLAYS, Option, flag, one_of, text
from zatools.cli.ping import SOURCE, time_of

SERVER = Command(
    'server',
    'zatools.commands.server:serve',
    'Run Python services on this machine. For developing and testing them.',
    (
        Option(
            'folder',
            Annotated[str, typer.Argument(help='Project with services/ and user-conf/, or a server directory.')],
            '.',
        ),
        text('host', '--host', 'Address to listen on.', '127.0.0.1'),
        Option(
            'port', Annotated[int, typer.Option('--port', min=0, max=65535, help='Port; 0 picks a free one.')], 17010
        ),
        one_of('generation', '--generation', 'Run it as Zato 3.2 or 4.1.', '3.2', '4.1'),
        *SOURCE,
        *ODB,
        text('log_file', '--log-file', 'File that the log goes to as well.'),
        time_of('timeout', '--timeout', 'How long a service may take; else any time.'),
        Option('max_body', Annotated[int, typer.Option('--max-body', min=1, help='Largest request body, in MB.')], 10),
        Option('workers', Annotated[int, typer.Option('--workers', min=1, max=64, help='Processes at one port.')], 1),
        flag('all_cores', '--all-cores', 'Let threads run on any core; slower, unless services compute in C.'),
        Option('is_verbose', Annotated[bool, typer.Option('-v', '--verbose', help='Log each request.')], False),
    ),
    (
        'zato server . --file definitions.yaml',
        'zato server my-project --odb postgresql://zato@127.0.0.1/zato --port 0',
        'zato server env/qs-1/server1 --server env/qs-1/server1 --log-file server.log',
    ),
)
MOCK = Command(
    'mock',
    'zatools.commands.mock:mock',
    'Play the systems that outgoing connections call. Answers are written in plain English.',
    (
        Option(
            'paths',
            Annotated[
                list[str] | None, typer.Argument(help='Definitions, and folders or .feature files with answers.')
            ],
        ),
        Option(
            'port',
            Annotated[int, typer.Option('--port', min=0, max=65000, help='One port for all; else a free one each.')],
            0,
        ),
        text('write_overlay', '--write-overlay', 'File to write, an overlay that points the definitions here.'),
        text('record', '--record', 'File to write, rules of what real systems answer where no rule does.'),
        flag('watch', '--watch', 'Read answers anew when their files are saved.'),
        OVERLAYS,
        ENV_FILE,
        CONFLICT,
        OUTSIDE,
        flag('is_quiet', '--quiet', 'Tell no calls.'),
    ),
    ('zato mock definitions.yaml features/mocks --write-overlay mock.yaml', 'zato mock definitions.yaml --port 18000'),
)
DEMO = Command(
    'demo',
    'zatools.commands.demo:demo',
    'Run the whole tutorial on this machine, offline. Each step is shown as a command to type.',
    (
        Option(
            'folder',
            Annotated[str, typer.Argument(metavar='[DIR]', help='New folder for its files; else a temporary one.')],
            '',
        ),
        Option(
            'amqp',
            Annotated[str, typer.Option('--amqp', metavar='URL', help='Broker; else zato mock takes the messages.')],
            '',
        ),
        flag('keeps', '--keep', 'Go on serving until Ctrl-C.'),
    ),
    ('zato demo', 'zato demo my-demo --keep', 'zato demo --amqp amqp://guest:guest@127.0.0.1:5672'),
)
NEW = Command(
    'new',
    'zatools.commands.new:new',
    'Make a project to start from. Definitions, a service, tests, pipelines; it passes as it is.',
    (Option('folder', Annotated[str, typer.Argument(metavar='DIR', help='Folder that is new or empty.')], ...),),
    ('zato new my-project',),
)
