"""`zato enmasse schema --write`: what becomes of the files that get the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Console
from zatools.commands.schema import FILE, LINE, schema
from zatools.errors import InvalidError, RefusedError
from zatools.files.folder import write_folder
from zatools.reference.schema import as_text

WANTED = f'{LINE}{FILE}'


def _write(*paths: Path) -> str:
    console = Console({})
    assert schema(console.world, [str(path) for path in paths], write=True) == 0
    return console.out.getvalue()


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('', f'{WANTED}\n'),
        ('security:\n', f'{WANTED}\nsecurity:\n'),
        ('# Ours.\nsecurity:\n', f'{WANTED}\n# Ours.\nsecurity:\n'),
        ('security:\r\n', f'{WANTED}\r\nsecurity:\r\n'),
        (f'{LINE}../other.json\nsecurity:\n', f'{WANTED}\nsecurity:\n'),
        (f'{WANTED}\nsecurity:\n', f'{WANTED}\nsecurity:\n'),
    ],
)
def test_the_line_is_the_first_one(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / 'a.yaml'
    path.write_bytes(before.encode())
    _write(path)
    assert path.read_bytes().decode() == after
    assert (tmp_path / FILE).read_text() == as_text()


def test_each_folder_gets_its_own_and_json_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / 'one').mkdir()
    (tmp_path / 'two').mkdir()
    (tmp_path / 'one' / 'a.yaml').write_text('security:\n')
    (tmp_path / 'two' / 'b.json').write_text('{}')
    told = _write(tmp_path / 'one', tmp_path / 'two')
    assert told.endswith('1 file has the line that tells editors of it.\n')
    assert (tmp_path / 'two' / 'b.json').read_text() == '{}'
    assert json.loads((tmp_path / 'two' / FILE).read_text()) == json.loads(as_text())


def test_a_file_that_is_not_utf_8_is_told_and_left_alone(tmp_path: Path) -> None:
    wide, latin = tmp_path / 'a.yaml', tmp_path / 'b.yaml'
    wide.write_text('security:\n', encoding='utf-16')
    latin.write_bytes(b'# \xe9\n')
    before = wide.read_bytes()
    with pytest.raises(InvalidError) as caught:
        _write(wide, latin)
    assert [problem.text for problem in caught.value.problems] == ['is not UTF-8', 'is not UTF-8 (byte 0xe9)']
    assert (wide.read_bytes(), latin.read_bytes()) == (before, b'# \xe9\n')


def test_a_file_of_an_export_that_was_edited_is_still_seen_as_such(tmp_path: Path) -> None:
    write_folder(tmp_path, {'a.yaml': 'security:\n', 'b.yaml': 'groups:\n'}, is_forced=False)
    (tmp_path / 'b.yaml').write_text('groups: []\n')
    _write(tmp_path)
    with pytest.raises(RefusedError, match=r'b\.yaml \(edited since\)') as caught:
        write_folder(tmp_path, {'a.yaml': 'security:\n'}, is_forced=False)
    assert 'a.yaml' not in caught.value.text
