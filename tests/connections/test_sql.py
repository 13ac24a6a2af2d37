"""Pings of SQL connections, against real databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.connections.clients import PASSWORD, pinged
from tests.databases import SERVERS, need
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from tests.served import execute
from tests.servers import RUN, Server
from zatools.connections.pong import Verdict

ENGINES = {'postgresql': 'postgresql+pg8000', 'mariadb': 'mysql+pymysql'}
PRODUCTS = {'postgresql': 'PostgreSQL', 'mariadb': 'MariaDB'}
USERS = {
    'postgresql': (f"create role {{}} login password '{PASSWORD}'", 'drop role {}'),
    'mariadb': (f"create user {{}} identified by '{PASSWORD}'", 'drop user {}'),
}


@pytest.fixture(params=sorted(SERVERS))
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    """A database server's word, and the values of a connection to it as a user of the test's own."""
    word = request.param
    need(word)
    url = sa.make_url(SERVERS[word])
    user = f'zatools_ping_{free_port()}'
    make, drop = USERS[word]
    name = {'postgresql': url.database, 'mariadb': 'information_schema'}[word]
    execute(SERVERS[word], make.format(user))
    try:
        yield word, {'engine': ENGINES[word], 'host': url.host, 'port': url.port, 'db_name': name, 'username': user}
    finally:
        execute(SERVERS[word], drop.format(user))


def test_a_ping_logs_in_and_shows_product_and_version(database: tuple[str, dict[str, Any]]) -> None:
    word, values = database
    pong = pinged('outconn_sql', password=PASSWORD, **values)
    assert pong.verdict is Verdict.OK
    assert pong.text.startswith(f'{PRODUCTS[word]} {pong.facts["version"]}, ')
    assert pong.facts['version'].count('.') >= 1


def test_an_engine_of_41_is_its_word(database: tuple[str, dict[str, Any]]) -> None:
    word, values = database
    values['engine'] = values['engine'].partition('+')[0]
    assert pinged('sql', '4.1', password=PASSWORD, **values).facts['product'] == PRODUCTS[word]


def test_a_database_that_there_isnt_is_named(database: tuple[str, dict[str, Any]]) -> None:
    word, values = database
    pong = pinged('outconn_sql', password=PASSWORD, **{**values, 'db_name': 'nowhere'})
    user, where = values['username'], f'{values["host"]}:{values["port"]}'
    assert pong.failure == 'database'
    assert pong.text == f"{where} has no database 'nowhere' for user '{user}'"
    assert pong.hint == 'is db_name right?'


def test_a_wrong_password_is_named(tmp_path: Path) -> None:
    need('mariadb')
    url = sa.make_url(SERVERS['mariadb'])
    values = {'engine': 'mysql', 'host': url.host, 'port': url.port, 'db_name': 'test', 'username': 'zatools_nobody'}
    pong = pinged('outconn_sql', password=PASSWORD, **values)
    assert (pong.failure, pong.hint) == ('client-login', "is the password of 'Shop' right?")
    assert pong.text == f"{url.host}:{url.port} refused user 'zatools_nobody'"


@pytest.fixture(params=sorted(RUN))
def secured(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A database server with TLS, whose certificate is for localhost."""
    yield from RUN[request.param].__wrapped__(tmp_path)


def test_tls_verifies_unless_it_is_told_not_to(secured: Server) -> None:
    url = sa.make_url(secured.url)
    engine = url.drivername
    values = {'engine': engine, 'host': 'localhost', 'port': secured.port, 'db_name': url.database, 'ssl': True}
    values |= {'username': url.username, 'password': PASSWORD}
    assert pinged('sql', '4.1', ssl_ca_file=str(secured.ca), **values).verdict is Verdict.OK
    assert pinged('sql', '4.1', ssl_verify=False, **values).verdict is Verdict.OK
    assert pinged('sql', '4.1', **values).failure == 'tls-ca'
    wrong = pinged('sql', '4.1', ssl_ca_file='/nowhere.pem', **values)
    assert (wrong.failure, wrong.text) == (
        'ca-certificate',
        "the CA certificate can't be used: no such file or directory",
    )


def test_a_server_without_tls_is_told() -> None:
    need('mariadb')
    url = sa.make_url(SERVERS['mariadb'])
    values = {'engine': 'mysql', 'host': url.host, 'port': url.port, 'db_name': 'mysql', 'username': url.username}
    pong = pinged('sql', '4.1', ssl=True, password=url.password or '', **values)
    assert pong.failure == 'client-tls-none'


def test_a_file_is_opened_but_not_made(tmp_path: Path) -> None:
    path = tmp_path / 'shop.db'
    values = {'engine': 'sqlite', 'host': '-', 'port': 1, 'username': '-', 'db_name': str(path)}
    missing = pinged('outconn_sql', **values)
    assert (missing.failure, path.exists()) == ('database-file', False)
    sqlite3.connect(path).close()
    assert pinged('outconn_sql', **values).text.startswith(f'SQLite {sqlite3.sqlite_version}, ')
    path.write_text('no database ' * 100)
    broken = pinged('outconn_sql', **values)
    assert (broken.failure, broken.hint) == ('database-file', 'is db_name the path of a database?')


@pytest.mark.parametrize('engine', ['postgresql', 'mysql'])
def test_nobody_and_no_host_are_told_as_in_other_pings(engine: str) -> None:
    port = free_port()
    values = {'engine': engine, 'db_name': 'shop', 'username': 'shop', 'password': PASSWORD}
    refused = pinged('outconn_sql', host='127.0.0.1', port=port, **values)
    assert refused.failure == 'refused'
    assert refused.sentence.endswith(f'nothing listens on 127.0.0.1:{port}; is it up, and is port right?')
    assert pinged('outconn_sql', host='nowhere.invalid', port=1, **values).failure in ('dns', 'look-up')


@pytest.mark.parametrize('engine', ['postgresql', 'mysql'])
def test_what_does_not_answer_is_given_up_in_time(engine: str) -> None:
    with listening(deaf) as where:
        host, _, port = where.rpartition(':')
        values = {'engine': engine, 'db_name': 'shop', 'username': 'shop', 'password': PASSWORD}
        pong = pinged('outconn_sql', host=host, port=int(port), seconds=2, **values)
        assert pong.failure in ('read-timeout', 'client-protocol', 'reset', 'client-failed')
        assert pong.took is not None
        assert pong.took < 3


def test_other_databases_are_skipped_by_their_names() -> None:
    values = {'host': 'x', 'port': 1, 'db_name': 'x', 'username': 'x'}
    pong = pinged('outconn_sql', engine='oracle', **values)
    assert pong.verdict is Verdict.SKIPPED
    assert pong.text == "pings and services know no engine 'oracle', only postgres, mysql, mariadb, sqlite"


def test_an_option_that_nobody_knows_is_told() -> None:
    values = {'engine': 'postgresql', 'host': '127.0.0.1', 'port': 1, 'db_name': 'x', 'username': 'x'}
    pong = pinged('outconn_sql', extra=['init=rm'], **values)
    assert pong.failure == 'client-setting'
    assert pong.sentence.startswith("'init' can't be used; known here are application_name, charset")
