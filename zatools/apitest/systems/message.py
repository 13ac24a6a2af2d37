"""A message as a broker delivers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zatools.apitest.failures import NOTHING


@dataclass(frozen=True)
class Message:
    """A message: its text, its routing key (of Redis the channel), its headers, its other properties."""

    text: str
    key: str = ''
    headers: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> Any:
        """Returns the JSON of the text; NOTHING where it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return NOTHING
