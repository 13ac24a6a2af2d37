"""GraphQL in features, against graphql-core: variables beside the query, errors as errors, answers that are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from features.systems.talking import GraphqlServer
from tests.apitest.playing import feature, play, said, scenario

USER = 'query ($id: ID!) { user(id: $id) { name } }'


@pytest.fixture
def server() -> Iterator[GraphqlServer]:
    running = GraphqlServer()
    yield running
    running.stop()


def asked(server: GraphqlServer, *steps: str, path: str = '/graphql') -> str:
    return feature(scenario(f'address "{server.address}"', f'URL path "{path}"', *steps))


def test_variables_go_beside_the_query_with_their_types(server: GraphqlServer, tmp_path: Path) -> None:
    steps = (
        'I store "1" under "id"',
        'GraphQL variables are "{"id": "#id", "n": 2, "#{id}": "a-#{id}"}"',
        'GraphQL variable "more" is "x"',
        f'When GraphQL query "{USER}" is run',
        'Then path "/data/user/name" is "Ada"',
        'Given a new request',
        'Given URL path "/graphql"',
        'When GraphQL query "{ clock }" is run',
    )
    assert said(play(tmp_path, asked(server, *steps))) == []
    (headers, first), (_, second) = server.got
    assert first['query'] == USER
    assert first['variables'] == {'id': '1', 'n': 2, '1': 'a-1', 'more': 'x'}
    assert headers['Accept'].startswith('application/graphql-response+json')
    assert headers['Content-Type'] == 'application/json'
    assert second == {'query': '{ clock }'}


def test_other_calls_have_no_trace_of_it(server: GraphqlServer, tmp_path: Path) -> None:
    steps = (
        'header "Accept" "application/json"',
        'When GraphQL query "{ clock }" is run',
        'When "POST /graphql" is invoked',
    )
    assert said(play(tmp_path, asked(server, *steps))) == []
    assert [headers['Accept'] for headers, _ in server.got] == ['application/json', 'application/json']
    steps = ('When GraphQL query "{ clock }" is run', 'When "POST /graphql" is invoked')
    play(tmp_path, asked(server, *steps))
    assert server.got[-1][0]['Accept'] == '*/*'


def test_errors_of_an_answer_are_failures_and_checks_go_on(server: GraphqlServer, tmp_path: Path) -> None:
    steps = (
        'GraphQL variable "id" is "7"',
        f'When GraphQL query "{USER}" is run',
        'Then path "/data/user/name" is "Ada"',
        'Then GraphQL has no errors',
        'Then GraphQL has an error with text "other"',
        'Then GraphQL has an error with path "/extensions/code" is "OTHER"',
    )
    error = '1  no such user, at ["user"], line 1 column 20 of the query, code "NOT_FOUND"'
    assert said(play(tmp_path, asked(server, *steps))) == [
        f'the answer has 1 error | {error}'
        ' | an answer that must have errors: When GraphQL query "…" is run, which may fail',
        'no such path. At /data/user there is null null, and nothing below it',
        f'expected no error, got 1 error | {error}',
        f'expected an error with the text "other", got 1 error, and none of them is it | {error}',
        f'expected an error with /extensions/code "OTHER", got 1 error, and none of them is it | {error}',
    ]


@pytest.mark.parametrize(
    ('query', 'text'),
    [
        ('{ nothing }', "the answer has 1 error | 1  Cannot query field 'nothing' on type 'Query', line 1 column 3"),
        ('{', 'the answer has 1 error | 1  Syntax Error: Expected Name, found <EOF>, line 1 column 2'),
        (USER, "the answer has 1 error | 1  Variable '$id' "),
        (' ', 'the query is empty'),
    ],
)
def test_a_query_that_is_wrong_is_told(query: str, text: str, server: GraphqlServer, tmp_path: Path) -> None:
    (found,) = said(play(tmp_path, asked(server, f'When GraphQL query "{query}" is run')))
    assert found.startswith(text)


def test_a_missing_variable_is_told_how_to_give_it(server: GraphqlServer, tmp_path: Path) -> None:
    (found,) = said(play(tmp_path, asked(server, f'When GraphQL query "{USER}" is run')))
    assert found.endswith('Given GraphQL variable "id" is "…"')


def test_what_is_no_answer_of_graphql_is_told(server: GraphqlServer, tmp_path: Path) -> None:
    (found,) = said(play(tmp_path, asked(server, 'When GraphQL query "{ clock }" is run', path='/plain')))
    assert found.startswith('the answer has neither data nor errors, so it is none of GraphQL')


@pytest.mark.parametrize(
    ('step', 'text'),
    [
        ('GraphQL variables are "[1]"', 'variables are an object of JSON'),
        ('GraphQL variables are "{"', 'this is no JSON'),
        ('When GraphQL query of file "no.graphql" is run', "there is no file '"),
    ],
)
def test_what_can_not_be_read_is_told(step: str, text: str, server: GraphqlServer, tmp_path: Path) -> None:
    assert said(play(tmp_path, asked(server, step)))[0].startswith(text)
