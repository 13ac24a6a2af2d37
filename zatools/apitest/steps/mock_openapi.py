"""What a system answers by an OpenAPI document: a rule for each operation, by examples or samples of schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.openapi import document as documents, samples
from zatools.apitest.openapi.document import Document, Operation
from zatools.apitest.steps.index import MARK, plain
from zatools.apitest.steps.mock_rules import METHODS, content_of
from zatools.apitest.steps.sentences import Clause
from zatools.errors import InvalidError

#: Operations of a document that are answered.
OPERATIONS = 2000


def clauses_of(path: Path, given: Clause) -> list[list[Clause]]:
    """Returns the clauses of a rule for each operation; raises StepBroken where the document can't be read."""
    try:
        document = documents.load(path)
        bases = dict.fromkeys(('', _base(document)))
        found = []
        for operation in document.operations():
            if operation.method in METHODS:
                said = _answer(document, operation)
                found += [[_asked(operation, base, given), *said] for base in bases]
    except InvalidError as error:
        raise StepBroken(error.text, at='clauses', hint=error.hint) from None
    if not found:
        raise StepBroken(f'{document.label} has no operations', at='clauses', hint='they are below paths: /users: get:')
    if len(found) > OPERATIONS:
        raise StepBroken(f'{document.label} has more than {OPERATIONS} operations', at='clauses')
    # Paths with names in them come first: the last rule that fits counts.
    return sorted(found, key=lambda rule: -rule[0].values[0].count('{'))


def _base(document: Document) -> str:
    servers = document.content.get('servers')
    if isinstance(servers, list) and servers and isinstance(servers[0], dict):
        try:
            path = urlsplit(str(servers[0].get('url', ''))).path.rstrip('/')
        except ValueError:
            return ''
        if path.startswith('/') and '{' not in path:
            return path
    return ''


def _asked(operation: Operation, base: str, given: Clause) -> Clause:
    return Clause('', f'{operation.method.lower()} {MARK}', (f'{base}{operation.path}',), shown=given.shown)


def _answer(document: Document, operation: Operation) -> list[Clause]:
    status, response = _chosen(document, operation)
    found = [Clause('with', f'status {MARK}', (status,))]
    content = response.get('content')
    if isinstance(content, dict) and content:
        kind = next((name for name in content if 'json' in str(name)), next(iter(content)))
        value = samples.example_of(document, content[kind], samples.ANSWER)
        words, values = content_of(_type(str(kind)), _body(str(kind), value))
        found.append(Clause('with', words, values))
    return found


def _chosen(document: Document, operation: Operation) -> tuple[str, dict[str, Any]]:
    # The first answer that says that it went well; else what is left, as 200.
    responses = operation.content.get('responses')
    if not isinstance(responses, dict):
        return '200', {}
    for key, node in responses.items():
        status = str(key)
        if status.startswith('2'):
            if not status.isdigit():
                status = '200'
            return status, _dict(document.resolved(node))
    return '200', _dict(document.resolved(responses.get('default')))


def _dict(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {}


def _type(kind: str) -> str:
    if '*' in kind or not kind.isascii() or not kind.isprintable():
        return 'application/json'
    return kind


def _body(kind: str, value: Any) -> bytes:
    if isinstance(value, str) and 'json' not in plain(kind):
        return value.encode()
    return json.dumps(value, ensure_ascii=False, default=str).encode('utf-8', 'replace')
