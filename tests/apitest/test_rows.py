"""Rows of outlines from files: every format gives the same, numbers and dates included; each row has its own values."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.apitest.playing import play, said
from zatools.apitest.gherkin import reader
from zatools.apitest.project.config import Selected

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
