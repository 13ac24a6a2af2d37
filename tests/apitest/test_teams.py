"""Runs of a team: parts of a suite that are everything together, and failures that are known until a day."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.apitest.harness import environment, shell, write_program
from tests.apitest.playing import feature, scenario
from zatools.apitest.commands.watch import touched
from zatools.apitest.gherkin import reader
from zatools.apitest.project.config import Selected
from zatools.apitest.running import selection

ONE = scenario('I store "1" under "a"', 'Then variable "#a" is a string "1"')
WRONG = scenario('I store "1" under "a"', 'Then variable "#a" is a string "2"')


def plans(folder: Path, sizes: list[int]) -> list[selection.Plan]:
    """Returns the plans of features with so many scenarios each."""
    found = []
    for number, size in enumerate(sizes):
        path = folder / f'{number}.feature'
        path.write_text(feature(*[ONE] * size))
        plan = selection.plan(reader.read(Selected(path)), lambda scenario: True)
        assert plan is not None
        found.append(plan)
    return found


@pytest.mark.parametrize('sizes', [[1], [3, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], [2] * 10])
@pytest.mark.parametrize('count', [1, 2, 3, 5])
def test_parts_are_everything_once(sizes: list[int], count: int, tmp_path: Path) -> None:
    whole = plans(tmp_path, sizes)
    parts = [selection.shard(whole, number, count) for number in range(1, count + 1)]
    assert sorted(str(plan.feature.path) for part in parts for plan in part) == sorted(
        str(plan.feature.path) for plan in whole
    )
    loads = [sum(len(plan.all) for plan in part) for part in parts]
    assert max(loads) - min(loads) <= max(sizes)


def test_a_part_is_the_same_whatever_order_files_come_in(tmp_path: Path) -> None:
    whole = plans(tmp_path, [1, 2, 3, 4, 5])
    first, again = (selection.shard(rows, 2, 3) for rows in (whole, whole[::-1]))
    assert {plan.feature.path for plan in first} == {plan.feature.path for plan in again}


@pytest.fixture
def run(tmp_path: Path) -> object:
    """Runs a command in a folder with one feature."""
    (tmp_path / 'features').mkdir()
    tools = tmp_path / 'tools'
    tools.mkdir()
    write_program(tools)
    return lambda script: shell(script, tmp_path, environment(tools))


def test_an_empty_part_passes_and_a_run_of_nothing_does_not(run: object, tmp_path: Path) -> None:
    (tmp_path / 'features' / 'a.feature').write_text(feature(ONE))
    codes = [run(f'apitest run {options}').returncode for options in (  # type: ignore[operator]
        '--shard 1/2', '--shard 2/2', '--shard 1/2 --tags=none', '--shard 2/2 --tags=none', '--shard 3/2',
        '--shard 0/2', '--shard x',
    )]  # fmt: skip
    assert codes == [0, 0, 1, 1, 2, 2, 2]


def test_a_failure_is_known_until_its_day(run: object, tmp_path: Path) -> None:
    path = tmp_path / 'features' / 'a.feature'
    path.write_text(feature(f'  @until:9999-12-31:SHOP-1\n{WRONG}'))
    done = run('apitest run')  # type: ignore[operator]
    assert done.returncode == 0
    assert 'known failure SHOP-1 until 9999-12-31' in done.stdout
    path.write_text(feature(f'  @until:2026-01-01:SHOP-1\n{WRONG}'))
    assert run('apitest run').returncode == 1  # type: ignore[operator]
    path.write_text(feature(f'  @until:2026-13-01\n{ONE}'))
    done = run('apitest run')  # type: ignore[operator]
    assert done.returncode in (0, 3)
    assert "features/a.feature:3:3: the tag '@until:2026-13-01' has no day" in done.stdout


@pytest.mark.parametrize(('day', 'is_known'), [((2026, 12, 30), True), ((2026, 12, 31), False), ((2027, 1, 1), False)])
def test_the_day_itself_counts(day: tuple[int, int, int], is_known: bool, tmp_path: Path) -> None:
    path = tmp_path / 'a.feature'
    path.write_text(feature(f'  @until:2026-12-31\n{ONE}'))
    (found,) = reader.read(Selected(path)).scenarios
    assert selection.known_failure(found, date(*day))[0] is is_known


OWN = """
import os, time
from behave import given


@given('the shop is mine')
def step(context):
    os.close(os.open('shop', os.O_CREAT | os.O_EXCL))
    time.sleep(0.2)
    os.remove('shop')
"""


@pytest.mark.parametrize('place', ['feature', 'scenario'])
def test_features_with_the_same_lock_never_run_at_once(place: str, run: object, tmp_path: Path) -> None:
    steps = tmp_path / 'features' / 'steps'
    steps.mkdir()
    (steps / 'own.py').write_text(OWN)
    mine = feature(scenario('the shop is mine'))
    locked = f'@lock:shop\n{mine}'
    if place == 'scenario':
        locked = mine.replace('  Scenario', '  @lock:shop @lock:other\n  Scenario')
    for number in range(4):
        (tmp_path / 'features' / f'{number}.feature').write_text(locked)
    (tmp_path / 'features' / 'free.feature').write_text(feature(ONE))
    done = run('apitest run --jobs 4')  # type: ignore[operator]
    assert done.returncode == 0, done.stdout + done.stderr
    assert '5 scenarios passed' in done.stdout


def test_reports_of_parts_become_one(run: object, tmp_path: Path) -> None:
    for name, text in (('a', ONE), ('b', WRONG), ('c', ONE)):
        (tmp_path / 'features' / f'{name}.feature').write_text(feature(text))
    for part in (1, 2):
        run(f'apitest run --shard {part}/2 --report part-{part}')  # type: ignore[operator]
    whole = run('apitest run --report whole; apitest merge-reports part-1 part-2 --report merged')  # type: ignore[operator]
    assert whole.returncode == 1
    assert '2 reports merged: 1 failed, 2 passed' in whole.stdout
    merged, expected = (json.loads((tmp_path / name / 'report.json').read_text()) for name in ('merged', 'whole'))
    assert merged['merged'] == 2
    assert merged['counts'] == expected['counts']
    assert {item['file'] for item in merged['features']} == {item['file'] for item in expected['features']}
    suites = [ElementTree.parse(tmp_path / name / 'junit.xml').getroot() for name in ('merged', 'whole')]
    assert [len(root.findall('testsuite/testcase')) for root in suites] == [3, 3]
    assert len(suites[0].findall('.//failure')) == 1
    again = run('apitest merge-reports part-1 part-1/report.json --report merged')  # type: ignore[operator]
    assert 'is there more than once' in again.stderr


@pytest.mark.parametrize(
    ('name', 'content', 'sentence'),
    [
        ('a.json', '{', 'a.json is no JSON'), ('a.json', '{"format": 2}', 'a.json is no report of apitest'),
        ('a.json', '{"format": 1}', "a.json is no whole report: its 'features' is missing"),
        ('a.xml', '<a', 'a.xml is no XML'), ('a.xml', '<a/>', 'a.xml is no JUnit: it begins with <a>'),
        ('a.txt', '', 'a.txt: reports are .json or .xml'),
        ('nothing', None, 'nothing: there is no such file or folder'),
        ('folder/a', '', 'folder: there is no report in this folder'),
    ],
)  # fmt: skip
def test_what_is_no_report_says_so(name: str, content: str | None, sentence: str, run: object, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if content is not None:
        path.write_text(content)
    done = run(f'apitest merge-reports {name.partition("/")[0]} --report merged')  # type: ignore[operator]
    assert done.returncode == 3
    assert sentence in done.stderr
    assert not (tmp_path / 'merged').exists()


def test_a_saved_file_touches_the_features_that_name_it(tmp_path: Path) -> None:
    a, b = tmp_path / 'a.feature', tmp_path / 'b.feature'
    a.write_text('Feature: A\n request "user.json"')
    b.write_text('Feature: B\n scenario "Log in" from "a.feature" has run')
    assert touched({a}, [a, b]) == [a, b]
    assert touched({b}, [a, b]) == [b]
    assert touched({tmp_path / 'user.json'}, [a, b]) == [a]
    assert touched({tmp_path / 'other.json'}, [a, b]) == []
    assert touched({tmp_path / 'config.ini'}, [a, b]) is None
    assert touched({tmp_path / 'steps' / 'own.py', a}, [a, b]) is None


def test_watch_runs_again_what_was_saved(run: object, tmp_path: Path) -> None:
    for name in 'ab':
        (tmp_path / 'features' / f'{name}.feature').write_text(feature(ONE))
    write_program(tmp_path / 'tools', is_warm=False)
    program = [str(tmp_path / 'tools' / 'apitest'), 'run', '--watch']
    out, err = tmp_path / 'out', tmp_path / 'err'
    with out.open('w') as output, err.open('w') as errors:
        running = subprocess.Popen(
            program, cwd=tmp_path, env=environment(tmp_path / 'tools'), stdout=output, stderr=errors
        )
    try:
        wait_for(lambda: 'Watching' in err.read_text())
        # The watcher needs a moment after it has said so.
        time.sleep(1)
        with (tmp_path / 'features' / 'b.feature').open('a') as saved:
            saved.write('# saved\n')
        wait_for(lambda: out.read_text().count('passed') == 2)
    finally:
        running.send_signal(signal.SIGINT)
        code = running.wait(30)
    assert code == 130
    assert re.findall(r'(\d+) scenarios? passed', out.read_text()) == ['2', '1']
    assert 'features/b.feature changed: 1 feature run again.' in err.read_text()


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 40
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)
