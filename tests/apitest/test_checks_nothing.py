"""A scenario that calls and looks at nothing is noted, and fails with --strict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apitest.playing import feature, play, scenario
from zatools.apitest import demo_api
from zatools.apitest.report.results import FAILED, PASSED

CALL = 'When the URL is invoked'
NOTE = 'checks nothing: this scenario calls, and no Then looks at the answer'


@pytest.fixture(scope='module')
def address() -> Iterator[str]:
    running = demo_api.start()
    yield running.address
    running.stop()


@pytest.mark.parametrize(
    ('steps', 'checks'),
    [
        ((CALL,), False),
        ((CALL, 'Then I proceed further'), False),
        ((CALL, 'Then I store "/x" from response under "x", default "none"'), False),
        ((CALL, 'Then I store response under "x"'), False),
        ((CALL, 'Then context is logged'), False),
        ((CALL, 'Then status is "200"', CALL), True),
        ((CALL, 'Then I store "/name" from response under "x"'), True),
        ((CALL, 'Then I store header "Content-Type" under "x"'), True),
        ((CALL, 'Then I store response under "x"', 'Then variable "#x" is any dict'), True),
        (('When the URL is invoked until status is "200", for up to "1" seconds',), True),
        (('I store "a" under "x"',), True),
    ],
)
def test_what_checks_and_what_does_not(steps: tuple[str, ...], checks: bool, address: str, tmp_path: Path) -> None:
    text = feature(scenario(f'address "{address}"', 'URL path "/account"', *steps))
    [found] = play(tmp_path, text).scenarios
    assert (found.status, [note for note in found.notes if note == NOTE]) == (PASSED, [] if checks else [NOTE])
    [found] = play(tmp_path, text, is_strict=True).scenarios
    assert (found.status, found.reason) == ((PASSED, '') if checks else (FAILED, NOTE))


@pytest.mark.parametrize('tag', ['setup', 'teardown'])
def test_set_up_and_clean_up_are_there_for_what_they_do(tag: str, address: str, tmp_path: Path) -> None:
    done = scenario(f'address "{address}"', CALL).replace('  Scenario', f'  @{tag}\n  Scenario')
    other = scenario(f'address "{address}"', 'URL path "/account"', CALL, 'Then status is "200"', name='Two')
    result = play(tmp_path, feature(done, other), is_strict=True)
    assert [found.status for found in result.scenarios] == [PASSED, PASSED]
    assert [found.notes for found in result.scenarios] == [[], []]


def test_a_step_of_the_project_may_check(address: str, tmp_path: Path) -> None:
    (tmp_path / 'steps').mkdir(parents=True)
    (tmp_path / 'steps' / 's.py').write_text(
        "from behave import given, then\n@then('all is well')\ndef f(context): pass\n"
        "@given('a console')\ndef g(context): pass\n"
    )
    text = feature(
        scenario(f'address "{address}"', 'a console', CALL, 'Then all is well'), scenario('a console', CALL, name='Two')
    )
    result = play(tmp_path, text)
    assert [found.notes for found in result.scenarios] == [[], [NOTE]]
