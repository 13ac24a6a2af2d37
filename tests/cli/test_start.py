"""How the program starts: fast where it can be, and with help that shows how."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from zatools import __version__
from zatools.cli.app import enmasse, odb

COMMANDS = [
    [group, str(command.name)]
    for group, app in (('enmasse', enmasse), ('odb', odb))
    for command in app.registered_commands
]
HEAVY = ('typer', 'rich', 'sqlalchemy', 'yaml', 'cryptography', 'configobj', 'behave', 'requests', 'pika')


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def modules_after(arguments: list[str]) -> set[str]:
    # -X importtime names each module that is imported, on stderr, however the process ends.
    done = python('-X', 'importtime', '-m', 'zatools', *arguments)
    assert done.returncode == 0
    return {line.rpartition('|')[2].strip().partition('.')[0] for line in done.stderr.splitlines()}


def test_the_version_is_printed() -> None:
    done = python('-m', 'zatools', '--version')
    assert (done.stdout, done.stderr, done.returncode) == (f'zatools {__version__}\n', '', 0)


def test_the_version_is_printed_before_anything_is_imported() -> None:
    assert not modules_after(['--version']) & {*HEAVY, 'click', 'signal', 'argparse', 'traceback'}


@pytest.mark.parametrize('arguments', [[], ['enmasse'], ['odb'], *COMMANDS], ids=' '.join)
def test_help_imports_nothing_that_only_a_command_uses(arguments: list[str]) -> None:
    assert not modules_after([*arguments, '--help']) & (set(HEAVY) - {'typer'})


@pytest.mark.parametrize('arguments', COMMANDS, ids=' '.join)
def test_help_has_examples(arguments: list[str]) -> None:
    done = python('-m', 'zatools', *arguments, '--help')
    assert done.returncode == 0
    assert f'Examples:\n    zato {" ".join(arguments)}' in done.stdout


def test_an_unknown_command_is_a_wrong_command_line() -> None:
    done = python('-m', 'zatools', 'enmasse', 'exprot')
    assert done.returncode == 2
    assert "No such command 'exprot'" in done.stderr
