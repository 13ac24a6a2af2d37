"""Answers that are read all the same, and what is odd about them: two keys of one name, NaN, bytes of no text."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken

if TYPE_CHECKING:
    import requests

#: Content types, or parts of them, of answers that are texts.
TEXTS = ('text/', 'json', 'xml', 'javascript', 'urlencoded')


def loads(text: str) -> tuple[Any, list[str]]:
    """Returns what a JSON text says, and what is odd about it."""
    odd: dict[str, None] = {}

    def constant(word: str) -> float:
        odd[f'{word} in it is no JSON: other readers refuse it'] = None
        return float(word)

    def pairs(rows: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(rows)
        if len(found) != len(rows):
            odd[f"one object in it has the key '{_twice(rows)}' more than once: the last one counts here"] = None
        return found

    value = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    return value, list(odd)


def unread(error: Exception) -> str:
    """Returns words for JSON that is none that we can read; empty where it is none at all."""
    if isinstance(error, RecursionError):
        return 'is JSON that is nested too deeply to be read'
    if isinstance(error, json.JSONDecodeError):
        return ''
    # Python refuses to read them: it would take minutes.
    return f'is JSON with a whole number of more than {sys.get_int_max_str_digits():,} digits: none is read'


def _twice(rows: list[tuple[str, Any]]) -> str:
    names = [name for name, _ in rows]
    return next(name for name in names if names.count(name) > 1)[:80]


def strictly(text: str, source: str, parameter: str) -> Any:
    """Returns what a JSON text of ours says; raises where one of two keys of a name would be left out in silence."""

    def pairs(rows: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(rows)
        if len(found) != len(rows):
            raise StepBroken(f"{source} has the key '{_twice(rows)}' more than once in one object", at=parameter)
        return found

    return json.loads(text, object_pairs_hook=pairs)


def of_bytes(answer: requests.Response) -> list[str]:
    """Returns what is odd about the bytes of a text: a charset that nobody knows, bytes that are none of it."""
    kind = answer.headers.get('content-type', '').lower()
    if kind and not any(word in kind for word in TEXTS):
        return []
    name = answer.encoding or 'utf-8'
    try:
        answer.content.decode(name)
    except LookupError:
        return [f"its charset '{name[:40]}' is unknown: it is read as UTF-8"]
    except UnicodeDecodeError as error:
        byte = f'0x{error.object[error.start]:02X}'
        return [f'byte {error.start} ({byte}) is no {name.upper()}: � stands for what can not be read']
    return []
