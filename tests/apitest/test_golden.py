"""Golden cases of apitest: what a run prints and how it ends, against a real API; each `repeat` line is run too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.harness import REPEAT, environment, normal, shell, write_program
from tests.golden_cases import EXPECTED, cases_in, compare, texts_of
from tests.peers import peers_in
from tests.ports import free_port
from tests.warm import may_start_warm
from zatools.apitest import demo_api
from zatools.errors import Exit

GOLDEN = Path(__file__).parent / 'golden'
CASES = cases_in(GOLDEN)


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


@pytest.mark.parametrize('name', CASES)
def test_the_case_prints_what_it_should(
    name: str, api: demo_api.Api, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, tools, port = tmp_path / 'case', tmp_path / 'tools', free_port()
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns('cmd', *EXPECTED), symlinks=True)
    tools.mkdir()
    script = (GOLDEN / name / 'cmd').read_text()
    write_program(tools, may_start_warm(script))
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
        compare(GOLDEN / name, found, request.config.getoption('--update-golden'))
        assert 's3cret-pw' not in done.stdout + done.stderr
        for command in REPEAT.findall(done.stdout):
            api.looks.clear()
            again = shell(command, folder, environ)
            assert again.returncode in (Exit.NO, Exit.INVALID), again.stdout + again.stderr
            assert 'repeat ' in again.stdout


def test_the_digits_of_a_port_within_an_id_are_no_port() -> None:
    line = '        trace       aa33445cc0123456789abcdef0123456\nhttp://127.0.0.1:33445/a'
    assert normal(line, {'33445': '<port>'}) == '        trace       <trace>\nhttp://127.0.0.1:<port>/a'
