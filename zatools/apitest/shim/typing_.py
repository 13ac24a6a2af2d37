"""What `from zato.apitest.typing_ import …` finds: any name, and it means anything."""

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
