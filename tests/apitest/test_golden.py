"""Golden cases of apitest: what a run prints and how it ends, against a real API; each `repeat` line is run too."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.harness import REPEAT, environment, normal, shell, write_program
from tests.peers import peers_in
from tests.warm import may_start_warm
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


def texts_of(folder: Path) -> str:
    """Returns all that a case is made of, where it names the peers that it needs."""
    files = (path for path in folder.rglob('*') if path.is_file() and path.name not in EXPECTED)
    return '\n'.join(path.read_text(errors='replace') for path in files)


@pytest.mark.parametrize('name', CASES)
def test_the_case_prints_what_it_should(
    name: str, api: demo_api.Api, warm: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, tools, port = tmp_path / 'case', tmp_path / 'tools', closed_port()
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns('cmd', *EXPECTED), symlinks=True)
    tools.mkdir()
    script = (GOLDEN / name / 'cmd').read_text()
    write_program(tools, warm if may_start_warm(script) else '')
    with peers_in(texts_of(GOLDEN / name), tools) as peers:
        environ = environment(tools, API=api.address, CLOSED=f'http://127.0.0.1:{port}', API_PASSWORD='s3cret-pw')
        environ |= peers
        api.looks.clear()
        done = shell(script, folder, environ)
        replaced = {str(folder): '<tmp>', str(tools): '<home>', str(api.server_port): '<port>', str(port): '<closed>'}
        replaced |= {value.rpartition(':')[2]: f'<{key.lower()}>' for key, value in peers.items() if ':' in value}
        found = {
            'stdout': normal(done.stdout, replaced),
            'stderr': normal(done.stderr, replaced),
            'exit': f'{done.returncode}\n',
        }
        compare(name, found, request.config.getoption('--update-golden'))
        assert 's3cret-pw' not in done.stdout + done.stderr
        for command in REPEAT.findall(done.stdout):
            api.looks.clear()
            again = shell(command, folder, environ)
            assert again.returncode in (Exit.NO, Exit.INVALID), again.stdout + again.stderr
            assert 'repeat ' in again.stdout


def compare(name: str, found: dict[str, str], is_new: bool) -> None:
    """Compares what a case gave with its files; writes them first where they are to be new."""
    for part in EXPECTED if is_new else ():
        path = GOLDEN / name / part
        path.unlink(missing_ok=True)
        if found[part] not in ('', '0\n'):
            path.write_text(found[part])
    for part in EXPECTED:
        path = GOLDEN / name / part
        wanted = path.read_text() if path.exists() else '0\n' if part == 'exit' else ''
        assert found[part] == wanted
