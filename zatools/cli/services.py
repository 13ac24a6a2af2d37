"""The command lines of `zato invoke` and `zato job`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli.command import Command
from zatools.cli.options import AS_JSON, ODB, Option, one_of, text
from zatools.cli.ping import SOURCE, VIA_SERVER, time_of

#: The group of commands about jobs.
JOB = 'job'
FOLDER = text('folder', '--folder', 'Project with services/ and user-conf/, or a server directory.', '.')
GENERATION = one_of('generation', '--generation', 'Run it as Zato 3.2 or 4.1.', '3.2', '4.1')
#: `--server` takes a URL as well, of a server that is asked.
ANYWHERE = (
    ODB[0],
    Option(
        'server',
        Annotated[str, typer.Option('--server', help='URL of a running server; or a server directory: its ODB, here.')],
        '',
    ),
    *ODB[2:],
)

INVOKE = Command(
    'invoke',
    'zatools.commands.invoke:invoke',
    'Invoke a service and print its response. Exit 1 if it fails.',
    (
        Option('service', Annotated[str, typer.Argument(help='Name of the service.')], ...),
        Option('payload', Annotated[str, typer.Argument(metavar='[JSON]', help='JSON, or - for standard input.')], ''),
        FOLDER,
        GENERATION,
        time_of('timeout', '--timeout', 'How long a server may take; else 60s.'),
        *VIA_SERVER,
        AS_JSON,
        *SOURCE,
        *ANYWHERE,
    ),
    (
        """zato invoke api.user.get-details '{"user_name": "my.user"}'""",
        'zato invoke orders.import - --folder my-project --generation 4.1 < order.json',
        'zato invoke orders.import --server http://127.0.0.1:17010 --json',
    ),
    outcome='',
)
LIST = Command(
    'list',
    'zatools.commands.jobs:list_jobs',
    'List jobs: when they run, next in UTC, which service.',
    (FOLDER, GENERATION, AS_JSON, *SOURCE, *ODB),
    ('zato job list', 'zato job list --file definitions.yaml --json', 'zato job list --odb postgresql://zato@db/zato'),
)
RUN = Command(
    'run',
    'zatools.commands.jobs:run_job',
    'Run the service of a job now, in this process. Exit 1 if it fails.',
    (Option('name', Annotated[str, typer.Argument(help='Job.')], ...), FOLDER, GENERATION, *SOURCE, *ODB),
    ('zato job run "Nightly report"', 'zato job run Cleanup --folder my-project --file definitions.yaml'),
    outcome='',
)
JOBS = (LIST, RUN)
OPENAPI = Command(
    'openapi',
    'zatools.commands.openapi:openapi',
    'Print the OpenAPI document of REST channels, from definitions and services.',
    (
        Option('folder', Annotated[str, typer.Argument(help='Project with services/, or a server directory.')], '.'),
        Option('output', Annotated[str, typer.Option('-o', '--output', help='File to write, YAML or .json.')], '-'),
        GENERATION,
        *SOURCE,
        *ODB,
    ),
    ('zato openapi', 'zato openapi my-project -o api.yaml', 'zato openapi --file definitions.yaml -o api.json'),
)
SERVICES = Command(
    'services',
    'zatools.commands.services:list_services',
    'List services, what leads to each, what each uses. Nothing of theirs is run.',
    (
        Option('folder', Annotated[str, typer.Argument(help='Project with services/, or a server directory.')], '.'),
        GENERATION,
        AS_JSON,
        *SOURCE,
        *ODB,
    ),
    ('zato services', 'zato services my-project --file definitions.yaml', 'zato services --json'),
)
