"""A placeholder that no column stands for is an error; what only looks like one isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from zatools.apitest.gherkin import reader

OUTLINE = """Feature: F
{background}
  {tags}
  Scenario Outline: {name}
    {steps}
    Examples:
      | expected | user name |
      | Widget   | Ada       |
{more}"""


def problems(steps: str, name: str = 'O', tags: str = '', background: str = '', more: str = '') -> list[str]:
    text = OUTLINE.format(steps=steps, name=name, tags=tags, background=background, more=more)
    feature = reader.parse(Path('a.feature'), text)
    rows = [
        f'{problem.place.line if problem.place else 0} {problem.text}; {problem.hint}' for problem in feature.problems
    ]
    assert bool(rows) == bool(feature.broken)
    return rows


STEP = 'Then path "/a" is "{}"'


@pytest.mark.parametrize(
    ('steps', 'name', 'hint'),
    [
        (STEP.format('<expcted>'), 'expcted', "did you mean '<expected>'?"),
        (STEP.format('<Expected>'), 'Expected', "did you mean '<expected>'?"),
        (STEP.format('<user_name>'), 'user_name', "did you mean '<user name>'?"),
        (STEP.format('<wanted>'), 'wanted', 'its columns are: expected, user name'),
        (STEP.format('/v<expectd>'), 'expectd', "did you mean '<expected>'?"),
        (STEP.format('<expected> <wanted>'), 'wanted', 'its columns are: expected, user name'),
        ('Given request is\n      """\n      {"a": "<expcted>"}\n      """', 'expcted', "did you mean '<expected>'?"),
        ('Given request has\n      | /a | <expcted> |', 'expcted', "did you mean '<expected>'?"),
        ('Given request is "<a><expcted></a>"', 'expcted', "did you mean '<expected>'?"),
    ],
)
def test_a_misspelt_column_is_an_error(steps: str, name: str, hint: str) -> None:
    line = 5 + next(n for n, row in enumerate(steps.splitlines()) if f'<{name}>' in row)
    assert problems(steps) == [f"{line} the examples have no column '{name}'; {hint}"]


@pytest.mark.parametrize(
    'text',
    [
        '<expected>', '<user name>', '<row.id>', '<a>x</a>', '<a><b>1</b></a>', '<a/>', '<a b="c"/>',
        '<?xml version="1.0"?><a/>',
        '1 < 2 and 3 > 2', '^(?P<year>\\d+)$', '(?<year>x)', 'List<String>', 'Ann <ann@example.com>', 'a<br>b', '<>',
        '\\<kept>',
        '<!-- no -->',
    ],
)  # fmt: skip
def test_what_is_no_placeholder_stays(text: str) -> None:
    assert problems(STEP.format(text)) == []


def test_names_tags_and_backgrounds_have_placeholders_too() -> None:
    step = STEP.format('<expected>')
    near = "the examples have no column 'expcted'; did you mean '<expected>'?"
    assert problems(step, name='about <expcted>') == [f'4 {near}']
    assert problems(step, name='about <b>') == []
    assert problems(step, tags='@ok-<expcted>') == [f'3 {near}']
    assert problems(step, tags='@ok-<other>') == [
        "3 the examples have no column 'other'; its columns are: expected, user name"
    ]
    assert problems(step, background='  Background:\n    Given address "<expcted>"') == [f'3 {near}']
    assert problems(step, background='  Background:\n    Given address "<other>"') == []


def test_each_table_of_examples_needs_the_columns() -> None:
    more = '\n    Examples: more\n      | expectd |\n      | Widget |\n'
    found = problems(STEP.format('<expected>'), more=more)
    assert found == ["5 the examples have no column 'expected'; did you mean '<expectd>'?"]
    same = more.replace('expectd |', 'expected | expected |').replace('Widget |', 'a | b |')
    assert problems(STEP.format('<expected>'), more=same) == [
        "11 two columns are called 'expected'; rename one of them"
    ]


def test_a_scenario_that_is_no_outline_has_no_placeholders() -> None:
    text = 'Feature: F\n  Scenario: S\n    Then path "/a" is "<wanted>"\n'
    assert reader.parse(Path('a.feature'), text).problems == []
