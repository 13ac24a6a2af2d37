"""Command lines that hints say: with the options that were given, so that typing them does what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from zatools.odb.target import OdbChoice, environments, option_value, options
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.screens import word

#: What an environment may say of files.
OF_FILES = frozenset({'paths', 'overlays', 'env_file'})

Choice = OdbChoice | FileChoice | ObjectChoice


def command_line(command: str, *choices: Choice) -> str:
    """Returns a command line for the shell: a command and the options that make these choices.

    A password in the URL of an ODB is left out: it is typed, or comes from ZATO_ODB.
    """
    origins = [choice.origin for choice in choices if not isinstance(choice, ObjectChoice)]
    return ' '.join([command, *(part for choice in choices for part in _parts(choice)), *environments(*origins)])


def _parts(choice: Choice) -> Iterator[str]:
    if isinstance(choice, OdbChoice):
        yield from options(choice)
    elif isinstance(choice, ObjectChoice):
        yield from _given('--type', choice.types)
        yield from _given('--name', choice.names)
        yield from _flags(choice.with_references, '--with-references')
        yield from _flags(choice.skip_unsupported, '--skip-unsupported')
    else:
        # What the environment says is said by its name.
        typed = replace(choice, **{name: type(getattr(choice, name))() for name in choice.origin.filled & OF_FILES})
        yield from map(word, typed.paths)
        yield from _given('--overlay', typed.overlays)
        yield from _given('--env-file', filter(None, [typed.env_file]))
        yield from _given('--on-conflict', filter(None, [choice.on_conflict]))
        yield from _flags(choice.allow_outside, '--allow-outside')
        yield from _flags(choice.skip_unknown, '--skip-unknown')


def _given(option: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield f'{option} {option_value(value)}'


def _flags(is_given: bool, option: str) -> Iterator[str]:
    if is_given:
        yield option
