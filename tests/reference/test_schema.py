"""The schema and our reader agree: on every sample, on every input of a golden case, on every field with odd values."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.calls import validate
from tests.conftest import ROOT, Console
from tests.laws import samples
from tests.reference.core import Core, load
from zatools.files.reader import read
from zatools.files.writer import Style, emit, variables
from zatools.kinds import KINDS
from zatools.kinds.model import GENERATIONS, Field, Kind
from zatools.reference import schema as made
from zatools.reference.schema import as_text

SYNTAX = 'an error of syntax, which editors tell without a schema'
TWICE = 'the value has one of both keys left when a schema sees it'
OBJECTS = 'a schema can not compare two objects'
KEYS = 'a schema can not compare the values of two keys'
FILES = 'a schema sees one file'
ENVIRONMENT = 'a name has a variable that may be set or not'
ODB = 'only an ODB could tell the name'
ADDRESS = 'an address of a broker is read by more than a pattern'
#: Golden inputs whose fault no schema can see, and why.
UNSEEN = {
    '026-duplicate-key/a.yaml': TWICE,
    '027-same-object-twice-in-one-file/a.yaml': OBJECTS,
    '032-two-documents/a.yaml': SYNTAX,
    '033-tab-indentation/a.yaml': SYNTAX,
    '034-yaml-syntax-error/a.yaml': SYNTAX,
    '035-git-conflict/a.yaml': SYNTAX,
    '036-custom-tag/a.yaml': SYNTAX,
    '038-unknown-alias/a.yaml': SYNTAX,
    '045-control-character-in-file/a.yaml': SYNTAX,
    '057-security-and-security-name-contradict/a.yaml': KEYS,
    '058-both-generations-needed/a.yaml': OBJECTS,
    '059-two-channels-one-path/a.yaml': OBJECTS,
    '060-two-usernames/a.yaml': OBJECTS,
    '061-security-type-a-channel-cannot-use/a.yaml': OBJECTS,
    '062-security-type-an-outgoing-cannot-use/a.yaml': OBJECTS,
    '064-group-with-a-wrong-member/a.yaml': OBJECTS,
    '074-json-syntax-error/a.json': SYNTAX,
    '075-json-duplicate-key/a.json': TWICE,
    '077-include-missing/a.yaml': FILES,
    '078-include-cycle/a.yaml': FILES,
    '078-include-cycle/b.yaml': FILES,
    '110-import-id-alone/a.yaml': ODB,
    '203-merge-for-32-address-of-a-variable/a.yaml': ADDRESS,
    '206-validate-for-a-generation/a.yaml': OBJECTS,
    '224-two-spellings-contradict/a.yaml': KEYS,
    '317-ping-token/a.yaml': OBJECTS,
    '325-variables-everywhere/a.yaml': ENVIRONMENT,
    '327-variables-within-values/a.yaml': ENVIRONMENT,
    '331-ping-amqp-41/a.yaml': ADDRESS,
    '409-alias-of-an-item/a.yaml': OBJECTS,
    '759-rename-names/after.yaml': ENVIRONMENT,
    '759-rename-names/before.yaml': ENVIRONMENT,
    '759-rename-names/twice.yaml': OBJECTS,
}


def _inputs() -> list[Path]:
    paths = [*(ROOT / 'samples').rglob('*'), *(ROOT / 'tests' / 'golden').glob('*/*')]
    return sorted(
        path for path in paths if path.suffix in ('.yaml', '.yml', '.json') and not {'ci', '.vscode'} & set(path.parts)
    )


@cache
def schema(is_overlay: bool = False) -> Any:
    return made.schema(is_overlay)


@cache
def quick_validator(is_overlay: bool) -> jsonschema_rs.Draft202012Validator:
    # Forty times as fast as one in Python, for a hundred thousand values.
    return jsonschema_rs.Draft202012Validator(schema(is_overlay))


def is_accepted(value: Any, is_overlay: bool = False) -> bool:
    return quick_validator(is_overlay).is_valid(value)


def is_valid(path: Path) -> bool:
    return validate(Console({}).world, [str(path)]) == 0


def _case(path: Path) -> str:
    return f'{path.parent.name}/{path.name}'


@pytest.mark.parametrize('is_overlay', [False, True])
def test_the_schema_is_one_of_draft_2020_12(is_overlay: bool) -> None:
    jsonschema_rs.meta.validate(schema(is_overlay))


@pytest.mark.parametrize('path', _inputs(), ids=_case)
def test_samples_and_golden_inputs_are_judged_as_our_reader_does(path: Path) -> None:
    why = UNSEEN.get(_case(path))
    try:
        found = is_accepted(load(path))
    except (yaml.YAMLError, ValueError):
        assert (is_valid(path), why) == (False, SYNTAX)
        return
    assert (is_valid(path), found) == ((False, True) if why else (found, found))


def test_no_case_is_excused_that_is_gone() -> None:
    assert not UNSEEN.keys() - {_case(path) for path in _inputs()}


OVERLAYS = ('127-merge-overlay/prod.yaml',)


@pytest.mark.parametrize('name', OVERLAYS)
def test_an_overlay_has_a_schema_of_its_own(name: str) -> None:
    value = load(ROOT / 'tests' / 'golden' / name)
    assert (is_accepted(value), is_accepted(value, is_overlay=True)) == (False, True)


@pytest.mark.parametrize('generation', GENERATIONS)
@pytest.mark.parametrize('is_minimal', [False, True])
@pytest.mark.parametrize('is_full', [False, True])
def test_a_sample_of_every_kind_is_accepted(generation: str, is_minimal: bool, is_full: bool) -> None:
    state = samples.state(generation, is_minimal)
    style = Style(generation, is_full=is_full, variables=variables(state.values()))
    text = emit(state, style, 'yaml')
    assert list(quick_validator(False).iter_errors(yaml.load(text, Core))) == []


#: What an item is tried with, one field at a time.
ODD: tuple[Any, ...] = (
    *(None, '', 'x', '5', ' 7 ', '+7', 5, -1, 0, 2, 10**20, 1.1, 1.5, True, 'yes', 'Off', 'maybe', 'line\nline'),
    *([], ['a'], ['a', 'b'], [None], [5], [['a']], [{'name': 'a'}], [{'a': 1}], {}, {'name': 'a'}, 'persistent'),
    *('${X}', 'a${X}b', '${', '${}', '${a b}', '$${x}', '$', '$$', '$${', '$$${X}', 'zato-no-security', '\u0001'),
    *('Zato_Enmasse_Env.X', 'Zato_Enmasse_Env.', 'ZatoEnmasseEnv.a-b', '{Zato_Enmasse_Env.X}', 'ZatoEnmasseEnv.X'),
)


def _small(kind: Kind) -> dict[str, Any]:
    fields = kind.fields_of(kind.generations[0])
    return {
        'name': 'a',
        **({'type': kind.type} if kind.type else {}),
        **({kind.by_section.field: 'outconn-x'} if kind.by_section else {}),
        **{field.keys[0]: _some(field) for field in fields if field.required and field.keys[0] != 'name'},
    }


def _some(field: Field) -> Any:
    if field.type == 'integer':
        return (field.minimum or 0) + 1
    return field.choices[0] if field.choices else 'x'


def _tried(kind: Kind, key: str, value: Any) -> dict[str, Any]:
    item = _small(kind)
    field = kind.lookup.get(key)
    if field and field.name != key:
        item.pop(field.name, None)
    return {kind.section: [{**item, key: value}]}


def _is_read(content: Any) -> bool:
    return not read(['-'], io.BytesIO(json.dumps(content).encode()), {'X': 'x'}).errors


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.label)
def test_every_key_of_every_kind_takes_what_our_reader_takes(kind: Kind) -> None:
    keys = ['name', 'type', 'id', 'no_such_key', *kind.lookup, *kind.noise]
    wrong = [
        (key, value, is_taken)
        for key in dict.fromkeys(keys)
        for value in ODD
        # What a variable is set to is read by the field's type; a schema takes any variable.
        if not (isinstance(value, str) and 'X' in value)
        if (is_taken := _is_read(_tried(kind, key, value))) != is_accepted(_tried(kind, key, value))
    ]
    assert wrong == []


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.label)
def test_every_field_takes_a_variable(kind: Kind) -> None:
    for key in kind.lookup:
        content = _tried(kind, key, '${X}')
        if kind.type == 'bearer_token':
            content['security'][0].setdefault('username', 'x')
        assert is_accepted(content), key


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.label)
def test_every_field_has_its_doc_line_default_and_choices(kind: Kind) -> None:
    properties = schema()['$defs'][f'{kind.section}.{kind.type}' if kind.type else kind.section]['properties']
    for field in kind.fields:
        shown = properties[field.keys[0]]
        assert field.doc in shown['description']
        defaults = {str(field.default_of(generation)) for generation in field.generations}
        if len(defaults) == 2:
            assert 'Default: ' in shown['description']
        elif field.default is not None:
            assert str(shown.get('default', '')) == defaults.pop()
        if field.choices:
            assert set(field.choices) <= set(shown['anyOf'][0]['enum'])


@pytest.mark.parametrize(
    'content',
    [
        None,
        {},
        {'security': None},
        {'security': []},
        {'include': 'a.yaml'},
        {'include': ['a.yaml']},
        {'outgoing_rest': ['crm.yaml']},
        {'sql': []},
        {'custom_1': None},
    ],
    ids=str,
)
def test_what_stands_around_objects_is_accepted(content: Any) -> None:
    assert is_accepted(content)


@pytest.mark.parametrize(
    'content',
    [
        [],
        'security',
        {'securty': []},
        {'security': {}},
        {'security': [None]},
        {'security': [{'name': 'a'}]},
        {'security': [{'name': 'a', 'type': 'no_such_type'}]},
        {'sql': [{'name': 'a'}]},
        {'http_soap': [{'name': 'a', 'url_path': '/', 'connection': 'outgoing'}]},
        {'include': [{}]},
    ],
    ids=str,
)
def test_what_stands_around_objects_and_is_wrong_is_not(content: Any) -> None:
    assert not is_accepted(content)


def test_the_schema_is_not_too_large_for_an_editor() -> None:
    room = 1_000_000 - len(as_text().encode())
    assert room > 0, 'kinds share too little: move what several say into $defs of zatools/reference/schema.py'
