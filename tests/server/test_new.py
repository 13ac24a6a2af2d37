"""`zato new`: the project that it makes passes as it is, and so does all that its pipelines run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import KEY, ROOT, Console
from tests.pipelines import checkout, github, gitlab, plan_of
from tests.ports import free_port
from tests.server.running import programs, until, zato
from zatools.commands.new import FIRST, SECOND, THIRD, new
from zatools.errors import Exit, RefusedError

README = (ROOT / 'samples' / 'new' / 'README.md').read_text()
JOBS = ('validate', 'test', 'plan', 'plan-production', 'import')
UNTYPED = re.compile(r'^    (.+)$', re.MULTILINE)


@pytest.fixture
def ports() -> tuple[str, str]:
    """Ports of the server and of what plays the CRM."""
    return str(free_port()), str(free_port())


def make(folder: Path, ports: tuple[str, str]) -> Path:
    """Makes a project that is to run on other ports than its own."""
    assert new(Console({}).world, str(folder / 'mine')) is Exit.OK
    for name in ('.env', '.env.example'):
        path = folder / 'mine' / name
        path.write_text(path.read_text().replace('17010', ports[0]).replace('17020', ports[1]))
    return folder / 'mine'


@contextmanager
def terminal(folder: Path, environ: Mapping[str, str]) -> Iterator[Any]:
    """Gives what runs lines of a shell in a folder; what they leave running is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def run(script: str, further: Mapping[str, str] | None = None) -> tuple[int, str]:
        with (folder.parent / f'{len(started)}.out').open('w+') as output:
            process = subprocess.Popen(
                ['bash', '-e', '-c', script],
                cwd=folder,
                env={**environ, **(further or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            started.append(process)
            code = process.wait(120)
            output.seek(0)
            return code, output.read()

    try:
        yield run
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize('layout', ['3.2', '4.1'])
def test_what_it_says_to_type_passes(tmp_path: Path, ports: tuple[str, str], layout: str) -> None:
    folder = make(tmp_path, ports)
    environ = programs(tmp_path / 'bin')
    with terminal(folder, environ) as run:
        assert run(f'zato odb create --layout {layout}')[0] == 0
        validate, import_, server = FIRST
        assert run(validate) == (0, '3 objects, no problems\n')
        code, text = run(import_)
        assert (code, text.splitlines()[-1]) == (0, 'Created 3.')
        assert server == 'zato server .'
        assert run(f'{server} --port {ports[0]} > server.log 2>&1 &')[0] == 0
        log = folder / 'server.log'
        until(lambda: log.exists() and 'up at ' in log.read_text())
        (mock,) = SECOND
        assert run(f'{mock.replace("17020", ports[1])} > mock.log 2>&1 &')[0] == 0
        told = folder / 'mock.log'
        until(lambda: told.exists() and 'ZATO_MOCK=' in told.read_text())
        ping, test = THIRD
        code, text = run(ping)
        assert (code, '1 ok in ' in text) == (0, True), text
        code, text = run(test)
        assert (code, '5 scenarios passed' in text) == (0, True), text
        assert 'INFO - Looking for ada in the CRM' in log.read_text()


def test_what_it_says_to_type_is_what_its_readme_says(tmp_path: Path) -> None:
    assert UNTYPED.findall(README) == [*FIRST, *SECOND, *THIRD]
    console = Console({})
    folder = tmp_path / 'a project'
    assert new(console.world, str(folder)) is Exit.OK
    lines = [line.strip() for line in console.out.getvalue().splitlines()]
    enter = f"cd '{folder}'"
    second, third = 'in another terminal, which plays the CRM:', 'and in a third one:'
    assert lines[-11:] == [enter, *FIRST, second, enter, *SECOND, third, enter, *THIRD]
    files = {str(path) for path in folder.rglob('*') if path.is_file()}
    assert set(lines[: len(files)]) == files


def test_its_readme_has_a_row_for_each_folder() -> None:
    for path in (ROOT / 'samples' / 'new').iterdir():
        assert not path.is_dir() or f'`{path.name}/' in README


def test_its_password_is_made_for_it_and_git_leaves_it_alone(tmp_path: Path) -> None:
    passwords = set()
    for name in ('one', 'two'):
        assert new(Console({}).world, str(tmp_path / name)) is Exit.OK
        path = tmp_path / name / '.env'
        assert path.stat().st_mode & 0o777 == 0o600
        found = re.search(r'^API_PASSWORD=(\S{16,})$', path.read_text(), re.MULTILINE)
        assert found
        passwords.add(found[1])
    assert len(passwords) == 2
    folder = tmp_path / 'one'
    git = {**os.environ, 'GIT_CONFIG_GLOBAL': os.devnull, 'GIT_DIR': str(folder / '.git'), 'GIT_WORK_TREE': str(folder)}
    for name in ('zato-odb.sqlite', 'zato-odb.sqlite.key', 'server.log', 'mock.log'):
        (folder / name).touch()
    subprocess.run(['git', 'init', '-q'], cwd=folder, env=git, check=True)
    done = subprocess.run(['git', 'add', '-An'], cwd=folder, env=git, check=True, capture_output=True, text=True)
    taken = set(re.findall(r"add '(.*)'", done.stdout))
    assert taken == {
        str(path.relative_to(ROOT / 'samples' / 'new'))
        for path in (ROOT / 'samples' / 'new').rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'mine').write_text('x')
    done = zato(tmp_path, 'new', '.')
    expected = '. is not empty\nhint: name a folder that is new or empty: zato new my-project\n'
    assert (done.returncode, done.stdout, done.stderr) == (5, '', expected)
    assert [path.name for path in tmp_path.iterdir()] == ['mine']


@pytest.mark.parametrize('name', ['-', ''])
def test_what_is_no_name_is_no_folder(name: str, tmp_path: Path) -> None:
    done = zato(tmp_path, 'new', name)
    expected = f"'{name}' names no folder\nhint: name a folder that is new or empty: zato new my-project\n"
    assert (done.returncode, done.stdout, done.stderr) == (5, '', expected)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'mine').write_text('x')
    with pytest.raises(RefusedError, match='mine: file exists'):
        new(Console({}).world, str(tmp_path / 'mine'))
    assert (tmp_path / 'mine').read_text() == 'x'


@pytest.mark.parametrize(('path', 'scripts'), [('.github/workflows/pipeline.yml', github), ('.gitlab-ci.yml', gitlab)])
def test_its_pipelines_validate_test_plan_import_and_ping(
    tmp_path: Path, ports: tuple[str, str], path: str, scripts: Any
) -> None:
    folder = make(tmp_path, ports)
    (folder / '.env').unlink()
    variables = f'API_PASSWORD=a-very-secret-value\nCRM_HOST=http://127.0.0.1:{ports[1]}/crm\n'
    (tmp_path / 'definitions.env').write_text(variables)
    secrets = {
        'ZATO_ODB': f'sqlite:///{tmp_path}/production.sqlite',
        'ZATO_SECRET_KEY': KEY,
        'DEFINITIONS_ENV': variables if scripts is github else str(tmp_path / 'definitions.env'),
    }
    content = yaml.safe_load((folder / path).read_text())
    environ = {**programs(tmp_path / 'bin'), 'CI': 'true', 'RUNNER_TEMP': str(tmp_path), **checkout(folder)}
    environ['GITHUB_STEP_SUMMARY'] = str(tmp_path / 'summary.md')
    environ['GITHUB_OUTPUT'] = str(tmp_path / 'output')
    told = plan = ''
    with terminal(folder, environ) as run:
        assert run('zato odb create --layout 4.1', secrets)[0] == 0
        for script, further in (pair for job in JOBS for pair in scripts(content, job, secrets)):
            script = script.replace('zato server .', f'zato server . --port {ports[0]}').replace('17020', ports[1])
            code, text = run(script, {**further, **plan_of(folder)})
            assert (code, script) == (0, script), text
            told += text
            if not plan and (folder / 'plan.md').exists():
                plan = (folder / 'plan.md').read_text()
    assert '5 scenarios passed' in told
    assert told.count('Created 3.') == 2
    assert told.count('1 ok in ') == 2
    assert "| + | outgoing_rest 'CRM' |" in plan
    assert 'a-very-secret-value' not in told + plan
    assert (folder / 'report' / 'junit.xml').is_file()


@pytest.mark.parametrize(
    'path', ['samples/new/.github/workflows/pipeline.yml', 'samples/new/.gitlab-ci.yml', '.ci/run']
)
def test_pipelines_wait_for_what_they_start(path: str) -> None:
    (calls,) = re.findall(r'zato server .*&.*\n(.*\n.*)\n', (ROOT / path).read_text())
    assert re.findall(r'(zato ping|apitest run) .*--wait', calls) == ['zato ping', 'apitest run']


def test_vs_code_starts_what_there_is(tmp_path: Path, ports: tuple[str, str]) -> None:
    folder = make(tmp_path, ports)
    text = (folder / '.vscode' / 'launch.json').read_text()
    # VS Code reads JSON with comments.
    found = json.loads(re.sub(r'^\s*//.*$', '', text, flags=re.MULTILINE))
    (one,) = found['configurations']
    assert (one['type'], one['request'], one['cwd']) == ('debugpy', 'launch', '${workspaceFolder}')
    environ = {'PYTHONPATH': str(ROOT), 'PATH': os.environ['PATH']}
    command = [sys.executable, '-m', one['module'], *one['args'], '--help']
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    assert 'Usage: zato server' in done.stdout


def test_calls_by_hand_are_those_of_the_channels(tmp_path: Path, ports: tuple[str, str]) -> None:
    folder = make(tmp_path, ports)
    text = (folder / 'calls.http').read_text()
    channels = yaml.safe_load((folder / 'definitions' / 'api.yaml').read_text())['channel_rest']
    paths = [re.sub(r'\{\w+\}', r'[^/]+', one['url_path']) for one in channels]
    calls = re.findall(r'^(GET|POST|PUT|PATCH|DELETE) \{\{host\}\}(\S+)$', text, re.MULTILINE)
    assert len(calls) == text.count('### ')
    assert all(any(re.fullmatch(path, called) for path in paths) for _, called in calls)
    variables = re.findall(r'\$dotenv (\w+)', text)
    assert all(f'{name}=' in (folder / '.env').read_text() for name in variables)
