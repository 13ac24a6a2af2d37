"""SQL connections in services: sessions, and the calls of 4.1."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from tests.databases import SERVERS, drop_database, make_database, need
from tests.ports import free_port
from tests.server.running import Local, server, write

SERVICE = """
from contextlib import closing
from zato.server.service import Service


class Code(Service):
    name = 'code'

    def handle(self):
        found = {'self': self, 'closing': closing}
        exec(self.request.raw.decode(), found)
        self.response.payload = {'found': found['found']}
"""
CHANNEL = {'name': 'code', 'service': 'code', 'url_path': '/code'}
LITE = {'name': 'Lite', 'engine': 'sqlite', 'host': '-', 'port': 1, 'username': '-', 'password': '-'}
ENGINES = {'postgresql': 'postgresql', 'mariadb': 'mysql'}
COMMITS = """
with closing(self.out.sql['Shop'].session()) as session:
    session.execute('create table people (name varchar(10), age integer)')
    session.execute('insert into people values (:name, :age)', [{'name': 'Ada', 'age': 36}, {'name': 'Bo', 'age': 7}])
    session.commit()
with closing(self.out.sql['Shop'].session()) as session:
    session.execute('delete from people')
session = self.out.sql.get('Shop').session()
row = session.execute('select name, count(*) as count from people group by name order by name').first()
session.close()
total = self.outgoing.sql['Shop'].one('select count(*) as n from people')
found = [row[0], row.name, row['count'], row.count, dict(row), row.get_value(), list(row), total]
"""


def definitions(*connections: dict[str, Any]) -> str:
    return yaml.safe_dump({'channel_rest': [CHANNEL], 'sql': list(connections)})


def answer(local: Local, code: str) -> Any:
    found = local.call('/code', user='', data=code).json()
    return found.get('found', found.get('response', found)) if isinstance(found, dict) else found


@pytest.fixture(scope='module', params=sorted(SERVERS))
def shop(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A database of the test's own on a server."""
    need(request.param)
    name = f'zatools_shop_{free_port()}'
    url = sa.make_url(make_database(request.param, name))
    values = {'name': 'Shop', 'engine': ENGINES[request.param], 'host': url.host, 'port': url.port, 'db_name': name}
    try:
        yield {**values, 'username': url.username, 'password': url.password or ''}
    finally:
        drop_database(request.param, name)


def test_a_session_keeps_what_is_committed_alone(shop: dict[str, Any], tmp_path: Path) -> None:
    folder = write(tmp_path, {'services/a.py': SERVICE, 'd.yaml': definitions(shop)})
    with server(folder, '--file', 'd.yaml', '--generation', '4.1') as local:
        whole = {'name': 'Ada', 'count': 1}
        assert answer(local, COMMITS) == ['Ada', 'Ada', 1, 1, whole, whole, ['Ada', 1], {'n': 2}]


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp('sql')
    path = folder / 'shop.db'
    with sqlite3.connect(path) as connection:
        connection.executescript('create table people (name); insert into people values (1), (2);')
    connection.close()
    found = definitions(
        {**LITE, 'db_name': str(path)},
        {**LITE, 'name': 'Off', 'db_name': str(path), 'is_active': False},
        {**LITE, 'name': 'Oracle', 'engine': 'oracle', 'db_name': 'x'},
        {**LITE, 'name': 'Odd', 'engine': 'mysql', 'db_name': 'x', 'extra': ['odd=1']},
    )
    with server(write(folder, {'services/a.py': SERVICE, 'd.yaml': found}), '--file', 'd.yaml') as one:
        yield one


CALLS = {
    "self.out.sql['Lite'].execute('select :n as n', {'n': 2})": [{'n': 2}],
    "self.out.sql['Lite'].one('select name from people where name = 3')": None,
    "self.out.sql['Lite'].pool.ping({})[:7]": 'SQLite ',
    'sorted(self.out.sql)': ['Lite', 'Odd', 'Off', 'Oracle'],
    "'Lite' in self.out.sql": True,
}
ERRORS = {
    "self.out.sql['Lite'].one('select name from people')": 'Exception: Query returned multiple rows (len=2)',
    "self.out.sql['Lite'].execute('delete from people')": 'ResourceClosedError: ',
    "self.out.sql['Lite'].one_or_none('select 1')": 'TypeError: one_or_none fails on Zato 4.1',
    "self.out.sql['Lite'].callproc('x')": "Exception: 'Lite': callproc is of Oracle databases only",
    "self.out.sql['Light']": "NoConnectionError: no outgoing SQL connection 'Light'; did you mean 'Lite'?",
    "self.out.sql['Off']": "Inactive: outgoing connection 'Off' is not active",
    "self.out.sql['Oracle']": "ConnectionError: 'Oracle': pings and services know no engine 'oracle'",
    "self.out.sql['Odd'].session()": "ConnectionError: 'Odd': 'odd' can't be used; known here are",
    "self.out.sql['Lite'].sesion()": ("AttributeError: self.out.sql[…].sesion is unknown; did you mean 'session'?"),
}


@pytest.mark.parametrize('code', CALLS)
def test_a_call_returns(local: Local, code: str) -> None:
    assert answer(local, f'found = {code}') == CALLS[code]


@pytest.mark.parametrize('code', ERRORS)
def test_a_call_fails_with_words(local: Local, code: str) -> None:
    assert str(answer(local, f'found = {code}')).find(ERRORS[code]) >= 0, answer(local, f'found = {code}')


def test_a_definition_that_changes_is_opened_anew(tmp_path: Path) -> None:
    first, second = tmp_path / 'first.db', tmp_path / 'second.db'
    write(tmp_path, {'services/a.py': SERVICE, 'd.yaml': definitions({**LITE, 'db_name': str(first)})})
    files = "found = [row['file'] for row in self.out.sql['Lite'].execute('pragma database_list')]"
    with server(tmp_path, '--file', 'd.yaml') as local:
        assert answer(local, files) == [str(first)]
        write(tmp_path, {'d.yaml': definitions({**LITE, 'db_name': str(second)})})
        local.wait_for('Definitions read anew')
        assert answer(local, files) == [str(second)]
