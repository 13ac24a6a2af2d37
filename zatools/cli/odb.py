"""The commands of `zato odb`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli.command import Command
from zatools.cli.options import AS_JSON, ODB, Option, flag, one_of

PLACE = Option('path', Annotated[str, typer.Argument(help='URL, SQLite file, folder or server directory.')], '')
CREATE = Command(
    'create',
    'zatools.commands.odb:create',
    'Create an empty ODB.',
    (PLACE, one_of('layout', '--layout', '3.2 or 4.1.', '3.2', '4.1'), ODB[0]),
    (
        'zato odb create',
        'zato odb create --layout 4.1 test.sqlite',
        'zato odb create postgresql://zato:password@localhost/zato',
    ),
)
INFO = Command(
    'info',
    'zatools.commands.odb:info',
    'Say whose an ODB is, of which generation, and what it holds.',
    (PLACE, AS_JSON, *ODB),
    ('zato odb info', 'zato odb info env/qs-1/server1 --json'),
)
HISTORY = Command(
    'history',
    'zatools.commands.history:switch',
    'Say whether an ODB keeps a history of its imports, or switch that on or off.',
    (
        Option('switch', Annotated[str, typer.Argument(help='on or off.')], ''),
        flag('drop', '--drop', 'With off: remove all that the history holds.'),
        *ODB,
    ),
    (
        'zato odb history',
        'zato odb history on --server env/qs-1/server1',
        'zato odb history off --drop --server env/qs-1/server1',
    ),
)
ODBS = (CREATE, INFO, HISTORY)
