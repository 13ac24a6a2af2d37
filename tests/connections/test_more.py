"""WebSockets, MongoDB, ElasticSearch, Odoo and SMB: pings, and what services get."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.files import ME, USER
from tests.peers.more import Elastic, Odoo, mongo, mongo_of_logins, samba, speaking, web_socket
from tests.peers.sockets import deaf, listening
from tests.ports import free_port
from tests.server.running import until
from zatools.connections.clients import client_of, elastic, mongodb
from zatools.connections.clients.odoo import Odoo as OdooView
from zatools.connections.clients.smb import Smb
from zatools.connections.clients.websocket import Wsx
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong, Verdict

#: Where each protocol says where its server is, and what it needs besides.
PLACES: list[tuple[str, str, Any]] = [
    ('outgoing_wsx', '3.2', lambda port: {'address': f'ws://127.0.0.1:{port}/'}),
    ('mongodb', '4.1', lambda port: {'server_list': [f'127.0.0.1:{port}']}),
    ('search_es', '3.2', lambda port: {'hosts': [f'127.0.0.1:{port}']}),
    ('elastic_search', '4.1', lambda port: {'address_list': [f'http://127.0.0.1:{port}']}),
    (
        'odoo',
        '3.2',
        lambda port: {'host': '127.0.0.1', 'port': port, 'database': 'shop', 'user': 'a', 'password': PASSWORD},
    ),
    ('smb', '4.1', lambda port: {'host': '127.0.0.1', 'port': port, 'username': USER, 'password': PASSWORD}),
]


@pytest.mark.parametrize(('section', 'generation', 'at'), PLACES, ids=[one[0] for one in PLACES])
def test_nobody_and_others_are_told_as_in_other_pings(section: str, generation: str, at: Any) -> None:
    assert pinged(section, generation, **at(free_port())).failure == 'refused'
    with listening(deaf) as where:
        pong = pinged(section, generation, seconds=1, **at(int(where.rpartition(':')[2])))
        assert (pong.failure, (pong.took or 9) < 2) == ('read-timeout', True), pong.sentence
    with listening(lambda sock: sock.sendall(b'220 mail.example.com ESMTP ready\r\n' * 9)) as where:
        pong = pinged(section, generation, seconds=1, **at(int(where.rpartition(':')[2])))
        # What SMB and MongoDB take for a length, they wait for.
        assert pong.failure in ('client-protocol', 'not-http', 'reset', 'read-timeout'), pong.sentence


@pytest.fixture(scope='module')
def sockets() -> Iterator[tuple[str, list[Any]]]:
    with web_socket() as found:
        yield found


def zato(sockets: tuple[str, list[Any]], password: str = PASSWORD) -> Any:
    login = item('basic_auth', name='Login', username=USER, password=password)
    wanted = item('outgoing_wsx', address=f'{sockets[0]}/zato', is_zato=True, security='Login')
    return connect(wanted, {('security', 'Login'): login})


def test_a_websocket_is_pinged_and_sends_texts(sockets: tuple[str, list[Any]]) -> None:
    address, seen = sockets
    assert pinged('outgoing_wsx', address=f'{address}/plain').text.startswith('WebSocket, ')
    assert pinged('outgoing_wsx', address=f'{address}/closed').text.endswith(' refused: HTTP 401')
    assert pinged('outgoing_wsx', address='http://x').failure == 'client-setting'
    conn = Wsx(client_of(item('outgoing_wsx', address=f'{address}/plain'))).conn
    with conn.client() as client:
        assert client.send('Hello') is None
        assert client.send({'a': 1}) is None
    until(lambda: len(seen) == 2)
    assert seen == ['Hello', '{"a": 1}']
    refused = Wsx(client_of(item('outgoing_wsx', address=f'{address}/closed')))
    with pytest.raises(ConnectionError, match="^'Shop': .* refused: HTTP 401;"), refused.client():
        pass


def test_a_websocket_of_zato_has_a_session(sockets: tuple[str, list[Any]]) -> None:
    assert zato(sockets).ping(Attempt(5)).text.startswith('WebSocket of Zato, ')
    wrong: Pong = zato(sockets, 'wrong').ping(Attempt(5))
    assert (wrong.failure, f"refused user '{USER}'" in wrong.text) == ('client-login', True)
    with Wsx(zato(sockets)).client() as client:
        assert client.send({'service': 'echo', 'request': {'a': 1}}) == {'a': 1}
        with pytest.raises(ConnectionError, match="^'Shop': 500 Internal server error$"):
            client.invoke({'service': 'none'})
    missing = connect(item('outgoing_wsx', address='ws://x', security='Nobody'), {})
    assert missing.ping(Attempt(1)).failure == 'no-definition'


def test_mongodb_keeps_documents(tmp_path: Path) -> None:
    with mongo(tmp_path) as port:
        values = {'server_list': [f'127.0.0.1:{port}']}
        assert pinged('mongodb', **values).text.startswith('MongoDB, ')
        old = mongodb.Mongo(client_of(item('mongodb', **values)))
        old.conn.client.shop.orders.insert_one({'id': 1})
        new = mongodb.client(client_of(item('mongodb', '4.1', **values), '4.1'))
        assert new.shop.orders.count_documents({}) == 1
        for one in (old, new):
            one.close()


def test_mongodb_says_its_version_and_refuses_logins() -> None:
    with mongo_of_logins() as port:
        values = {'server_list': [f'127.0.0.1:{port}']}
        assert pinged('mongodb', '4.1', **values).text.startswith('MongoDB 7.0.4, ')
        for generation in ('3.2', '4.1'):
            wrong = pinged('mongodb', generation, **values, username=USER, secret=PASSWORD)
            assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user '{USER}'")


def test_elasticsearch_says_who_it_is() -> None:
    with speaking(Elastic) as port:
        old = {'hosts': [f'127.0.0.1:{port}']}
        assert pinged('search_es', **old).text.startswith('ElasticSearch 9.1.0, ')
        new = {'address_list': [f'http://127.0.0.1:{port}'], 'username': USER}
        assert pinged('elastic_search', '4.1', **new, secret=PASSWORD).verdict is Verdict.OK
        assert pinged('elastic_search', '4.1', **new, secret='wrong').failure == 'client-login'
        conn = elastic.Elastic(client_of(item('search_es', **old))).conn
        assert conn.search(index='orders')['hits']['total']['value'] == 1
    with speaking(Elastic, is_one=False) as port:
        assert pinged('search_es', hosts=[f'127.0.0.1:{port}']).failure == 'client-protocol'


@pytest.mark.parametrize('protocol', ['jsonrpc', 'xmlrpc'])
def test_odoo_lets_in_and_finds(protocol: str) -> None:
    with speaking(Odoo) as port:
        values = {'host': '127.0.0.1', 'port': port, 'user': USER, 'database': 'shop', 'protocol': protocol}
        assert pinged('odoo', **values, password=PASSWORD).text.startswith('Odoo 17.0, ')
        wrong = pinged('odoo', **values, password='wrong')
        assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user '{USER}'")
        other = pinged('odoo', **{**values, 'database': 'none'}, password=PASSWORD)
        assert (other.failure, "has no database 'none'" in other.text) == ('database', True)
        conn = OdooView(client_of(item('odoo', **values, password=PASSWORD))).conn
        with conn.client() as client:
            assert client.get_model('res.partner').search([]) == [7, 8]
        refused = OdooView(client_of(item('odoo', **values, password='wrong')))
        with pytest.raises(ConnectionError, match='refused user'), refused.client():
            pass


def test_smb_keeps_files(tmp_path: Path) -> None:
    with samba(tmp_path, ME) as port:
        values = {'host': '127.0.0.1', 'port': port, 'username': ME}
        assert pinged('smb', '4.1', **values, password=PASSWORD).text.startswith('SMB 3.1.1, ')
        wrong = pinged('smb', '4.1', **values, password='wrong')
        assert (wrong.failure, wrong.text) == ('client-login', f"127.0.0.1:{port} refused user '{ME}'")
        conn = Smb(client_of(item('smb', '4.1', **values, password=PASSWORD), '4.1'))
        conn.create_directory('files/in/deep')
        conn.write('files/in/deep/a.txt', 'Hello')
        assert (conn.read('files/in/deep/a.txt'), conn.listdir('files/in')) == (b'Hello', ['deep'])
        conn.move('files/in/deep/a.txt', 'files/in/b.txt')
        assert [conn.exists(f'files/in/{name}') for name in ('b.txt', 'deep/a.txt')] == [True, False]
        found = conn.get_info('files/in/b.txt')
        assert found is not None
        assert (found.size, found.is_file, (tmp_path / 'files/in/b.txt').read_text()) == (5, True, 'Hello')
        conn.delete('files/in')
        assert conn.list('files') == []
        with pytest.raises(FileNotFoundError, match='name of a share'):
            conn.list('/')
