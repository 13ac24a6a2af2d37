"""The commands of `zato password`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli import completion
from zatools.cli.command import Command
from zatools.cli.options import ODB, TYPES, LockTimeout, Option, flag, text

SET = Command(
    'set',
    'zatools.commands.password:set_password',
    'Give an object another password. A terminal is asked for it twice, unless --stdin or --generate say otherwise.',
    (
        Option(
            'name', Annotated[str, typer.Argument(help='Name of the object.', autocompletion=completion.names)], ...
        ),
        flag('from_stdin', '--stdin', 'Read it from standard input; a line break at its end is left out.'),
        flag('generate', '--generate', 'Make it up, and show it this once: on a terminal only.'),
        flag('to_stdout', '--stdout', 'With --generate: write it to standard output even where that is no terminal.'),
        TYPES,
        text('which', '--field', 'Which secret, where the object has several.'),
        flag('dry_run', '--dry-run', 'Show the plan and change nothing.'),
        text('plan', '--plan', 'Do exactly the plan that --dry-run ended with, or nothing.'),
        flag('live', '--live', 'Through the running server, in force at once; 3.2 only, its default there.'),
        text('live_url', '--live-url', 'Where that server listens; ZATO_SERVER_USER, _PASSWORD.'),
        flag('direct', '--direct', 'Into the ODB, whether or not a server runs.'),
        flag('reload', '--reload', 'Then tell the running server, as an import does.'),
        text('server_url', '--server-url', 'Where that server listens, if --server DIR does not say.'),
        Option('lock_timeout', LockTimeout, 30.0),
        *ODB,
    ),
    (
        'zato password set "CRM login"',
        'pass show crm | zato password set "CRM login" --stdin --env prod',
        'zato password set "CRM login" --generate --server env/qs-1/server1',
        'zato password set "CRM login" --generate --stdout > crm.password',
    ),
)
PASSWORDS = (SET,)
