"""How two states of an object are compared and shown."""

from __future__ import annotations

from typing import Any

from zatools.files.merging import merge
from zatools.kinds.scheduler import JOB
from zatools.kinds.security import BASIC_AUTH, BEARER, NTLM
from zatools.place import Place, Problem
from zatools.secret import Secret
from zatools.state import Item, diff, show


def fields(wanted: Item, stored: Item) -> list[tuple[str, Any, Any, str]]:
    [change] = diff({wanted.key: wanted}, {stored.key: stored}, '4.1').changes
    return [(field.name, field.old, field.new, field.note) for field in change.fields]


def test_what_the_new_type_has_no_place_for_has_a_line() -> None:
    old = Item(BASIC_AUTH, {'name': 'a', 'username': 'a', 'realm': 'CRM', 'password': Secret('pw')})
    new = Item(NTLM, {'name': 'a', 'username': 'a'})
    assert fields(new, old) == [('type', 'basic_auth', 'ntlm', ''), ('realm', 'CRM', None, 'ntlm has none')]


def test_a_value_at_its_default_is_no_loss() -> None:
    old = Item(BASIC_AUTH, {'name': 'a', 'username': 'a', 'realm': 'zato'})
    assert fields(Item(NTLM, {'name': 'a', 'username': 'a'}), old) == [('type', 'basic_auth', 'ntlm', '')]


def test_a_user_name_that_was_made_up_is_not_shown() -> None:
    old = Item(NTLM, {'name': 'a', 'username': 'Zato-Not-Used-0123'})
    assert fields(Item(BEARER, {'name': 'a'}), old) == [('type', 'ntlm', 'bearer_token', '')]
    assert fields(Item(BASIC_AUTH, {'name': 'a', 'username': 'b'}), old) == [
        ('type', 'ntlm', 'basic_auth', ''),
        ('username', '', 'b', ''),
    ]


def test_rows_are_shown_in_short_and_what_looks_like_a_credential_is_masked() -> None:
    rows = [
        {'key': 'X-Trace', 'value': 'on', 'mode': 'text'},
        {'key': 'authorization', 'value': 'Bearer abc'},
        {'key': 'Api-Key', 'value': ''},
        {'key': 'session_token', 'value': 'abc'},
        {'key': 'Set-Cookie', 'value': 'session=abc'},
        {'key': 'Keyboard', 'value': 'qwerty'},
    ]
    shown = 'X-Trace=on, authorization=******, Api-Key=, session_token=******, Set-Cookie=******, Keyboard=qwerty'
    assert show(rows) == shown
    assert show([{'a': [1]}]) == "[{'a': [1]}]"


def test_what_a_file_no_longer_says_gets_its_default() -> None:
    old = Item(BASIC_AUTH, {'name': 'a', 'username': 'a', 'realm': 'CRM'})
    new = Item(BASIC_AUTH, {'name': 'a', 'username': 'a'})
    assert fields(new, old) == [('realm', 'CRM', 'zato', 'not in the file: default')]


def test_zero_is_another_number_than_none() -> None:
    old = Item(JOB, {'name': 'a'})
    assert fields(Item(JOB, {'name': 'a', 'repeats': 0}), old) == [('repeats', None, 0, '')]


def test_two_definitions_that_differ_are_a_problem_until_one_is_chosen() -> None:
    one = Item(BASIC_AUTH, {'name': 'a', 'username': 'one'}, {'name': Place('one.yaml', 1, 1)})
    other = Item(BASIC_AUTH, {'name': 'a', 'username': 'other'}, {'name': Place('other.yaml', 1, 1)})
    for choice, user, count in (('', 'one', 1), ('first', 'one', 0), ('last', 'other', 0)):
        problems: list[Problem] = []
        state = merge([one, other], choice, problems)
        assert (state[one.key].values['username'], len(problems)) == (user, count)


def test_a_secret_has_no_format_that_shows_it() -> None:
    secret = Secret('a-word')
    shown = f'{secret} {secret!r} {secret:>20} {secret:.3} {secret!s:10}'
    assert 'a-w' not in shown
