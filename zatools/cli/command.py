"""A command line as data: what it is called, which function it runs, its options. Each option is declared once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import Parameter, Signature
from typing import Any, NamedTuple

import typer

from zatools.cli import boundary
from zatools.cli.options import ODB, Option, examples, world
from zatools.odb.target import OdbChoice


class Command(NamedTuple):
    """One command; `run` is `module:function`, imported when it is called, with the options as keyword arguments.

    The options of `ODB`, and a `path`, reach the function together, as its `choice`. `outcome` is what is so when it is
    interrupted.
    """

    name: str
    run: str
    doc: str
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    outcome: str = boundary.UNCHANGED


def add(group: typer.Typer, command: Command) -> None:
    """Adds a command to a group."""
    group.command(command.name, epilog=examples(*command.examples))(_callback(command))


def _callback(command: Command) -> Callable[..., int]:
    def callback(**given: Any) -> int:
        boundary.foretell(command.outcome)
        module, _, name = command.run.partition(':')
        return int(getattr(import_module(module), name)(world(), **arguments(command, given)))

    # Typer reads a function's signature to know its parameters.
    parameters = [
        Parameter(option.name, Parameter.POSITIONAL_OR_KEYWORD, default=option.default, annotation=option.declared)
        for option in command.options
    ]
    callback.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {option.name: option.declared for option in command.options}
    callback.__doc__ = command.doc
    return callback


def arguments(command: Command, given: dict[str, Any]) -> dict[str, Any]:
    """Returns what a command's function is called with, for what was given on the command line."""
    names = {option.name for option in ODB} | {'path'}
    found = {name: value for name, value in given.items() if name not in names and value is not None}
    if given.keys() & names:
        found['choice'] = OdbChoice(**{name: given[name] for name in names if name in given})
    return found
