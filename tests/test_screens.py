"""Texts of others are texts on every screen: no command to GitHub, no escape to a terminal, no Markdown, no HTML."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.calls import diff, import_files
from tests.conftest import ROOT
from tests.console import Console
from zatools.errors import RefusedError
from zatools.odb.target import OdbChoice
from zatools.place import Place, Problem
from zatools.reports.problems import as_github
from zatools.screens import annotation, assigned, json_text, last_word, markdown, plain, word

HOSTILE = st.text('a:#[]|`*_<>!@&\\ \n\t\x1b\x07\x9b[0m%,\u202e-', max_size=30)


def is_command(line: str) -> bool:
    """Tells whether a runner takes a line for a command: of GitHub, or of others that read its old form."""
    return line.lstrip().startswith('::') or '##[' in line


@given(HOSTILE)
def test_no_line_is_a_command_to_a_runner_or_a_terminal(text: str) -> None:
    shown = plain(text)
    assert not any(map(is_command, re.split('[\r\n]', shown)))
    left = re.sub(r'\x1b\[[0-9;]*m', '', shown)
    assert all(char.isprintable() or char in '\n\t' for char in left)


@pytest.mark.parametrize('text', ['a: b', '  a::b', 'x\n  y: z', '\x1b[32mok\x1b[0m', 'é "quoted" [1]', '# a', '%25'])
def test_lines_of_ours_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


@given(HOSTILE)
def test_json_says_the_same_and_has_no_command_in_it(text: str) -> None:
    shown = json_text(json.dumps([text], indent=2, ensure_ascii=False))
    assert json.loads(shown) == [text]
    assert not any(map(is_command, shown.split('\n')))


@given(path=HOSTILE, text=HOSTILE)
def test_an_annotation_is_one_command_whose_place_and_text_are_what_they_were(path: str, text: str) -> None:
    shown = annotation('error', text, (path, 3, 4))
    assert '\n' not in shown
    assert '\r' not in shown
    head, message = shown.removeprefix('::').split('::', 1)
    properties = dict(pair.split('=', 1) for pair in head.removeprefix('error ').split(','))
    assert (_read(properties['file']), properties['line'], properties['col']) == (path, '3', '4')
    assert _read(message) == text


def _read(text: str) -> str:
    for code, char in (('%0D', '\r'), ('%0A', '\n'), ('%3A', ':'), ('%2C', ','), ('%25', '%')):
        text = text.replace(code, char)
    return text


@given(HOSTILE)
def test_a_cell_is_letters_or_one_piece_of_code(text: str) -> None:
    shown = markdown(text)
    assert '\n' not in shown
    assert not re.search(r'(?<!\\)\|', shown)
    fence = re.match('`*', shown)[0]  # type: ignore[index]
    if fence:
        assert shown.endswith(fence)
        # Nothing within ends the code early.
        assert fence not in re.findall('`+', shown[len(fence) : -len(fence)])
    else:
        assert not set('<>&@#*[]!`\\') & set(shown)


def test_names_and_values_are_code_in_a_plan_for_a_pull_request(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    row = '  - {name: "%s", type: basic_auth, username: u%d, password: p, realm: "%s"}\n'
    before = 'security:\n' + row % ('a <b>', 1, 'r0') + row % ('c', 2, 'r0')
    after = (
        'security:\n' + row % ('a <b>', 1, 'x <!-- <details>') + row % ('c', 2, '--> @channel ![x](http://evil/p.png)')
    )
    for name, text in (('before.yaml', before), ('after.yaml', after)):
        with open(name, 'w') as file:
            file.write(text)
    console = Console({})
    diff(console.world, OdbChoice(), source='before.yaml', target='after.yaml', as_markdown=True)
    assert "| ~ | `basic_auth 'a <b>'` | | | |" in console.out.getvalue()
    assert '| | | realm | r0 | `x <!-- <details>` |' in console.out.getvalue()
    assert '| | | realm | r0 | `--> @channel ![x](http://evil/p.png)` |' in console.out.getvalue()


def test_a_path_in_an_annotation_is_a_path() -> None:
    problem = Problem(Place('a,line=9::error::b.yaml', 1, 2), 'is 100%\nwrong')
    assert as_github([problem]) == '::error file=a%2Cline=9%3A%3Aerror%3A%3Ab.yaml,line=1,col=2::is 100%25%0Awrong'


def test_what_a_command_prints_is_plain() -> None:
    console = Console({})
    console.world.print('::set-env name=A::b\nx\x1b]0;title\x07')
    console.world.say(' ::error::x ##[error]y')
    assert console.text == ':\\:set-env name=A::b\nx␛]0;title␇\n :\\:error::x #\\#[error]y\n'


def typed(line: str) -> list[str]:
    """Returns the words that a shell makes of a line."""
    command = ['bash', '-c', f'printf "%s\\0" {line}']
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode('utf-8', 'surrogateescape').split('\0')[:-1]


NAMES = [
    'a b.yaml',
    "it's",
    '$(touch x)',
    '`id`',
    '-x',
    'a;b',
    'a\nb',
    'é "q"',
    '##[error]x',
    '*',
    'a\x1b[31m',
    '!x',
    '~',
    '\udcff',
]


def test_a_word_to_copy_is_that_word_in_a_shell_and_no_option() -> None:
    line = ' '.join(map(word, NAMES))
    assert typed(line) == [f'./{name}' if name.startswith('-') else name for name in NAMES]
    assert plain(line) == line


def test_what_stands_after_a_name_in_a_line_to_copy_is_that_and_no_path() -> None:
    for name in NAMES:
        command = ['bash', '-c', f'export A={assigned(name)}; printf "%s" "$A"']
        done = subprocess.run(command, capture_output=True, check=True)
        assert done.stdout.decode('utf-8', 'surrogateescape') == name
        words = typed(last_word(name))
        assert words == (['--', name] if name.startswith('-') else [name])
    # None that assigns a variable has a word, which may become a path.
    for path in (ROOT / 'zatools').rglob('*.py'):
        assert not re.search(r"f['\"][^\n]*=\{word\(", path.read_text()), path


@pytest.mark.parametrize('name', [name for name in NAMES if '\n' not in name and '\udcff' not in name])
def test_the_line_that_shows_what_an_import_would_change_does_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f'./{name}.yaml')
    for user in ('u1', 'u2'):
        text = f'security:\n  - {{name: a, type: basic_auth, username: {user}, password: p}}\n'
        path.write_text(text)
        console = Console({})
        try:
            import_files(console.world, OdbChoice(odb='odb.sqlite'), [str(path)])
        except RefusedError as error:
            line = error.hint.partition('see them: ')[2].partition('    update')[0]
    words = typed(plain(line))
    assert (words[:3], Path(words[3])) == (['zato', 'enmasse', 'diff'], path)


def test_every_command_in_a_message_quotes_what_it_names() -> None:
    # A name in capitals is ours, and so is the port of an address of ours.
    quoted = r'(?![^{}]*\b(?:last_)?word\b|[A-Z]+\}|urlsplit)'
    bare = re.compile(rf"""f['"][^\n]*\b(?:zato|zatools) [a-z-]+ [^'"\n]*\{{{quoted}[^\n]*""")
    others = (': {message}', ': {login}')
    for path in (ROOT / 'zatools').rglob('*.py'):
        lines = [found[0] for found in bare.finditer(path.read_text()) if 'apitest' not in path.parts]
        assert [line for line in lines if not any(other in line for other in others)] == [], path.name
