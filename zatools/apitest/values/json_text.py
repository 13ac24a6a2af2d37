"""JSON texts: those of a project are read strictly, those of servers leniently, with notes on what is odd."""

from __future__ import annotations

import json
import sys
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values.excerpts import cut


def parse_lenient(text: str) -> tuple[Any, list[str]]:
    """Returns the value of a JSON text, and what is odd about the text."""
    # A dict, since a note that holds of each of many objects is given once.
    notes: dict[str, None] = {}

    def constant(word: str) -> float:
        notes[f'{word} in it is no JSON: other readers refuse it'] = None
        return float(word)

    def pairs(rows: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(rows)
        if len(content) != len(rows):
            notes[f"one object in it has the key '{_repeated(rows)}' more than once: the last one counts here"] = None
        return content

    value = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    return value, list(notes)


def unreadable(error: Exception) -> str:
    """Returns why a text that may be JSON can't be read; empty where it is no JSON at all."""
    if isinstance(error, RecursionError):
        return 'is JSON that is nested too deeply to be read'
    if isinstance(error, json.JSONDecodeError):
        return ''
    # Python has this limit because reading longer numbers would take minutes.
    return f'is JSON with a whole number of more than {sys.get_int_max_str_digits():,} digits: none is read'


def _repeated(rows: list[tuple[str, Any]]) -> str:
    names = [name for name, _ in rows]
    return next(name for name in names if names.count(name) > 1)[:80]


def parse_strict(text: str, source: str, parameter: str) -> Any:
    """Returns the value of a JSON text of the project; raises StepBroken where an object repeats a key."""

    def pairs(rows: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(rows)
        if len(content) != len(rows):
            # Python would drop the first of the two in silence.
            raise StepBroken(f"{source} has the key '{_repeated(rows)}' more than once in one object", at=parameter)
        return content

    return json.loads(text, object_pairs_hook=pairs)


def parsed(text: str, source: str, parameter: str) -> Any:
    """Returns the JSON of a request; the error names the line and column where it goes wrong."""
    try:
        return parse_strict(text, source, parameter)
    except json.JSONDecodeError as error:
        place = f'line {error.lineno}, column {error.colno}'
        detail = _excerpt(text, error.lineno, error.colno)
        raise StepBroken(f'{source} is no JSON: {error.msg}, {place}', at=parameter, detail=detail) from None
    except (ValueError, RecursionError) as error:
        raise StepBroken(f'{source} {unreadable(error)}', at=parameter) from None


def _excerpt(text: str, line: int, column: int) -> list[str]:
    # A text of one line stands in the step, which is shown anyway.
    rows = text.splitlines()
    if len(rows) < 2 or column >= 100:
        return []
    row = ''
    if line <= len(rows):
        row = rows[line - 1]
    return [f'{line:5} | {cut(row, 100)}', f'      | {" " * (column - 1)}^']
