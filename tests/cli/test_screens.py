"""Screens on real terminals: no line is wider but for words and commands, whatever is shown, and nothing is lost."""

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import termios
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st
from rich.cells import cell_len
from rich.console import Console as Rich

from tests.calls import variables
from tests.warmed import Process
from zatools.cli.live import Live
from zatools.reports import objects
from zatools.screens import COLOUR, TO_COPY, cells, columns, fold, plain, window
from zatools.world import World

WIDTHS = (40, 60, 80, 120)
VARIABLE = 'PASSWORD_OF_A_LONG_NAME_THAT_NOBODY_CAN_READ_ON_A_SMALL_SCREEN_WITHOUT_A_BREAK'
LONG = 'https://a-host-with-a-name.example.com/' + 'one-segment-of-many/' * 8
DEFINITIONS = f"""security:
  - name: 名前の長いセキュリティ定義がここにあってとても長いので一行には収まらないという話
    type: basic_auth
    username: a-user
    password: ${{{VARIABLE}}}

outgoing_rest:
  - name: A connection with a name that says what it is for and goes on to say what it is not for
    host: http://127.0.0.1:1
    url_path: /{'a-part-of-a-path/' * 9}
"""
BROKEN = f"""outgoing_rest:
  - name: A
    host: {LONG}
    url_path: /
    timeuot: 10
    {'unknown_' * 20}: {LONG}
  - {{name: B, host: "{LONG}", url_path: /{'x' * 70}, timeout: no-number-at-all-but-something-else}}
"""
FEATURE = """Feature: Things that go wrong

  Scenario: A name that is very long and goes on, because people write whole sentences as names, and then some more
    Given address "http://127.0.0.1:1"
    And URL path "/item"
    And query string "?q={long}"
    And header "X-A-Header" "it's {long}"
    When the URL is invoked
    Then path "/name" is "a text that is so long that it does not fit in a line of a terminal of eighty columns"

  Scenario: 名前の長いシナリオがここにあって一行には収まらないという話をしているところです、本当に長い
    Given I am not a step, but a long sentence that nobody ever defined, with "quotes" and all that one can think of
""".format(long='a' * 150)
PROGRAMS = {
    'validate': ('zato', 'enmasse validate broken.yaml'),
    'diff': ('zato', 'enmasse diff empty.yaml definitions.yaml'),
    'plan': ('zato', 'enmasse import definitions.yaml --dry-run --odb other.sqlite'),
    'list': ('zato', 'enmasse list --from definitions.yaml'),
    'variables': ('zato', 'enmasse variables definitions.yaml'),
    'ping': ('zato', 'ping outconn --all'),
    'help': ('zato', '--help'),
    'help of import': ('zato', 'enmasse import --help'),
    'help of ping': ('zato', 'ping outconn --help'),
    'a wrong option': ('zato', f'enmasse import --{"wrong-" * 30}'),
    'no such file': ('zato', f'enmasse validate {"no-such-folder/" * 12}a.yaml'),
    'info': ('zato', 'odb info'),
    'run': ('apitest', 'run features/'),
    'check': ('apitest', 'check features/'),
    'steps': ('apitest', 'steps'),
    'help of run': ('apitest', 'run --help'),
    'help of apitest': ('apitest', '--help'),
}


class Terminal(io.StringIO):
    """A text that says that it is a terminal, and not how wide."""

    def isatty(self) -> bool:
        return True


def on_terminal(arguments: list[str], width: int, folder: Path) -> str:
    """Runs a program on a terminal of so many columns; returns what it wrote."""
    first, second = pty.openpty()
    fcntl.ioctl(second, termios.TIOCSWINSZ, struct.pack('HHHH', 40, width, 0, 0))
    environ = {
        'PATH': os.environ['PATH'], 'HOME': str(folder), 'LANG': 'C.UTF-8', 'TERM': 'xterm-256color',
        'ZATO_ODB': str(folder / 'odb.sqlite'), VARIABLE: 'a-password',
    }  # fmt: skip
    running = Process(arguments, folder, environ, (second, second, second))
    os.close(second)
    found = b''
    while True:
        try:
            part = os.read(first, 65536)
        except OSError:
            break
        if not part:
            break
        found += part
    os.close(first)
    running.wait(30)
    return found.decode()


def rows(text: str) -> list[str]:
    """Returns the lines that a terminal is to show, without what steers it."""
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text).replace('\r\n', '\n')
    return [row.rpartition('\r')[2] for row in text.split('\n')]


@pytest.fixture(scope='module')
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('screens')
    (folder / 'definitions.yaml').write_text(DEFINITIONS)
    (folder / 'broken.yaml').write_text(BROKEN)
    (folder / 'empty.yaml').write_text('security: []\n')
    assert 'Created 2' in on_terminal(['zato', 'enmasse', 'import', 'definitions.yaml'], 120, folder)
    (folder / 'features').mkdir()
    (folder / 'features' / 'a-feature-with-a-long-name-in-a-file.feature').write_text(FEATURE)
    (folder / 'features' / 'config.ini').write_text('')
    return folder


def is_too_wide(row: str, width: int) -> bool:
    """Tells whether a row is wider than it has to be: commands to copy are whole, and so are words."""
    words = row.split()
    room = width * 2 // 3 if len(words) > 1 else 0
    return cell_len(row) > width and not TO_COPY.search(row) and max(map(cell_len, words)) <= room


@pytest.mark.parametrize('width', WIDTHS)
@pytest.mark.parametrize('name', PROGRAMS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int, project: Path) -> None:
    program, arguments = PROGRAMS[name]
    shown = on_terminal([program, *shlex.split(arguments)], width, project)
    found = rows(shown)
    assert [row for row in found if is_too_wide(row, width)] == []
    assert len(''.join(found)) > 20
    assert 'A bug of zatools' not in shown


def test_the_line_to_copy_is_the_same_command_on_a_small_screen(project: Path) -> None:
    program = ['apitest', 'run', 'features/', '--no-color']
    shown = '\n'.join(rows(on_terminal(program, 60, project)))
    wide = '\n'.join(rows(on_terminal(program, 2000, project)))
    for label in ('as curl', 'repeat'):
        small, large = (re.findall(rf'^ +{label} +(.+)$', text, re.MULTILINE) for text in (shown, wide))
        assert [re.sub(r'--seed \d+', '', line) for line in small] == [
            re.sub(r'--seed \d+', '', line) for line in large
        ]
        assert len(max(small, key=len)) > 40


WORDS = st.text(st.sampled_from('ab /-界😀é\u0301\'"\\x  '), max_size=300)


@given(WORDS, st.integers(20, 130))
@example('x' * 500, 20)
@example('label     ' + 'word ' * 80, 60)
@example('  + one' + ' ' * 60 + 'a.yaml:12', 60)
def test_folding_loses_nothing_but_blanks_and_breaks_no_word(text: str, width: int) -> None:
    found = fold(text, width).split('\n')
    longest = max(map(cells, text.split()), default=0)
    assert all(cells(row) <= width for row in found) or longest > width // 2 - 2
    assert ''.join(found).replace(' ', '') == text.replace(' ', '')
    assert ' '.join(found).split() == text.split()


@given(WORDS, st.integers(20, 130))
def test_a_colour_takes_no_room(text: str, width: int) -> None:
    painted = f'\x1b[31m{text}\x1b[0m' if text.strip() == text else text
    assert COLOUR.sub('', fold(painted, width)) == fold(text, width)


@given(WORDS.filter(bool), st.data(), st.integers(20, 100))
def test_a_caret_is_below_what_it_marks(line: str, data: st.DataObject, room: int) -> None:
    start = data.draw(st.integers(0, len(line) - 1))
    shown, place, marked = window(line, start, 1, room)
    assert cells(shown) <= room
    taken = next(index for index in range(len(shown) + 1) if cells(shown[:index]) >= place)
    assert line[start] in shown[taken:] or not cells(line[start])
    assert marked >= 1


@pytest.mark.parametrize('paint', [('', ''), ('\x1b[31m', '\x1b[0m')])
def test_an_excerpt_shows_what_is_around_its_caret(paint: tuple[str, str]) -> None:
    source = '- {name: B, host: "' + 'x' * 90 + '", timeout: wrong}'
    caret = f'      | {" " * source.index("wrong")}{paint[0]}^^^^^{paint[1]} a number of seconds is wanted here'
    first, second, third = fold(f'    7 | {source}\n{caret}', 60).split('\n')
    assert cells(first) <= 60 and cells(second) <= 60
    marks = COLOUR.sub('', second)
    assert first[marks.index('^') : marks.rindex('^') + 1] == 'wrong'
    assert paint[0] in second and paint[1] in second
    assert third == '      hint: a number of seconds is wanted here'


def test_a_place_at_the_right_comes_nearer_before_it_goes_below() -> None:
    line = f'{"  + a name":50} definitions.yaml:12'
    assert fold(line, 60) == f'{"  + a name":41}definitions.yaml:12'


@pytest.mark.parametrize(
    'line',
    [
        'hint: complete it: zato enmasse export -o a-folder/of/definitions/ --split-by object --force',
        "      as curl   curl -X POST -H 'A: b' 'http://127.0.0.1:1/a/b/c' -d 'a text that has many words'",
        "hint: the driver is missing: pip install '.[postgresql]', or ask whoever keeps the machine for it",
        "note: make a key; make one: openssl rand -base64 32 | tr '+/' '-_' and keep it where nobody reads",
        'hint: set them all: export PASSWORD_OF_ONE=… PASSWORD_OF_ANOTHER_ONE=… or put them into a file',
    ],
)
def test_commands_to_copy_are_whole(line: str) -> None:
    assert fold(line, 60) == line


def test_what_a_fold_puts_first_is_no_command_to_a_runner() -> None:
    found = fold('a text of so many words ::error::that is no command', 30)
    assert '\n' in found
    assert not re.search(r'^\s*::', found, re.MULTILINE)
    assert plain(found) == found


def test_a_secret_is_masked_before_the_line_is_folded() -> None:
    out = Terminal()
    secret = 'several words that make a secret of many letters'
    world = World({'COLUMNS': '30', 'ZATO_SECRET_KEY': secret}, io.BytesIO(), out, out)
    world.print(f'a label  that is followed by {secret} and more')
    world.say(f'    1 | {"x" * 20}{secret}\n      | {" " * 30}^^^ a hint')
    shown = out.getvalue()
    assert '\n' in shown.strip()
    assert '******' in shown
    assert not [word for word in ('several', 'words', 'letters') if word in shown]


@pytest.mark.parametrize(
    ('text', 'width'), [('abc', 3), ('界', 2), ('e\u0301', 1), ('😀', 2), ('\x1b[31mab\x1b[0m', 2), ('a\u200bb', 2)]
)
def test_columns_are_counted_as_terminals_do(text: str, width: int) -> None:
    assert cells(text) == width


def test_a_pipe_is_never_folded_whatever_columns_says() -> None:
    for environ in ({}, {'COLUMNS': '70'}, {'COLUMNS': 'many'}):
        assert columns(io.StringIO(), environ) == 0
    assert columns(Terminal(), {'COLUMNS': '70'}) == 70
    assert columns(Terminal(), {'COLUMNS': 'many'}) == 0


def test_what_is_for_programs_is_as_long_as_it_is() -> None:
    out = Terminal()
    world = World({'COLUMNS': '30'}, io.BytesIO(), out, out)
    for write in (world.data, world.print_json, world.annotate):
        write('a word ' * 20)
    assert set(out.getvalue().splitlines()) == {'a word ' * 20}


def test_the_first_line_of_a_run_has_colours_and_no_codes(project: Path) -> None:
    program = ['apitest', 'run', 'features/']
    shown = on_terminal(program, 120, project)
    assert shown.startswith('\x1b[2mapitest ')
    assert 'u001b' not in shown


NAMES = ('顧客情報システム', 'CRM 🚀', 'cafe\u0301', 'plain name', 'ｗｉｄｅ')


def test_columns_line_up_by_what_terminals_show() -> None:
    lines = objects.columns([[name, 'here'] for name in NAMES]).split('\n')
    assert {cell_len(line.removesuffix('here')) for line in lines} == {cell_len(NAMES[0]) + 2}


@pytest.mark.parametrize(
    'command', ['enmasse list wide.yaml', 'enmasse import wide.yaml --dry-run --odb new.sqlite', 'ping outconn --all']
)
def test_places_and_targets_stand_below_each_other(command: str, tmp_path: Path) -> None:
    lines = [f'  - {{name: "{name}", host: "http://127.0.0.1:1", url_path: /}}\n' for name in NAMES]
    (tmp_path / 'wide.yaml').write_text('outgoing_rest:\n' + ''.join(lines))
    if command.startswith('ping'):
        command += ' --file wide.yaml'
    program = ['zato', *command.split()]
    found = rows(on_terminal(program, 160, tmp_path))
    matches = [(row, re.search(r'wide\.yaml:\d+$|HEAD http', row)) for row in found]
    assert len({cell_len(row[: match.start()]) for row, match in matches if match}) == 1, found


VARIABLES_AT_40 = """\
CRM_PASSWORD  not set
    basic_auth '顧客情報システム'
    password  wide.yaml:2:65
KEY  not set
    apikey 'emoji 🚀'  password
    wide.yaml:3:45
    apikey
      'a-name-as-long-as-its-line-is-not'
    password  wide.yaml:4:71
"""
VARIABLES_AT_60 = """\
CRM_PASSWORD  not set
    basic_auth '顧客情報システム'  password  wide.yaml:2:65
KEY  not set
    apikey 'emoji 🚀'  password  wide.yaml:3:45
    apikey 'a-name-as-long-as-its-line-is-not'  password
    wide.yaml:4:71
"""
VARIABLES_AT_100 = """\
CRM_PASSWORD  not set  basic_auth '顧客情報システム'               password  wide.yaml:2:65
KEY           not set  apikey 'emoji 🚀'                           password  wide.yaml:3:45
                       apikey 'a-name-as-long-as-its-line-is-not'  password  wide.yaml:4:71
"""


@pytest.mark.parametrize(('width', 'shown'), [(40, VARIABLES_AT_40), (60, VARIABLES_AT_60), (100, VARIABLES_AT_100)])
def test_variables_are_read_on_any_screen(
    width: int, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path('wide.yaml').write_text("""security:
  - {name: 顧客情報システム, type: basic_auth, username: crm, password: "${CRM_PASSWORD}"}
  - {name: emoji 🚀, type: apikey, password: "${KEY}"}
  - {name: a-name-as-long-as-its-line-is-not, type: apikey, password: "${KEY}"}
""")
    out = Terminal()
    variables(World({'COLUMNS': str(width)}, io.BytesIO(), out, io.StringIO()), ['wide.yaml'])
    assert out.getvalue() == shown


def test_lines_that_are_waited_for_are_folded_as_those_that_are_there() -> None:
    out = Terminal()
    live = Live(Rich(file=out, width=40, height=50, force_terminal=True, _environ={}))
    live.start(['...      顧客情報システム  HEAD http://127.0.0.1:1/'])
    before = out.getvalue()
    live.update(0, '\x1b[31mFAILED  \x1b[0m 顧客情報システム  HEAD http://127.0.0.1:1/  refused: nothing listens on it')
    live.stop()
    assert rows(before) == ['...      顧客情報システム  HEAD', '         http://127.0.0.1:1/']
    assert rows(out.getvalue().removeprefix(before))[-4:] == [
        'FAILED   顧客情報システム  HEAD',
        '         http://127.0.0.1:1/  refused:',
        '         nothing listens on it',
        '',
    ]
