"""INI files in ConfigObj's dialect."""

from __future__ import annotations

from pathlib import Path

import pytest

from zatools import ini
from zatools.errors import FileError


def write(folder: Path, text: str) -> str:
    """Writes a file of settings; returns its path."""
    path = folder / 'server.conf'
    path.write_text(text, encoding='utf-8')
    return str(path)


def test_sections_are_read_as_texts(tmp_path: Path) -> None:
    path = write(tmp_path, '[odb]\nport=5432\nextra=echo=False\nhost=\nnames=a, b\n')
    assert ini.read(path) == {'odb': {'port': '5432', 'extra': 'echo=False', 'host': '', 'names': 'a, b'}}


@pytest.mark.parametrize(
    ('line', 'value'),
    [
        ('key=abc= # Pi number', 'abc='),
        ('key="a # b"', 'a # b'),
        ('key="a # b" # why', 'a # b'),
        ("key = 'x'", 'x'),
        ('key=%(nothing)s', '%(nothing)s'),
        ('key=żółw', 'żółw'),
    ],
)
def test_comments_and_quotes_are_no_part_of_a_value(tmp_path: Path, line: str, value: str) -> None:
    assert ini.read(write(tmp_path, f'[s]\n{line}\n')) == {'s': {'key': value}}


def test_a_broken_file_is_named_with_its_line_but_not_its_values(tmp_path: Path) -> None:
    path = write(tmp_path, '[zato]\ngood=1\nhunter2 without an equals sign\n')
    with pytest.raises(FileError) as caught:
        ini.read(path)
    assert caught.value.text == f'{path}:3: is no valid INI file'


def test_the_same_key_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match='server.conf:3: is no valid INI file'):
        ini.read(write(tmp_path, '[zato]\nkey=hunter2\nkey=hunter3\n'))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r'none\.conf: no such file'):
        ini.read(str(tmp_path / 'none.conf'))


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'server.conf'
    path.write_bytes(b'[odb]\nhost=\xff\n')
    with pytest.raises(FileError, match="server.conf: can't be read: it is not UTF-8"):
        ini.read(str(path))
