from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from zatools.files import sources
from zatools.files.sources import Sources, decode, expand, read
from zatools.place import Problem


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'defs').mkdir()
    (tmp_path / 'defs' / 'sub.yaml').mkdir()
    (tmp_path / 'empty').mkdir()
    for name in ('b.yaml', 'a.yml', 'c.json', 'd.txt', '.hidden.yaml'):
        (tmp_path / 'defs' / name).write_text('')
    return tmp_path


def expanded(*paths: str) -> list[str]:
    problems: list[Problem] = []
    found = expand(paths, problems)
    assert problems == []
    return found


def complaints(*paths: str) -> list[str]:
    problems: list[Problem] = []
    expand(paths, problems)
    return [str(problem) for problem in problems]


def decoded(data: bytes) -> str:
    problems: list[Problem] = []
    text = decode('a.yaml', data, problems)
    return str(problems[0]) if text is None else text


def test_a_folder_means_its_definition_files_sorted() -> None:
    assert expanded('defs') == expanded('defs/') == ['defs/a.yml', 'defs/b.yaml', 'defs/c.json']


def test_the_current_folder_adds_nothing_to_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir('defs')
    assert expanded('.') == ['a.yml', 'b.yaml', 'c.json']


def test_a_pattern_is_sorted_unless_a_file_has_that_name(folder: Path) -> None:
    assert expanded('defs/[ab].*') == ['defs/a.yml', 'defs/b.yaml']
    (folder / 'defs' / '[ab].*').write_text('')
    assert expanded('defs/[ab].*') == ['defs/[ab].*']


def test_a_file_that_is_named_twice_counts_once(folder: Path) -> None:
    assert expanded('-', 'defs/b.yaml', './defs/b.yaml', str(folder / 'defs' / 'b.yaml'), '-') == ['-', 'defs/b.yaml']


def test_the_home_folder_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('HOME', str(folder))
    assert expanded('~/defs/b.yaml') == [f'{folder}/defs/b.yaml']


def test_what_is_not_there_is_a_problem() -> None:
    assert complaints('x.yaml', 'empty', 'x*.yaml') == [
        'x.yaml: no such file',
        'empty: is a directory without *.yaml, *.yml or *.json files',
        'x*.yaml: no file matches this pattern',
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason='root reads everything')
def test_a_folder_that_can_not_be_read_is_a_problem(folder: Path) -> None:
    (folder / 'empty').chmod(0)
    assert complaints('empty') == ["empty: can't be read: Permission denied"]


@pytest.mark.parametrize(
    'data',
    [
        'é: 1'.encode(),
        b'\xef\xbb\xbf' + 'é: 1'.encode(),
        'é: 1'.encode('utf-16'),
        b'\xfe\xff' + 'é: 1'.encode('utf-16-be'),
    ],
)
def test_encodings(data: bytes) -> None:
    assert decoded(data) == 'é: 1'


def test_another_encoding_is_a_problem_with_its_place() -> None:
    assert decoded('a: 1\nü: '.encode() + b'caf\xe9') == 'a.yaml:2:7: is not UTF-8 (byte 0xe9)'
    assert decoded('a: 1'.encode('utf-16') + b'x') == 'a.yaml:1:5: is not the UTF-16 that it says it is'


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decoded(b' ' * 50_000_000) == 'a.yaml: is too large: 50 MB or more'
    monkeypatch.setattr(sources, 'TOO_LARGE', 10)
    assert read('-', io.BytesIO(b'x' * 20)) == b'x' * 10


def test_bytes_come_from_files_and_stdin(folder: Path) -> None:
    (folder / 'x').write_bytes(b'abc')
    assert read('x', io.BytesIO(b'in')) == b'abc'
    assert read('-', io.BytesIO(b'in')) == b'in'


def test_lines_for_excerpts() -> None:
    remembered = Sources()
    remembered.add('a', 'x\r\ny\rz\n')
    assert remembered.lines('a') == ['x', 'y', 'z', '']
    assert remembered.lines('b') == []
