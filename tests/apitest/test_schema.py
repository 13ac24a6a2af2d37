"""Formats of JSON Schemas are checked, those that nobody can check are named, and nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.apitest.playing import feature, play, said, scenario
from tests.peers.web import address_of, http_server
from zatools.apitest import demo_api
from zatools.apitest.failures import StepBroken
from zatools.apitest.steps import json_schema

#: For each format: what has it, and what doesn't.
FORMATS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    'date-time': (('2026-11-28T10:00:00Z', '2026-11-28t10:00:00.5+01:00'), ('2026-11-28', '2026-02-30T10:00:00Z',
                  '2026-11-28T24:00:00Z', '2026-11-28T10:00:00', 'today')),
    'date': (('2026-11-28',), ('2026-13-01', '28.11.2026', '2026-11-28T10:00:00Z')),
    'time': (('10:00:00Z', '23:59:60+00:00'), ('25:00:00Z', '10:00:00', '10:00')),
    'duration': (('P1D', 'PT1H30M', 'P2W', 'P1Y2M3DT4H'), ('P', 'PT', '1D', 'P1DT', 'P1H')),
    'email': (('ann@example.com',), ('Widget', '@', 'ann@', 'ann example.com')),
    'hostname': (('example.com', 'localhost', 'a-b.c'), ('-a.com', 'a_b.com', 'a..b', 'x' * 64, '')),
    'ipv4': (('127.0.0.1',), ('1', '256.0.0.1', 'localhost')),
    'ipv6': (('::1', '2001:db8::1'), ('::g', '1.2.3.4')),
    'uri': (('https://example.com/a?b=c#d', 'urn:isbn:1', 'mailto:a@b.c'),
            ('/a', 'no uri', 'http://a b', 'http://a/%zz', '')),
    'uri-reference': (('/a', '../b', 'https://example.com', ''), ('a b', '<a>', '%g')),
    'iri': (('https://exämple.com/ü',), ('/ü', 'https://a b')),
    'iri-reference': (('/ü',), ('a b', '<')),
    'uri-template': (('/users/{id}',), ('/users/{id', '/users/{}', 'a b')),
    'uuid': (('7b0c2c9e-6a2d-4d0c-8a9e-2b1f0d3c4e5f',), ('7b0c', '')),
    'json-pointer': (('/a/b', ''), ('a', '/~')),
    'regex': (('^a+$',), ('(',)),
    'byte': (('YWJj',), ('YWJ', 'a b')),
    'int32': ((1, -(2**31)), (2**31,)),
    'int64': ((2**62,), (2**63,)),
    'password': (('any',), ()),
}  # fmt: skip


def source(folder: Path) -> json_schema.Source:
    return json_schema.Source('a.json', folder, 'file')


@pytest.mark.parametrize('name', FORMATS)
def test_a_format_is_checked(name: str, tmp_path: Path) -> None:
    for values, is_good in zip(FORMATS[name], (True, False), strict=True):
        for value in values:
            rows, unchecked = json_schema.broken({'format': name}, source(tmp_path), tmp_path, value)
            assert (rows == []) is is_good, value
            assert unchecked == []


def test_formats_are_about_values_of_their_type_only(tmp_path: Path) -> None:
    for name in FORMATS:
        assert json_schema.broken({'format': name}, source(tmp_path), tmp_path, [None]) == ([], [])


def test_formats_that_nobody_checks_are_named(tmp_path: Path) -> None:
    content = {
        'properties': {'a': {'format': 'iban'}, 'format': {'type': 'string'}},
        'allOf': [{'format': 'color'}, {'const': {}}, {'default': {'format': 'no schema'}}],
    }
    assert json_schema.broken(content, source(tmp_path), tmp_path, {}) == ([], ['color', 'iban'])


def test_a_run_fails_by_a_format_and_notes_another(tmp_path: Path) -> None:
    folder = tmp_path / 'json' / 'schema'
    folder.mkdir(parents=True)
    (folder / 'a.json').write_text('{"properties": {"name": {"format": "email"}, "id": {"format": "iban"}}}')
    api = demo_api.start()
    steps = (f'address "{api.address}"', 'URL path "/account"', 'When the URL is invoked')
    found = play(tmp_path, feature(scenario(*steps, 'Then response matches schema "a.json"')))
    api.stop()
    [text] = said(found)
    assert text.startswith('the answer breaks the schema in 1 place | /name ')
    assert "is not a 'email'" in text
    [note] = found.scenarios[0].notes
    assert note.endswith("a.json: nothing checks the format 'iban'")


def test_references_lead_to_files_of_the_project_alone(tmp_path: Path) -> None:
    features = tmp_path / 'features'
    folder = features / 'json' / 'schema'
    (folder / 'parts').mkdir(parents=True)
    (folder / 'parts' / 'name.json').write_text('{"$ref": "more.json#/$defs/text"}')
    (folder / 'parts' / 'more.json').write_text('{"$defs": {"text": {"type": "string"}}}')
    (tmp_path / 'outside.json').write_text('{}')
    rows, _ = json_schema.broken({'$ref': 'parts/name.json'}, source(folder), features, 1)
    assert len(rows) == 1
    with http_server() as server:
        urls = [f'http://{address_of(server)}/a.json', (tmp_path / 'outside.json').as_uri()]
        for reference in [
            *urls,
            '../../../outside.json',
            str(tmp_path / 'outside.json'),
            'nowhere.json',
            '#/$defs/none',
        ]:
            with pytest.raises(StepBroken) as caught:
                json_schema.broken({'$ref': reference}, source(folder), features, 1)
            assert 'leads to nothing in this project' in caught.value.text
        assert server.seen == []  # type: ignore[attr-defined]


def test_a_schema_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StepBroken, match='is no JSON Schema'):
        json_schema.broken(json.loads('{"type": 1}'), source(tmp_path), tmp_path, 1)
