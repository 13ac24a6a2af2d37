"""Connections of types that no kind knows: what they hold goes out to files and comes back, secrets as secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calls import diff, export, import_files
from tests.conftest import Console, Layout
from zatools.errors import Exit, InvalidError
from zatools.odb.rows import read_opaque
from zatools.odb.target import OdbChoice

SECRET = 's3cret-of-a-connection'
ITEM = {
    'name': 'one',
    'api_token': '${TOKEN}',
    'retries': 3,
    'paths': ['/a', {'b': 2}],
    'is_token_kept': False,
    'x': '',
}
ENVIRON = {'TOKEN': SECRET}


def wanted(layout: Layout) -> dict[str, Any]:
    """Returns a file with two connections of one name, one of them of a section of its own where there are such."""
    own = {'custom_crm': [ITEM]} if layout.generation == '4.1' else {}
    both = [{**ITEM, 'type_': 'outconn-crm'}] if not own else []
    return {**own, 'zato_generic_connection': [*both, {**ITEM, 'type_': 'channel-new', 'is_channel': True}]}


def put(layout: Layout, folder: Path, content: Any, environ: dict[str, str] = ENVIRON, **options: Any) -> str:
    path = folder / 'wanted.json'
    path.write_text(json.dumps(content))
    console = Console({**layout.environ, **environ})
    code = import_files(console.world, OdbChoice(path=layout.path), [str(path)], replace=True, **options)
    assert code is Exit.OK
    return console.text


def rows(layout: Layout) -> dict[str, dict[str, Any]]:
    """Returns what `opaque1` of each type holds."""
    found = layout.execute("select type_, opaque1 from generic_conn where name = 'one'")
    return {type_: dict(read_opaque(opaque)) for type_, opaque in found}


def exported(layout: Layout, **options: Any) -> str:
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path), **options) is Exit.OK
    assert 'Not exported' not in console.err.getvalue()
    return console.out.getvalue()


def test_every_key_comes_back_and_a_second_import_changes_nothing(layout: Layout, tmp_path: Path) -> None:
    text = put(layout, tmp_path, wanted(layout))
    assert SECRET not in text
    found = rows(layout)
    assert found.keys() == {'outconn-crm', 'channel-new'}
    for held in found.values():
        assert held.pop('api_token').startswith('zato.secf.')
        assert held == {'retries': 3, 'paths': ['/a', {'b': 2}], 'is_token_kept': False, 'x': ''}
    before = layout.content()
    assert 'Nothing to do' in put(layout, tmp_path, wanted(layout))
    assert layout.content() == before


def test_an_export_has_all_of_it_but_for_secrets_and_says_the_same(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, wanted(layout))
    text = exported(layout)
    assert SECRET not in text
    assert ('custom_crm:' in text) == (layout.generation == '4.1')
    assert 'ZATO_GENERIC_CONNECTION_CHANNEL_NEW__ONE_API_TOKEN' in text
    path = tmp_path / 'export.yaml'
    path.write_text(text)
    console = Console(layout.environ)
    assert diff(console.world, OdbChoice(path=layout.path), [str(path)]) is Exit.OK, console.text


def test_what_is_sealed_is_a_secret_whatever_its_name(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, wanted(layout))
    sealed = rows(layout)['channel-new']['api_token']
    text = json.dumps({'colour': sealed})
    layout.execute(f"update generic_conn set opaque1 = '{text}' where type_ = 'channel-new'")
    found = exported(layout)
    assert SECRET not in found
    assert sealed not in found
    assert 'ONE_COLOUR' in found
    path = tmp_path / 'export.yaml'
    path.write_text(found)
    name = 'ZATO_GENERIC_CONNECTION_CHANNEL_NEW__ONE_COLOUR'
    console = Console({**layout.environ, name: f'{SECRET}-2'})
    assert import_files(console.world, OdbChoice(path=layout.path), [str(path)], replace=True) is Exit.OK
    assert SECRET not in console.text
    colour = rows(layout)['channel-new']['colour']
    assert colour.startswith('zato.secf.')
    assert colour != sealed


def test_a_key_that_a_file_leaves_out_goes_but_a_secret_stays(layout: Layout, tmp_path: Path) -> None:
    # What is empty is as good as absent, and stays.
    put(layout, tmp_path, wanted(layout))
    text = put(layout, tmp_path, {'zato_generic_connection': [{'name': 'one', 'type_': 'channel-new'}]})
    assert 'retries' in text
    assert rows(layout)['channel-new'].keys() == {'api_token', 'x'}


@pytest.mark.parametrize('layout', [('sqlite', 'ours-4.1')], indirect=True, ids='-'.join)
def test_an_empty_section_deletes_what_is_of_its_type_alone(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, wanted(layout))
    put(layout, tmp_path, {'custom_crm': []}, delete=True, yes=1)
    assert rows(layout).keys() == {'channel-new'}


@pytest.mark.parametrize('layout', [('sqlite', 'ours-4.1')], indirect=True, ids='-'.join)
def test_a_type_that_has_a_section_belongs_there(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as found:
        put(layout, tmp_path, {'custom_ldap': [{'name': 'one'}]})
    (problem,) = found.value.problems
    assert ('Zato 4.1 has a section for it' in problem.text, problem.hint) == (True, 'ldap')


@pytest.mark.parametrize('layout', [('sqlite', 'ours-4.1')], indirect=True, ids='-'.join)
@pytest.mark.parametrize('key', ['a b', '\x1b[2J', 'x' * 101, '1st'])
def test_keys_that_are_no_names_are_refused(key: str, layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(InvalidError):
        put(layout, tmp_path, {'custom_crm': [{'name': 'one', key: 1}]})
