"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = '') -> str:
    """Returns a number with its noun: `1 line`, `3 lines`; an irregular plural is given."""
    if number == 1:
        return f'1 {noun}'
    return f'{number} {plural or f"{noun}s"}'
