"""Lists of 4.1's own exports that were a text: one character an item."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import validate
from tests.conftest import Console

WARNED = 'one character an item'


def told(value: str, tmp_path: Path) -> str:
    path = tmp_path / 'a.yaml'
    path.write_text(f'ldap:\n  - {{name: a, username: cn=a, server_list: {value}}}\n')
    console = Console({})
    validate(console.world, [str(path)])
    return console.text


def test_one_character_an_item_is_warned_of_with_the_text_that_it_was(tmp_path: Path) -> None:
    text = told("['1', '0', ., '1', ':', '3', '8', null, '\"']", tmp_path)
    assert f"a.yaml:2:44: warning: ldap 'a': server_list has {WARNED}, as exports of 4.1 write a text" in text
    assert 'if it was one: server_list: "10.1:38\\n\\""' in text


def test_a_password_in_it_is_not_shown(tmp_path: Path) -> None:
    text = told(f'{list("ldap://a:canary@b")}', tmp_path)
    assert WARNED in text
    assert 'canary' not in text


def test_a_long_text_is_not_offered_to_be_copied(tmp_path: Path) -> None:
    text = told(f'{list("x" * 501)}', tmp_path)
    assert WARNED in text
    assert 'if it was one' not in text


@pytest.mark.parametrize('value', ['[a, b, c, d]', '[a, b, c, d, ef]', '[]', '[localhost:389]', 'abcdef'])
def test_other_lists_are_let_be(value: str, tmp_path: Path) -> None:
    assert WARNED not in told(value, tmp_path)
