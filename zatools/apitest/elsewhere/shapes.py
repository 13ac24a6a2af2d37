"""Shapes of answers that were recorded: the types of their values, or the values themselves."""

from __future__ import annotations

from typing import Any

from zatools.apitest.secrets import CREDENTIAL_NAME

#: Leaves that a shape in a feature may have.
LONGEST = 120
REST = '...'
OPTIONAL = '<optional '


def of(value: Any, is_exact: bool) -> Any:
    """Returns the shape of a value: as deep as it stays readable."""
    shape = _of(value, is_exact, 20)
    for depth in (6, 4, 3, 2, 1):
        if _leaves(shape) <= LONGEST:
            break
        shape = _of(value, is_exact, depth)
    return shape


def _leaves(shape: Any) -> int:
    if isinstance(shape, dict):
        return sum(map(_leaves, shape.values())) + 1
    if isinstance(shape, list):
        return sum(map(_leaves, shape)) + 1
    return 1


def _of(value: Any, is_exact: bool, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {key: _field(key, item, is_exact, depth - 1) for key, item in value.items()}
    if isinstance(value, list) and depth:
        return _of_list(value, is_exact, depth - 1)
    if is_exact and not isinstance(value, (dict, list)):
        return _literal(value)
    return _type(value)


def _field(key: str, value: Any, is_exact: bool, depth: int) -> Any:
    if is_exact and isinstance(value, str) and CREDENTIAL_NAME.search(key):
        # A token is another one each time, and a secret.
        return '<filled text>'
    return _of(value, is_exact, depth)


def _literal(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(('<', '\\', REST)):
        return f'\\{value}'
    return value


def _type(value: Any) -> str:
    kinds = {bool: 'boolean', int: 'integer', float: 'number', str: 'text', list: 'list', dict: 'object'}
    return f'<{kinds.get(type(value), "any")}>'


def _of_list(items: list[Any], is_exact: bool, depth: int) -> Any:
    if is_exact:
        return [_of(item, is_exact, depth) for item in items]
    if not items:
        return '<list>'
    shape = _of(items[0], is_exact, depth)
    for item in items[1:]:
        shape = merged(shape, _of(item, is_exact, depth))
    return [shape, REST]


def merged(first: Any, second: Any) -> Any:
    """Returns the shape that both fit."""
    if first == second:
        return first
    for one, other in ((first, second), (second, first)):
        if isinstance(one, str) and one.startswith(OPTIONAL):
            return optional(merged(f'<{one.removeprefix(OPTIONAL)}', other))
    if isinstance(first, dict) and isinstance(second, dict):
        keys = list(dict.fromkeys([*first, *second]))
        return {key: _merged_field(first, second, key) for key in keys}
    if isinstance(first, list) and isinstance(second, list):
        return [merged(first[0], second[0]), REST]
    if {str(first), str(second)} == {'<integer>', '<number>'}:
        return '<number>'
    if {_sort(first), _sort(second)} == {'<list>'}:
        return '<list>'
    return '<any>'


def _sort(shape: Any) -> str:
    if isinstance(shape, list):
        return '<list>'
    return str(shape)


def _merged_field(first: dict[str, Any], second: dict[str, Any], key: str) -> Any:
    if key in first and key in second:
        return merged(first[key], second[key])
    return optional(first.get(key, second.get(key)))


def optional(shape: Any) -> Any:
    """Returns the shape of a key that may be missing."""
    word = '<any>'
    if isinstance(shape, str) and shape.startswith('<'):
        word = shape
    elif isinstance(shape, dict):
        word = '<object>'
    elif isinstance(shape, list):
        word = '<list>'
    if word.startswith(OPTIONAL):
        return word
    return f'<optional {word[1:]}'
