"""A command line as data: what it is called, which function it runs, its options. Each option is declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from inspect import Parameter, Signature
from typing import Any, NamedTuple, get_type_hints

import typer

from zatools.cli import boundary
from zatools.cli.options import Option, examples, world


class Command(NamedTuple):
    """One command; `run` is `module:function`, imported when it is called. See `arguments` for what it is handed.

    `outcome` is what is so when it is interrupted.
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
        run = getattr(import_module(module), name)
        return int(run(world(), **arguments(run, given)))

    # Typer reads a function's signature to know its parameters.
    parameters = [
        Parameter(option.name, Parameter.POSITIONAL_OR_KEYWORD, default=option.default, annotation=option.declared)
        for option in command.options
    ]
    callback.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    callback.__annotations__ = {option.name: option.declared for option in command.options}
    callback.__doc__ = command.doc
    return callback


def arguments(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a command's function is called with, for what was given on the command line.

    Options that are fields of a dataclass which the function takes reach it in one of these.
    """
    return _filled(get_type_hints(function), given)


def _filled(hints: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, hint in hints.items():
        if name in ('world', 'return'):
            continue
        if is_dataclass(hint):
            found[name] = hint(**_filled(get_type_hints(hint), given))  # type: ignore[operator]
        elif given.get(name) is not None:
            value = given[name]
            found[name] = tuple(value) if isinstance(value, list) else value
    return found
