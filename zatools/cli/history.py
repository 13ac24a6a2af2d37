"""The commands of `zato enmasse` that look back: what imports did, how they are taken back, what changed since."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli import completion
from zatools.cli.command import Command
from zatools.cli.options import (
    AS_JSON,
    CONFLICT,
    ENV_FILE,
    NAMES,
    ODB,
    OUTSIDE,
    OVERLAYS,
    PATHS,
    SKIP_UNKNOWN,
    SKIP_UNSUPPORTED,
    TYPES,
    LockTimeout,
    Option,
    flag,
    text,
)

LOG = Command(
    'log',
    'zatools.commands.log:log',
    'List what imports did to an ODB: who, when, from which files. Exit 1 if none changed the object that is named.',
    (
        Option('name', Annotated[str, typer.Argument(help='Name of an object.', autocompletion=completion.names)], ''),
        text('since', '--since', 'No older runs: a time as in 12h, 7d or 2w, or a date.'),
        Option('run', Annotated[int | None, typer.Option('--run', help='Show what one run did, field by field.')]),
        AS_JSON,
        *ODB,
    ),
    ('zato enmasse log', 'zato enmasse log CRM --since 7d', 'zato enmasse log --run 12'),
)
UNDO = Command(
    'undo',
    'zatools.commands.undo:undo',
    'Show the plan that takes a run of the history back. --yes or --plan carries it out. That is a run, too.',
    (
        Option('run', Annotated[int | None, typer.Argument(help='Number of the run, as log shows it; else the last.')]),
        flag('yes', '--yes', 'Carry it out.'),
        text('plan', '--plan', 'Carry out exactly the plan that was shown, or nothing.'),
        flag('force', '--force', 'Take along what was changed since.'),
        AS_JSON,
        Option('lock_timeout', LockTimeout, 30.0),
        *ODB,
    ),
    ('zato enmasse undo', 'zato enmasse undo 12 --plan 7f3a91c2', 'zato enmasse undo 12 --yes --force'),
)
DRIFT = Command(
    'drift',
    'zatools.commands.drift:drift',
    'Show what somebody changed in an ODB since the last import, and whether files agree. Exit 1 if there is any.',
    (
        PATHS,
        TYPES,
        NAMES,
        OVERLAYS,
        ENV_FILE,
        CONFLICT,
        OUTSIDE,
        SKIP_UNKNOWN,
        SKIP_UNSUPPORTED,
        AS_JSON,
        flag('as_markdown', '--markdown', 'Print Markdown, for issues.'),
        *ODB,
    ),
    (
        'zato enmasse drift',
        'zato enmasse drift definitions/ --overlay prod.yaml',
        'zato enmasse drift definitions/ --markdown',
    ),
)
