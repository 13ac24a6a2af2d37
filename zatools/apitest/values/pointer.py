"""JSON Pointers: finding a place in a document, setting one, and naming what is near when there is none."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonpointer import JsonPointer, JsonPointerException

from zatools.apitest.failures import NOTHING, StepBroken, StepFailed
from zatools.apitest.values.compare import show, type_word
from zatools.place import nearest

NAMED = 12


@lru_cache(2048)
def _parsed(path: str) -> JsonPointer:
    try:
        return JsonPointer(path)
    except JsonPointerException:
        hint = f'a path starts with a slash: "/{path}"' if path[:1] != '/' else 'write ~ as ~0 and / as ~1 in a key'
        raise StepBroken(f"'{path}' is no path (a JSON Pointer)", at='path', hint=hint) from None


def _below(document: Any, part: str) -> Any:
    if isinstance(document, dict):
        return document.get(part, NOTHING)
    is_index = isinstance(document, list) and part.isdigit() and (part == '0' or part[0] != '0')
    return document[int(part)] if is_index and int(part) < len(document) else NOTHING


def find(document: Any, path: str) -> Any:
    """Returns the value at a path, NOTHING where there is none."""
    for part in _parsed(path).parts:
        document = _below(document, part)
        if document is NOTHING:
            return NOTHING
    return document


def get(document: Any, path: str) -> Any:
    """Returns the value at a path; where there is none, the failure names what is near."""
    found = find(document, path)
    if found is NOTHING:
        raise _missing(document, path)
    return found


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
        keys = [str(key) for key in parent]
        listed = ', '.join(keys[:NAMED]) + (f' and {len(keys) - NAMED} more' if len(keys) > NAMED else '')
        text = f'no such path. At {where} there are: {listed}' if keys else f'no such path. At {where} there is {{}}'
        return StepFailed(text, at='path', hint=_meant(parent, parts, depth))
    if isinstance(parent, list):
        count = f'{len(parent)} items, numbered from 0' if len(parent) != 1 else '1 item, number 0'
        return StepFailed(f"no such path. The list at {where} has no item '{name}': it has {count}", at='path')
    text = f'no such path. At {where} there is {type_word(parent)} {show(parent, 80)}, and nothing below it'
    return StepFailed(text, at='path')


def _meant(parent: dict[str, Any], parts: list[str], depth: int) -> str:
    for name in nearest(parts[depth], [str(key) for key in parent]):
        path = _joined([*parts[:depth], name, *parts[depth + 1 :]])
        found = find(parent, _joined([name, *parts[depth + 1 :]]))
        if found is not NOTHING:
            return f'did you mean "{path}"? (its value is {show(found, 80)})'
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
        raise StepBroken(missing.text.replace('no such path', 'no such path in the request', 1), at='path',
                         hint=missing.hints[0] if missing.hints else 'set its parent first')  # fmt: skip


def _put_item(parent: list[Any], key: str, value: Any, path: str) -> None:
    if key == '-' or (key.isdigit() and int(key) == len(parent)):
        parent.append(value)
    elif key.isdigit() and int(key) < len(parent):
        parent[int(key)] = value
    else:
        hint = f'"{path[: -len(key)]}-" appends'
        raise StepBroken(f"the list in the request has no item '{key}': it has {len(parent)}", at='path', hint=hint)
