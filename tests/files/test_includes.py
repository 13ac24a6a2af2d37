from __future__ import annotations

import io
from pathlib import Path

import pytest

from zatools.files.includes import documents
from zatools.files.sources import Sources
from zatools.files.tree import plain_value
from zatools.place import Problem


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def load(*paths: str, stdin: bytes = b'') -> tuple[list[tuple[str, str, object]], list[str], list[str]]:
    problems: list[Problem] = []
    loaded = documents(paths, io.BytesIO(stdin), Sources(), problems)
    found: list[tuple[str, str, object]] = [
        (document.path, document.section, [plain_value(item) for item in document.items])
        for document in loaded.documents
    ]
    told = [
        f'{"note: " if problem.is_warning else ""}{problem}{f" ({problem.hint})" if problem.hint else ""}'
        for problem in problems
    ]
    return found, loaded.files, told


def test_sections_of_one_file() -> None:
    write({'a.yaml': 'security:\n  - name: x\nservice:\nchannel_rest: []\n'})
    assert load('a.yaml') == (
        [('a.yaml', 'security', [{'name': 'x'}]), ('a.yaml', 'service', []), ('a.yaml', 'channel_rest', [])],
        ['a.yaml'],
        [],
    )


def test_includes_are_relative_to_the_including_file() -> None:
    write(
        {
            'main.yaml': 'include: [inc/a.yaml]\nsecurity: []\n',
            'inc/a.yaml': 'include: file://b.yaml\n',
            'inc/b.yaml': 'service:\n  - name: b\n',
        }
    )
    assert load('main.yaml') == (
        [('main.yaml', 'security', []), ('inc/b.yaml', 'service', [{'name': 'b'}])],
        ['main.yaml', 'inc/a.yaml', 'inc/b.yaml'],
        [],
    )


def test_an_include_found_at_the_main_file_only_is_noted() -> None:
    write({'main.yaml': 'include: [inc/a.yaml]', 'inc/a.yaml': 'include: [b.yaml]', 'b.yaml': 'service: []'})
    found, _, told = load('main.yaml')
    assert found == [('b.yaml', 'service', [])]
    assert told == ["note: inc/a.yaml:1:11: 'b.yaml' was found relative to the main file main.yaml only"]


def test_diamonds_and_named_includes_are_read_once() -> None:
    write(
        {
            'a.yaml': 'include: [c.yaml]',
            'b.yaml': 'include: [./c.yaml]',
            'c.yaml': 'service: []',
            'main.yaml': 'include: [a.yaml, b.yaml]',
        }
    )
    assert load('.') == ([('c.yaml', 'service', [])], ['a.yaml', 'c.yaml', 'b.yaml', 'main.yaml'], [])


def test_a_cycle_is_named_with_its_path() -> None:
    write({'a.yaml': 'include:\n  - b.yaml\n', 'b.yaml': 'include: [a.yaml]'})
    assert load('a.yaml')[2] == [
        'b.yaml:1:11: a circle of includes: a.yaml -> b.yaml -> a.yaml (remove one of the includes)'
    ]


def test_a_file_that_includes_itself() -> None:
    write({'a.yaml': 'include: [a.yaml]'})
    assert load('a.yaml')[2] == [
        'a.yaml:1:11: a circle of includes: a.yaml includes itself (remove one of the includes)'
    ]


def test_texts_in_a_section_include_one_object_or_a_full_file() -> None:
    write(
        {
            'main.yaml': 'channel_rest:\n  - one.yaml\n  - name: x\n  - file://full.yaml\n',
            'one.yaml': 'name: one\n',
            'full.yaml': 'service:\n  - name: s\n',
        }
    )
    wanted = [
        ('main.yaml', 'channel_rest', [{'name': 'x'}]),
        ('one.yaml', 'channel_rest', [{'name': 'one'}]),
        ('full.yaml', 'service', [{'name': 's'}]),
    ]
    assert load('main.yaml')[::2] == (wanted, [])
    found, _, told = load('.')
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert told == []


def test_one_object_without_a_section_is_a_problem() -> None:
    write({'one.yaml': 'name: one\n'})
    assert load('one.yaml')[2] == [
        'one.yaml:1:1: this file is one object without a section'
        ' (put it in the list of its section, or include it there)'
    ]


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        ('- x', 'a.yaml:1:1: a file must be a mapping of sections (begin with a section, such as "security:")'),
        ('security: x', "a.yaml:1:11: 'security' must be a list"),
        ('security:\n  name: x', 'a.yaml:2:3: \'security\' must be a list (put "- " before its first key)'),
        ('security:\n  -\n  - name: x', 'a.yaml:2:4: security: an empty item (remove its "-")'),
        (
            'security:\n  - crm',
            "a.yaml:2:5: security: 'crm' is neither an item nor a file that can be included"
            ' (an item is a mapping: "- name: crm"; the file would be crm)',
        ),
        ('include: [x.yaml]', "a.yaml:1:11: the included file 'x.yaml' does not exist (looked for x.yaml)"),
        ('include: [[x]]', 'a.yaml:1:11: an include must be the path of a file'),
        ('include: [.]', "a.yaml:1:11: the included file '.' is a directory, not a file"),
    ],
)
def test_bad_files_are_explained(text: str, wanted: str) -> None:
    write({'a.yaml': text})
    assert load('a.yaml')[2] == [wanted]


def test_stdin_is_yaml_or_json() -> None:
    assert load('-', stdin=b'service: [{name: a}]') == ([('<stdin>', 'service', [{'name': 'a'}])], ['<stdin>'], [])
    assert load('-', stdin=b'{"service": [{"name": "\\ud83d\\ude00"}]}')[0] == [
        ('<stdin>', 'service', [{'name': '😀'}])
    ]
    assert load('-', stdin=b'{service: [{name: a}]}')[0] == [('<stdin>', 'service', [{'name': 'a'}])]


def test_files_that_can_not_be_read_are_all_named() -> None:
    write({'bad.yaml': 'a: ['})
    Path('latin.yaml').write_bytes(b'a: \xe9')
    assert load('missing.yaml', 'bad.yaml', 'latin.yaml')[2] == [
        'missing.yaml: no such file',
        'bad.yaml:1:4: a value is missing here',
        'latin.yaml:1:4: is not UTF-8 (byte 0xe9) (convert it, such as with: iconv -f LATIN1 -t UTF-8 latin.yaml)',
    ]


def test_empty_files_have_no_documents() -> None:
    write({'a.yaml': '', 'b.json': ''})
    assert load('.') == ([], ['a.yaml', 'b.json'], [])
