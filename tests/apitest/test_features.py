"""Whole runs: our own features, the tutorial, projects of zato-apitest, signals, reports, the browser."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.apitest.harness import ROOT, environment, shell, write_program
from tests.conftest import needs
from zatools.apitest import demo_api

TUTORIAL = """Feature: Zato Tutorial

Scenario: *** Call api.user.get-details ***

    Given address "http://localhost:17010"
    Given Basic Auth "api" "password"
    Given URL path "/api/v1/user"
    Given format "JSON"
    Given HTTP method "GET"
    Given request is "{}"
    Given path "/user_name" in request is "my.user"

    When the URL is invoked

    Then path "/user_name" is "my.user"
    And path "/user_type" is "RGV"
    And path "/account_no" is "123456"
    And path "/account_balance" is "357.9"
    And status is "200"
    And header "X-Zato-CID" is not empty
"""
#: The hook that all versions generate, and an own step, in our words.
ENVIRONMENT = """
import os
from zato.apitest import util


def before_feature(context, feature):
    folder = os.path.dirname(os.path.realpath(__file__))
    context.zato = util.new_context(None, folder)
"""
STEPS = """
import json
from behave import given, then
from bunch import Bunch as Context
from datadiff.tools import assert_equals
from jsonpointer import resolve_pointer
from zato.apitest import AUTH, version
from zato.apitest import steps as default_steps
from zato.apitest.steps.json import set_pointer, assert_value
from zato.apitest.typing_ import any_, anydict
from zato.apitest.util import obtain_values, utcnow, utcnow_minus_hour


@given('JSON Pointer "{path}" in request is UTC now "{format}" minus one hour')
@obtain_values
def hour_ago(ctx, path, format):
    set_pointer(ctx, path, utcnow_minus_hour(format='YYYY'))


@given('I store a format string "{value}" under "{name}"')
@obtain_values
def format_string(ctx, value, name):
    ctx.zato.user_ctx[name] = value.format(**ctx.zato.user_ctx)


@then('the answer has {count:d} friends of "{name}"')
@obtain_values
def friends(ctx, count, name):
    assert_equals(len(resolve_pointer(ctx.zato.response.data_impl, '/friends')), count)
    assert_equals(name, 'Ada Lovelace')
    assert_value(ctx, '/name', name)
    assert ctx.zato.response.data.status_code == 200
    assert isinstance(ctx.zato.request, dict)


@then('an async step runs')
@obtain_values
async def asynchronous(ctx):
    ctx.zato.user_ctx['async'] = 'it ran'
"""


@pytest.fixture(scope='module')
def api() -> Iterator[demo_api.Api]:
    running = demo_api.start()
    yield running
    running.stop()


class Project:
    """A folder with features, and the program."""

    def __init__(self, folder: Path, api: demo_api.Api) -> None:
        self.folder, self.tools = folder / 'project', folder / 'tools'
        self.tools.mkdir()
        write_program(self.tools)
        self.environ = environment(self.tools, API=api.address)

    def write(self, **files: str) -> None:
        """Writes files below features/; a double underscore is a slash, names end in their suffix."""
        for name, text in files.items():
            path = self.folder / 'features' / re.sub(r'_(feature|py|ini|json)$', r'.\1', name).replace('__', '/')
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, script: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs a script in the folder."""
        return shell(script, self.folder, {**self.environ, **environ})


@pytest.fixture
def project(tmp_path: Path, api: demo_api.Api) -> Project:
    return Project(tmp_path, api)


@pytest.mark.parametrize('jobs', ['1', '3'])
def test_our_own_features_pass(jobs: str, tmp_path: Path) -> None:
    write_program(tmp_path)
    done = shell(f'apitest run features --jobs {jobs}', ROOT, environment(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'scenarios passed, 1 known to fail' in done.stdout


def test_the_tutorial_passes_unchanged(project: Project, api: demo_api.Api) -> None:
    project.write(tutorial_feature=TUTORIAL.replace('http://localhost:17010', api.address))
    done = project.run('apitest run features/')
    assert done.returncode == 0, done.stdout
    assert '1 scenario passed' in done.stdout


def test_a_project_of_zato_apitest_runs_unchanged(project: Project) -> None:
    project.write(
        environment_py=ENVIRONMENT,
        steps__steps_py=STEPS,
        config_ini='\n[behave]\noptions=--format pretty --no-source --no-timings\n\n[user]\nsample=Hello\n',
        old_feature="""
Feature: Old

Scenario: All of it

    Given address "$API"
    Given URL path "/account"
    Given format "JSON"
    Given request is "{}"
    Given JSON Pointer "/when" in request is UTC now "default" minus one hour
    Given I store "Ada" under "first"
    Given I store a format string "{first} Lovelace" under "name"

    When the URL is invoked

    Then the answer has 2 friends of "#name"
    And an async step runs
    And variable "#async" is a string "it ran"
    And JSON Pointer "/tags" isn't an empty list
""",
    )
    done = project.run('apitest run .')
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("note: steps of the project's own come before ours of the same text") == 1


def scenarios(*names: str, check: str = 'status is "200"') -> str:
    rows = [
        f'\n  Scenario: {name}\n    Given address "$API"\n    And URL path "/echo"\n    And HTTP method "POST"\n'
        f'    And request is "{{}}"\n    And path "/random" in request is a random string\n'
        f'    When the URL is invoked\n    Then {check}\n'
        for name in names
    ]
    return 'Feature: F\n' + ''.join(rows)


def randoms(done: subprocess.CompletedProcess[str]) -> list[str]:
    return re.findall(r'"random": "(a[0-9a-f]{32})"}$', done.stdout, re.MULTILINE)


def test_random_values_depend_on_seed_file_and_scenario_alone(project: Project) -> None:
    project.write(
        a_feature=scenarios('One', 'Two', check='status is "500"'), b_feature=scenarios('One', check='status is "500"')
    )
    first = randoms(project.run('apitest run features --seed 7'))
    assert len(set(first)) == 3
    assert randoms(project.run('apitest run features --seed 7 --jobs 2')) == first
    assert randoms(project.run('apitest run features/b.feature --seed 7')) == first[2:]
    assert randoms(project.run('apitest run features/a.feature:12 --only --seed 7')) == first[1:2]
    assert not set(randoms(project.run('apitest run features --seed 8'))) & set(first)


def test_reports_name_the_run_and_hold_no_secret(project: Project) -> None:
    project.write(
        a_feature=scenarios('Good')
        + """
  @known-failure:SHOP-1
  Scenario: Known
    Given URL path "/html"
    When the URL is invoked
    Then status is "200"

  Scenario: Bad <b>
    Given Basic Auth "api" "$SECRET"
    And header "X-Key" "${SECRET}"
    And path "/key" in request is "$SECRET"
    And URL path "/echo"
    When the URL is invoked
    Then path "/json/key" is "#{missing}"
    And status is "201"
""",
        config_ini='[user]\nsite = https://example.com\n[profile:test]\na = b\n',
    )
    secret = 'pass word/"ü?'
    done = project.run('apitest run features --report out --profile test --seed 5', SECRET=secret)
    assert done.returncode == 1
    texts = {path.name: path.read_text() for path in (project.folder / 'out').iterdir()}
    assert sorted(texts) == ['index.html', 'junit.xml', 'report.json']
    forms = (secret, 'pass%20word', 'pass+word', 'pass word', 'YXBpOnBhc3Mgd29yZC8iw7w/', '\\u00fc')
    for text in [*texts.values(), done.stdout, done.stderr]:
        assert not [form for form in forms if form in text]
    assert all('5' in text and project.environ['API'] in text for text in texts.values())
    report = json.loads(texts['report.json'])
    assert (report['seed'], report['profile'], report['counts']) == (
        5,
        'test',
        {'error': 1, 'known_failure': 1, 'passed': 1},
    )
    root = ElementTree.fromstring(texts['junit.xml'])
    assert [root[0].get(name) for name in ('tests', 'failures', 'errors', 'skipped')] == ['3', '0', '1', '1']
    assert [case.get('name') for case in root.iter('testcase')] == ['Good', 'Known', 'Bad <b>']
    assert [case.get('message') for case in root.iter('skipped')] == ['known failure SHOP-1']


def test_junit_is_written_as_behave_is_told_to(project: Project) -> None:
    project.write(a_feature=scenarios('One'))
    assert project.run('apitest run features --junit --junit-directory out').returncode == 0
    assert project.run('apitest run features --junit other').returncode == 0
    assert [(project.folder / name / 'junit.xml').exists() for name in ('out', 'other', 'reports')] == [
        True,
        True,
        False,
    ]


def test_reports_tell_of_the_tries_before_one_that_passed(project: Project) -> None:
    project.write(a_feature=scenarios('Flaky').replace('/echo', '/flaky/reports').replace('POST', 'GET'))
    assert project.run('apitest run features --retries 1 --report out').returncode == 0
    case = ElementTree.parse(project.folder / 'out' / 'junit.xml').find('.//testcase')
    assert case is not None
    flaky = case.find('flakyFailure')
    assert flaky is not None
    assert (
        flaky.get('message') == 'features/a.feature:10 Then status is "200": expected 200, got 503 Service Unavailable'
    )
    scenario = json.loads((project.folder / 'out' / 'report.json').read_text())['features'][0]['scenarios'][0]
    assert (scenario['status'], scenario['tries'], scenario['is_flaky']) == ('passed', 2, True)
    assert [found['status'] for found in scenario['earlier_tries']] == ['failed']


def on_a_terminal(project: Project, script: str) -> str:
    """Returns what a terminal was sent."""
    ours, theirs = pty.openpty()
    environ = {**project.environ, 'TERM': 'xterm'}
    with subprocess.Popen(
        ['sh', '-c', script], cwd=project.folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        rows = []
        with suppress(OSError):
            # Linux says EIO where a pipe would end.
            while block := os.read(ours, 65536):
                rows.append(block)
        process.wait(timeout=30)
    os.close(ours)
    return b''.join(rows).decode()


def test_a_bar_shows_how_far_it_is_and_is_gone_before_each_line(project: Project) -> None:
    project.write(a_feature=scenarios('One'), b_feature=scenarios('Two'))
    shown = on_a_terminal(project, 'apitest run features --seed 1')
    assert re.findall(r'(\r\[[#-]{30}\] \d of 2 features)\r\x1b\[K', shown) == [
        f'\r[{"-" * 30}] 0 of 2 features',
        f'\r[{"#" * 15}{"-" * 15}] 1 of 2 features',
    ]
    assert ' of 2 features' not in re.sub(r'\r\[[#-]{30}\] \d of 2 features\r\x1b\[K', '', shown)
    assert ' of 2 features' not in on_a_terminal(project, 'apitest run features 2> err') + project.run('cat err').stdout
    assert '\x1b' not in project.run('apitest run features').stdout + project.run('apitest run features').stderr


def test_a_terminal_has_colours_unless_it_is_told_not_to(project: Project) -> None:
    project.write(a_feature=scenarios('One'))
    green = '\x1b[32mok '
    assert green in on_a_terminal(project, 'unset NO_COLOR; apitest run features')
    assert green not in on_a_terminal(project, 'apitest run features')
    assert green not in on_a_terminal(project, 'unset NO_COLOR; apitest run features --no-color')
    assert green not in on_a_terminal(project, 'unset NO_COLOR; TERM=dumb apitest run features')
    assert green in project.run('apitest run features --color on').stdout


CHROMIUM = 'chromium', 'chromium-browser', 'google-chrome'


@needs(*CHROMIUM)
def test_the_page_works_in_a_browser(project: Project) -> None:
    project.write(a_feature=scenarios('Good', 'Bad').replace('Then status is "200"', 'Then status is "201"', 1))
    project.run('apitest run features --html page.html')
    page = (project.folder / 'page.html').read_text()
    assert not re.search(r'src=|href="(?!#)|@import|url\(', page)
    # A click on the filter of what passed: the failed one goes away, its feature stays.
    probe = """<script>
      document.querySelector('button[data-status="passed"]').click();
      var names = document.querySelectorAll('.scenario:not([hidden]) .name');
      var shown = [].map.call(names, function (name) { return name.textContent; });
      document.title = 'shown ' + shown.join(',') + ' open ' + document.querySelectorAll('.scenario[open]').length;
    </script></body>"""
    (project.folder / 'page.html').write_text(page.replace('</body>', probe))
    chromium = next(filter(shutil.which, CHROMIUM))
    done = subprocess.run(
        [chromium, '--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={project.folder}/chromium',
         '--dump-dom', f'file://{project.folder}/page.html'],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert '<title>shown Bad open 1</title>' in done.stdout or '<title>shown Good open 1</title>' in done.stdout


@pytest.mark.parametrize('jobs', ['1', '2'])
def test_ctrl_c_runs_the_clean_up_and_ends_with_130(jobs: str, project: Project, api: demo_api.Api) -> None:
    feature = """Feature: Slow {0}

  Scenario: Waits
    Given address "$API"
    And URL path "/count/started-{1}"
    When the URL is invoked
    Given URL path "/slow?seconds=20"
    When the URL is invoked

  Scenario: Never
    When the URL is invoked

  @teardown
  Scenario: Clean up
    Given address "$API"
    And URL path "/count/cleaned-{1}"
    When the URL is invoked
"""
    project.write(a_feature=feature.format('a', jobs), b_feature=feature.format('b', jobs))
    write_program(project.tools, is_warm=False)
    command = [str(project.tools / 'apitest'), 'run', 'features', '--jobs', jobs]
    with subprocess.Popen(
        command, cwd=project.folder, env=project.environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        end = time.monotonic() + 30
        while api.looks.get(f'count started-{jobs}', 0) < int(jobs) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130, out
    assert 'Clean up (clean-up)' in out
    assert re.search(r'-   Waits +not run: interrupted\n  -   Never +not run: interrupted\n  ok  Clean up', out)
    assert 'Interrupted: the rest was not run\n' in out
    assert api.looks[f'count cleaned-{jobs}'] == int(jobs)


def test_state_is_isolated_when_asked(project: Project) -> None:
    project.write(
        a_feature="""Feature: F

  @setup
  Scenario: Set up
    Given address "$API"

  Scenario: One
    Given URL path "/account"
    When the URL is invoked
    Then status is "200"

  Scenario: Two
    When the URL is invoked
    Then status is "404"
"""
    )
    assert project.run('apitest run features').returncode == 1
    assert project.run('apitest run features --isolated').returncode == 0


@pytest.mark.parametrize('arguments', [['--help'], ['run', '--help'], ['check', '--help'], ['steps', '--help']])
def test_help_imports_nothing_that_only_a_command_uses(arguments: list[str]) -> None:
    start = 'import sys; sys.argv = ["apitest", *sys.argv[1:]]; from zatools.cli.apitest import main; main()'
    done = subprocess.run(
        [sys.executable, '-X', 'importtime', '-c', start, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    modules = {line.rpartition('|')[2].strip().partition('.')[0] for line in done.stderr.splitlines()}
    assert not modules & {
        'behave',
        'requests',
        'lxml',
        'sqlalchemy',
        'yaml',
        'rich',
        'arrow',
        'configobj',
        'jsonschema',
    }


def test_the_version_is_printed(project: Project) -> None:
    project.folder.mkdir()
    done = project.run('apitest --version')
    assert re.fullmatch(r'apitest \d+\.\d+\.\d+\n', done.stdout)


LATE = """Feature: A token that comes to be known as one

  Scenario: Sent as a value
    Given address "$API"
    And URL path "/echo"
    And HTTP method "POST"
    And request is "{"given": "abc-late-token"}"
    When the URL is invoked
    Then path "/json/given" is "x"

  Scenario: Sent as a login
    Given header "Authorization" "Bearer abc-late-token"
    When the URL is invoked
    Then status is "200"
"""


@pytest.mark.parametrize('jobs', ['1', '2'])
def test_what_turns_out_to_be_a_token_is_masked_in_what_came_before(jobs: str, project: Project) -> None:
    project.write(b_feature=LATE, c_feature=scenarios('Good'))
    done = project.run(f'apitest run features --report out --jobs {jobs}')
    assert done.returncode == 1
    texts = [done.stdout, *((project.folder / 'out' / name).read_text() for name in ('junit.xml', 'report.json'))]
    assert [text for text in texts if '"given": "******"' in text or '\\"given\\": \\"******\\"' in text]
    # The file itself says it in its steps: only there may it be read.
    assert 'abc-late-token' not in (project.folder / 'out' / 'index.html').read_text() + ''.join(texts)


def test_reports_mask_a_token_that_a_later_feature_met(project: Project) -> None:
    first, second = LATE.split('  Scenario: Sent as a login')
    login = scenarios('Login').replace('When', 'Given header "Authorization" "Bearer abc-late-token"\n    When', 1)
    project.write(a_feature=first, b_feature=login)
    project.run('apitest run features --report out')
    assert not [path.name for path in (project.folder / 'out').iterdir() if 'abc-late-token' in path.read_text()]


def test_the_repeat_line_has_what_the_verdict_depends_on_and_no_secret(project: Project) -> None:
    feature = scenarios('One', 'Two', check='status is "500"').replace('  Scenario: Two', '\n  @b\n  Scenario: Two')
    project.write(a_feature=feature, config_ini='[behave]\noptions = --tags=~c\n[secrets]\napi-key = none\n')
    done = project.run(
        "apitest run --seed 7 -t b -n 'Two|Three' --set api-key=hunter2hunter --set a='b c' -D x=y --full"
    )
    line = re.search(r'repeat    (.*)', done.stdout)
    assert line is not None
    assert line[1] == (
        'apitest run features/a.feature:14 --seed 7 --set api-key="$API_KEY" --set \'a=b c\' --define x=y --tags b '
        "--name 'Two|Three'"
    )
    again = project.run(line[1], API_KEY='hunter2hunter')
    assert again.stdout.count('  x   ') == 1
    assert 'hunter2hunter' not in done.stdout + again.stdout
