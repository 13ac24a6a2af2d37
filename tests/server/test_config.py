"""Files of user configuration that are wrong: one sentence each, with its place, and never with a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.running import write
from zatools.server.project.config import Config
from zatools.server.project.sections import lines_of

NOTHING = 'this is neither [section] nor name = value'


def told(folder: Path, files: dict[str, str], generation: str = '3.2') -> tuple[list[str], Config]:
    write(folder / 'p', {f'user-conf/{name}': text for name, text in files.items()})
    config = Config(folder / 'p' / 'user-conf', folder / 'p', generation, {})
    return [str(problem) for problem in config.load()], config


@pytest.mark.parametrize(
    ('text', 'line', 'reason'),
    [
        ('a = 1\n[x\nb = s3cret\n', 2, NOTHING),
        ('s3cret\n', 1, NOTHING),
        ('s3cret: 1\n', 1, NOTHING),
        ('= s3cret\n', 1, NOTHING),
        ('[]\n', 1, NOTHING),
        ('[x]\na = 1\n[x]\nb = s3cret\n', 3, 'this name is there twice, first in line 1'),
        ('[x]\na = 1\n"a" = s3cret\n', 3, 'this name is there twice, first in line 2'),
        ('x = 1\n[x]\n', 2, 'this name is there twice, first in line 1'),
        ('[x]]\na = s3cret\n', 1, 'the brackets of this section do not match'),
        ('[[x]]\na = s3cret\n', 1, 'this section is in no other, so it has one bracket: [name]'),
        ('a = "s3cret\n', 1, 'the value has a quote or a comma too many or too few'),
        ("b = 1\na = '''s3cret\n", 2, 'the triple quotes of this value are not closed'),
    ],
)
def test_a_broken_line_is_told_with_its_place_and_is_not_shown(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    problems, config = told(tmp_path, {'t.conf': text, 'other.conf': 'a = 1\n'})
    assert problems == [f'p/user-conf/t.conf:{line}:1: {reason}: the file is not read']
    assert config.values == {'other': {'a': 1}}
    write(tmp_path / 'p', {'user-conf/t.conf': 'a = 2\n'})
    assert config.load() == []
    write(tmp_path / 'p', {'user-conf/t.conf': text})
    assert [str(one) for one in config.load()] == [problems[0].replace('the file is not read', STAYS)]
    assert config.values == {'other': {'a': 1}, 't': {'a': 2}}


STAYS = 'what it said before stays'


def test_what_is_wrong_is_told_once_until_its_file_changes(tmp_path: Path) -> None:
    files = {'a.conf': '[x\n', 'b.conf': 'a = $ABSENT\n', 'c.conf': '', 'c.ini': ''}
    problems, config = told(tmp_path, files)
    assert len(problems) == 3
    write(tmp_path / 'p', {'user-conf/c.conf': 'a = 1\n'})
    assert config.load() == []
    assert config.values.c == {'a': 1}
    write(tmp_path / 'p', {'user-conf/a.conf': '[x\n\n'})
    assert [str(one) for one in config.load()] == problems[:1]


def test_a_file_that_is_emptied_is_empty(tmp_path: Path) -> None:
    _, config = told(tmp_path, {'t.conf': 'a = 1\n'})
    write(tmp_path / 'p', {'user-conf/t.conf': ''})
    assert config.load() == []
    assert config.values == {'t': {}}


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path / 'p', {'user-conf/x': ''})
    (tmp_path / 'p' / 'user-conf' / 't.conf').write_bytes(b'a = \xff\n')
    assert told(tmp_path, {})[0] == ['p/user-conf/t.conf: is not UTF-8: the file is not read']


def test_two_files_of_one_name(tmp_path: Path) -> None:
    problems, config = told(tmp_path, {'t.conf': 'a = 1\n', 't.ini': 'a = 2\n'})
    assert problems == ["p/user-conf/t.ini: 't' is p/user-conf/t.conf too: that one is used"]
    assert config.values == {'t': {'a': 1}}


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_variable_that_is_not_set(tmp_path: Path, generation: str) -> None:
    problems, config = told(tmp_path, {'t.conf': '[x]\na = $ABSENT\n'}, generation)
    assert problems == ['p/user-conf/t.conf:2:1: user_config.t.x.a needs the variable ABSENT, which is not set here']
    assert config.values.t.x.a == 'Env_Key_Missing_ABSENT'


def test_lines_are_those_of_the_file() -> None:
    text = "a = 1 # x\n\n[x] # y\n'b' = '''one\nc = 2\n'''\nd = '''one line'''\n[[y]]\n  e = f = g\n[z]\nb = 1\nb = 2\n"
    assert lines_of(text.splitlines()) == {
        ('a',): 1,
        ('x',): 3,
        ('x', 'b'): 4,
        ('x', 'd'): 7,
        ('x', 'y'): 8,
        ('x', 'y', 'e'): 9,
        ('z',): 10,
        ('z', 'b'): 11,
    }
