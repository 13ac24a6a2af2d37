"""Commands as data: every option reaches the function that carries it out."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from typing import Any

import pytest

from zatools.cli.command import Command, arguments
from zatools.cli.enmasse import ENMASSE, IMPORT, ODBS
from zatools.cli.options import ODB
from zatools.cli.ping import OUTCONN, PROPERTIES, PUBLISH
from zatools.cli.server import DEMO, NEW, SERVER
from zatools.commands.import_ import Wishes
from zatools.commands.ping import How
from zatools.commands.publish import Post
from zatools.commands.server import Options
from zatools.live.outgoing import Source, Wanted
from zatools.odb.target import OdbChoice

COMMANDS = (*ENMASSE, *ODBS, OUTCONN, PUBLISH, SERVER, DEMO, NEW)
#: Functions that take some of their options together, and what they make of them.
GATHERED = {IMPORT: (Wishes,), OUTCONN: (Source, Wanted, How), PUBLISH: (Source, Post), SERVER: (Source, Options)}
ALONE = {PUBLISH: {'timeout', *(option.name for option in PROPERTIES)}, SERVER: {'timeout'}}


def function(command: Command) -> Any:
    module, _, name = command.run.partition(':')
    return getattr(import_module(module), name)


def bound(command: Command, given: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Returns the names that a function takes one by one, and those that it gathers."""
    signature = inspect.signature(function(command))
    found = signature.bind('world', **arguments(command, given)).arguments
    rest = [name for name, parameter in signature.parameters.items() if parameter.kind is parameter.VAR_KEYWORD]
    gathered = found.pop(rest[0], {}) if rest else {}
    return set(found), set(gathered)


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_the_function_takes_every_option(command: Command) -> None:
    alone, gathered = bound(command, {option.name: 'given' for option in command.options})
    fields = {field.name for one in GATHERED.get(command, ()) for field in dataclasses.fields(one)}
    assert gathered <= fields | ALONE.get(command, set())
    own = {option.name for option in command.options} - {option.name for option in ODB} - {'path'}
    assert (alone | gathered) - {'world', 'choice'} == own


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_a_bare_command_line_has_all_that_the_function_needs(command: Command) -> None:
    given = {option.name: 'x' if option.default is ... else option.default for option in command.options}
    alone, gathered = bound(command, given)
    assert (alone | gathered) - {'world'} == arguments(command, given).keys()


def test_the_options_of_an_odb_come_together() -> None:
    given = {'path': 'p', 'odb': 'o', 'server': '', 'cluster': 'c', 'server_key': 'k', 'as_json': True}
    assert arguments(ODBS[1], given) == {
        'choice': OdbChoice(odb='o', server='', path='p', cluster='c', server_key='k'),
        'as_json': True,
    }
