"""Commands as data: every option reaches the function that carries it out."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from typing import Any

import pytest

from zatools.cli.command import Command, arguments
from zatools.cli.enmasse import ENMASSE, IMPORT, ODBS
from zatools.commands.import_ import Wishes
from zatools.odb.target import OdbChoice

COMMANDS = (*ENMASSE, *ODBS)


def function(command: Command) -> Any:
    module, _, name = command.run.partition(':')
    return getattr(import_module(module), name)


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_the_function_takes_every_option(command: Command) -> None:
    given = {option.name: 'given' for option in command.options}
    bound = inspect.signature(function(command)).bind('world', **arguments(command, given))
    if command is IMPORT:
        wishes = bound.arguments.pop('wishes')
        assert wishes.keys() <= {field.name for field in dataclasses.fields(Wishes)}


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_a_bare_command_line_has_all_that_the_function_needs(command: Command) -> None:
    given = {option.name: 'x' if option.default is ... else option.default for option in command.options}
    passed = arguments(command, given)
    bound = inspect.signature(function(command)).bind('world', **passed).arguments
    assert bound['world'] == 'world'
    assert {**bound, **bound.get('wishes', {})}.keys() - {'world', 'wishes'} == passed.keys()


def test_the_options_of_an_odb_come_together() -> None:
    given = {'path': 'p', 'odb': 'o', 'server': '', 'cluster': 'c', 'server_key': 'k', 'as_json': True}
    assert arguments(ODBS[1], given) == {
        'choice': OdbChoice(odb='o', server='', path='p', cluster='c', server_key='k'),
        'as_json': True,
    }
