"""How the program starts: fast where it can be, and with help that shows how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from zatools import __version__
from zatools.cli import ping
from zatools.cli.app import enmasse, odb
from zatools.cli.start import SUB_COMMANDS
from zatools.signals import ENDING

COMMANDS = [
    [group, str(command.name)]
    for group, app in (('enmasse', enmasse), ('odb', odb), ('ping', ping.app))
    for command in app.registered_commands
] + [['publish'], ['server'], ['demo'], ['invoke'], ['services'], ['openapi'], ['job', 'list'], ['job', 'run']]
HEAVY = (
    'typer',
    'rich',
    'sqlalchemy',
    'yaml',
    'cryptography',
    'configobj',
    'behave',
    'requests',
    'pika',
    'waitress',
    'werkzeug',
    'watchfiles',
    'apscheduler',
)

#: A whole process of the program whose command waits.
WAITING = """
import sys, time
from zatools.cli import start
from zatools.commands import validate
def wait(*arguments, **options):
    print('ready', flush=True)
    time.sleep(30)
validate.validate = wait
sys.argv = ['zato', 'enmasse', 'validate', 'a.yaml']
start.main()
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def modules_after(arguments: list[str]) -> set[str]:
    # -X importtime names each module that is imported, on stderr, however the process ends.
    done = python('-X', 'importtime', '-m', 'zatools', *arguments)
    assert done.returncode == 0
    return {line.rpartition('|')[2].strip().partition('.')[0] for line in done.stderr.splitlines()}


def test_every_sub_command_is_told_from_the_path_of_an_old_command_line() -> None:
    groups = {group.name for group in enmasse.registered_groups}
    assert {command.name for command in enmasse.registered_commands} | groups == SUB_COMMANDS


def test_the_version_is_printed() -> None:
    done = python('-m', 'zatools', '--version')
    assert (done.stdout, done.stderr, done.returncode) == (f'zatools {__version__}\n', '', 0)


def test_the_version_is_printed_before_anything_is_imported() -> None:
    assert not modules_after(['--version']) & {*HEAVY, 'click', 'signal', 'argparse', 'traceback'}


@pytest.mark.parametrize('arguments', [[], ['enmasse'], ['odb'], ['ping'], *COMMANDS], ids=' '.join)
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


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_said_and_ends_with_130(number: signal.Signals) -> None:
    command = [sys.executable, '-c', WAITING]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(number)
        _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk) == (130, 'Interrupted: nothing was changed.\n')


LOADING = """
import os, signal, sys
from zatools.cli import {module}
class Finder:
    def find_spec(self, name, *_):
        if name == 'zatools.cli.boundary':
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ['program', '--help']
{module}.main()
"""


@pytest.mark.parametrize('module', ['start', 'apitest'])
def test_an_interrupt_while_modules_are_loaded_ends_the_program_without_a_traceback(module: str) -> None:
    done = python('-c', LOADING.format(module=module))
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, '', '')


def started(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
    # Tests may run unbuffered; what users have is a buffer that is written at the end.
    environ = {name: value for name, value in os.environ.items() if name not in ('PYTHONUNBUFFERED', 'CI')}
    command = [sys.executable, '-m', 'zatools', *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environ, text=True, **streams)


SMALL = 'outgoing_rest:\n  - {name: A, host: "https://a.test", url_path: /x, data_format: json}\n'


def test_a_reader_that_leaves_before_a_small_plan_leaves_no_change_either(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(SMALL)
    database = tmp_path / 'a.sqlite'
    arguments = ('enmasse', 'import', str(tmp_path / 'a.yaml'), '--odb', str(database))
    with started(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        process.wait(timeout=30)
    assert (process.returncode, database.exists()) == (130, False)


@pytest.mark.skipif(not Path('/dev/full').is_char_device(), reason='there is no /dev/full here')
def test_an_output_that_is_full_leaves_no_change(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(SMALL)
    database = tmp_path / 'a.sqlite'
    arguments = ('enmasse', 'import', str(tmp_path / 'a.yaml'), '--odb', str(database))
    with open('/dev/full', 'w') as full, started(*arguments, stdout=full, stderr=subprocess.PIPE) as process:
        _, talk = process.communicate(timeout=30)
    assert (process.returncode, database.exists()) == (4, False)
    assert talk.endswith("No space left on device: the output can't be written. Nothing was changed.\n")


@pytest.mark.parametrize(
    ('encoding', 'shown'),
    [('ascii', rb'\u0142\xf3d\u017a'), ('latin-1', b'\\u0142\xf3d\\u017a'), ('utf-8', 'łódź'.encode())],
)
def test_what_an_encoding_lacks_is_escaped_on_screens_but_not_in_data(
    encoding: str, shown: bytes, tmp_path: Path
) -> None:
    (tmp_path / 'łódź.yaml').write_text(SMALL.replace('name: A', 'name: łódź'), encoding='utf-8')

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        environ = {**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONIOENCODING': encoding}
        command = [sys.executable, '-c', f'from zatools.cli.{arguments[0]} import main; main()', *arguments[1:]]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, timeout=60)

    done = run('start', 'enmasse', 'list', '--from', 'łódź.yaml')
    assert (done.returncode, shown in done.stdout) == (0, True), done
    done = run('start', 'enmasse', 'validate', 'łódź.yml')
    assert (done.returncode, done.stderr.startswith(shown + b'.yml: no such file')) == (3, True), done
    done = run('start', 'enmasse', 'merge', 'łódź.yaml', '-o', '-')
    assert (done.returncode, 'name: łódź\n' in done.stdout.decode()) == (0, True), done
    done = run('apitest', 'check', 'łódź.feature')
    assert (done.returncode, shown + b'.feature' in done.stderr) == (3, True), done


def test_closed_streams_are_no_bug(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text(SMALL)
    script = f'exec {sys.executable} -m zatools enmasse validate {tmp_path}/a.yaml <&- >&- 2>&-'
    assert subprocess.run(['sh', '-c', script], cwd=ROOT, timeout=30).returncode == 0


SETTLED = WAITING.replace(
    "    print('ready'", "    from zatools.cli import boundary\n    boundary.settle()\n    print('ready'"
).replace('time.sleep(30)', 'time.sleep(1)\n    return 0')


@pytest.mark.parametrize('number', ENDING)
def test_what_can_not_be_undone_is_not_called_interrupted(number: signal.Signals) -> None:
    command = [sys.executable, '-c', SETTLED]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk) == (0, '')


def test_a_reader_that_leaves_ends_an_import_without_words_or_changes(tmp_path: Path) -> None:
    items = '\n'.join(
        f"  - {{name: A{n}, host: 'https://a.test', url_path: /{'x' * 180}, data_format: json}}" for n in range(150)
    )
    (tmp_path / 'a.yaml').write_text(f'outgoing_rest:\n{items}\n')
    command = [
        sys.executable,
        '-m',
        'zatools',
        'enmasse',
        'import',
        str(tmp_path / 'a.yaml'),
        '--odb',
        str(tmp_path / 'a.sqlite'),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        talk = process.stderr.read()
    assert process.returncode == 130
    assert talk.count('\n') == 1
    assert not (tmp_path / 'a.sqlite').exists()
