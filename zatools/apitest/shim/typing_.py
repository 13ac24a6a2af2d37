"""The module for `from zato.apitest.typing_ import …`: it has every name, as a type of any value."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any


def cast_(kind: Any, value: Any) -> Any:
    """Returns the value."""
    return value


def __getattr__(name: str) -> Any:
    if name.startswith('__'):
        raise AttributeError(name)
    return getattr(dataclasses, name, getattr(typing, name, Any))
