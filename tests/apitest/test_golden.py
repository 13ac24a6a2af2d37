"""Golden cases of apitest: what a run prints and how it ends, against a real API; each `repeat` line is run too."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.harness import REPEAT, environment, normal, shell, write_program
from zatools.apitest import demo_api
from zatools.errors import Exit

GOLDEN = Path(__file__).parent / 'golden'
CASES = sorted(path.name for path in GOLDEN.iterdir() if (path / 'cmd').is_file())
EXPECTED = ('stdout', 'stderr', 'exit')


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


def closed_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize('name', CASES)
def test_the_case_prints_what_it_should(
    name: str, api: demo_api.Api, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, tools, port = tmp_path / 'case', tmp_path / 'tools', closed_port()
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns('cmd', *EXPECTED))
    tools.mkdir()
    write_program(tools)
    environ = environment(tools, API=api.address, CLOSED=f'http://127.0.0.1:{port}', API_PASSWORD='s3cret-pw')
    api.looks.clear()
    done = shell((GOLDEN / name / 'cmd').read_text(), folder, environ)
    replaced = {str(folder): '<tmp>', str(api.server_port): '<port>', str(port): '<closed>'}
    found = {
        'stdout': normal(done.stdout, replaced),
        'stderr': normal(done.stderr, replaced),
        'exit': f'{done.returncode}\n',
    }
    if request.config.getoption('--update-golden'):
        for part in EXPECTED:
            path = GOLDEN / name / part
            path.unlink(missing_ok=True)
            if found[part] not in ('', '0\n'):
                path.write_text(found[part])
    for part in EXPECTED:
        path = GOLDEN / name / part
        wanted = path.read_text() if path.exists() else '0\n' if part == 'exit' else ''
        assert found[part] == wanted
    assert 's3cret-pw' not in done.stdout + done.stderr
    for command in REPEAT.findall(done.stdout):
        api.looks.clear()
        again = shell(command, folder, environ)
        assert again.returncode in (Exit.NO, Exit.INVALID), again.stdout + again.stderr
        assert 'repeat ' in again.stdout
