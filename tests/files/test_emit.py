from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from zatools.errors import InvalidError
from zatools.files.emit import emit_json, emit_yaml
from zatools.files.tree import parse, plain_value
from zatools.place import Problem

TEXTS = st.text(st.characters(exclude_categories=['Cs']), max_size=20)
TRICKY = st.text(st.sampled_from(list('ab \n\t\r:#-?\'"\\|>&*!%@`{}[],.~0123eE+_=<$\x85\u2028\ufeff\x00é')), max_size=8)
WORDS = st.sampled_from(['true', 'No', 'null', '~', '', '0123', '1e5', '12:30', '2022-01-29', '.inf', '<<', '=', '---'])
SCALARS = st.one_of(
    TEXTS,
    TRICKY,
    WORDS,
    st.booleans(),
    st.none(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)
KEYS = st.one_of(TEXTS, TRICKY, WORDS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
ITEMS = st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), min_size=1, max_size=3)
SECTIONS = st.dictionaries(KEYS, ITEMS, min_size=1, max_size=3)


def read(text: str, path: str) -> object:
    problems: list[Problem] = []
    node = parse(path, text, problems)
    assert problems == []
    assert node is not None
    return plain_value(node)


@settings(max_examples=400, deadline=None)
@given(SECTIONS)
def test_what_is_emitted_as_yaml_is_read_back_by_both_readers(sections: dict[str, list[dict[str, Any]]]) -> None:
    text = emit_yaml(sections)
    assert read(text, 'a.yaml') == sections
    assert yaml.safe_load(text) == sections
    assert yaml.load(text, getattr(yaml, 'CSafeLoader', yaml.SafeLoader)) == sections


@settings(max_examples=100, deadline=None)
@given(SECTIONS)
def test_what_is_emitted_as_json_is_read_back_by_both_readers(sections: dict[str, list[dict[str, Any]]]) -> None:
    text = emit_json(sections)
    assert read(text, 'a.json') == sections
    assert json.loads(text) == sections


def test_the_layout_of_yaml() -> None:
    sections: dict[str, list[dict[str, object]]] = {
        'security': [{'name': 'CRM login', 'type': 'basic_auth', 'password': '${CRM_PASSWORD}'}],
        'channel_rest': [
            {'name': 'a', 'is_active': False, 'security': '', 'groups': ['x', 'y'], 'port': '12'},
            {
                'name': 'b',
                'extra': {'k': [], 'm': {}, 'n': None},
                'rows': [{'p': 1, 'q': 2}, ['r']],
                'text': 'l1\nl2\n',
            },
        ],
    }
    assert (
        emit_yaml(sections)
        == """\
security:
  - name: CRM login
    type: basic_auth
    password: ${CRM_PASSWORD}

channel_rest:
  - name: a
    is_active: false
    security: ''
    groups:
      - x
      - y
    port: '12'
  - name: b
    extra:
      k: []
      m: {}
      n: null
    rows:
      - p: 1
        q: 2
      - - r
    text: |
      l1
      l2
"""
    )


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('plain text', 'plain text'),
        ('a: b', "'a: b'"),
        ("it's", "it's"),
        ("'x'", "'''x'''"),
        ('true', "'true'"),
        ('yes', "'yes'"),
        ('12:30', "'12:30'"),
        ('2022-01-29', "'2022-01-29'"),
        ('0123', "'0123'"),
        ('1e5', "'1e5'"),
        ('a#b', 'a#b'),
        ('a #b', "'a #b'"),
        ('https://x/y?z=1', 'https://x/y?z=1'),
        ('/a/{b}', '/a/{b}'),
        ('tab\there', '"tab\\there"'),
        ('\x01', '"\\x01"'),
        ('é', 'é'),
        ('\u2028', '"\\u2028"'),
        (' x', "' x'"),
        ('a\n', '|\n      a'),
        (1e20, '1.0e+20'),
        (float('inf'), '.inf'),
        (True, 'true'),
        (None, 'null'),
        ({}, '{}'),
    ],
)
def test_quotes_stand_only_where_they_are_needed(value: object, text: str) -> None:
    assert emit_yaml({'s': [{'k': value}]}) == f's:\n  - k: {text}\n'


def test_long_keys_are_read_back() -> None:
    sections = {'s': [{'k' * 2000: 'x', 'l' * 2000: [{'a': 1}]}]}
    assert yaml.safe_load(emit_yaml(sections)) == read(emit_yaml(sections), 'a.yaml') == sections


def test_half_of_a_surrogate_pair_is_refused_in_yaml_and_escaped_in_json() -> None:
    with pytest.raises(InvalidError, match="half of a surrogate pair, which YAML can't hold"):
        emit_yaml({'s': [{'k': '\ud800'}]})
    assert emit_json({'s': [{'k': '\ud800'}]}).endswith('"k": "\\ud800"\n    }\n  ]\n}\n')


def test_other_values_are_an_error() -> None:
    with pytest.raises(TypeError, match='no value of definitions: object'):
        emit_yaml({'s': [{'k': object()}]})


def test_no_sections_are_an_empty_text() -> None:
    assert emit_yaml({}) == ''
    assert emit_json({}) == '{}\n'
