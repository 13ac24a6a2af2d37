"""Command lines that hints say: with the options that were given, so that typing them does what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote

from zatools.odb.target import OdbChoice, shown
from zatools.plan.choices import FileChoice, ObjectChoice
from zatools.screens import word

Choice = OdbChoice | FileChoice | ObjectChoice


def command_line(command: str, *choices: Choice) -> str:
    """Returns a command line for the shell: a command and the options that make these choices.

    A password in the URL of an ODB is left out: it is typed, or comes from ZATO_ODB.
    """
    return ' '.join([command, *(part for choice in choices for part in _parts(choice))])


def _parts(choice: Choice) -> Iterator[str]:
    if isinstance(choice, OdbChoice):
        # A path is how commands without --odb take an ODB.
        yield from _given('--odb', map(shown, filter(None, [choice.odb or choice.path])))
        yield from _given('--server', filter(None, [choice.server]))
        yield from _given('--cluster', filter(None, [choice.cluster]))
        yield from _given('--server-key', filter(None, [choice.server_key]))
    elif isinstance(choice, ObjectChoice):
        yield from _given('--type', choice.types)
        yield from _given('--name', choice.names)
        yield from _flags(choice.with_references, '--with-references')
        yield from _flags(choice.skip_unsupported, '--skip-unsupported')
    else:
        yield from map(word, choice.paths)
        yield from _given('--overlay', choice.overlays)
        yield from _given('--env-file', filter(None, [choice.env_file]))
        yield from _given('--on-conflict', filter(None, [choice.on_conflict]))
        yield from _flags(choice.allow_outside, '--allow-outside')
        yield from _flags(choice.skip_unknown, '--skip-unknown')


def _given(option: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield f'{option} {_value(value)}'


def _value(text: str) -> str:
    # A file that begins with a dash gets a folder before it; a name must stay as it is.
    if text.startswith('-'):
        return quote(text)
    return word(text)


def _flags(is_given: bool, option: str) -> Iterator[str]:
    if is_given:
        yield option
