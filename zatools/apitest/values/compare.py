"""Comparing JSON values without mixing up their types, and showing them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from zatools.apitest.failures import NOTHING, Words
from zatools.apitest.values.excerpts import BEGINNING, cut

#: A Python type, and the word that people know it by; a boolean comes before the number that Python takes it for.
TYPES = ((bool, 'boolean'), ((int, float), 'number'), (str, 'text'), ((list, tuple), 'list'), (dict, 'object'))
SHOWN = 300


class Difference(NamedTuple):
    """One place where two values differ; NOTHING stands for what one of them doesn't have."""

    path: str
    expected: Any
    actual: Any


def type_word(value: Any) -> str:
    """Returns what people call a value's type."""
    if value is None:
        return 'null'
    return next((word for kind, word in TYPES if isinstance(value, kind)), type(value).__name__)


def show(value: Any, limit: int = SHOWN) -> str:
    """Returns a value as JSON in one line, cut where it is too long."""
    if isinstance(value, Words):
        return str(value)
    if isinstance(value, str) and '\0' in value[:1000]:
        return f'{len(value):,} characters that are no text: {cut(value.encode("utf-8", "replace").hex(), BEGINNING)}'
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= limit else f'{cut(text, limit)} ({len(text)} characters)'


def described(value: Any) -> str:
    """Returns the line that shows a value with its type."""
    if value is NOTHING:
        return 'nothing'
    if isinstance(value, Words):
        return str(value)
    if value is None or value in ([], {}):
        return {'NoneType': 'null', 'list': 'list    []', 'tuple': 'list    []', 'dict': 'object  {}'}[
            type(value).__name__
        ]
    return f'{type_word(value):7} {show(value)}'


def same(one: Any, other: Any) -> bool:
    """Tells whether two values are equal; a number, a text and a boolean never are."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _pointer(path: str, key: object) -> str:
    return f'{path}/{str(key).replace("~", "~0").replace("/", "~1")}'


def differences(expected: Any, actual: Any, path: str = '', is_subset: bool = False) -> Iterator[Difference]:
    """Yields every place where two values differ; a subset may lack keys that the actual value has."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in [*expected, *(key for key in actual if key not in expected and not is_subset)]:
            pair = expected.get(key, NOTHING), actual.get(key, NOTHING)
            yield from differences(*pair, _pointer(path, key), is_subset)
    elif isinstance(expected, list) and isinstance(actual, list):
        for index in range(max(len(expected), len(actual))):
            pair = tuple(items[index] if index < len(items) else NOTHING for items in (expected, actual))
            yield from differences(*pair, _pointer(path, index), is_subset)
    elif not same(expected, actual):
        yield Difference(path, expected, actual)


def explain(found: list[Difference], limit: int = 10) -> list[str]:
    """Returns lines that name each difference, cut after some."""
    rows = []
    for path, expected, actual in found[:limit]:
        where = path or '(the whole)'
        if actual is NOTHING:
            rows.append(f'{where}  is missing, expected {show(expected, 80)}')
        elif expected is NOTHING:
            rows.append(f'{where}  is not expected: {show(actual, 80)}')
        else:
            rows.append(f'{where}  expected {_brief(expected, actual)}, got {_brief(actual, expected)}')
    more = len(found) - limit
    return [*rows, f'and {more} more differences'] if more > 0 else rows


def _brief(value: Any, other: Any) -> str:
    shown = show(value, 80)
    return shown if value is None or type_word(value) == type_word(other) else f'{type_word(value)} {shown}'
