"""`apitest check` reads values as their steps would, and notes checks that hold whatever the answer is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.apitest.playing import feature, scenario
from zatools.apitest.commands.check import check
from zatools.apitest.commands.console import Console
from zatools.apitest.steps import PHRASES

CALL = 'When the URL is invoked'


def checked(folder: Path, *steps: str) -> tuple[int, str]:
    """Returns the exit code and what `apitest check` says of a scenario."""
    (folder / 'a.feature').write_text(feature(scenario(*steps)))
    out = io.StringIO()
    code = check([str(folder)], Console({}, out, io.StringIO()))
    return code, out.getvalue()


@pytest.mark.parametrize(
    ('step', 'text'),
    [
        (
            'the URL is invoked until path "/n" is an integer "abc", for up to "1" seconds',
            "'abc' is not a whole number",
        ),
        ('the URL is invoked until path "/n" is JSON "{", for up to "1" seconds', 'this is no JSON'),
        ('the URL is invoked until path "/n" is "a", for up to "long" seconds', "'long' is not a number"),
        ('the URL is invoked until status is "2oo", for up to "1" seconds', "'2oo' is no status"),
    ],
)
def test_what_a_call_waits_for_is_read_before_it_is_waited_for(step: str, text: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, f'When {step}')
    assert (code, text in said) == (1, True), said


@pytest.mark.parametrize(
    ('step', 'text'),
    [
        ('Given format "JSN"', "there is no format 'JSN'"),
        ('Given timeout is "soon" seconds', "'soon' is not a number"),
        ('Given path "/a" in request is an integer "1x"', "'1x' is not a whole number"),
        ('Then status is one of "200, x"', "'x' is no status"),
        ('Then path "/a" matches "["', 'this is no regular expression'),
        ('Then JSONPath "$.a[" is "b"', 'this is no JSONPath'),
        ('Then response has shape "{"a": "<txt>"}"', "a shape has no word '<txt>'"),
        ('Then within "soon" SQL "select 1" gives "1"', "'soon' is no time"),
        ('When SQL "select #{idd}" is run', "no stored value 'idd'"),
        ('Then path "/a" is between "1" and "x"', "'x' is not a number"),
        ('Then path "/a" is "[1" (with literal_eval)', 'is no Python value'),
    ],
)
def test_a_value_that_its_step_can_not_read_is_a_problem(step: str, text: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, step)
    assert (code, text in said, '1 problem in 1 file' in said) == (1, True, True), said


@pytest.mark.parametrize(
    'step',
    [
        'Then path "/a" is an integer "#n"',
        'Then path "/a" is JSON "{"a": "#{n}"}"',
        r'Then path "/a" is JSON "\#{n}"',
        r'Then path "/a" matches "\\d+"',
    ],
)
def test_values_with_names_are_read_when_they_are_known(step: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, 'Given I store "1" under "n"', step)
    assert 'no Python value' not in said
    assert 'not a whole number' not in said
    assert (code == 0) is (r'\#{n}' not in step), said


def test_the_example_of_each_step_is_read() -> None:
    examples = [(phrase, dict(zip(phrase.parameters, phrase.values, strict=False))) for phrase in PHRASES]
    values = [read(given[name]) for phrase, given in examples for name, read in phrase.reads.items()]
    assert len(values) > 50


@pytest.mark.parametrize('words', ['contains text', 'starts with', 'ends with', 'matches'])
def test_a_check_that_holds_of_every_text_is_noted(words: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, CALL, f'Then path "/a" {words} ""')
    assert 'a.feature:5:' in said
    assert 'note: this check holds for every text, since its quotes are empty' in said
    assert said.endswith('2 steps in 1 file, no problems, 1 note\n')
    assert code == 0


@pytest.mark.parametrize(
    'step', ['path "/a" does not contain text ""', 'path "/a" is ""', 'path "/a" contains text "x"']
)
def test_a_check_that_may_fail_is_not_noted(step: str, tmp_path: Path) -> None:
    assert checked(tmp_path, CALL, f'Then {step}') == (0, '2 steps in 1 file, no problems\n')


def test_a_name_below_its_step_is_known(tmp_path: Path) -> None:
    steps = ('Given I store "1" under', '  """', '  n', '  """', 'Then variable "#n" is a string "1"')
    (tmp_path / 'a.feature').write_text(
        'Feature: F\n\n  Scenario: S\n' + '\n'.join(f'    {row}' for row in steps) + '\n'
    )
    out = io.StringIO()
    assert (check([str(tmp_path)], Console({}, out, io.StringIO())), out.getvalue()) == (
        0,
        '2 steps in 1 file, no problems\n',
    )
