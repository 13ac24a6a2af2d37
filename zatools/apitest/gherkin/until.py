"""The tag @until:2026-12-01:SHOP-12: a scenario that is known to fail until a day, and counts from then on."""

from __future__ import annotations

from datetime import date

START = 'until:'


def parsed(tag: str) -> tuple[date, str]:
    """Returns the day and the reference of a tag that begins so; raises ValueError where it has no day."""
    day, _, reference = tag.removeprefix(START).partition(':')
    return date.fromisoformat(day), reference
