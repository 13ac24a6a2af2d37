"""Every way a command can end has its words and its exit code."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import typer

from zatools import signals
from zatools.cli import apitest_app, app
from zatools.cli.answered import answered
from zatools.cli.boundary import run
from zatools.errors import FileError, InvalidError, OdbError, RefusedError, UsageError, ZatoolsError
from zatools.place import Place, Problem

SECRET = 'correct-horse'


@pytest.fixture(autouse=True)
def _handlers_of_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in signals.OTHERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def failing(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


def test_what_a_command_returns_is_the_exit_code() -> None:
    assert run(lambda: 1) == 1


@pytest.mark.parametrize(
    ('error', 'code'),
    [
        (UsageError('two ODBs are given'), 2),
        (InvalidError('one problem'), 3),
        (OdbError('there is no ODB'), 4),
        (FileError("o.yaml can't be written"), 4),
        (RefusedError('2 objects exist'), 5),
    ],
)
def test_an_expected_failure_is_its_sentence(
    error: ZatoolsError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(failing(error)) == code
    assert capsys.readouterr() == ('', f'{error.text}\n')


def test_a_hint_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(RefusedError('2 objects exist', 'add --replace'))) == 5
    assert capsys.readouterr().err == '2 objects exist\nhint: add --replace\n'


def test_problems_are_said_with_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(Place('crm.yaml', 3, 5), "unknown key 'hots'")
    assert run(failing(InvalidError('1 problem.', problems=[problem]))) == 3
    assert capsys.readouterr().err == "crm.yaml:3:5: unknown key 'hots'\n1 problem.\n"


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err.startswith('Interrupted')


@pytest.mark.parametrize('error', [KeyboardInterrupt, EOFError, BrokenPipeError])
def test_typer_keeps_no_end_from_the_boundary(error: type[BaseException]) -> None:
    program = typer.Typer()

    @program.command()
    def broken() -> None:
        raise error(errno.EPIPE, 'no reader')

    with pytest.raises((KeyboardInterrupt, BrokenPipeError)):
        answered(typer.main.get_command(program), [], 'broken')


@pytest.mark.parametrize('of', [app, apitest_app])
def test_each_program_is_answered_so(of: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, 'answered', lambda command, arguments, name: 42)
    assert of.call(['--help']) == 42


@pytest.mark.parametrize('number', signals.OTHERS)
def test_other_signals_end_like_ctrl_c(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        os.kill(os.getpid(), number)
        return 0

    assert run(command) == 130
    assert capsys.readouterr().err.startswith('Interrupted')


def test_a_bug_says_where_but_not_what(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('ZATOOLS_TRACEBACK', raising=False)
    assert run(failing(KeyError(SECRET))) == 70
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert 'KeyError at test_boundary.py:' in lines[0]
    assert SECRET not in ''.join(lines)


def test_the_traceback_of_a_bug_has_no_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ZATOOLS_TRACEBACK', '1')
    assert run(failing(KeyError(SECRET))) == 70
    text = capsys.readouterr().err
    assert 'test_boundary.py' in text
    assert SECRET not in text


def test_output_that_can_not_be_written_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> int:
        with open('/dev/full', 'w') as stream:
            stream.write('a plan')
        return 0

    assert run(full) == 4
    assert "No space left on device: the output can't be written." in capsys.readouterr().err
