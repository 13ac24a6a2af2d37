"""JSON from outside may be nested so deeply that Python gives up on it: whoever reads it is ready for that."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from zatools.connections.envelope import NoServerError, read
from zatools.files.tree import parse
from zatools.kinds import KINDS
from zatools.kinds.types import DEEPEST, TYPES
from zatools.odb.rows import read_opaque
from zatools.place import Problem

DEEP = '[' * 100_000
ENOUGH = frozenset({'RecursionError', 'Exception', 'BaseException'})
OURS = 'it was written by us, from what is held in memory'
RAISED = 'its caller is told, by what json raises'
GUARDED = 'its caller catches it'
#: Functions that read JSON without a guard of their own, and why.
UNGUARDED = {
    'apitest/demo_api.py:_echo': RAISED,
    'apitest/demo_api.py:_token': RAISED,
    'apitest/elsewhere/hurl_asserts.py:_unquoted': 'a text in quotes has no depth',
    'apitest/secrets.py:_unescaped': 'a text in quotes has no depth',
    'apitest/systems/mock_client.py:message_as_data': OURS,
    'apitest/values/json_text.py:parse_lenient': GUARDED,
    'apitest/values/json_text.py:parse_strict': GUARDED,
    'commands/invoke.py:_at_hand': OURS,
    'connections/clients/fhir.py:_do_request': RAISED,
    'connections/clients/llm.py:chat': OURS,
    'connections/clients/memcached.py:deserialize': RAISED,
    'connections/issuer.py:_fetched': GUARDED,
    'files/edits.py:_plain': 'a text in quotes has no depth',
    'files/jsontree.py:text': 'a text in quotes has no depth',
    'odb/entries.py:_value': GUARDED,
    'reports/runs.py:as_json_run': OURS,
    'server/channels/transfer.py:_scheduled': RAISED,
    'server/channels/web_clients.py:_invoked': OURS,
    'server/topics/messages.py:data': OURS,
    'server/topics/messages.py:message_of': OURS,
    'server/topics/pumping.py:_to_service': GUARDED,
    'testing/stage.py:json': OURS,
}


def _caught(handler: ast.ExceptHandler) -> frozenset[str]:
    if handler.type is None:
        return ENOUGH
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(one) for one in types)


def _suppresses(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        ENOUGH & {ast.unparse(part) for part in item.context_expr.args}
        for item in node.items
        if isinstance(item.context_expr, ast.Call)
    )


def _unguarded(node: ast.AST, function: str = '') -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        is_tried = isinstance(node, ast.Try) and child in node.body
        if is_tried and any(ENOUGH & _caught(handler) for handler in node.handlers):  # type: ignore[attr-defined]
            continue
        if _suppresses(child):
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func) == 'json.loads':
            yield function
        yield from _unguarded(child, child.name if isinstance(child, ast.FunctionDef) else function)


def test_whoever_reads_json_is_ready_for_any_depth() -> None:
    package = ROOT / 'zatools'
    found = {
        f'{path.relative_to(package)}:{function}'
        for path in package.rglob('*.py')
        for function in _unguarded(ast.parse(path.read_text(encoding='utf-8')))
    }
    assert found == UNGUARDED.keys()


def nested(levels: int) -> str:
    """Returns an object of so many levels of lists and mappings."""
    return '{"a": ' + '[' * (levels - 1) + ']' * (levels - 1) + '}'


@pytest.mark.parametrize('text', [DEEP, nested(DEEPEST + 1), nested(700)])
def test_deep_json_in_an_odb_is_none(text: str) -> None:
    decode = TYPES['rows'].decode
    assert decode
    assert (read_opaque(text), decode(text)) == ({}, text)


def test_what_is_read_of_an_odb_can_stand_in_a_file() -> None:
    found = read_opaque(nested(DEEPEST))
    problems: list[Problem] = []
    assert parse('a.json', json.dumps({'channel_rest': [{'name': 'A', 'value': found}]}), problems)
    assert (found.keys(), problems) == ({'a'}, [])


@pytest.mark.parametrize('junk', [DEEP, '[]', '1', 'null', '"a"', '{"schedule": []}', 'no JSON'])
def test_what_a_job_hands_over_may_be_anything(junk: str) -> None:
    compared = [companion.compared for kind in KINDS for companion in kind.companions if companion.compared]
    assert compared
    assert {str(compare('extra', junk))[:20] for compare in compared}


def test_a_server_that_answers_deeply_is_none() -> None:
    with pytest.raises(NoServerError, match='no JSON'):
        read(DEEP)
