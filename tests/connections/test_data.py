"""Memcached, Cassandra, Solr and Vault: pings, and what services get."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hvac.exceptions
import pysolr
import pytest
import requests

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.cassandra import Cassandra, cassandra
from tests.peers.data import Solr, memcached
from tests.peers.files import USER
from tests.peers.more import speaking
from tests.peers.sockets import deaf, listening, resetting
from tests.peers.web import authority, secure, stranger
from tests.ports import free_port
from tests.stores.standin_vault import TOKEN, vault
from zatools.connections.clients import client_of
from zatools.connections.clients.cassandra import Cassandra as Session
from zatools.connections.clients.cassandra_query import Query
from zatools.connections.clients.memcached import LONGEST, Memcached
from zatools.connections.clients.peer import RefusedError
from zatools.connections.clients.solr import Solr as SolrView
from zatools.connections.clients.vault import Vault
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict
from zatools.state import Item

#: Where each says where its server is, and what it needs besides.
PLACES: list[tuple[str, Any]] = [
    ('zato_cache_memcached', lambda port: {'servers': [f'127.0.0.1:{port}']}),
    ('def_cassandra', lambda port: {'contact_points': ['127.0.0.1'], 'port': port, 'default_keyspace': 'shop'}),
    ('search_solr', lambda port: {'address': f'http://127.0.0.1:{port}/solr'}),
    ('vault_connection', lambda port: {'url': f'http://127.0.0.1:{port}'}),
]


@pytest.mark.parametrize(('section', 'at'), PLACES, ids=[one[0] for one in PLACES])
def test_nobody_and_others_are_told_as_in_other_pings(section: str, at: Any) -> None:
    assert pinged(section, **at(free_port())).failure == 'refused'
    with listening(deaf) as where:
        pong = pinged(section, seconds=1, **at(int(where.rpartition(':')[2])))
        assert (pong.failure, (pong.took or 9) < 2) == ('read-timeout', True), pong.sentence
    with listening(lambda sock: sock.sendall(b'220 mail.example.com ESMTP ready\r\n' * 9)) as where:
        pong = pinged(section, seconds=1, **at(int(where.rpartition(':')[2])))
        assert pong.failure in ('client-protocol', 'not-http'), pong.sentence
    with listening(resetting) as where:
        pong = pinged(section, seconds=1, **at(int(where.rpartition(':')[2])))
        assert pong.failure == 'reset', pong.sentence


@pytest.fixture(scope='module')
def cache_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with memcached(tmp_path_factory.mktemp('memcached')) as port:
        yield port


@pytest.fixture
def shared(cache_port: int) -> Iterator[Memcached]:
    made = Memcached(client_of(item('zato_cache_memcached', servers=[f'127.0.0.1:{cache_port}'])))
    made.clear()
    yield made
    made.close()


def test_memcached_is_pinged_at_each_of_its_servers(cache_port: int) -> None:
    here, nobody = f'127.0.0.1:{cache_port}', f'127.0.0.1:{free_port()}'
    assert pinged('zato_cache_memcached', servers=[here]).text.startswith('Memcached 1.')
    one = pinged('zato_cache_memcached', servers=[here, nobody])
    assert (one.failure, one.text.endswith(f'nothing listens on {nobody}')) == ('refused', True)
    unknown = pinged('zato_cache_memcached', servers=['nobody.invalid:1'])
    assert (unknown.failure, unknown.text) == ('dns', "no such host: 'nobody.invalid'")
    for wrong in (['colour=red'], ['timeout=soon']):
        assert pinged('zato_cache_memcached', servers=[here], extra=wrong).failure == 'client-setting'
    assert pinged('zato_cache_memcached', servers=['']).failure == 'client-setting'


@pytest.mark.parametrize('value', ['Grüße', b'\0\xff', 7, 0, True, None, 1.5, {'a': [1, None]}, [], '', 'x' * 100_000])
def test_memcached_keeps_values(shared: Memcached, value: Any) -> None:
    assert shared.set('key', value) is True
    found = shared.get('key', 'none')
    assert (found, type(found)) == (value, type(value))


def test_memcached_has_the_calls_of_caches(shared: Memcached) -> None:
    assert (shared.get('a'), shared.get('a', 1), 'a' in shared) == (None, 1, False)
    shared['a'] = 'b'
    assert (shared['a'], 'a' in shared, shared.delete('a'), shared.delete('a')) == ('b', True, True, False)
    with pytest.raises(KeyError, match="'a'"):
        shared['a']
    assert (shared.add(5, 1), shared.add(b'5', 2), shared.incr('5', 4), shared.decr('5'), shared.incr('6')) == (
        *(True, False, 5, 4),
        None,
    )
    assert (shared.expire('5', 60), shared.expire('6', 60), shared.get('5')) == (True, False, 4)
    # What ends in a second is there still; a month and more is a date to Memcached.
    for expiry in (0.5, LONGEST + 1.0):
        shared.set('soon', 1, expiry)
        assert shared.get('soon') == 1
    del shared['5']
    shared.clear()
    assert shared.get('soon') is None


def test_what_memcached_can_not_keep_is_told(shared: Memcached) -> None:
    with pytest.raises(ValueError, match='whitespace'):
        shared.set('a key', 1)
    with pytest.raises(ValueError, match='Key must be a string, bytes or an integer, not list'):
        shared.get([])
    with pytest.raises(TypeError, match='not JSON serializable'):
        shared.set('key', object())
    with pytest.raises(ConnectionError, match=r"^'Shop': .* refused: .*object too large"):
        shared.set('key', 'x' * 2_000_000)
    with pytest.raises(AttributeError, match=r"self.cache.get_cache\('memcached', …\).get_by_prefix is unknown"):
        shared.get_by_prefix('a')


def test_objects_of_others_are_not_read(shared: Memcached, cache_port: int) -> None:
    with socket.create_connection(('127.0.0.1', cache_port)) as sock:
        sock.sendall(b'set evil 1 0 3\r\nabc\r\n')
        assert sock.recv(100) == b'STORED\r\n'
    with pytest.raises(ValueError, match='object of Python that another program has put there'):
        shared.get('evil')


def test_keys_are_spread_over_servers_and_one_that_fails_is_named(cache_port: int) -> None:
    nobody = free_port()
    cache = Memcached(
        client_of(item('zato_cache_memcached', servers=[f'127.0.0.1:{cache_port}', f'127.0.0.1:{nobody}']))
    )
    done = []
    for number in range(20):
        try:
            done.append(cache.set(number, number))
        except ConnectionError as error:
            assert str(error).startswith("'Shop': refused in ")
            done.append(False)
    assert {True, False} == set(done)
    cache.close()


@pytest.fixture(scope='module')
def hosts() -> Iterator[tuple[Cassandra, dict[str, Any]]]:
    # It tells of another host, which nobody named.
    server = Cassandra((USER, PASSWORD), ['127.0.0.2'])
    with cassandra(server) as port:
        known = {'contact_points': ['127.0.0.1'], 'port': port, 'default_keyspace': 'shop'}
        yield server, {**known, 'username': USER, 'password': PASSWORD}


def test_cassandra_is_pinged(hosts: tuple[Cassandra, dict[str, Any]]) -> None:
    values = hosts[1]
    assert pinged('def_cassandra', **values).text.startswith('Cassandra 4.1.3, ')
    where = f'127.0.0.1:{values["port"]}'
    for wrong, failure, text in (
        ({'password': 'wrong'}, 'client-login', f"{where} refused user '{USER}'"),
        ({'username': ''}, 'client-login', f"{where} refused user ''"),
        ({'default_keyspace': 'none"; drop'}, 'database', ' has no database '),
        ({'proto_version': 5}, 'client-refused', 'protocol_version 5'),
        ({'contact_points': ['nobody.invalid']}, 'dns', "no such host: 'nobody.invalid'"),
        ({'contact_points': ['']}, 'client-setting', 'contact_points'),
        ({'tls_ca_certs': '/nowhere.pem'}, 'ca-certificate', 'no such file'),
    ):
        pong = pinged('def_cassandra', **{**values, **wrong})
        assert (pong.failure, text in pong.text) == (failure, True), pong.sentence
    assert (
        pinged('def_cassandra', **{**values, 'contact_points': ['nobody.invalid', '127.0.0.1']}).verdict is Verdict.OK
    )


def test_cassandra_is_asked_over_tls(tmp_path: Path) -> None:
    trusted = tmp_path / 'ca.pem'
    authority().cert_pem.write_to_path(str(trusted))
    for issuer, names, failure in (
        (authority(), ['localhost'], ''),
        (authority(), ['other.example.com'], 'tls-name'),
        (stranger(), ['localhost'], 'tls-ca'),
    ):
        with cassandra(Cassandra(), secure(issuer.issue_cert(*names))) as port:
            values = {'contact_points': ['localhost'], 'port': port, 'default_keyspace': 'shop'}
            pong = pinged('def_cassandra', **values, tls_ca_certs=str(trusted))
            assert pong.failure == failure, pong.sentence
    with cassandra(Cassandra()) as port:
        values = {'contact_points': ['127.0.0.1'], 'port': port, 'default_keyspace': 'shop'}
        pong = pinged('def_cassandra', seconds=2, **values, tls_ca_certs=str(trusted))
        assert pong.failure == 'client-tls-none', pong.sentence


def defined(values: dict[str, Any], query: str | bytes, **more: Any) -> tuple[Item, Item]:
    return item('query_cassandra', name='Find', def_name='Shop', value=query), item('def_cassandra', **values, **more)


def test_services_query_cassandra(hosts: tuple[Cassandra, dict[str, Any]]) -> None:
    server, values = hosts
    before = {thread.name for thread in threading.enumerate()}
    session = Session(client_of(item('def_cassandra', **values)))
    found = session.conn
    found.execute('create table orders (id int primary key, name text, data blob)')
    found.execute('insert into orders (id, name) values (%s, %s)', (1, "O'Neil"))
    found.execute(found.prepare('insert into orders (id, name, data) values (?, ?, ?)'), (2, 'Ada', b'\0x'))
    assert list(found.execute('select * from orders')) == [
        {'id': 1, 'name': "O'Neil", 'data': None},
        {'id': 2, 'name': 'Ada', 'data': b'\0x'},
    ]
    query = Query(client_of(*_for_client(defined(values, b'select id from orders where name = :customer'))))
    asked = server.connections
    assert list(query.execute(customer='Ada')) == [{'id': 2}]
    # All that use a definition share its session.
    assert server.connections == asked
    for given, text in (({'custome': 1}, "did you mean 'customer'"), ({}, "query 'Find' wants customer")):
        with pytest.raises(TypeError, match=text):
            query.execute(**given)
    session.close()
    assert list(query.execute(customer='Ada')) == [{'id': 2}]
    query.close()
    assert {thread.name for thread in threading.enumerate() if thread.name == 'Task Scheduler'} <= before


def _for_client(pair: tuple[Item, Item]) -> tuple[Item, str, Item]:
    return pair[0], '3.2', pair[1]


def test_a_host_that_nobody_named_is_not_connected_to(hosts: tuple[Cassandra, dict[str, Any]]) -> None:
    session = Session(client_of(item('def_cassandra', **hosts[1])))
    with socket.create_server(('127.0.0.2', hosts[1]['port'])) as other:
        other.setblocking(False)
        assert list(session.conn.execute('select 1 as one')) == [{'one': 1}]
        assert hosts[0].peers == ['127.0.0.2']
        with pytest.raises(BlockingIOError):
            other.accept()
    session.close()


def test_cassandras_queries_are_compiled_by_pings(hosts: tuple[Cassandra, dict[str, Any]]) -> None:
    values = hosts[1]

    def ping(query: str, **more: Any) -> Any:
        wanted, other = defined({**values, **more}, query)
        return connect(wanted, {('def_cassandra', 'Shop'): other}).ping(Attempt(5))

    assert ping('select 1').text.startswith("Cassandra 4.1.3, which knows the query's tables, ")
    wrong = ping('selec * from orders')
    assert wrong.failure == 'query'
    assert wrong.hint == 'is value right, and is the table there?'
    assert wrong.text.endswith(' can\'t run the query: near "selec": syntax error')
    refused = ping('select 1', password='wrong')
    assert (refused.failure, refused.hint) == ('client-login', "is the password of 'Shop' right?")
    idle = ping('select 1', is_active=False)
    assert (idle.verdict, idle.text) == (Verdict.SKIPPED, "its definition 'Shop' is not active")
    alone = connect(defined(values, 'select 1')[0], {}).ping(Attempt(1))
    assert (alone.failure, alone.text) == ('no-definition', "there is no Cassandra definition 'Shop' in the ODB")


def test_a_session_that_can_not_be_opened_is_told_in_the_words_of_pings(
    hosts: tuple[Cassandra, dict[str, Any]],
) -> None:
    session = Session(client_of(item('def_cassandra', **{**hosts[1], 'password': 'wrong'})))
    with pytest.raises(ConnectionError, match="^'Shop': 127.0.0.1:.* refused user 'ada'; is the password"):
        _ = session.conn
    session.close()


def test_solr_keeps_documents() -> None:
    handler = type('Shop', (Solr,), {'documents': {}})
    with speaking(handler) as port:
        values = {'address': f'http://127.0.0.1:{port}/solr/shop', 'ping_path': '/solr/shop/admin/ping'}
        assert pinged('search_solr', **values).text.startswith('200 OK, ')
        other = pinged('search_solr', **{**values, 'ping_path': '/admin/none'})
        assert other.verdict is Verdict.WARN
        view = SolrView(connect(item('search_solr', **values), {}), '3.2')  # type: ignore[arg-type]
        view.conn.add([{'id': 1, 'title': 'Bananas'}, {'id': 2, 'title': 'Apples'}])
        assert [one['title'] for one in view.conn.search('title:Apples')] == ['Apples']
        with pytest.raises(pysolr.SolrError, match='undefined field'):
            view.conn.search('broken:1')
        view.close()
        moved = SolrView(connect(item('search_solr', address=f'http://127.0.0.1:{port}/moved'), {}), '3.2')  # type: ignore[arg-type]
        with pytest.raises(requests.TooManyRedirects):
            moved.conn.search('*:*')
        moved.close()


def test_vault_lets_tokens_in_and_reads_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('VAULT_TOKEN', TOKEN)
    with vault() as address:
        assert pinged('vault_connection', url=address).text.startswith('200 OK, ')
        assert pinged('vault_connection', url=address, token=TOKEN).text.startswith('200 OK, token-ci, ')
        wrong = pinged('vault_connection', url=address, token='wrong')
        assert (wrong.failure, wrong.hint) == ('login', "is the token of 'Shop' right?")
        assert "the token of 'Shop' refused" in wrong.text
        view = Vault(connect(item('vault_connection', url=address, token=TOKEN), {}), '3.2')  # type: ignore[arg-type]
        assert view.client.read('secret/crm')['data']['password'] == 's3cret-of-one'
        # Its token would go to another host.
        assert view.client.read('moved').status_code == 307
        view.close()
        # The token of the environment is not that of the definition.
        view = Vault(connect(item('vault_connection', url=address), {}), '3.2')  # type: ignore[arg-type]
        with pytest.raises(hvac.exceptions.Forbidden):
            view.client.read('secret/crm')
        view.close()


def test_a_wrong_setting_of_a_cache_is_told_to_services() -> None:
    with pytest.raises(RefusedError):
        Memcached(client_of(item('zato_cache_memcached', servers=['x:1'], extra=['colour=red'])))
