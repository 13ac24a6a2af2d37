"""Shapes, lists and queries: what fits, what doesn't, and how a mismatch is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.playing import feature, play, said, scenario
from zatools.apitest import demo_api
from zatools.apitest.failures import StepBroken
from zatools.apitest.values import json_path, shape


def mismatches(wanted: Any, actual: Any) -> list[str]:
    return [found.path for found in shape.mismatches(shape.read(wanted), actual)]


@pytest.mark.parametrize(
    ('wanted', 'actual'),
    [
        (42, 42),
        ('<any>', None),
        ('<integer>', 1),
        ('<number>', 1.5),
        ('<boolean>', False),
        ('<integer or null>', None),
        ('<optional>', None),
        ('<filled text>', 'a'),
        ('<text matching ^a<b>$>', 'a<b>'),
        ('\\<integer>', '<integer>'),
        ('<', '<'),
        ('a <b>', 'a <b>'),
        ([], []),
        (['...'], [1, 'a', None]),
        (['<integer>', '...'], []),
        (['<text>', '<integer>', '...'], ['a', 1, 2, 3]),
        (['<text>', '<integer>', '...'], ['a']),
        ({'a': '<optional text>'}, {}),
        ({'a': 1, '...': ''}, {'a': 1, 'b': 2}),
        ({'a/b': {'c~': ['<date>']}}, {'a/b': {'c~': ['2026-01-31']}}),
    ],
)
def test_a_value_fits(wanted: Any, actual: Any) -> None:
    assert mismatches(wanted, actual) == []


@pytest.mark.parametrize(
    ('wanted', 'actual', 'paths'),
    [
        (1, True, ['']),
        ('<integer>', True, ['']),
        ('<number>', True, ['']),
        ('<integer>', 1.0, ['']),
        ('<integer>', '1', ['']),
        ('<filled text>', ' ', ['']),
        ('<optional text>', None, ['']),
        ({'a': '<any>'}, {}, ['/a']),
        ({'a': 1}, {'a': 1, 'b': 2, 'c': 3}, ['/b', '/c']),
        ({'a/b': 1}, {'a/b': 2}, ['/a~1b']),
        (['<text>', '<integer>', '...'], ['a', 1, 'b'], ['/2']),
        (['<text>', '<integer>', '...'], [], ['/0']),
        ([1], [1, 2], ['/1']),
        ([1, 2], [1], ['/1']),
        ({}, [], ['']),
        ([], {}, ['']),
    ],
)
def test_all_places_that_do_not_fit_are_told(wanted: Any, actual: Any, paths: list[str]) -> None:
    assert mismatches(wanted, actual) == paths


def test_a_word_that_there_is_not_is_an_error() -> None:
    with pytest.raises(StepBroken, match="a shape has no word '<itneger>'"):
        shape.read({'a': ['<itneger>']})


def test_a_query_that_selects_one_value_gives_it_and_others_a_list() -> None:
    document = {'a': [{'b': 1}, {'b': 2}]}
    assert json_path.get(document, '$.a[0].b') == 1
    assert json_path.get(document, '$.a[*].b') == [1, 2]
    assert json_path.get(document, '$..c') == []
    assert [found.path for found in json_path.select(document, '$..b')] == ['/a/0/b', '/a/1/b']


@pytest.fixture(scope='module')
def api() -> Any:
    running = demo_api.start()
    yield running
    running.stop()


def test_a_shape_may_have_stored_values_in_it(api: demo_api.Api, tmp_path: Path) -> None:
    text = scenario(
        f'address "{api.address}"',
        'URL path "/numbers"',
        'I store "3" under "three"',
        'When the URL is invoked',
        'Then response has shape "{"one": "<integer>", "text": "<text>", "list": [1, 2, #{three}], "...": ""}"',
    )
    assert said(play(tmp_path, feature(text))) == []


def test_items_are_compared_without_types_and_by_paths(api: demo_api.Api, tmp_path: Path) -> None:
    body = json.dumps([{'id': 1, 'at': {'city': 'Rome'}}, {'id': '2', 'is': True, 'no': None}])
    text = scenario(
        f'address "{api.address}"',
        'URL path "/echo"',
        'HTTP method "POST"',
        f'request is "{body}"',
        'When the URL is invoked',
        'Then path "/json" has an item with\n      | id | /at/city |\n      | 1 | Rome |',
        'Then path "/json" has an item with\n      | id | is | no |\n      | 2 | true | null |',
        'Then path "/json" has no item with\n      | is |\n      | false |',
    )
    assert said(play(tmp_path, feature(text))) == []


def test_steps_may_lie_in_folders(api: demo_api.Api, tmp_path: Path) -> None:
    steps = tmp_path / 'steps'
    (steps / 'orders').mkdir(parents=True)
    (steps / 'lib').mkdir()
    (steps / 'lib' / '__init__.py').write_text('')
    (steps / 'lib' / 'words.py').write_text('raise AssertionError("a package is imported, not run")\n')
    (steps / 'orders' / 'own.py').write_text('@given("an order of mine")\ndef step(context):\n    pass\n')
    assert said(play(tmp_path, feature(scenario('an order of mine')))) == []


def test_a_digest_login_stays_with_its_host(tmp_path: Path) -> None:
    first, second = demo_api.start(), demo_api.start()
    try:
        text = scenario(
            f'address "{first.address}"',
            f'URL path "/elsewhere?to={second.address}/digest"',
            'Digest Auth "api" "password"',
            'When the URL is invoked',
            'Then status is "401"',
        )
        assert said(play(tmp_path, feature(text))) == []
    finally:
        first.stop()
        second.stop()


def test_each_of_nothing_is_no_check(api: demo_api.Api, tmp_path: Path) -> None:
    text = scenario(
        f'address "{api.address}"',
        'URL path "/account"',
        'When the URL is invoked',
        'Then each item of path "/empty" is "a"',
        'Then each value of JSONPath "$.empty[*]" is "a"',
    )
    assert [row.partition(',')[0] for row in said(play(tmp_path, feature(text)))] == [
        'the list is empty',
        'the query selects nothing',
    ]
