"""Commands as data: every option reaches the function that carries it out."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from itertools import chain
from typing import Any, get_type_hints

import pytest
import typer

from zatools.cli.command import Command, add, arguments
from zatools.cli.enmasse import ENMASSE
from zatools.cli.odb import ODBS
from zatools.cli.password import PASSWORDS
from zatools.cli.ping import OUTCONN, PUBLISH
from zatools.cli.server import DEMO, NEW, SERVER
from zatools.cli.services import INVOKE, JOBS, OPENAPI, SERVICES
from zatools.errors import UsageError
from zatools.odb.target import OdbChoice
from zatools.plan.choices import FileChoice

COMMANDS = (*ENMASSE, *ODBS, *PASSWORDS, OUTCONN, PUBLISH, SERVER, DEMO, NEW, INVOKE, *JOBS, OPENAPI, SERVICES)


def function(command: Command) -> Any:
    module, _, name = command.run.partition(':')
    return getattr(import_module(module), name)


def options_of(taker: Any) -> Iterator[tuple[str, bool]]:
    """Yields the names of the options that a function takes, alone or in dataclasses, and whether each is needed."""
    if is_dataclass(taker):
        given = [(field.name, field.default is MISSING and field.default_factory is MISSING) for field in fields(taker)]
    else:
        known = inspect.signature(taker).parameters.values()
        given = [(one.name, one.default is one.empty) for one in known if one.name != 'world']
    hints = get_type_hints(taker)
    for name, is_needed in given:
        if is_dataclass(hints[name]):
            yield from options_of(hints[name])
        else:
            yield name, is_needed


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_the_function_takes_every_option(command: Command) -> None:
    assert {option.name for option in command.options} <= {name for name, _ in options_of(function(command))}


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_a_bare_command_line_has_all_that_the_function_needs(command: Command) -> None:
    given = {option.name for option in command.options if option.default is not None}
    assert {name for name, is_needed in options_of(function(command)) if is_needed} <= given


def test_options_that_travel_together_come_together() -> None:
    given = {'odb': 'o', 'paths': ['a', 'b'], 'overlays': None, 'env_file': 'e', 'replace': True, 'lock_timeout': 1.0}
    found = arguments(function(ENMASSE[1]), given)
    assert found.pop('choice') == OdbChoice(odb='o')
    assert found.pop('files') == FileChoice(('a', 'b'), env_file='e')
    assert found.pop('meant').types == ()
    assert found.pop('wishes').replace is True
    assert found == {}


@pytest.mark.parametrize('command', COMMANDS, ids=lambda command: command.name)
def test_no_option_is_taken_empty_where_that_would_be_as_if_it_were_not_given(command: Command) -> None:
    group = typer.Typer()
    add(group, command)
    program: Any = typer.main.get_command(group)
    needed = [
        [*option.opts[:1], 'x'][-2 if option.opts[0].startswith('-') else -1 :]
        for option in program.params
        if option.required
    ]
    for option in program.params:
        if option.param_type_name == 'option' and isinstance(option.default, str):
            with pytest.raises(UsageError, match=f'{option.opts[0]} is empty'):
                program.main([*chain(*needed), option.opts[0], ''], standalone_mode=False)
