"""Golden cases: what a command line prints and how it ends, one folder each in tests/golden.

`cmd` is a shell script; stdout, stderr and exit are what it must give (missing: empty, 0).
`stand-in GENERATION DIRECTORY ANSWER COMMAND` runs a command beside a stand-in for a server: tests/standin.py.
$ODB_POSTGRESQL and $ODB_MARIADB are databases of servers, `sql` and `holding` what goes with them: tests/served.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, copy_real
from tests.golden_cases import EXPECTED, cases_in, compare, environment_of, texts_of
from tests.peers import peers_in, without_chance
from tests.served import databases_in
from tests.warm import line_of, may_start_warm
from tests.warmed import place

GOLDEN = Path(__file__).parent / 'golden'
CASES = cases_in(GOLDEN)
PROGRAMS = {
    'zato': '-m zatools',
    'stand-in': '-m tests.standin',
    'sql': '-m tests.served sql',
    'holding': '-m tests.served holding',
}
PORT = re.compile(r'(http://127\.0\.0\.1:)\d{2,}')
MOMENT = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC')
STAMP = re.compile(r'zato-export-\d{4}-\d\d-\d\dT[\d_]+')


def environment(folder: Path, tools: Path, is_warm: bool = True) -> dict[str, str]:
    """Returns the environment of a case: nothing of ours but the programs, of which `zato` may start warm."""
    starts = {name: f'"{sys.executable}" {arguments}' for name, arguments in PROGRAMS.items()}
    if is_warm:
        starts['zato'] = f'{line_of(place())} zato'
    for name, start in starts.items():
        path = tools / name
        path.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec {start} "$@"\n')
        path.chmod(0o755)
    return {
        **environment_of(tools),
        'LC_ALL': 'C.UTF-8',
        'ODB32': str(folder.parent / 'odb32' / 'server1'),
        'ODB41': str(folder.parent / 'odb41' / 'server1'),
    }


def normal(text: str, folder: Path) -> str:
    """Returns output without what differs from run to run."""
    text = text.replace(str(folder.parent), '<tmp>')
    text = MOMENT.sub('2030-01-31 08:00:00 UTC', text)
    return STAMP.sub('zato-export-<time>', text)


def play(name: str, tmp_path: Path) -> dict[str, str]:
    """Runs a case in a copy of its folder; returns stdout, stderr and exit."""
    folder, tools = tmp_path / 'case', tmp_path / 'tools'
    shutil.copytree(GOLDEN / name, folder, ignore=shutil.ignore_patterns('cmd', *EXPECTED))
    tools.mkdir()
    script = (GOLDEN / name / 'cmd').read_text()
    environ = environment(folder, tools, may_start_warm(script))
    for generation in ('3.2', '4.1'):
        variable = f'ODB{generation.replace(".", "")}'
        if f'${variable}' in script:
            (tmp_path / variable.lower()).mkdir()
            copy_real(generation, tmp_path / variable.lower())
    with peers_in(texts_of(GOLDEN / name), tools) as peers, databases_in(script) as (odbs, without_names):
        done = subprocess.run(
            ['sh', '-u', '-c', script],
            cwd=folder,
            env={**environ, **peers, **odbs},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
    port = r'\1<port>' if 'stand-in ' in script else r'\g<0>'

    def tidy(text: str) -> str:
        text = PORT.sub(port, normal(without_names(text), folder))
        return without_chance(text, peers, 'zato ping' in script)

    return {'stdout': tidy(done.stdout), 'stderr': tidy(done.stderr), 'exit': f'{done.returncode}\n'}


@pytest.mark.parametrize('name', CASES)
def test_the_case_prints_what_it_should(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    compare(GOLDEN / name, play(name, tmp_path), request.config.getoption('--update-golden'))
