"""Comparing JSON values without mixing up their types, and showing them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from zatools.apitest.failures import NOTHING, Words
from zatools.apitest.values.excerpts import BEGINNING, cut
from zatools.screens import quantity

#: Python types and their names in messages. Boolean comes before number, since Python's bool is an int.
TYPES = ((bool, 'boolean'), ((int, float), 'number'), (str, 'text'), ((list, tuple), 'list'), (dict, 'object'))
#: Characters of a value that a line shows.
SHOWN = 300
#: Characters of each of several values that share a line.
BRIEF = 80


class Difference(NamedTuple):
    """One place where two values differ; NOTHING stands for a value that is missing on one side."""

    path: str
    expected: Any
    actual: Any


def type_word(value: Any) -> str:
    """Returns the name of a value's type, as messages have it."""
    if value is None:
        return 'null'
    return next((word for kind, word in TYPES if isinstance(value, kind)), type(value).__name__)


def show(value: Any, limit: int = SHOWN) -> str:
    """Returns a value as JSON in one line, cut at the limit."""
    if isinstance(value, Words):
        return str(value)
    if isinstance(value, str) and '\0' in value[:1000]:
        # A terminal would drop the zero bytes and show what is between them as if it were the text.
        return f'{len(value):,} characters that are no text: {cut(value.encode("utf-8", "replace").hex(), BEGINNING)}'
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        # Not everything is JSON: project code compares objects of any class.
        text = repr(value)
    if len(text) <= limit:
        return text
    return f'{cut(text, limit)} ({quantity(len(text), "character")})'


def described(value: Any) -> str:
    """Returns the line that shows a value with its type."""
    if value is NOTHING:
        return 'nothing'
    if isinstance(value, Words):
        return str(value)
    if value is None:
        return 'null'
    return f'{type_word(value):7} {show(value)}'


def same(first: Any, second: Any) -> bool:
    """Tells whether two values are equal; values of different JSON types never are."""
    if isinstance(first, bool) or isinstance(second, bool):
        # Python takes True for 1.
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(value, second[key]) for key, value in first.items())
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def path_below(path: str, key: object) -> str:
    """Returns the JSON Pointer of a key or an item below a path."""
    return f'{path}/{str(key).replace("~", "~0").replace("/", "~1")}'


def differences(expected: Any, actual: Any, path: str = '', is_subset: bool = False) -> Iterator[Difference]:
    """Yields every place where two values differ; a subset may lack keys that the actual value has."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        keys = list(expected)
        if not is_subset:
            keys += [key for key in actual if key not in expected]
        for key in keys:
            pair = expected.get(key, NOTHING), actual.get(key, NOTHING)
            yield from differences(*pair, path_below(path, key), is_subset)
    elif isinstance(expected, list) and isinstance(actual, list):
        for index, pair in enumerate(zip_longest(expected, actual, fillvalue=NOTHING)):
            yield from differences(*pair, path_below(path, index), is_subset)
    elif not same(expected, actual):
        yield Difference(path, expected, actual)


def explain(differences: list[Difference], limit: int = 10) -> list[str]:
    """Returns a line for each difference, up to the limit, and how many more there are."""
    rows = []
    for path, expected, actual in differences[:limit]:
        where = path or '(the whole)'
        if actual is NOTHING:
            rows.append(f'{where}  is missing, expected {show(expected, BRIEF)}')
        elif expected is NOTHING:
            rows.append(f'{where}  is not expected: {show(actual, BRIEF)}')
        else:
            rows.append(f'{where}  expected {_brief(expected, actual)}, got {_brief(actual, expected)}')
    more = len(differences) - limit
    if more > 0:
        rows.append(f'and {more} more differences')
    return rows


def _brief(value: Any, other: Any) -> str:
    # The type is named only where it is what differs.
    shown = show(value, BRIEF)
    if isinstance(value, Words):
        return shown
    if isinstance(other, Words) or value is None or type_word(value) == type_word(other):
        return shown
    return f'{type_word(value)} {shown}'
