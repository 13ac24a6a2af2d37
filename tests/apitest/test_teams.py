"""Runs of a team: parts of a suite that are everything together, and failures that are known until a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.apitest.harness import environment, shell, write_program
from tests.apitest.playing import feature, scenario
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
