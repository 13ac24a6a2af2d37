"""Shapes of JSON: a document whose leaves are values, or words for what may stand there (`<integer>`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from zatools.apitest.failures import NOTHING, StepBroken, Words
from zatools.apitest.values.compare import Difference, differences, path_below
from zatools.apitest.values.dates import is_date
from zatools.apitest.values.readers import as_regex
from zatools.apitest.values.text_kinds import is_email, is_url, is_uuid
from zatools.place import did_you_mean

#: A leaf that is a word for values; a backslash before it makes it a text.
WORD = re.compile(r'<([a-z][^<>]*(?:<.*>[^<>]*)?)>', re.DOTALL)
#: In a list: the item before may be there any number of times. As a key: others may be there.
REST = '...'
OPTIONAL, OR_NULL, MATCHING = 'optional', ' or null', 'text matching '


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS: dict[str, Callable[[Any], bool]] = {
    'any': lambda value: True,
    'null': lambda value: value is None,
    'boolean': lambda value: isinstance(value, bool),
    'integer': lambda value: isinstance(value, int) and not isinstance(value, bool),
    'number': _number,
    'text': lambda value: isinstance(value, str),
    'filled text': lambda value: isinstance(value, str) and bool(value.strip()),
    'list': lambda value: isinstance(value, list),
    'object': lambda value: isinstance(value, dict),
    'date': is_date,
    'email': is_email,
    'url': is_url,
    'uuid': is_uuid,
}


@dataclass(frozen=True)
class Leaf:
    """What may stand at a place: the words for it, whether it may be missing, and what tells that a value fits."""

    words: str
    is_optional: bool
    holds: Callable[[Any], bool]


def is_word(name: str) -> bool:
    """Tells whether the text between < and > is a word of shapes."""
    try:
        _leaf(name)
    except StepBroken:
        return False
    return True


def _leaf(name: str) -> Leaf:
    words = name.strip()
    kind = words.removeprefix(OPTIONAL).strip() or 'any'
    is_optional = words.startswith(OPTIONAL)
    may_be_null = kind.endswith(OR_NULL)
    holds = _holds(kind.removesuffix(OR_NULL))
    if may_be_null:
        return Leaf(words, is_optional, lambda value: value is None or holds(value))
    return Leaf(words, is_optional, holds)


def _holds(kind: str) -> Callable[[Any], bool]:
    if kind.startswith(MATCHING):
        pattern = as_regex(kind.removeprefix(MATCHING))
        return lambda value: isinstance(value, str) and bool(pattern.search(value))
    if kind in KINDS:
        return KINDS[kind]
    hint = did_you_mean(kind, KINDS) or f'there are: {", ".join(f"<{name}>" for name in KINDS)}'
    error = StepBroken(f"a shape has no word '<{kind}>'", at='shape', hint=hint)
    error.hints.append(f'also <optional …>, <… or null>, <text matching …>; "\\\\<{kind}>" is the text itself')
    raise error


def read(value: Any) -> Any:
    """Returns a shape: a document whose words are Leafs; raises StepBroken at a word that there is not."""
    if isinstance(value, dict):
        return {key: read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [read(item) for item in value]
    if not isinstance(value, str):
        return value
    if match := WORD.fullmatch(value):
        return _leaf(match[1])
    return value.removeprefix('\\')


def mismatches(shape: Any, actual: Any, path: str = '') -> Iterator[Difference]:
    """Yields each place where a value does not fit a shape that `read` has returned."""
    if isinstance(shape, Leaf):
        if not _fits(shape, actual):
            yield Difference(path, Words(f'<{shape.words}>'), actual)
    elif isinstance(shape, dict) and isinstance(actual, dict):
        yield from _of_object(shape, actual, path)
    elif isinstance(shape, list) and isinstance(actual, list):
        yield from _of_list(shape, actual, path)
    elif isinstance(shape, dict):
        yield Difference(path, Words('an object'), actual)
    elif isinstance(shape, list):
        yield Difference(path, Words('a list'), actual)
    else:
        yield from differences(shape, actual, path)


def _fits(leaf: Leaf, actual: Any) -> bool:
    if actual is NOTHING:
        return leaf.is_optional
    return leaf.holds(actual)


def _of_object(shape: dict[str, Any], actual: dict[str, Any], path: str) -> Iterator[Difference]:
    for key, wanted in shape.items():
        if key != REST:
            yield from mismatches(wanted, actual.get(key, NOTHING), path_below(path, key))
    if REST not in shape:
        for key in [key for key in actual if key not in shape]:
            yield Difference(path_below(path, key), NOTHING, actual[key])


def _of_list(shape: list[Any], actual: list[Any], path: str) -> Iterator[Difference]:
    wanted = shape
    if shape[-1:] == [REST]:
        *first, each = shape[:-1] or [_leaf('any')]
        wanted = [*first, *[each] * (len(actual) - len(first))]
    for index in range(max(len(wanted), len(actual))):
        place = path_below(path, index)
        if index >= len(wanted):
            yield Difference(place, NOTHING, actual[index])
        elif index >= len(actual):
            yield from mismatches(wanted[index], NOTHING, place)
        else:
            yield from mismatches(wanted[index], actual[index], place)
