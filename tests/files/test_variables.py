from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from zatools.errors import InvalidError
from zatools.files.variables import Variables, escape, has_variables, names, read_env_file
from zatools.secret import Template

VARIABLES = Variables({'A': 'one', 'B.c': 'two', 'NESTED': '${A}'})


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('plain', 'plain'),
        ('${A}', 'one'),
        ('x ${A}-${B.c}', 'x one-two'),
        ('{Zato_Enmasse_Env.A}/x', 'one/x'),
        ('Zato_Enmasse_Env.A', 'one'),
        ('ZatoEnmasseEnv.B.c', 'two'),
        ('$${A}', '${A}'),
        ('$$${A}', '$${A}'),
        ('$A', '$A'),
        ('5 $', '5 $'),
        ('${NESTED}', '${A}'),
        ('Zato_Enmasse_Env.A is text', 'Zato_Enmasse_Env.A is text'),
        ('$$Zato_Enmasse_Env.A', 'Zato_Enmasse_Env.A'),
        ('{$$Zato_Enmasse_Env.A}', '{Zato_Enmasse_Env.A}'),
    ],
)
def test_values_are_put_in_once(text: str, value: str) -> None:
    assert VARIABLES.resolve(text) == value


@pytest.mark.parametrize(
    ('text', 'template'),
    [
        ('${X}', Template('${X}', ('X',))),
        ('a{Zato_Enmasse_Env.X}${A}${Y}${X} $${z}', Template('a${X}${A}${Y}${X} $${z}', ('X', 'Y'))),
        ('ZatoEnmasseEnv.X', Template('${X}', ('X',))),
    ],
)
def test_an_unset_variable_makes_a_template_in_our_spelling(text: str, template: Template) -> None:
    assert VARIABLES.resolve(text) == template


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('a ${B', "'${' is without its '}'"),
        ('${', "'${' is without its '}'"),
        ('${}', 'a variable has no name'),
        ('${a b}', "what stands in '${…}' can't be the name"),
        ('Zato_Enmasse_Env.', 'a variable has no name'),
        ('Zato_Enmasse_Env.a-b', "what stands in '${…}' can't be the name"),
        ('{Zato_Enmasse_Env.1}', "what stands in '${…}' can't be the name"),
    ],
)
def test_bad_variables_are_explained(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match='^' + sentence.replace('$', r'\$').replace('{', r'\{')):
        VARIABLES.resolve(text)


def test_names_come_in_order_and_once() -> None:
    assert names('${B} {Zato_Enmasse_Env.A} ${B}') == ('B', 'A')
    assert names('none') == ()
    assert not has_variables('none')


@given(st.lists(st.sampled_from(['$', '{', '}', 'Zato_Enmasse_Env.', 'ZatoEnmasseEnv.', 'A', ' '])).map(''.join))
def test_what_is_escaped_resolves_to_itself(text: str) -> None:
    assert VARIABLES.resolve(escape(text)) == text


def test_escapes_are_short() -> None:
    assert escape('${A}') == '$${A}'
    assert escape('5 $') == '5 $'


def env(folder: Path, text: str) -> dict[str, str]:
    path = folder / 'env'
    path.write_text(text)
    return read_env_file(str(path))


def test_every_section_of_an_ini_is_read(tmp_path: Path) -> None:
    text = 'TOP = 1\n[env]\nA = "x y"\nB = a, b # comment\n[other]\n# comment\nC = %(x)s $A\n'
    assert env(tmp_path, text) == {'TOP': '1', 'A': 'x y', 'B': 'a, b', 'C': '%(x)s $A'}


def test_a_dotenv_file_is_read(tmp_path: Path) -> None:
    text = '# comment\nA=1\nexport B=\'x # $y\'\nC="a\\nb \\"q\\"" # comment\nD = p#w  # comment\nE=\n\nF=# none\n'
    assert env(tmp_path, text) == {'A': '1', 'B': 'x # $y', 'C': 'a\nb "q"', 'D': 'p#w', 'E': '', 'F': ''}


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('A=1\nhunter2', '2: is not KEY=value'),
        ('A="hunter2', '1: A: the quote is not closed, or text follows it'),
        ('[x]\nhunter2\n', '2: neither a section nor a key and its value'),
        ('[x]\nA="""hunter2\n', '2: neither a section nor a key and its value'),
        ('[x]\nA=1\nA=hunter2\n', '3: neither a section nor a key and its value'),
    ],
)
def test_a_bad_line_is_named_but_not_shown(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidError) as caught:
        env(tmp_path, text)
    assert caught.value.text == f'{tmp_path}/env:{sentence}'


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(InvalidError) as caught:
        read_env_file('missing/env')
    assert caught.value.text == 'missing/env: no such file'
