"""The command lines of `zato env`."""

from __future__ import annotations

from typing import Annotated

import typer

from zatools.cli import completion
from zatools.cli.command import Command
from zatools.cli.options import AS_JSON, Option

LIST = Command(
    'list',
    'zatools.commands.environments:list_environments',
    'List the environments of zatools.toml.',
    (AS_JSON,),
    ('zato env list', 'zato env list --json'),
)
SHOW = Command(
    'show',
    'zatools.commands.environments:show_environment',
    'Show what an environment says, and where each of it stands.',
    (
        Option(
            'name', Annotated[str, typer.Argument(help='Environment.', autocompletion=completion.environments)], ...
        ),
        AS_JSON,
    ),
    ('zato env show prod', 'zato env show prod --json'),
)
SCHEMA = Command(
    'schema',
    'zatools.commands.environments:schema',
    'Print a JSON Schema of zatools.toml.',
    (),
    ('zato env schema > zatools.schema.json',),
)
ENVIRONMENTS = (LIST, SHOW, SCHEMA)
