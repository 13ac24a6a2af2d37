"""JSON Pointers: a value is found or set by its path, and a path that leads nowhere is explained."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from jsonpointer import JsonPointer, JsonPointerException

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed
from zatools.apitest.values.compare import show, type_word
from zatools.place import nearest

#: Keys of an object that the error of a wrong path lists.
LISTED = 12
#: Characters of a value that a message about its path shows.
SHOWN = 80


class Selected(NamedTuple):
    """A value of a document, and its path."""

    path: str
    value: Any


@lru_cache(2048)
def _parsed(path: str) -> JsonPointer:
    try:
        return JsonPointer(path)
    except JsonPointerException:
        hint = 'write ~ as ~0 and / as ~1 in a key'
        if not path.startswith('/'):
            hint = f'a path starts with a slash: "/{path}"'
        raise StepBroken(f"'{path}' is no path (a JSON Pointer)", at='path', hint=hint) from None


def _below(document: Any, part: str) -> Any:
    if isinstance(document, dict):
        return document.get(part, NOTHING)
    if isinstance(document, list) and _is_index(part) and int(part) < len(document):
        return document[int(part)]
    return NOTHING


def _is_index(part: str) -> bool:
    # RFC 6901 allows no leading zeros.
    return part.isdigit() and (part == '0' or part[0] != '0')


def find(document: Any, path: str) -> Any:
    """Returns the value at a path; NOTHING where the path leads nowhere."""
    for part in _parsed(path).parts:
        document = _below(document, part)
        if document is NOTHING:
            return NOTHING
    return document


def get(document: Any, path: str) -> Any:
    """Returns the value at a path; raises StepFailed with the keys that there are where it leads nowhere."""
    value = find(document, path)
    if value is NOTHING:
        raise _missing(document, path)
    return value


def _joined(parts: list[str]) -> str:
    return ''.join('/' + part.replace('~', '~0').replace('/', '~1') for part in parts)


def _missing(document: Any, path: str) -> StepFailed:
    parts = list(_parsed(path).parts)
    for depth, part in enumerate(parts):
        below = _below(document, part)
        if below is NOTHING:
            return _no_such(document, parts, depth)
        document = below
    return StepFailed('no such path', at='path')


def _no_such(parent: Any, parts: list[str], depth: int) -> StepFailed:
    where, name = _joined(parts[:depth]) or '/', parts[depth]
    if isinstance(parent, dict):
        text = f'no such path. At {where} {_keys(parent)}'
        return StepFailed(text, at='path', hint=_suggestion(parent, parts, depth))
    if isinstance(parent, list):
        count = f'{len(parent)} items, numbered from 0'
        if len(parent) == 1:
            count = '1 item, number 0'
        return StepFailed(f"no such path. The list at {where} has no item '{name}': it has {count}", at='path')
    text = f'no such path. At {where} there is {type_word(parent)} {show(parent, SHOWN)}, and nothing below it'
    return StepFailed(text, at='path')


def _keys(parent: dict[str, Any]) -> str:
    keys = [str(key) for key in parent]
    if not keys:
        return 'there is {}'
    listed = ', '.join(keys[:LISTED])
    if len(keys) > LISTED:
        listed += f' and {len(keys) - LISTED} more'
    return f'there are: {listed}'


def _suggestion(parent: dict[str, Any], parts: list[str], depth: int) -> str:
    # A name that is near counts only where the rest of the path leads somewhere from it.
    for name in nearest(parts[depth], [str(key) for key in parent]):
        path = _joined([*parts[:depth], name, *parts[depth + 1 :]])
        value = find(parent, _joined([name, *parts[depth + 1 :]]))
        if value is not NOTHING:
            return f'did you mean "{path}"? (its value is {show(value, SHOWN)})'
    return ''


def put(document: Any, path: str, value: Any) -> None:
    """Sets the value at a path; its parent must exist, `-` appends to a list."""
    parts = list(_parsed(path).parts)
    if not parts:
        raise StepBroken('the whole request has no path', at='path', hint='use: Given request is "…"')
    parent = find(document, _joined(parts[:-1]))
    key = parts[-1]
    if isinstance(parent, dict):
        parent[key] = value
    elif isinstance(parent, list):
        _put_item(parent, key, value, path)
    else:
        missing = _missing(document, path)
        text = missing.text.replace('no such path', 'no such path in the request', 1)
        hint, *_ = [*missing.hints, 'set its parent first']
        raise StepBroken(text, at='path', hint=hint)


def _put_item(parent: list[Any], key: str, value: Any, path: str) -> None:
    if key == '-' or (key.isdigit() and int(key) == len(parent)):
        parent.append(value)
    elif key.isdigit() and int(key) < len(parent):
        parent[int(key)] = value
    else:
        hint = f'"{path[: -len(key)]}-" appends'
        raise StepBroken(f"the list in the request has no item '{key}': it has {len(parent)}", at='path', hint=hint)
