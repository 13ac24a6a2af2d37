"""docs/mock.md: each of its examples is run, against the tutorial's service, with what CRM and Payments answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.apitest.harness import ROOT
from tests.server.running import environment, programs, server
from zatools.apitest.steps.mock_rules import answer_clauses, rule
from zatools.apitest.systems.played import Call, Played
from zatools.processes import process

PAGE = (ROOT / 'docs' / 'mock.md').read_text(encoding='utf-8')
BLOCKS = re.findall(r'```gherkin\n(.*?)```', PAGE, re.DOTALL)
#: What differs from run to run.
VALUES = {'API_PASSWORD': 'pw', 'SECURITY_API_PASSWORD': 'pw', 'DEF_AMQP_FRAUD_DETECTION_DEFINITION_PASSWORD': 'x'}


def files(folder: Path) -> list[str]:
    """Writes the examples as features; returns the names of those that are answers of zato mock."""
    (folder / 'user.json').write_text('{"UserType": "RGV"}')
    answers = []
    for number, block in enumerate(BLOCKS):
        name = f'{number}.feature'
        text = block
        if not block.startswith('Feature:'):
            text = 'Feature: Steps\n\n  Scenario: Of the page\n' + re.sub(r'^', '    ', block, flags=re.MULTILINE)
        (folder / name).write_text(text)
        if 'Then' not in block and 'And ' in block:
            answers.append(name)
    return answers


@pytest.fixture(scope='module')
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Runs zato mock with the tutorial's definitions, and the tutorial's service that calls it."""
    folder = tmp_path_factory.mktemp('guide') / 'tutorial'
    shutil.copytree(ROOT / 'samples' / 'tutorial', folder)
    known = {**programs(folder / 'bin'), **VALUES}
    command = [
        sys.executable,
        '-m',
        'zatools',
        'mock',
        'definitions.yaml',
        'features/mocks',
        '--write-overlay',
        'm.yaml',
    ]
    with ExitStack() as stack:
        started = stack.enter_context(process(command, folder, known, stdout=subprocess.PIPE))
        assert started.stdout
        control = next(line for line in started.stdout if 'ZATO_MOCK=' in line).rpartition('=')[2].strip()
        options = ('--file', 'definitions.yaml', '--overlay', 'm.yaml')
        local = stack.enter_context(server(folder, *options, environ=VALUES))
        yield folder, {**known, 'ZATO_MOCK': control, 'API': local.url.replace('http://', 'http://api:pw@')}


def run(folder: Path, environ: dict[str, str], *names: str) -> None:
    done = subprocess.run(
        [f'{folder}/bin/apitest', 'run', *names], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('number', [n for n, block in enumerate(BLOCKS) if 'Then' in block])
def test_an_example_that_tests_passes(place: tuple[Path, dict[str, str]], number: int) -> None:
    folder, environ = place
    files(folder / 'features')
    run(folder, environ, f'features/{number}.feature')


def test_the_examples_of_answers_are_answers_of_zato_mock(place: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, environ = place
    names = files(tmp_path)
    assert len(names) == 3
    command = [sys.executable, '-m', 'zatools', 'mock', str(folder / 'definitions.yaml')]
    command += [str(tmp_path / name) for name in names]
    with process(command, tmp_path, {**environment(), **environ}, stdout=subprocess.PIPE) as started:
        assert started.stdout
        assert any('ZATO_MOCK=' in line for line in started.stdout)


def test_the_tutorials_own_features_pass(place: tuple[Path, dict[str, str]]) -> None:
    folder, environ = place
    path = folder / 'features' / 'integration.feature'
    text = path.read_text()
    address = environ['API'].replace('api:pw@', '')
    path.write_text(text.replace('http://localhost:17010', address))
    run(folder, environ, 'features/integration.feature')


def test_the_answer_to_what_no_rule_fits_is_as_the_page_shows_it() -> None:
    shown = re.search(r'```\n(\{\n  "error": .*?)```', PAGE, re.DOTALL)
    assert shown
    wanted = json.loads(shown[1])
    system = Played('CRM')
    text = wanted['nearest'].removeprefix('CRM answers ')
    system.add(rule(answer_clauses(text), wanted['nearest'], wanted['place']))
    found = system.answer(Call('GET', '/get-user', 'UserName=other.user'))
    assert (found.status, json.loads(found.body)) == (501, wanted)
