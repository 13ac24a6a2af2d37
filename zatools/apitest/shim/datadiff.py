"""The module for `from datadiff.tools import assert_equals`, where that library is not installed."""

from __future__ import annotations

from typing import Any

from zatools.apitest.values.compare import differences, explain


def assert_equals(first: Any, second: Any, msg: str | None = None) -> None:
    """Raises AssertionError with the differences where two values are not equal."""
    if first == second:
        return
    text = f'{first!r} != {second!r}'
    if isinstance(first, (dict, list)):
        text = '\n'.join(explain(list(differences(first, second)))) or text
    raise AssertionError(msg or text)


assert_equal = assert_equals
