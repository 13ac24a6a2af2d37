"""What the text of a step says: a list, a number, a Python value, JSON, a regular expression."""

from __future__ import annotations

import ast
import csv
import math
import re
from collections.abc import Callable
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values import json_text
from zatools.apitest.values.excerpts import cut


def as_list(value: Any) -> list[str]:
    """Returns the items of a comma list; double quotes protect commas, items are texts."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if not str(value):
        return []
    return [item.strip() for item in next(csv.reader([str(value)], skipinitialspace=True))]


def as_integer(value: Any) -> int:
    """Returns the whole number that a text says."""
    return int(_number(value, int, 'a whole number'))


def as_number(value: Any) -> float:
    """Returns the number that a text says."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return float(_number(value, _finite, 'a number'))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        # Nothing is less than NaN, and nothing greater.
        raise ValueError(value)
    return number


def as_measure(value: Any) -> float:
    """Returns the number that a text says, a whole one where it is one."""
    number = as_number(value)
    return int(number) if number == number // 1 and abs(number) < 2**53 else number


def _number(value: Any, read: Callable[[Any], Any], words: str) -> Any:
    try:
        return read(str(value).strip()) if isinstance(value, str) else read(value)
    except (TypeError, ValueError, OverflowError):
        raise StepBroken(f"'{cut(str(value), 100)}' is not {words}", at='value') from None


def as_literal(value: Any) -> Any:
    """Returns the Python value that a text says: [1, 2], {'a': True}, None."""
    if not isinstance(value, str):
        return value
    try:
        _check_keys(value)
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        hint = "write it as Python does: 'text', 1, [1, 2], {'a': True}, None"
        raise StepBroken(f'{value!r} is no Python value', at='value', hint=hint) from None


def _check_keys(text: str) -> None:
    # Of two keys of one name Python takes the last, and would say nothing of the first.
    for node in ast.walk(ast.parse(text.strip(), mode='eval')) if '{' in text else ():
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)] if isinstance(node, ast.Dict) else []
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise StepBroken(f'it has the key {twice!r} more than once in one dict', at='value')


def as_json(value: Any, parameter: str = 'value') -> Any:
    """Returns the JSON value that a text says."""
    if not isinstance(value, str):
        return value
    try:
        return json_text.strictly(value, 'it', parameter)
    except (ValueError, RecursionError) as error:
        if what := json_text.unread(error):
            raise StepBroken(f'this {what}', at=parameter) from None
        hint = 'a text needs quotes of its own: ""abc""' if '"' not in value and '{' not in value else ''
        raise StepBroken(f'this is no JSON: {error}', at=parameter, hint=hint) from None


def as_regex(value: Any) -> re.Pattern[str]:
    """Returns the regular expression that a text says."""
    try:
        return re.compile(str(value))
    except re.error as error:
        raise StepBroken(f'this is no regular expression: {error}', at='regex') from None
