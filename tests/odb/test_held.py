"""How rows hold what references name: ids as texts, names and types beside them; rows that are one object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calls import export, import_files
from tests.conftest import Console, Layout
from zatools.errors import Exit
from zatools.odb.rows import read_opaque
from zatools.odb.target import OdbChoice

LOGIN = {'name': 'login', 'type': 'basic_auth', 'username': 'me', 'password': 'x'}
OLD, NEW = ([('sqlite', f'ours-{name}')] for name in ('3.2', '4.1'))


def put(layout: Layout, folder: Path, content: Any) -> str:
    path = folder / 'wanted.json'
    path.write_text(json.dumps(content))
    console = Console(layout.environ)
    assert import_files(console.world, OdbChoice(path=layout.path), [str(path)], replace=True) is Exit.OK
    return console.text


def opaque(layout: Layout, name: str) -> dict[str, Any]:
    ((text,),) = layout.execute(f"select opaque1 from generic_conn where name = '{name}'")
    return dict(read_opaque(text))


@pytest.mark.parametrize('layout', OLD, indirect=True, ids='-'.join)
def test_ids_are_written_as_the_platform_writes_them(layout: Layout, tmp_path: Path) -> None:
    content = {
        'security': [LOGIN],
        'outgoing_rest': [{'name': 'out', 'host': 'http://example.com', 'url_path': '/'}],
        'outgoing_wsx': [{'name': 'wsx', 'address': 'ws://example.com', 'security': 'login'}],
        'channel_file_transfer': [{'name': 'files', 'outconn_rest_list': ['out']}],
    }
    put(layout, tmp_path, content)
    ((login,),) = layout.execute("select id from sec_base where name = 'login'")
    ((out,),) = layout.execute("select id from http_soap where name = 'out'")
    assert opaque(layout, 'wsx')['security_def'] == f'basic_auth/{login}'
    assert opaque(layout, 'files')['outconn_rest_list'] == [str(out)]
    assert 'Nothing to do' in put(layout, tmp_path, content)
    put(layout, tmp_path, {'outgoing_wsx': [{**content['outgoing_wsx'][0], 'security': 'zato-no-security'}]})
    assert opaque(layout, 'wsx')['security_def'] == 'ZATO_NONE'


@pytest.mark.parametrize('layout', NEW, indirect=True, ids='-'.join)
def test_the_type_beside_an_id_follows_the_definition(layout: Layout, tmp_path: Path) -> None:
    connection = {'name': 'graph', 'address': 'http://example.com', 'security': 'login'}
    put(layout, tmp_path, {'security': [LOGIN], 'outgoing_graphql': [connection]})
    found = opaque(layout, 'graph')
    assert (found['security_name'], found['auth_type']) == ('login', 'basic_auth')
    put(layout, tmp_path, {'security': [{**LOGIN, 'type': 'ntlm'}]})
    assert opaque(layout, 'graph')['auth_type'] == 'ntlm'


@pytest.mark.parametrize('layout', NEW, indirect=True, ids='-'.join)
def test_rows_of_permissions_of_one_definition_are_one_object(layout: Layout, tmp_path: Path) -> None:
    put(layout, tmp_path, {'security': [LOGIN], 'pubsub_permission': [{'security': 'login', 'pub': ['a']}]})
    columns = 'access_type, is_active, created, last_updated, cluster_id, sec_base_id'
    layout.execute(
        f"insert into pubsub_permission (id, pattern, {columns}) select id + 1, 'b', 'subscriber', is_active, created, "
        'last_updated, cluster_id, sec_base_id from pubsub_permission'
    )
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path)) is Exit.OK
    assert '    pub:\n      - a\n    sub:\n      - b\n' in console.out.getvalue()
    put(layout, tmp_path, {'pubsub_permission': [{'security': 'login', 'pub': ['a'], 'sub': ['c']}]})
    assert [row[0] for row in layout.execute('select pattern from pubsub_permission')] == ['pub=a\nsub=c']


@pytest.mark.parametrize('layout', OLD, indirect=True, ids='-'.join)
def test_a_subscription_with_several_topics_is_one_for_each(layout: Layout, tmp_path: Path) -> None:
    content = {
        'pubsub_topic': [{'name': '/a'}, {'name': '/b'}],
        'pubsub_endpoint': [{'name': 'end', 'endpoint_type': 'rest'}],
        'pubsub_subscription': [{'endpoint_name': 'end', 'delivery_method': 'pull', 'topic_list': ['/a', '/b']}],
    }
    put(layout, tmp_path, content)
    assert layout.execute('select count(*) from pubsub_sub') == [(2,)]
    assert 'Nothing to do' in put(layout, tmp_path, content)
    folder = tmp_path / 'areas'
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path), output=f'{folder}/', split_by='area') is Exit.OK
    assert [path.name for path in folder.glob('*.yaml')] == ['pubsub.yaml']
