"""A command line as data: what it is called, which function it runs, its options. Each option is declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from inspect import Parameter, Signature
from typing import Any, NamedTuple, get_type_hints

import typer

from zatools.cli import boundary
from zatools.cli.options import ENV, FILES, ODB, PATHS, Option, examples, world
from zatools.errors import UsageError
from zatools.world import World


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

    @property
    def takes_environment(self) -> bool:
        """Whether it opens an ODB or reads files: an environment of `zatools.toml` may say which."""
        return any(option in self.options for option in (ODB[0], PATHS, FILES))

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Its options, and those that many commands have."""
        if self.takes_environment:
            return (*self.options, ENV)
        return self.options

    def filled(self, world: World, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns what was given, with what the environment that is named says besides."""
        if not self.takes_environment or (given.get('env') is None and not world.environ.get('ZATO_ENV')):
            return given
        from zatools.environments.filling import filled

        return filled(world, given, {option.name for option in self.options}, needs_odb=FILES in self.options)


def add(group: typer.Typer, command: Command) -> None:
    """Adds a command to a group."""
    group.command(command.name, epilog=examples(*command.examples))(_callback(command))


def _callback(command: Command) -> Callable[..., int]:
    def callback(context: typer.Context, **given: Any) -> int:
        boundary.foretell(command.outcome)
        _refuse_empty(context, given)
        module, _, name = command.run.partition(':')
        run = getattr(import_module(module), name)
        seen = world()
        return int(run(seen, **arguments(run, command.filled(seen, given))))

    # Typer reads a function's signature to know its parameters.
    parameters = [
        Parameter(option.name, Parameter.POSITIONAL_OR_KEYWORD, default=option.default, annotation=option.declared)
        for option in command.all_options
    ]
    context = Parameter('context', Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    callback.__signature__ = Signature([context, *parameters])  # type: ignore[attr-defined]
    callback.__annotations__ = {
        'context': typer.Context,
        **{option.name: option.declared for option in command.all_options},
    }
    callback.__doc__ = command.doc
    return callback


def _refuse_empty(context: typer.Context, given: Mapping[str, Any]) -> None:
    # A variable that a script does not set must not make `--plan "$PLAN"` an import without a plan. Where nothing
    # means something, an option has another default.
    for option in context.command.params:
        name = str(option.name)
        is_empty = option.param_type_name == 'option' and isinstance(option.default, str) and given.get(name) == ''
        source = context.get_parameter_source(name)
        if is_empty and source and source.name == 'COMMANDLINE':
            raise UsageError(f'{option.opts[0]} is empty', 'is it a variable that is not set?')


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
        if is_dataclass(hint) and name not in given:
            found[name] = hint(**_filled(get_type_hints(hint), given))  # type: ignore[operator]
        elif given.get(name) is not None:
            value = given[name]
            found[name] = tuple(value) if isinstance(value, list) else value
    return found
