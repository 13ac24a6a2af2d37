"""Commands that read write nothing: each is run over folders that a repository may bring along, and all of it stays."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_command import COMMANDS
from tests.conftest import KEY
from tests.tree import tree
from zatools.apitest.commands.init import TEMPLATE
from zatools.template import copied

DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, realm: r, password: '${PW}'}
outgoing_rest:
  - {name: CRM, host: 'http://127.0.0.1:1', url_path: /, data_format: json}
"""
#: What else is in a folder of definitions, by what it tries.
TRAPS = {
    'an export to complete': """mkdir .zatools-export.new; echo new > .zatools-export.new/x.yaml
        echo '["../victim", "api.yaml"]' > .zatools-export.new/.removed""",
    'an export elsewhere': 'ln -s ../victims .zatools-export.new; ln -s ../victims .zatools-export.tmp',
    'links': """ln -s ../victim x.yaml; ln -s ../victims .zatools-export.tmp; ln -s . again; ln -s .. up
        echo '{"files": {"../victim": []}}' > .zatools-export
        ln -s ../victim .zato-definitions.schema.json; ln -s ../victims features/.apitest""",
    'nothing': 'true',
}
#: Command lines that only read, by the command; those of `apitest` have no table of their own.
READING = {
    'drift': ('enmasse drift', 'enmasse drift defs/'),
    'log': ('enmasse log', 'enmasse log api', 'enmasse log --run 1'),
    'undo': ('enmasse undo', 'enmasse undo 1'),
    'history': ('odb history',),
    'diff': ('enmasse diff defs/', 'enmasse diff --from odb.sqlite --to defs/', 'enmasse diff defs/**/*.yaml --delete'),
    'export': ('enmasse export', 'enmasse export --secrets --full'),
    'info': ('odb info odb.sqlite',),
    'list': ('enmasse list', 'enmasse list --from defs/', 'job list', 'job list --file defs/ --folder defs'),
    'merge': ('enmasse merge defs/ -o -',),
    'outconn': ('ping outconn --all', 'ping outconn --all --file defs/'),
    'schema': ('enmasse schema',),
    'kinds': ('enmasse kinds',),
    'show': ('enmasse show api', 'enmasse show api --from defs/'),
    'validate': (
        'enmasse validate defs/',
        'enmasse validate defs/x.yaml',
        'enmasse validate defs/**/*.yaml --format json',
    ),
    'services': ('services', 'services defs --file defs/', 'services --json'),
    'variables': ('enmasse variables defs/',),
    'why': ('enmasse why api defs/', 'enmasse why api.username defs/ --json'),
}
#: These write: an ODB, the files that are named, or what services do.
WRITING = {
    'merge-driver',
    'create',
    'demo',
    'fmt',
    'import',
    'invoke',
    'new',
    'openapi',
    'publish',
    'run',
    'server',
    'set',
}
APITESTS = ('check defs/features', 'steps')


@pytest.fixture(params=TRAPS)
def project(request: pytest.FixtureRequest, tmp_path: Path, warm: str) -> Path:
    """A folder with definitions, features and an ODB, something to stumble over, and what must stay beside it."""
    folder = tmp_path / 'project'
    (folder / 'defs').mkdir(parents=True)
    (folder / 'victims').mkdir()
    (folder / 'victim').write_text('mine\n')
    (folder / 'victims' / 'x.yaml').write_text('mine\n')
    copied(TEMPLATE, str(folder / 'defs'), '')
    (folder / 'defs' / 'api.yaml').write_text(DEFINITIONS)
    assert run(folder, f'{warm} zato enmasse import defs/api.yaml') == 0
    subprocess.run(['bash', '-ec', TRAPS[request.param]], cwd=folder / 'defs', check=True)
    return folder


def run(folder: Path, command: str) -> int:
    """Runs a command in a folder; returns its exit code."""
    environ = {**os.environ, 'PW': 'secret', 'ZATO_ODB': 'odb.sqlite', 'ZATO_SECRET_KEY': KEY, 'HOME': str(folder)}
    done = subprocess.run(shlex.split(command), cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode != 70, done.stderr
    return done.returncode


def test_every_command_reads_or_writes() -> None:
    assert {command.name for command in COMMANDS} == READING.keys() | WRITING
    assert not READING.keys() & WRITING


def test_reading_commands_change_nothing(project: Path, request: pytest.FixtureRequest, warm: str) -> None:
    is_plain = request.node.callspec.params['project'] == 'nothing'
    before = tree(project)
    for lines, program in ((sum(READING.values(), ()), 'zato'), (APITESTS, 'apitest')):
        for line in lines:
            code = run(project, f'{warm} {program} {line}')
            assert tree(project) == before, line
            # Where there are no traps, each does what it is for.
            assert not is_plain or code in (0, 1) or 'x.yaml' in line, line


def test_a_dry_run_changes_nothing(project: Path, warm: str) -> None:
    before = tree(project)
    run(project, f'{warm} zato enmasse import defs/ --dry-run --replace')
    assert tree(project) == before
