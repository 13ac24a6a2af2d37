"""A scenario that others have run runs once, wherever its own file stands, and its failure shows its cause."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program
from zatools.apitest import demo_api

COMMON = """Feature: Common

  Scenario: Log in
    Given address "$API"
    And URL path "/count/{key}"
    And header "X-Own" "own"
    When the URL is invoked
    Then path "/count" is an integer "1"
    And I store "/count" from response under "n"

  Scenario: What the file's own scenarios find
    Given URL path "/echo"
    When the URL is invoked
    Then variable "#n" is an integer "1"
    And path "/headers/x-own" is "own"
"""
CALLER = """Feature: Caller {name}

  Scenario: Calls {name}
    Given scenario "Log in" from "{file}" has run
    Then variable "#n" is an integer "1"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / 'features').mkdir()
    (tmp_path / 'tools').mkdir()
    write_program(tmp_path / 'tools')
    return tmp_path


@pytest.mark.parametrize('jobs', ['1', '3'])
@pytest.mark.parametrize('file', ['a.feature', 'm.feature', 'z.feature'])
def test_a_called_scenario_runs_once_and_is_counted(file: str, jobs: str, project: Path) -> None:
    for name in ('b', 'y'):
        (project / 'features' / f'{name}.feature').write_text(CALLER.format(name=name, file=file))
    (project / 'features' / file).write_text(COMMON.format(key=f'{file}-{jobs}'))
    api = demo_api.start()
    environ = environment(project / 'tools', API=api.address)
    done = shell(f'apitest run features --jobs {jobs} --json out.json', project, environ)
    api.stop()
    assert done.returncode == 0, done.stdout
    assert api.looks[f'count {file}-{jobs}'] == 1
    assert '4 scenarios passed' in done.stdout
    assert json.loads((project / 'out.json').read_text())['requests'] == 2


def test_calls_of_a_scenario_outside_the_run_are_counted_too(project: Path) -> None:
    (project / 'features' / 'b.feature').write_text(CALLER.format(name='b', file='z.feature'))
    (project / 'features' / 'z.feature').write_text(COMMON.format(key='outside'))
    api = demo_api.start()
    done = shell('apitest run features/b.feature', project, environment(project / 'tools', API=api.address))
    api.stop()
    assert re.search(r'1 scenario passed +1 request,', done.stdout)


def test_the_failure_of_a_called_scenario_shows_its_cause(project: Path) -> None:
    (project / 'features' / 'b.feature').write_text(CALLER.format(name='b', file='z.feature'))
    text = COMMON.format(key='cause').replace('is an integer "1"\n    And I', 'is an integer "7"\n    And I')
    (project / 'features' / 'z.feature').write_text(text)
    api = demo_api.start()
    done = shell('apitest run features/b.feature', project, environment(project / 'tools', API=api.address))
    api.stop()
    assert done.returncode == 1
    for words in (
        'Then path "/count" is an integer "7"',
        'expected  number  7',
        'got       number  1',
        '/count/cause -> 200',
    ):
        assert words in done.stdout


LEFT = """Feature: Left

  Scenario: Log in
    Given address "$API"
    And date format "day" "YYYY"
    And namespace prefix "a" of "urn:a"
    And cookies are kept
    And URL path "/cookie"
    When the URL is invoked
    Then status is "200"
    And the project leaves something

  Scenario: What follows in its own file
    Given path "/x" in request is a random date "day"
    And URL path "/echo"
    When the URL is invoked
    Then header "X-Nothing" does not exist
    And path "/headers/cookie" contains text "session="
    And the project finds it
"""
STEPS = """
@then('the project leaves something')
def leave(context):
    context.zato.left = {'a': [1]}

@then('the project finds it')
def find(context):
    assert context.zato.left == {'a': [1]} and context.zato.request.ns_map == {'a': 'urn:a'}
"""
TAKER = """Feature: Taker

  Scenario: Takes
    Given address "$API"
    And cookies are kept
    And request is "{}"
    And scenario "Log in" from "z.feature" has run
    And path "/x" in request is a random date "day"
    And URL path "/echo"
    When the URL is invoked
    Then path "/headers/cookie" contains text "session="
    And variable "#n" is a string "1"
"""


def test_a_called_scenario_leaves_its_file_what_it_would_have_left(project: Path) -> None:
    steps = project / 'features' / 'steps'
    steps.mkdir()
    (steps / 'own.py').write_text(STEPS)
    left = LEFT.replace('When the URL', 'And request is "{}"\n    And I store "1" under "n"\n    When the URL', 1)
    (project / 'features' / 'z.feature').write_text(left)
    (project / 'features' / 'b.feature').write_text(TAKER)
    api = demo_api.start()
    done = shell('apitest run features', project, environment(project / 'tools', API=api.address))
    api.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert '3 scenarios passed' in done.stdout
