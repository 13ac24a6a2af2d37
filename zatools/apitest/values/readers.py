"""Readers of values that steps write as text: lists, numbers, Python values, JSON, regular expressions."""

from __future__ import annotations

import ast
import csv
import json
import math
import re
from collections.abc import Callable
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.values import json_text
from zatools.apitest.values.excerpts import cut

#: A time, and the seconds of its units.
TIME = re.compile(r'(\d+(?:\.\d+)?)\s*(ms|s|m)?')
UNITS = {'ms': 0.001, 's': 1.0, 'm': 60.0}


def as_list(value: Any) -> list[str]:
    """Returns the items of a comma-separated list, as texts; an item with a comma stands in double quotes."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if not str(value):
        return []
    return [item.strip() for item in next(csv.reader([str(value)], skipinitialspace=True))]


def as_integer(value: Any) -> int:
    """Returns the whole number in a text."""
    return int(_number(value, int, 'a whole number'))


def as_number(value: Any) -> float:
    """Returns the number in a text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return float(_number(value, _finite, 'a number'))


def as_seconds(value: Any) -> float:
    """Returns the seconds of a time: 5s, 500ms, 2m, or a number alone."""
    match = TIME.fullmatch(str(value).strip().lower())
    if not match:
        raise StepBroken(f"'{value}' is no time", at='seconds', hint='5s, 500ms, 2m')
    return float(match[1]) * UNITS[match[2] or 's']


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        # A comparison with NaN is always false, so a step with it would say nothing.
        raise ValueError(value)
    return number


def as_measure(value: Any) -> float:
    """Returns the number in a text, as an int where it is whole."""
    number = as_number(value)
    # From 2**53 on, a float doesn't tell neighbouring whole numbers apart.
    if number == number // 1 and abs(number) < 2**53:
        return int(number)
    return number


def _number(value: Any, read: Callable[[Any], Any], words: str) -> Any:
    written = value
    if isinstance(value, str):
        written = value.strip()
    try:
        return read(written)
    except (TypeError, ValueError, OverflowError):
        raise StepBroken(f"'{cut(str(value), 100)}' is not {words}", at='value') from None


def as_literal(value: Any) -> Any:
    """Returns the Python value in a text: [1, 2], {'a': True}, None."""
    if not isinstance(value, str):
        return value
    try:
        _check_keys(value)
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        hint = "write it as Python does: 'text', 1, [1, 2], {'a': True}, None"
        raise StepBroken(f'{value!r} is no Python value', at='value', hint=hint) from None


def _check_keys(text: str) -> None:
    # Where a key is repeated, Python takes the last value and drops the others in silence.
    if '{' not in text:
        return
    for node in ast.walk(ast.parse(text.strip(), mode='eval')):
        if not isinstance(node, ast.Dict):
            continue
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        if repeated := next((key for key in keys if keys.count(key) > 1), None):
            raise StepBroken(f'it has the key {repeated!r} more than once in one dict', at='value')


def as_json(value: Any, parameter: str = 'value') -> Any:
    """Returns the JSON value in a text."""
    if not isinstance(value, str):
        return value
    try:
        return json_text.parse_strict(value, 'it', parameter)
    except json.JSONDecodeError as error:
        hint = ''
        if '"' not in value and '{' not in value:
            hint = 'a text needs quotes of its own: ""abc""'
        raise StepBroken(f'this is no JSON: {error}', at=parameter, hint=hint) from None
    except (ValueError, RecursionError) as error:
        raise StepBroken(f'this {json_text.unreadable(error)}', at=parameter) from None


def as_regex(value: Any) -> re.Pattern[str]:
    """Returns the regular expression in a text."""
    try:
        return re.compile(str(value))
    except re.error as error:
        raise StepBroken(f'this is no regular expression: {error}', at='regex') from None
