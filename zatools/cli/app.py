"""The command line of `zato`: parses, calls a command, returns its exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

from zatools.cli import completion, ping
from zatools.cli.answered import answered
from zatools.cli.command import add
from zatools.cli.enmasse import ENMASSE, POLICIES
from zatools.cli.environments import ENVIRONMENTS
from zatools.cli.odb import ODBS
from zatools.cli.options import PLAIN, add_version, fit_help
from zatools.cli.password import PASSWORDS
from zatools.cli.server import DEMO, MOCK, NEW, SERVER
from zatools.cli.services import INVOKE, JOB, JOBS, OPENAPI, SERVICES

app = typer.Typer(name='zato', help='Configuration as code and API tests for integration platforms.', **PLAIN)  # type: ignore[arg-type]
enmasse = typer.Typer(help='Move definitions between files and the ODB.', **PLAIN)  # type: ignore[arg-type]
odb = typer.Typer(help='Make and look at ODBs (operational databases).', **PLAIN)  # type: ignore[arg-type]
env = typer.Typer(help='Look at the environments of zatools.toml.', **PLAIN)  # type: ignore[arg-type]
job = typer.Typer(help='Look at scheduler jobs, and run one.', **PLAIN)  # type: ignore[arg-type]
policy = typer.Typer(help='Look at what policies are written in.', **PLAIN)  # type: ignore[arg-type]
password = typer.Typer(help='Change passwords of objects.', **PLAIN)  # type: ignore[arg-type]
enmasse.add_typer(policy, name='policy')
app.add_typer(enmasse, name='enmasse')
app.add_typer(odb, name='odb')
app.add_typer(env, name='env')
app.add_typer(password, name='password')
app.add_typer(ping.app, name='ping')
app.add_typer(job, name=JOB)
add_version(app, 'zatools')

for group, known in (
    (enmasse, ENMASSE),
    (odb, ODBS),
    (env, ENVIRONMENTS),
    (policy, POLICIES),
    (password, PASSWORDS),
    (job, JOBS),
    (app, (ping.PUBLISH, DEMO, INVOKE, MOCK, NEW, OPENAPI, SERVER, SERVICES)),
):
    for command in known:
        add(group, command)


#: As users meet them; typer would put groups last.
ORDER = (
    'enmasse', 'odb', 'env', 'password', 'ping', 'publish', 'server', 'invoke', 'services', 'openapi', JOB, 'mock',
    'demo', 'new',
)  # fmt: skip


def _narrow(arguments: list[str]) -> None:
    # Typer builds every parameter of every command; those of the commands that are not called cost 30 ms.
    groups = (enmasse, odb, env, password, ping.app, job)
    for name, group in zip(('enmasse', 'odb', 'env', 'password', 'ping', JOB), groups, strict=True):
        named = [command for command in group.registered_commands if arguments[:2] == [name, command.name]]
        if named:
            group.registered_commands = named


def program() -> str:
    """Returns the name the program was called by, for usage lines and completion: zato or zatools."""
    if os.path.basename(sys.argv[0]) == 'zatools':
        return 'zatools'
    return 'zato'


def call(arguments: list[str]) -> int:
    """Parses arguments, runs the command, returns its exit code."""
    _narrow(arguments)
    completion.mend_line()
    command: Any = typer.main.get_command(app)
    fit_help(command)
    completion.use_own_zsh(command)
    command.commands = dict(sorted(command.commands.items(), key=lambda one: ORDER.index(one[0])))
    return answered(command, arguments, program())
