"""Doubts that kinds of different areas share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zatools.kinds.traits import Doubt
from zatools.secret import LOGIN

IN_URL = 'there is a password in the URL: exports show it; use a security definition, or username and password'


def password_in_url(values: Mapping[str, Any], name: str) -> Iterator[Doubt]:
    """Finds a password in an address: exports show it."""
    value = values.get(name)
    if isinstance(value, str) and LOGIN.search(value):
        yield Doubt(name, IN_URL)
