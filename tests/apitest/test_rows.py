"""Rows of outlines from files: every format gives the same, numbers and dates included; each row has its own values."""

from __future__ import annotations

import gc
import shlex
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.apitest.playing import play, said
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Scenario, Step
from zatools.apitest.project.config import Project, Selected
from zatools.apitest.running import selection
from zatools.apitest.running.feature import run_feature
from zatools.apitest.running.run import Run, Settings

OUTLINE = """Feature: Rows

  Scenario Outline: A user
    Given I store "<name>/<age>/<note>" under "a"
    And I store a random string under "b"
    Then variable "#a" is a string "{}"

    Examples: from "{}"
"""


def write(path: Path) -> None:
    if path.suffix == '.xlsx':
        book = openpyxl.Workbook()
        book.active.append(['name', 'age', 'note'])
        book.active.append(['Ada', 36, None])
        book.save(path)
        return
    texts = {
        '.csv': '\ufeffname;age;note\r\nAda;36;\r\n',
        '.json': '[{"name": "Ada", "age": 36, "note": null}]',
        '.yaml': '- name: Ada\n  age: 36\n  note:\n',
        '.yml': '[{name: Ada, age: 36, note: ""}]',
    }
    path.write_text(texts[path.suffix])


@pytest.mark.parametrize('kind', ['csv', 'json', 'yaml', 'yml', 'xlsx'])
def test_every_format_gives_the_same_values(kind: str, tmp_path: Path) -> None:
    write(tmp_path / f'rows.{kind}')
    result = play(tmp_path, OUTLINE.format('Ada/36/', f'rows.{kind}'))
    assert said(result) == []
    assert [item.name for item in result.scenarios] == [f'A user -- @1.1 rows.{kind}']


def test_rows_that_share_a_line_have_random_values_of_their_own(tmp_path: Path) -> None:
    (tmp_path / 'rows.csv').write_text('name,age,note\n' + 'Ada,36,\n' * 3)
    text = OUTLINE.format('Ada/36/', 'rows.csv').replace('\n    Then', '\n    Then context is logged\n    And', 1)
    result = play(tmp_path, text)
    assert said(result) == []
    values = [note for item in result.scenarios for note in item.notes if note.startswith('#b')]
    assert len(set(values)) == 3


@pytest.mark.parametrize(('name', 'content'), [
    ('rows.xlsx', b'no zip'), ('rows.csv', b'name\n\xff\n'), ('rows.csv', b''), ('rows.csv', b'a,a\n1,2\n'),
    ('rows.json', b'{}'), ('rows.json', b'[' * 100_000), ('rows.yaml', b'- ['), ('rows.yaml', b'- [' * 5_000),
])  # fmt: skip
def test_a_file_that_can_not_be_read_is_a_problem_with_its_place(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    path = tmp_path / 'a.feature'
    path.write_text(OUTLINE.format('x', name))
    (problem, *_) = reader.read(Selected(path)).problems
    assert problem.place.line == 8
    assert name in problem.text


@pytest.mark.parametrize(('words', 'text'), [
    ('Examples: from rows.csv', 'this names no file of rows'), ('Examples: from', 'this names no file of rows'),
    ('Examples: from "."', 'rows come from .csv'), ('Examples: from "a.csv"', 'is a folder'),
    ('Examples: others', 'these examples have no rows'), ('Examples:', 'these examples have no rows'),
])  # fmt: skip
def test_examples_that_name_no_rows_are_a_problem_with_their_place(
    words: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'a.csv').mkdir()
    path = tmp_path / 'a.feature'
    rows = '    Examples: right\n      | name | age | note |\n      | Ada  | 36  |      |\n'
    path.write_text(OUTLINE.format('x', 'x').replace('Examples: from "x"', f'{words}\n\n{rows}'))
    feature = reader.read(Selected(path))
    (problem,) = feature.problems
    assert (problem.place and problem.place.line, text in problem.text) == (8, True)
    assert len(feature.scenarios) == 1
    assert capsys.readouterr().out == ''


def test_a_sheet_that_is_broken_inside_is_a_problem_with_its_place(tmp_path: Path) -> None:
    write(tmp_path / 'whole.xlsx')
    with zipfile.ZipFile(tmp_path / 'whole.xlsx') as whole, zipfile.ZipFile(tmp_path / 'rows.xlsx', 'w') as broken:
        for name in whole.namelist():
            data = whole.read(name)
            broken.writestr(name, data[:-60] if name == 'xl/worksheets/sheet1.xml' else data)
    path = tmp_path / 'a.feature'
    path.write_text(OUTLINE.format('x', 'rows.xlsx'))
    (problem, *_) = reader.read(Selected(path)).problems
    assert (problem.place.line, 'rows.xlsx' in problem.text) == (8, True)


OF_ALL_KINDS = """@api
Feature: Rows

  Background:
    Given I store "<name>" under "before"

  Rule: R
    @of-<name> @fixed
    Scenario Outline: <name> of <row.id>
      Given I store "<name>/<age>/<note>" under "a"
      Given request is
        '''
        {"name": "<name>", "<age>": 1}
        '''
      Given request has
        | path    | <note> |
        | /<name> | <age>  |
      Then variable "#a" is any string

      @these
      Examples: EXAMPLES
"""
CELLS = [['name', 'age', 'note'], ['Ada', '<note>', 'of <name>'], ['Zoë', '36', '']]


def as_text(scenario: Scenario) -> list[object]:
    steps = [(step.keyword, step.group, step.text, step.line, step.below, step.table) for step in scenario.steps]
    return [scenario.name, scenario.tags, scenario.all_tags, scenario.rule and scenario.rule.tags, steps]


def test_a_row_of_a_file_is_the_scenario_that_behave_makes_of_a_table(tmp_path: Path) -> None:
    (tmp_path / 'rows.csv').write_text('\n'.join(','.join(row) for row in CELLS))
    table = ''.join(f'        | {" | ".join(row)} |\n' for row in CELLS)
    text = OF_ALL_KINDS.replace("'''", '"""')
    of_table = reader.parse(tmp_path / 'a.feature', text.replace('EXAMPLES', f'rows.csv\n{table}'))
    of_file = reader.parse(tmp_path / 'a.feature', text.replace('EXAMPLES', 'from "rows.csv"'))
    assert (of_table.problems, of_file.problems) == ([], [])
    wanted = [as_text(scenario) for scenario in of_table.scenarios]
    assert [as_text(scenario) for scenario in of_file.scenarios] == wanted
    assert wanted[0][2] == ('of-Ada', 'fixed', 'these', 'api')
    # behave's own, for hooks.
    theirs = [scenario.behave for scenario in of_file.scenarios]
    assert [[str(step.name) for step in scenario.all_steps] for scenario in theirs] == [
        [step.text for step in scenario.steps] for scenario in of_table.scenarios
    ]
    theirs[1].mark_skipped()
    assert [scenario.is_skipped for scenario in of_file.scenarios] == [False, True]


def test_rows_are_no_scenarios_until_they_run_and_leave_a_line_of_the_screen(tmp_path: Path) -> None:
    (tmp_path / 'rows.csv').write_text('name,age,note\n' + 'Ada,36,\n' * 3_000)
    path = tmp_path / 'a.feature'
    path.write_text(OUTLINE.format('Ada/36/', 'rows.csv'))
    feature = reader.read(Selected(path))
    assert len(feature.scenarios) == 3_000
    assert sum(isinstance(item, Step) for item in gc.get_objects()) < 200
    run = Run(Project(tmp_path), Settings(), {})
    plan = selection.plan(feature, lambda scenario: True)
    assert plan is not None
    result = run_feature(run, plan)
    assert {item.status for item in result.scenarios} == {'passed'}
    assert [item.row for item in result.scenarios] == list(range(1, 3_001))
    assert not any(item.steps for item in result.scenarios)


def test_one_row_of_many_is_repeated_alone(tmp_path: Path) -> None:
    (tmp_path / 'rows.csv').write_text('name,age,note\n' + 'Ada,36,\n' * 12)
    result = play(tmp_path, OUTLINE.format('x', 'rows.csv'), repeat='apitest run {place}')
    words = shlex.split(result.scenarios[0].repeat)
    assert words[-2] == '--name'
    wanted = selection.name_filter(words[-1:])
    feature = reader.read(Selected(tmp_path / 'a.feature'))
    assert [item.row for item in feature.scenarios if wanted(item)] == [1]


def test_steps_of_the_project_run_with_the_values_of_a_row(tmp_path: Path) -> None:
    (tmp_path / 'rows.csv').write_text('name,age\nAda,36\nBob,7\n')
    (tmp_path / 'steps').mkdir()
    (tmp_path / 'steps' / 'own.py').write_text(OWN)
    result = play(tmp_path, OF_OWN)
    assert said(result) == []
    assert (tmp_path / 'seen').read_text() == "Ada 36 ['Ada'] text of Ada\nBob 7 ['Bob'] text of Bob\n"


OWN = """
from pathlib import Path

@given('a user {name} of {age:d}')
def a_user(context, name, age):
    with (Path(__file__).parents[1] / 'seen').open('a') as file:
        file.write(f"{name} {age} {[row['name'] for row in context.table]} ")

@given('a text')
def a_text(context):
    with (Path(__file__).parents[1] / 'seen').open('a') as file:
        file.write(f'{context.text}\\n')
"""
OF_OWN = '''Feature: Own

  Scenario Outline: A user
    Given a user <name> of <age>
      | name   |
      | <name> |
    And a text
      """
      text of <name>
      """

    Examples: from "rows.csv"
'''
