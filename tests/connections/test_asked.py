"""Jira, Confluence, FHIR and GraphQL: asked over HTTP as REST connections are, and what services get of them."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest
import requests
from fhirpy.base.exceptions import AuthorizationError, OperationOutcome, ResourceNotFound
from requests import HTTPError

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.files import USER
from tests.peers.more import Confluence, Fhir, GraphQL, Jira, speaking
from tests.peers.sockets import babbling, dripping, listening
from zatools.connections import calls
from zatools.connections.calls import CallFailedError
from zatools.connections.clients.atlassian import Product
from zatools.connections.clients.fhir import Fhir as FhirView
from zatools.connections.clients.graphql import GraphQL as GraphQLView, GraphQLError
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Verdict
from zatools.state import State


def logins(password: str = PASSWORD) -> State:
    return {('security', 'Login'): item('basic_auth', name='Login', username=USER, password=password)}


def connected(section: str, generation: str = '3.2', state: State | None = None, **values: Any) -> Any:
    return connect(item(section, generation, **values), state or {}, generation=generation)


def test_jira_is_asked_as_its_user() -> None:
    with speaking(Jira) as port:
        values = {'address': f'http://127.0.0.1:{port}', 'username': USER, 'api_version': '2', 'is_cloud': False}
        assert pinged('jira', **values, secret=PASSWORD).sentence.startswith('200 OK, Ada Lovelace, ')
        with Product(connected('jira', **values, secret=PASSWORD), '3.2').conn.client() as client:
            assert client.issue('A-1')['fields'] == {'summary': 'Hello'}
            with pytest.raises(HTTPError, match='Issue does not exist'):
                client.issue('A-2')
        with pytest.raises(ConnectionError, match="^'Shop': 401 Unauthorized, .* user 'ada' refused"):
            Product(connected('jira', **values, secret='wrong'), '3.2').ping()


@pytest.mark.parametrize(
    'answer', [[], {'displayName': None}, {'name': USER}, {'displayName': {'a': 1}}, {'displayName': ''}, None, 'text']
)
def test_an_answer_that_names_nobody_is_one(answer: Any) -> None:
    class Other(Jira):
        def told(self, path: str, sent: Any) -> tuple[int, Any]:
            return 200, answer

    with speaking(Other) as port:
        pong = pinged('jira', address=f'http://127.0.0.1:{port}', username=USER, secret=PASSWORD)
    assert re.fullmatch(r'200 OK, \d+ ms', pong.sentence)
    assert 'named' not in pong.facts


def test_confluence_is_asked_as_its_user() -> None:
    with speaking(Confluence) as port:
        values = {'address': f'http://127.0.0.1:{port}', 'username': USER}
        assert pinged('confluence', **values, secret=PASSWORD).sentence.startswith('200 OK, Ada Lovelace, ')
        assert pinged('confluence', '4.1', **values, secret='wrong').failure == 'login'
        for generation in ('3.2', '4.1'):
            view = Product(connected('confluence', generation, **values, secret=PASSWORD), generation)
            with view.conn.client() as client:
                assert client.get_page_by_id('7')['title'] == 'Hello'
                with pytest.raises(Exception, match='no content with the given id'):
                    client.get_page_by_id('8')
        with pytest.raises(AttributeError, match=r'^self.cloud.confluence\[…\].conn.clientt is unknown; did you mean'):
            view.clientt()
    # In the vendor's cloud it is below a path of its own.
    for address, path in (('', '/wiki'), ('/wiki', '/wiki')):
        found = connected('confluence', address=f'https://example.atlassian.net{address}')
        assert found.url == f'https://example.atlassian.net{path}/rest/api/user/current'
        with Product(found, '3.2').client() as client:
            assert client.url == f'https://example.atlassian.net{path}'


def test_fhir_is_asked_with_the_login_of_the_connection() -> None:
    with speaking(Fhir) as port:
        values: dict[str, Any] = {'address': f'http://127.0.0.1:{port}/r4', 'username': USER}
        assert pinged('outgoing_fhir', **values, secret=PASSWORD).verdict is Verdict.OK
        with FhirView(connected('outgoing_fhir', **values, secret=PASSWORD), '3.2').conn.client() as client:
            patients = client.resources('Patient').sort('active', '-birthdate')
            # Pages follow each other.
            assert [one['name'][0]['family'] for one in patients] == ['Doe 1', 'Doe 2']
            assert client.resource('Patient', name=[{'family': 'Doe'}]).create()['id'] == '3'
            with pytest.raises(OperationOutcome, match='name is missing'):
                client.resource('Patient').create()
            with pytest.raises(ResourceNotFound):
                client.get('Patient', '9')
            with pytest.raises(ValueError, match='does not contain base url'):
                client.execute('http://127.0.0.1:1/r4/Patient')
        del values['username']
        for password, raised in ((PASSWORD, ResourceNotFound), ('wrong', AuthorizationError)):
            found = connected('outgoing_fhir', '4.1', logins(password), **values, security='Login')
            with FhirView(found, '4.1').client() as client, pytest.raises(raised):
                client.get('Patient', '9')


def test_graphql_answers_queries() -> None:
    with speaking(GraphQL) as port:
        values = {'address': f'http://127.0.0.1:{port}/graphql', 'security': 'Login'}
        found = connected('outgoing_graphql', '4.1', logins(), **values)
        pong = found.ping(Attempt(5))
        assert (pong.verdict, found.target[:5]) == (Verdict.OK, 'POST ')
        view = GraphQLView(found, '4.1')
        assert view.execute('{ orders { id } }') == {'orders': [{'id': '1'}, {'id': '2'}]}
        query = 'query ($first: Int) { orders(first: $first) { id } }'
        assert view.execute(query, {'first': 1}) == {'orders': [{'id': '1'}]}
        with pytest.raises(GraphQLError, match="^'Shop': Cannot query field 'oders' on type 'Query'") as problem:
            view.execute('{ oders { id } }')
        assert problem.value.data is None
        with pytest.raises(GraphQLError, match='by zero') as problem:
            view.execute('{ broken orders { id } }')
        assert problem.value.data == {'broken': None, 'orders': [{'id': '1'}, {'id': '2'}]}
        wrong = connected('outgoing_graphql', '4.1', logins('wrong'), **values)
        assert wrong.ping(Attempt(5)).failure == 'login'
        with pytest.raises(CallFailedError, match="^'Shop': 401 Unauthorized, which is no answer of GraphQL$"):
            GraphQLView(wrong, '4.1').execute('{ orders { id } }')
    with listening(babbling) as where:
        silent = connected('outgoing_graphql', '4.1', address=f'http://{where}/')
        # Who catches what requests raises gets it, and who catches what other protocols' connections raise.
        for caught in (requests.exceptions.ConnectionError, ConnectionError):
            with pytest.raises(caught, match='answers, but not in HTTP'):
                GraphQLView(silent, '4.1').execute('{ orders { id } }')


def test_an_answer_that_is_too_long_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(GraphQL) as port:
        values = {'address': f'http://127.0.0.1:{port}/graphql', 'security': 'Login'}
        view = GraphQLView(connected('outgoing_graphql', '4.1', logins(), **values), '4.1')
        monkeypatch.setattr(calls, 'LARGEST', 20)
        with pytest.raises(CallFailedError, match="^'Shop': its answer is longer than 0 MB$"):
            view.execute('{ orders { id } }')


def test_an_answer_that_never_ends_has_the_deadline_of_its_call() -> None:
    with listening(dripping) as where:
        jira = connected('jira', address=f'http://{where}', username=USER, secret=PASSWORD)
        pong = jira.ping(Attempt(1))
        assert (pong.failure, (pong.took or 9) < 3) == ('read-timeout', True), pong.sentence
        graph = connected('outgoing_graphql', '4.1', address=f'http://{where}', default_query_timeout=1)
        with pytest.raises(TimeoutError, match="^'Shop': connected to "):
            GraphQLView(graph, '4.1').execute('{ orders { id } }')


BROKEN = {
    'Content-Length: 100\r\n\r\n{"a"': 'breaks off in the middle of its answer',
    'Transfer-Encoding: chunked\r\n\r\n9\r\n{"a"': 'breaks off in the middle of its answer',
    'Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd': "answers in a Content-Encoding that can't be undone",
}


@pytest.mark.parametrize(('answer', 'sentence'), BROKEN.items())
def test_an_answer_that_breaks_off_or_is_packed_wrongly_is_told_as_that(answer: str, sentence: str) -> None:
    def broken(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(f'HTTP/1.1 200 OK\r\n{answer}'.encode())

    with listening(broken) as where:
        jira = connected('jira', address=f'http://{where}', username=USER, secret=PASSWORD)
        assert sentence in jira.ping(Attempt(5)).sentence
        graph = connected('outgoing_graphql', '4.1', address=f'http://{where}')
        with pytest.raises(ConnectionError, match=sentence):
            GraphQLView(graph, '4.1').execute('{ orders { id } }')


@pytest.mark.parametrize(('given', 'kept'), [({}, 20), ({'pool_size': 3}, 3)])
def test_as_many_connections_are_kept_as_the_definition_or_its_kind_says(given: dict[str, int], kept: int) -> None:
    session = connected('jira', address='http://127.0.0.1:9', username=USER, **given).kept_session()
    assert session.get_adapter('http://')._pool_maxsize == kept
