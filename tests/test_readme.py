"""What the README shows is what the program prints; `--update-golden` writes it anew."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import ROOT
from tests.peers import DAYS, TIMES
from tests.test_golden import GOLDEN, environment
from zatools.cli import ping
from zatools.cli.app import enmasse, odb
from zatools.errors import Exit

README = ROOT / 'README.md'
TOUR = re.compile(r'(<!-- tour -->\n```console\n)(.*?)(```\n)', re.DOTALL)
DEMO = re.compile(r'(<!-- demo -->\n```console\n)(.*?)(```\n)', re.DOTALL)
SCREEN = re.compile(r'<!-- screen (\S+) -->\n```console\n\$ (.*?)\n(.*?)```\n', re.DOTALL)
PORT = re.compile(r'127\.0\.0\.1:(?:\d{5}|<\w+>)')
APITEST = re.compile(r'<!-- apitest (\S+) -->\n```console\n(.*?)```\n', re.DOTALL)
CASE = re.compile(r'<!-- golden (\S+) -->\n```\n(.*?)```\n', re.DOTALL)


def commands() -> list[str]:
    return re.findall(r'^\$ (python3 -m venv .*)$', README.read_text(), re.MULTILINE)


def play(folder: Path, script: str, **more: str) -> str:
    """Returns what a shell script prints, on both streams, with the program on the PATH."""
    case, tools = folder / 'case', folder / 'tools'
    case.mkdir()
    tools.mkdir()
    done = subprocess.run(
        ['sh', '-euc', script],
        cwd=ROOT,
        env={**environment(case, tools), 'TMPDIR': str(case), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def tour() -> str:
    found = re.search(r'`sh (samples/\S+)`', README.read_text())
    assert found
    return found[1]


def settled(screen: str) -> str:
    """Returns what the demo prints without ports, times, seeds and versions."""
    text = re.sub(r'(127\.0\.0\.1:|--port )\d+', r'\1<port>', screen)
    return re.sub(r'RabbitMQ [\d.]+', 'RabbitMQ <version>', re.sub(r'(\d+(\.\d+)? m?s|seed \d+)\b', '<time>', text))


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    assert commands()[0].endswith('.venv/bin/zato demo')
    found = play(tmp_path, 'zato demo 2>/dev/null')
    text = README.read_text()
    if request.config.getoption('--update-golden'):
        README.write_text(DEMO.sub(lambda match: match[1] + found + match[3], text))
    match = DEMO.search(README.read_text())
    assert match
    assert settled(match[2]) == settled(found)


def test_the_tour_prints_what_the_readme_shows(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = play(tmp_path, f'sh {tour()}').lstrip()
    text = README.read_text()
    if request.config.getoption('--update-golden'):
        README.write_text(TOUR.sub(lambda match: match[1] + found + match[3], text))
    match = TOUR.search(README.read_text())
    assert match
    assert match[2] == found


@pytest.mark.parametrize('database', databases.SERVERS)
def test_the_tour_is_the_same_on_a_database_server(database: str, tmp_path: Path, worker_id: str) -> None:
    databases.need(database)
    name = f'zatools_{worker_id}_tour'
    url = databases.make_database(database, name)
    setup = re.findall(r'^export ZATO_SECRET_KEY=.*$|^zato odb create$', README.read_text(), re.MULTILINE)
    assert len(setup) == 2
    try:
        found = play(tmp_path, '\n'.join([*setup, f'sh {tour()}']), ZATO_ODB=url)
    finally:
        databases.drop_database(database, name)
    match = TOUR.search(README.read_text())
    assert match
    assert match[2].replace('sqlite:///zato-odb.sqlite', re.sub(r':[^:/@]*@', '@', url)) in found


def test_error_messages_in_the_readme_are_those_of_golden_cases() -> None:
    shown = CASE.findall(README.read_text())
    assert len(shown) == 2
    for name, text in shown:
        assert (GOLDEN / name / 'stderr').read_text().endswith(text)


def test_screens_of_apitest_in_the_readme_are_those_of_golden_cases() -> None:
    shown = APITEST.findall(README.read_text())
    assert len(shown) == 1
    for name, screen in shown:
        assert screen in (ROOT / 'tests' / 'apitest' / 'golden' / name / 'stdout').read_text()


def without_chance(screen: str) -> str:
    """Returns a screen without ports, times and days, and with columns as narrow as can be."""
    text = TIMES.sub('<time>', DAYS.sub('certificate <n> days', PORT.sub('127.0.0.1:<port>', screen)))
    return re.sub(' {2,}', '  ', text)


def test_screens_in_the_readme_are_those_of_golden_cases() -> None:
    shown = SCREEN.findall(README.read_text())
    assert len(shown) == 1
    for name, command, screen in shown:
        assert command in (GOLDEN / name / 'cmd').read_text()
        assert without_chance(screen) == without_chance((GOLDEN / name / 'stdout').read_text())


def test_the_second_command_runs_the_tests_as_ci_does() -> None:
    assert commands()[1].endswith('.venv/bin/python -m pytest')
    assert "grep -o '^\\$ python3 -m venv .*'" in (ROOT / '.ci' / 'run').read_text()


def test_every_exit_code_has_a_row() -> None:
    rows = re.findall(r'^\| (\d+) \|', README.read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(code.value for code in Exit)


def test_every_command_has_a_row() -> None:
    text = README.read_text()
    for group, app in (('enmasse', enmasse), ('odb', odb), ('ping', ping.app)):
        for command in app.registered_commands:
            assert f'`zato {group} {command.name}`' in text
    for name in ('publish', 'server', 'demo', 'new'):
        assert f'`zato {name}`' in text
    for name in ('run', 'check', 'steps', 'init', 'demo'):
        assert f'`apitest {name}`' in text


def test_links_lead_somewhere() -> None:
    for path in (README, *sorted((ROOT / 'docs').rglob('*.md'))):
        for link in re.findall(r'\]\(([^)#:]+)\)', path.read_text()):
            assert (path.parent / link).exists(), f'{path}: {link}'
