"""JSON: read strictly where we wrote it; read leniently where others did, with what is odd about it."""

from __future__ import annotations

import json
import sys
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values.excerpts import cut


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


def parsed(text: str, source: str, parameter: str) -> Any:
    """Returns the JSON of a request; the error says where it goes wrong."""
    try:
        return strictly(text, source, parameter)
    except (ValueError, RecursionError) as error:
        if what := unread(error):
            raise StepBroken(f'{source} {what}', at=parameter) from None
        rows = text.splitlines() or ['']
        line, column = getattr(error, 'lineno', 1), getattr(error, 'colno', 1)
        row = rows[line - 1] if line <= len(rows) else ''
        detail = (
            [f'{line:5} | {cut(row, 100)}', f'      | {" " * (column - 1)}^'] if len(rows) > 1 and column < 100 else []
        )
        message = getattr(error, 'msg', 'it is not readable')
        raise StepBroken(f'{source} is no JSON: {message}, line {line}, column {column}', at=parameter,
                         detail=detail) from None  # fmt: skip
