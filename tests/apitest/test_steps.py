"""The steps: found however they are written, each with an example, each used in features/, documentation true."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.apitest.harness import ROOT
from zatools.apitest.commands import run_options
from zatools.apitest.commands.steps import as_json, as_markdown
from zatools.apitest.gherkin import reader
from zatools.apitest.gherkin.model import Step
from zatools.apitest.project.config import Selected
from zatools.apitest.running import matching
from zatools.apitest.running.own_code import ProjectCode
from zatools.apitest.steps import PHRASES, index
from zatools.apitest.steps.index import Index, PhraseMatch
from zatools.apitest.steps.phrase import Phrase


@pytest.mark.parametrize(
    ('group', 'text', 'phrase', 'values'),
    [
        ('then', 'path "/a" is "b"', 'path "{path}" is "{value}"', ('/a', 'b')),
        ('then', 'path "/a" is ""', 'path "{path}" is "{value}"', ('/a', '')),
        ('then', 'PATH  "/a"   Is "B  c "', 'path "{path}" is "{value}"', ('/a', 'B  c ')),
        ('then', 'path "/a" is "b" is "c"', 'path "{path}" is "{value}"', ('/a', 'b" is "c')),
        ('then', 'path "/l" contains ""a""', 'path "{path}" contains "{value}"', ('/l', '"a"')),
        ('given', 'request is "{"a": 1}"', 'request is "{data}"', ('{"a": 1}',)),
        ('given', 'request is "{"a":"b","c":["d"]}"', 'request is "{data}"', ('{"a":"b","c":["d"]}',)),
        ('then', 'JSON Pointer "/a" isn\'t empty', 'path "{path}" is not empty', ('/a',)),
        ('then', 'JSON pointer "/a" isn’t one of "a, b"', 'path "{path}" is not one of "{value}"', ('/a', 'a, b')),
        ('then', 'path “/a” is an integer “1”', 'path "{path}" is an integer "{value}"', ('/a', '1')),
        ('then', 'header "X" doesn\'t start with "a"', 'header "{header}" does not start with "{value}"', ('X', 'a')),
        ('given', 'REST method "GET"', 'HTTP method "{method}"', ('GET',)),
        ('given', 'Request param "a" is "b"', 'form field "{name}" is "{value}"', ('a', 'b')),
        ('given', 'reply format "RAW"', 'response format "{format}"', ('RAW',)),
        (
            'given',
            'path "/a" in request is "{"b": "c"}" (with literal_eval)',
            'path "{path}" in request is "{value}" (with literal_eval)',
            ('/a', '{"b": "c"}'),
        ),
        ('given', 'JSON Pointer "/a" in request is ""b""', 'path "{path}" in request is "{value}"', ('/a', '"b"')),
    ],
)
def test_a_step_is_found(group: str, text: str, phrase: str, values: tuple[str, ...]) -> None:
    found = index().find(group, text)
    assert found is not None
    assert (found.phrase.text, found.values) == (phrase, values)


def test_the_last_value_may_stand_below_the_step() -> None:
    found = index().find('given', 'path "/a" in request is', has_text=True)
    assert found is not None
    assert (found.phrase.text, found.values, found.text_below) == (
        'path "{path}" in request is "{value}"',
        ('/a',),
        True,
    )
    assert index().find('given', 'path "/a" in request is') is None


@pytest.mark.parametrize('text', ['the moon is full', 'path is', 'path "/a" is 1', 'status "200"', ''])
def test_what_is_no_step_is_not_found(text: str) -> None:
    assert index().find('then', text) is None


@pytest.mark.parametrize('phrase', PHRASES, ids=lambda phrase: f'{phrase.keyword} {phrase.text}')
def test_each_example_is_its_own_step(phrase: Phrase) -> None:
    found = index().find(phrase.group, phrase.example.splitlines()[0])
    assert found is not None
    assert found.phrase is phrase
    assert phrase.doc
    assert phrase.section


def test_no_two_steps_read_the_same() -> None:
    assert len({(phrase.group, phrase.text) for phrase in PHRASES}) == len(PHRASES)


def test_steps_are_found_without_trying_patterns() -> None:
    fresh = Index(PHRASES)
    fresh._by_pattern = None  # type: ignore[assignment,method-assign]
    for phrase in PHRASES:
        text = phrase.text.replace('"{', '"').replace('}"', '"')
        assert fresh.find(phrase.group, text) is not None, phrase.text


def test_each_step_is_used_in_our_own_features() -> None:
    code, used = ProjectCode(), set()
    for path in (ROOT / 'features').rglob('*.feature'):
        for scenario in reader.read(Selected(path)).scenarios:
            found = [matching.find(code, step) for step in scenario.steps]
            used |= {one.phrase for one in found if isinstance(one, PhraseMatch)}
    assert [f'{phrase.keyword} {phrase.text}' for phrase in PHRASES if phrase not in used] == []


def test_the_page_of_steps_is_what_the_program_says() -> None:
    assert (ROOT / 'docs' / 'steps.md').read_text() == as_markdown(PHRASES) + '\n'


def test_the_list_of_steps_is_json() -> None:
    rows = json.loads(as_json(PHRASES))
    assert {row['step'] for row in rows} == {phrase.text for phrase in PHRASES}


def test_each_option_is_in_the_guide() -> None:
    guide = (ROOT / 'docs' / 'apitest.md').read_text()
    for option in run_options.OPTIONS:
        assert all(f'`{name}`' in guide for name in option.names), option.names


#: Steps of zato-apitest as public suites write them, with the old spellings.
OLD = Path(__file__).parent / 'old_steps.txt'


def test_steps_of_all_versions_of_zato_apitest_are_known() -> None:
    for row in OLD.read_text().splitlines():
        group, _, text = row.partition(' ')
        assert index().find(group.lower(), text), row


def test_lookups_are_fast_whatever_the_order() -> None:
    steps = [(phrase.group, phrase.example.splitlines()[0]) for phrase in PHRASES]
    random.Random(1).shuffle(steps)
    assert all(index().find(group, text) for group, text in steps)


@pytest.mark.parametrize(
    ('text', 'area'),
    [
        ('I insert data from CSV "a.csv" to Cassandra table "a", using "db"', 'Cassandra'),
        ('I use Zato WSX', 'WebSocket'),
        ('Zato WebSockets service "ping"', 'WebSocket'),
        ('I upload a Zato service from "a.py" to "server"', 'uploads to Zato'),
        ('path "/csv" is "sql"', ''),
    ],
)
def test_steps_that_are_not_there_yet_are_no_mistyped_ones(text: str, area: str) -> None:
    error = matching.undefined(Step('Given', 'given', text))
    assert (f'steps of zato-apitest for {area} are not supported yet' == error.text) is bool(area)
