"""JSON Pointers: what they find, what they set, and what is said where there is nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from zatools.apitest.failures import NOTHING, StepProblem
from zatools.apitest.values import pointer

DOCUMENT: dict[str, Any] = {
    'name': 'Ada',
    'list': [1, {'a': None}],
    'a/b': 'slash',
    'a~b': 'tilde',
    '': 'empty',
    '0': 'zero',
}


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        ('', DOCUMENT),
        ('/name', 'Ada'),
        ('/list/0', 1),
        ('/list/1/a', None),
        ('/a~1b', 'slash'),
        ('/a~0b', 'tilde'),
        ('/', 'empty'),
        ('/0', 'zero'),
        ('/list/2', NOTHING),
        ('/list/-', NOTHING),
        ('/list/01', NOTHING),
        ('/name/x', NOTHING),
        ('/Name', NOTHING),
    ],
)
def test_a_path_finds(path: str, value: Any) -> None:
    assert pointer.find(DOCUMENT, path) == value


@pytest.mark.parametrize(
    ('path', 'text', 'hint'),
    [
        (
            '/nme',
            'no such path. At / there are: name, list, a/b, a~b, , 0',
            'did you mean "/name"? (its value is "Ada")',
        ),
        ('/list/7', "no such path. The list at /list has no item '7': it has 2 items, numbered from 0", ''),
        ('/name/x', 'no such path. At /name there is text "Ada", and nothing below it', ''),
        ('/list/1/b', 'no such path. At /list/1 there are: a', ''),
        ('name', "'name' is no path (a JSON Pointer)", 'a path starts with a slash: "/name"'),
        ('/a~2', "'/a~2' is no path (a JSON Pointer)", 'write ~ as ~0 and / as ~1 in a key'),
    ],
)
def test_a_path_that_finds_nothing_says_what_is_near(path: str, text: str, hint: str) -> None:
    with pytest.raises(StepProblem) as caught:
        pointer.get(DOCUMENT, path)
    assert (caught.value.text, ''.join(caught.value.hints)) == (text, hint)


@pytest.mark.parametrize(
    ('path', 'value', 'changed'),
    [
        ('/name', 'Mary', {'name': 'Mary'}),
        ('/new', [], {'new': []}),
        ('/list/0', 2, {'list': [2, {'a': None}]}),
        ('/list/-', 3, {'list': [1, {'a': None}, 3]}),
        ('/list/2', 3, {'list': [1, {'a': None}, 3]}),
        ('/list/1/b', True, {'list': [1, {'a': None, 'b': True}]}),
    ],
)
def test_a_path_sets(path: str, value: Any, changed: dict[str, Any]) -> None:
    document = copy.deepcopy(DOCUMENT)
    pointer.put(document, path, value)
    assert document == DOCUMENT | changed


@pytest.mark.parametrize(
    ('path', 'text'),
    [
        ('', 'the whole request has no path'),
        ('/nowhere/x', 'no such path in the request. At / there are: name, list, a/b, a~b, , 0'),
        ('/list/9', "the list in the request has no item '9': it has 2"),
        ('/list/x', "the list in the request has no item 'x': it has 2"),
        ('/name/x', 'no such path in the request. At /name there is text "Ada", and nothing below it'),
    ],
)
def test_a_path_that_can_not_be_set_says_why(path: str, text: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    with pytest.raises(StepProblem) as caught:
        pointer.put(document, path, 1)
    assert caught.value.text == text
    assert document == DOCUMENT


def test_a_path_in_a_message_is_one_that_can_be_written() -> None:
    document = {'a/b': {'c~d': [1]}}
    with pytest.raises(StepProblem) as missing:
        pointer.get(document, '/a~1b/c~0d/7')
    assert '/a~1b/c~0d' in str(missing.value)
