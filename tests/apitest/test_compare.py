"""Values are equal only where their types are; differences of documents are told place by place."""

from __future__ import annotations

from typing import Any

import pytest

from zatools.apitest.failures import NOTHING, Words
from zatools.apitest.values.compare import described, differences, explain, same, show


@pytest.mark.parametrize(
    ('one', 'other', 'is_same'),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ('1', 1, False),
        (None, '', False),
        ([1, [2]], [1, [2]], True),
        ([1], [True], False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ([], [1], False),
        ({'a': 1, 'b': 2}, {'b': 2, 'a': 1}, True),
        ({'a': 1}, {'a': True}, False),
        ({'a': None}, {}, False),
    ],
)
def test_equal_is_equal_in_type(one: Any, other: Any, is_same: bool) -> None:
    assert same(one, other) is is_same
    assert same(other, one) is is_same
    assert (not list(differences(one, other))) is is_same


@pytest.mark.parametrize(
    ('expected', 'actual', 'is_subset', 'rows'),
    [
        ({'a': 1}, {'a': '1'}, False, ['/a  expected number 1, got text "1"']),
        ({'a': 1, 'b': 2}, {'a': 2}, False, ['/a  expected 1, got 2', '/b  is missing, expected 2']),
        ({'a': 1}, {'a': 1, 'b': [1]}, False, ['/b  is not expected: [1]']),
        ({'a': 1}, {'a': 1, 'b': [1]}, True, []),
        ({'x/y': {'~': 1}}, {'x/y': {'~': 2}}, False, ['/x~1y/~0  expected 1, got 2']),
        ([1, 2], [1], False, ['/1  is missing, expected 2']),
        ([1], [1, {'a': 0}], False, ['/1  is not expected: {"a": 0}']),
        ([{'a': 1}], [{'a': 1, 'b': 2}], True, []),
        ({'a': []}, {'a': {}}, False, ['/a  expected list [], got object {}']),
        (1, None, False, ['(the whole)  expected number 1, got null']),
    ],
)
def test_each_difference_is_told(expected: Any, actual: Any, is_subset: bool, rows: list[str]) -> None:
    assert explain(list(differences(expected, actual, is_subset=is_subset))) == rows


def test_after_some_the_rest_is_counted() -> None:
    rows = explain(list(differences(list(range(12)), [None] * 12)))
    assert (len(rows), rows[-1]) == (11, 'and 2 more differences')


@pytest.mark.parametrize(
    ('value', 'line'),
    [
        ('1', 'text    "1"'),
        (1, 'number  1'),
        (1.5, 'number  1.5'),
        (True, 'boolean true'),
        (None, 'null'),
        ([], 'list    []'),
        ({}, 'object  {}'),
        (NOTHING, 'nothing'),
        (Words('less than 5'), 'less than 5'),
        ({'a': 'ü'}, 'object  {"a": "ü"}'),
    ],
)
def test_a_value_is_described_with_its_type(value: Any, line: str) -> None:
    assert described(value) == line


def test_a_long_value_is_cut() -> None:
    assert show('a' * 400, 10) == '"aaaaaaaaa… (402 characters)'
