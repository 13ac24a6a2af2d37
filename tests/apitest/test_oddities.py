"""What JSON has no room for is noted or refused: NaN as a limit or in an answer, two keys of one name, broken texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.web import Handler, address_of, http_server
from zatools.apitest.failures import StepBroken
from zatools.apitest.steps.checks import CHECKS, Check, is_number
from zatools.apitest.values.readers import as_integer, as_json, as_literal, as_measure, as_number

NONE = ('nan', 'NaN', '-nan', 'inf', '-Infinity', '1e999', '')
CALL = 'When the URL is invoked'


@pytest.mark.parametrize('word', NONE)
def test_what_is_no_finite_number_is_no_number(word: str) -> None:
    for read in (as_number, as_measure, as_integer):
        with pytest.raises(StepBroken, match='is not a'):
            read(word)
    if word and word != '-nan':
        assert not is_number(float(word))


@pytest.mark.parametrize('check', [check for check in CHECKS if check.numeric], ids=lambda check: str(check.words))
def test_nothing_compares_with_nan(check: Check) -> None:
    for value in (float('nan'), float('inf'), True, '5', None):
        assert not check.holds(value, *(read('5') for read in check.reads))


def test_a_range_that_nothing_is_in_is_an_error() -> None:
    between = next(check for check in CHECKS if check.words.startswith('is between'))
    assert between.holds(5, 5, 5)
    with pytest.raises(StepBroken, match='nothing is between 7 and 3'):
        between.holds(5, 7, 3)


@pytest.mark.parametrize(
    ('read', 'text'),
    [(as_json, '{"a": 1, "a": 2}'), (as_json, '[{"b": {"a": 1, "a": 1}}]'), (as_literal, "{'a': 1, 'a': 2}"),
     (as_literal, " [{'b': {'a': 1, 'a': 1}}]")],
)  # fmt: skip
def test_of_what_is_expected_no_key_is_left_out_in_silence(read: Any, text: str) -> None:
    with pytest.raises(StepBroken, match="it has the key 'a' more than once"):
        read(text)


def test_what_is_odd_where_it_is_only_once_is_fine() -> None:
    assert as_json('[{"a": 1}, {"a": 2, "b": {"a": 1}}]') == [{'a': 1}, {'a': 2, 'b': {'a': 1}}]
    assert as_literal("{'a': {'a': 1}}") == {'a': {'a': 1}}


BODIES: dict[str, tuple[bytes, str]] = {
    'nan': (b'{"a": NaN, "b": -Infinity}', 'application/json'),
    'twice': (b'{"a": 1, "a": 2}', 'application/json'),
    'bytes': (b'{"a": "\x80"}', 'application/json; charset=utf-8'),
    'charset': (b'{"a": 1}', 'application/json; charset=klingon'),
    # Codecs of Python that refuse to read at all, or to replace what they can't read.
    'undefined': (b'{"a": 1}', 'application/json; charset=undefined'),
    'punycode': (b'{"a": 1}', 'application/json; charset=punycode'),
    'idna': (b'{"a": "\xff"}', 'application/json; charset=idna'),
    'latin': (b'{"a": "\xe4"}', 'text/plain; charset=iso-8859-1'),
    'image': (b'\x89PNG\x80', 'image/png'),
    'good': ('{"a": "ä"}'.encode(), 'application/json'),
}
NOTES = {
    'nan': ['NaN in it is no JSON: other readers refuse it', '-Infinity in it is no JSON: other readers refuse it'],
    'twice': ["one object in it has the key 'a' more than once: the last one counts here"],
    'bytes': ['byte 7 (0x80) is no UTF-8: � stands for what can not be read'],
    'charset': ["its charset 'klingon' is unknown: it is read as UTF-8"],
    'undefined': ["its charset 'undefined' is unknown: it is read as UTF-8"],
    'punycode': ["its charset 'punycode' is unknown: it is read as UTF-8"],
    'idna': ["its charset 'idna' is unknown: it is read as UTF-8"],
    'latin': [], 'image': [], 'good': [],
}  # fmt: skip


class Odd(Handler):
    """Answers with bodies that are odd."""

    def on_body(self, rest: str, body: bytes) -> None:
        content, kind = BODIES[rest]
        self.reply(200, content, {'Content-Type': kind})


@pytest.fixture(scope='module')
def odd() -> Iterator[str]:
    with http_server(handler=Odd) as server:
        yield f'http://{address_of(server)}'


@pytest.mark.parametrize('name', BODIES)
def test_an_odd_answer_is_noted(name: str, odd: str, tmp_path: Path) -> None:
    steps = (f'address "{odd}"', f'URL path "/body/{name}"', CALL, CALL, 'Then status is "200"')
    found = play(tmp_path, feature(scenario(*steps)))
    assert said(found) == []
    assert found.scenarios[0].notes == [f'the answer is odd: {text}' for text in NOTES[name]]


def test_nan_in_an_answer_is_no_number(odd: str, tmp_path: Path) -> None:
    start = (f'address "{odd}"', 'URL path "/body/nan"', CALL)
    checks = (
        'path "/a" is any number',
        'path "/a" is any float',
        'path "/a" is less than "5"',
        'path "/b" is less than "5"',
    )
    found = play(tmp_path, feature(scenario(*start, *(f'Then {check}' for check in checks))))
    assert len(said(found)) == len(checks)


def test_a_request_is_sent_with_all_its_keys_or_not_at_all(odd: str, tmp_path: Path) -> None:
    start = (f'address "{odd}"', 'URL path "/body/good"', 'HTTP method "POST"')
    twice = '{"a": 1, "a": 2}'
    assert said(play(tmp_path, feature(scenario(*start, f'request is "{twice}"', CALL)))) == [
        "the request has the key 'a' more than once in one object"
    ]
    raw = play(tmp_path, feature(scenario(*start, 'format "RAW"', f'request is "{twice}"', CALL)))
    assert raw.scenarios[0].exchanges[0]['request_body'] == twice
    assert json.loads(raw.scenarios[0].exchanges[0]['response_body']) == {'a': 'ä'}
