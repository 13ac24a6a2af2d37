"""Traces of calls: each has an id, sent as W3C's `traceparent`, so that systems behind the API can be searched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

HEADER = 'traceparent'


def begin(headers: dict[str, Any]) -> str:
    """Adds the header to a request that has none; returns the id of the trace, '' where steps have set their own."""
    if any(name.lower() == HEADER for name in headers):
        return ''
    # Not of the run's random values: the same seed must not repeat a trace.
    trace, span = os.urandom(16).hex(), os.urandom(8).hex()
    headers[HEADER] = f'00-{trace}-{span}-01'
    return trace


def id_of(headers: Mapping[str, str]) -> str:
    """Returns the id of the trace that a request belongs to; '' where it is none."""
    value = next((value for name, value in headers.items() if name.lower() == HEADER), '')
    parts = value.split('-')
    if len(parts) < 4:
        return ''
    return parts[1]
