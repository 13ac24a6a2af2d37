"""Samples of schemas: a value that fits, and the shape that answers have."""

from __future__ import annotations

from typing import Any

from zatools.apitest.openapi.document import Document

DEEPEST = 6
FORMATS = {
    'date': '2026-01-31', 'date-time': '2026-01-31T12:00:00Z', 'email': 'ada@example.com', 'uri': 'https://example.com',
    'uuid': '1b4e28ba-2fa1-41d2-883f-0016d3cca427', 'ipv4': '192.0.2.1', 'hostname': 'example.com',
}  # fmt: skip
SHAPES = {'date': '<date>', 'date-time': '<date>', 'email': '<email>', 'uri': '<url>', 'uuid': '<uuid>'}
WORDS = {'integer': '<integer>', 'number': '<number>', 'boolean': '<boolean>', 'string': '<text>', 'null': '<null>'}
REST = '...'
#: What properties are called that requests, and answers, do not have.
REQUEST, ANSWER = 'readOnly', 'writeOnly'


def example_of(document: Document, container: Any, hidden: str = REQUEST) -> Any:
    """Returns the example of a parameter or a media type; a sample of its schema where it has none."""
    container = document.resolved(container) or {}
    if 'example' in container:
        return container['example']
    examples = container.get('examples')
    if isinstance(examples, dict):
        for node in examples.values():
            if isinstance(example := document.resolved(node), dict) and 'value' in example:
                return example['value']
    return sample(document, container.get('schema'), hidden=hidden)


def whole(document: Document, schema: Any) -> dict[str, Any]:
    """Returns a schema with those of `allOf` in it; of alternatives, the first."""
    schema = document.resolved(schema)
    if not isinstance(schema, dict):
        return {}
    if not any(word in schema for word in ('allOf', 'oneOf', 'anyOf')):
        return schema
    result = {key: value for key, value in schema.items() if key not in ('allOf', 'oneOf', 'anyOf')}
    others = [*(schema.get('allOf') or ()), *(schema.get('oneOf') or ())[:1], *(schema.get('anyOf') or ())[:1]]
    for node in others[:50]:
        other = document.resolved(node)
        if not isinstance(other, dict):
            continue
        properties = {**(other.get('properties') or {}), **(result.get('properties') or {})}
        required = [*(other.get('required') or ()), *(result.get('required') or ())]
        result = {**other, **result}
        if properties:
            result |= {'properties': properties, 'required': required}
    return result


def type_of(schema: dict[str, Any]) -> str:
    """Returns the first type of a schema that is not null; empty where it says nothing."""
    kinds = schema.get('type')
    if isinstance(kinds, str):
        kinds = [kinds]
    for kind in kinds or ():
        if kind != 'null':
            return str(kind)
    if 'properties' in schema:
        return 'object'
    return 'array' if 'items' in schema else ''


def sample(document: Document, schema: Any, depth: int = 0, hidden: str = REQUEST) -> Any:
    """Returns a value that fits a schema; properties that are `hidden` there are left out."""
    schema = whole(document, schema)
    for word in ('example', 'default', 'const'):
        if word in schema:
            return schema[word]
    for word in ('examples', 'enum'):
        if isinstance(schema.get(word), list) and schema[word]:
            return schema[word][0]
    kind = type_of(schema)
    if kind == 'object':
        return _object(document, schema, depth, hidden)
    if kind == 'array':
        if depth >= DEEPEST:
            return []
        return [sample(document, schema.get('items'), depth + 1, hidden)] * max(
            1, min(int(schema.get('minItems') or 1), 10)
        )
    if kind in ('integer', 'number'):
        return _number(schema)
    if kind == 'boolean':
        return True
    return _text(schema)


def _object(document: Document, schema: dict[str, Any], depth: int, hidden: str) -> dict[str, Any]:
    properties, required = schema.get('properties') or {}, schema.get('required') or ()
    result = {}
    for name, node in properties.items():
        inner = document.resolved(node)
        is_wanted = name in required or depth < 2
        if isinstance(inner, dict) and is_wanted and depth < DEEPEST and not inner.get(hidden):
            result[name] = sample(document, inner, depth + 1, hidden)
    return result


def _number(schema: dict[str, Any]) -> Any:
    least = schema.get('minimum', schema.get('exclusiveMinimum'))
    if isinstance(least, (int, float)) and not isinstance(least, bool):
        return least + 1
    most = schema.get('maximum')
    if isinstance(most, (int, float)) and most < 1:
        return most
    return 1


def _text(schema: dict[str, Any]) -> str:
    text = FORMATS.get(str(schema.get('format')), 'text')
    least, most = schema.get('minLength'), schema.get('maxLength')
    if isinstance(least, int) and len(text) < least <= 1000:
        text += 'x' * (least - len(text))
    if isinstance(most, int) and len(text) > most:
        text = text[:most]
    return text


def shape(document: Document, schema: Any, depth: int = 0) -> Any:
    """Returns the shape of answers that fit a schema, as a step has it."""
    resolved = document.resolved(schema)
    if isinstance(resolved, dict) and ('oneOf' in resolved or 'anyOf' in resolved):
        return '<any>'
    schema = whole(document, resolved)
    kind, is_nullable = type_of(schema), _may_be_null(schema)
    if depth >= DEEPEST or is_nullable or kind not in ('object', 'array'):
        return _leaf(schema, kind, is_nullable)
    if kind == 'array':
        return [shape(document, schema.get('items'), depth + 1), REST]
    required = schema.get('required') or ()
    result: dict[str, Any] = {}
    for name, node in (schema.get('properties') or {}).items():
        if not (document.resolved(node) or {}).get('writeOnly'):
            result[name] = _property(shape(document, node, depth + 1), name in required)
    if schema.get('additionalProperties') is not False:
        result[REST] = ''
    return result


def _may_be_null(schema: dict[str, Any]) -> bool:
    return bool(schema.get('nullable')) or 'null' in (schema.get('type') or ())


def _leaf(schema: dict[str, Any], kind: str, is_nullable: bool) -> str:
    word = WORDS.get(kind, {'object': '<object>', 'array': '<list>'}.get(kind, '<any>'))
    if kind == 'string':
        word = SHAPES.get(str(schema.get('format')), '<text>')
    if is_nullable and word != '<any>':
        return f'{word[:-1]} or null>'
    return word


def _property(value: Any, is_required: bool) -> Any:
    if is_required:
        return value
    if isinstance(value, dict):
        return '<optional object>'
    if isinstance(value, list):
        return '<optional list>'
    return f'<optional {value[1:]}'
